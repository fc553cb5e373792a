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
