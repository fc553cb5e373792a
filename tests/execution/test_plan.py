"""Whatever can be refused is refused before a kernel starts, and nothing is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.exceptions import Refused

PARAMETERS = "from typing import Literal\nC: float = 1.0\nkind: Literal['a', 'b'] = 'a'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ({"c": "1"}, "unknown parameter 'c'"),
        ({"C": "abc"}, "parameter C"),
        ({"kind": "z"}, "parameter kind"),
    ],
)
def test_ill_parameters(text: dict[str, str], said: str, folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell(PARAMETERS, "parameters"), cell("C")])
    with pytest.raises(Refused, match=said) as caught:
        Project().run(path, text=text)
    assert caught.value.hint
    assert not (folder / "mlruns").exists() or not list((folder / "mlruns").glob("*/*"))


def test_parameters_without_a_parameters_cell(folder: Path, write: Any, cell: Any) -> None:
    with pytest.raises(Refused, match="no cell is tagged 'parameters'"):
        Project().run(write(folder / "n.ipynb", [cell("1")]), {"C": 1})


def test_kernel_that_is_not_installed_names_those_that_are(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("1")], kernel="julia-1.9")
    with pytest.raises(Refused, match="julia-1.9") as caught:
        Project().run(path)
    assert "python3" in str(caught.value.hint)


def test_one_bad_grid_point_refuses_the_whole_grid(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell(PARAMETERS, "parameters"), cell("C")])
    project = Project()
    with pytest.raises(Refused, match="parameter C"):
        project.grid(path, {"C": [1, "x"]})
    assert project.runs() == []


def test_output_folder_that_cannot_be_made(folder: Path, write: Any, cell: Any) -> None:
    (folder / "file").touch()
    with pytest.raises(Refused, match="output folder"):
        Project().run(write(folder / "n.ipynb", [cell("1")]), output=folder / "file" / "below")


def test_what_is_derived_from_a_given_value_is_true_in_the_kernel(
    folder: Path, write: Any, cell: Any
) -> None:
    source = "a = 1\nb = a * 2\nc = 1\nc += a\nd = 7\nif a > 3:\n    d = b"
    path = write(folder / "n.ipynb", [cell(source, "parameters"), cell("assert (b, c, d) == (10, 6, 10)")])
    run = Project().run(path, {"a": 5})
    assert (run.exit_code, run.error) == (0, None)
    recorded = {name: run.parameters[name] for name in "abcd"}
    assert recorded == {"a": "5", "b": "a * 2", "c": "c += a", "d": "if a > 3: d = b"}
    run = Project().run(path, text={"a": "5", "b": "9"})
    assert run.exit_code == 1  # b is given now


def test_a_derived_parameter_is_checked_against_its_own_declaration(
    folder: Path, write: Any, cell: Any
) -> None:
    path = write(folder / "n.ipynb", [cell("a = 1\nb: int = a * 2", "parameters")])
    with pytest.raises(Refused, match="parameter b"):
        Project().run(path, {"b": "text"})
