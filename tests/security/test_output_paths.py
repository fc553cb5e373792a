"""S4: neither the template of `--output` nor a value in it leads out of the project or is evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.execution.destination import render

HOSTILE = [
    "../../outside",
    "/etc/outside",
    "..",
    "a/../../../b",
    "..\\..\\outside",
    "{x.__class__}",
    "{0}",
    "%s%n",
    "~/outside",
    "$HOME",
    "\x00\n",
    ".hidden",
    "",
]
FAKE = {"notebook": "n", "experiment": "e", "run": "0" * 32}


@pytest.mark.parametrize(
    "template",
    [
        "{x.__class__}.ipynb",
        "{x!r}.ipynb",
        "{x:>9}.ipynb",
        "{0}.ipynb",
        "{}.ipynb",
        "{nothing}.ipynb",
        "{x[0]}/n.ipynb",
    ],
)
def test_what_is_no_placeholder_is_refused_before_anything_runs(
    template: str, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "n.ipynb", [cell("x = 'a'", "parameters"), cell("open('ran', 'w').close()")])
    assert main(["run", "n.ipynb", "--output", template]) == 2
    assert "unknown placeholder" in capsys.readouterr().err
    assert not (folder / "ran").exists()
    assert Project().runs() == []


@pytest.mark.parametrize(
    "template", ["../n.ipynb", "..", "/etc", "/etc/{x}.ipynb", "link/n.ipynb", "a/../../b"]
)
def test_an_output_outside_the_project_is_refused_before_anything_runs(
    template: str, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "link").symlink_to(folder.parent, target_is_directory=True)
    write(folder / "n.ipynb", [cell("x = 'a'", "parameters"), cell("open('ran', 'w').close()")])
    assert main(["run", "n.ipynb", "--output", template]) == 2
    assert "outside the project" in capsys.readouterr().err
    assert not (folder / "ran").exists()
    assert {path.name for path in folder.parent.iterdir()} == {"project"}


@given(st.one_of(st.sampled_from(HOSTILE), st.text()), st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_no_value_leads_to_another_folder_or_is_evaluated(one: str, two: str) -> None:
    root = Path("/project/out")
    path = render(root / "{a}" / "%s-{b}.ipynb", parameters={"a": one, "b": two}, **FAKE)
    assert path.parent.parent == root
    assert path.parent.name not in {"", ".", ".."}
    assert path.name.startswith("%s-")
    assert path.suffix == ".ipynb"
    assert not set(path.parent.name + path.name.removeprefix("%s-")) & set("/\\\x00\n{}%$~ ")


@pytest.mark.usefixtures("local")
def test_hostile_values_of_a_real_run_stay_in_the_project(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("x = 'a'\ny = 'b'", "parameters"), cell("x, y")])
    values = {"x": "../../outside", "y": "/etc/{x.__class__}"}
    run = Project().run(path, values, output="out/{x}/{y}.ipynb")
    assert run.exit_code == 0
    (made,) = [found for found in folder.parent.rglob("*.ipynb") if "outside" in str(found)]
    assert made.parent.parent == folder / "out"
