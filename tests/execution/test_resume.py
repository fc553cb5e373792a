"""A failed run goes on where it stopped; a part of a notebook runs alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import CellStatus, Run, RunStatus
from jupyter_mlops.exceptions import Refused

LONG = """import random, time
import numpy as np
from pathlib import Path
random.seed(1); np.random.seed(2)
k = 5
def product():
    return k * n
class Holder:
    def held(self):
        return k
holder = Holder(); pair = [holder]; alias = pair
with open('times', 'a') as file: file.write('x')
print('long ran')
time.sleep(0.6)"""
LATER = "k = 6"
FRAGILE = "assert Path('mended').exists(), 'not yet'\nprint(product(), holder.held(), alias is pair, n)"
DRAW = "print(random.random(), np.random.rand())"


def outputs(project: Project, run: Run) -> list[str]:
    (path,) = project.root.glob(f"mlruns/*/{run.run_id}/artifacts/mlops/*.ipynb")
    cells = json.loads(path.read_text())["cells"]
    return ["".join(o.get("text", "") for o in c.get("outputs", [])) for c in cells]


def statuses(project: Project, run: Run) -> list[str]:
    return [record.status.value for record in project.show(run.run_id).cells]


@pytest.fixture
def path(folder: Path, write: Any, cell: Any) -> Path:
    parameters = cell("n: int = 3", "parameters")
    return write(folder / "n.ipynb", [parameters, cell(LONG), cell(LATER), cell(FRAGILE), cell(DRAW)])


def test_state_is_restored_from_the_checkpoint_and_the_result_is_that_of_a_whole_run(
    folder: Path, path: Path
) -> None:
    project = Project()
    failed = project.run(path, {"n": 7}, checkpoint=0.5, experiment="lab")
    assert (failed.status, failed.exit_code) == (RunStatus.FAILED, 1)
    (folder / "mended").touch()
    went_on = project.run(resume=failed.run_id)
    assert (went_on.status, went_on.replaces, went_on.parameters, went_on.experiment) == (
        RunStatus.FINISHED,
        failed.run_id,
        {"n": "7"},
        "lab",
    )
    assert (folder / "times").read_text() == "x"  # the long cell ran once
    cells = project.show(went_on.run_id).cells
    assert [record.carried_from for record in cells] == [failed.run_id] * 3 + [None] * 3
    whole = project.run(path, {"n": 7})
    assert outputs(project, went_on) == outputs(project, whole)
    assert outputs(project, went_on)[4] == "42 6 True 7\n"
    assert not list((folder / ".mlops" / "checkpoints").glob(went_on.run_id))


def test_without_a_checkpoint_the_cells_above_run_again(folder: Path, path: Path) -> None:
    project = Project()
    failed = project.run(path)
    (folder / "mended").touch()
    went_on = project.run(resume=failed.run_id[:12])
    assert statuses(project, went_on) == ["ok"] * 5
    assert (folder / "times").read_text() == "xx"
    assert went_on.replaces == failed.run_id


def test_what_changed_above_or_cannot_be_pickled_is_named_and_refused(
    folder: Path, path: Path, write: Any, cell: Any
) -> None:
    project = Project()
    failed = project.run(path, checkpoint=0.5)
    document = json.loads(path.read_text())
    document["cells"][1]["source"] += "\nk = 1"
    path.write_text(json.dumps(document))
    with pytest.raises(Refused, match="cell 2 was changed since run"):
        project.run(resume=failed.run_id)
    body = "import sqlite3, time\nlink = sqlite3.connect(':memory:')\nfile = open('f', 'w')\ntime.sleep(0.4)"
    other = write(folder / "other.ipynb", [cell(body), cell("1 / 0")])
    lost = project.run(other, checkpoint=0.3)
    with pytest.raises(Refused, match=r"file \(TextIOWrapper: an open file\); link \(Connection:"):
        project.run(resume=lost.run_id)


def test_only_a_failed_headless_run_can_be_resumed_as_it_was(folder: Path, path: Path) -> None:
    project = Project()
    (folder / "mended").touch()
    fine = project.run(path)
    with pytest.raises(Refused, match="nothing to resume"):
        project.run(resume=fine.run_id)
    (folder / "mended").unlink()
    failed = project.run(path)
    with pytest.raises(Refused, match="has the parameters and cells of the run"):
        project.run(resume=failed.run_id, parameters={"n": 1})
    with pytest.raises(Refused, match="ran n.ipynb, not"):
        project.run("another.ipynb", resume=failed.run_id)
    with pytest.raises(Refused, match="no notebook was named"):
        project.run()


def test_a_changed_checkpoint_is_not_restored(folder: Path, path: Path) -> None:
    project = Project()
    failed = project.run(path, checkpoint=0.5)
    (state,) = (folder / ".mlops" / "checkpoints" / failed.run_id).glob("*.state")
    state.write_bytes(state.read_bytes() + b"\0")
    again = project.run(resume=failed.run_id)
    assert (again.status, again.exit_code) == (RunStatus.FAILED, 4)
    assert again.error is not None
    assert "was changed" in again.error


def test_a_part_of_a_notebook(folder: Path, write: Any, cell: Any) -> None:
    cells = [cell("n = 1", "parameters"), cell("a = 1"), cell("print(n, 'a' in globals())", "report")]
    path = write(folder / "n.ipynb", [*cells, cell("b = 2", identifier="the-end")])
    project = Project()
    skipped = CellStatus.SKIPPED.value
    assert statuses(project, project.run(path, start="3")) == ["ok", skipped, "ok", "ok"]
    assert statuses(project, project.run(path, start="report")) == ["ok", skipped, "ok", "ok"]
    assert statuses(project, project.run(path, start="the-end")) == ["ok", skipped, skipped, "ok"]
    run = project.run(path, {"n": 5}, only="report")
    assert statuses(project, run) == ["ok", "ok", skipped, "ok", skipped]
    assert outputs(project, run)[3] == "5 False\n"
    for part, said in (({"start": "9"}, "no cell 9"), ({"start": "reprot"}, "reprot"), ({"only": "x"}, "x")):
        with pytest.raises(Refused, match=said) as caught:
            project.run(path, **part)
        assert caught.value.hint
    with pytest.raises(Refused, match="exclude each other"):
        project.run(path, start="1", only="report")
