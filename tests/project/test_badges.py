"""What is on the record of a notebook's cells: from the session that goes on, from the last run, and from
cells that are runs by themselves."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import CellStatus, RunKind, RunStatus
from jupyter_mlops.entities.panels import CellBadge, NotebookBadges
from jupyter_mlops.notebooks.document import cell_digest
from jupyter_mlops.notebooks.journal import Journal, new_record
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from tests.conftest import cell, write

pytestmark = pytest.mark.usefixtures("local")


def of_cells(found: NotebookBadges) -> dict[str, CellBadge]:
    return {badge.cell_id: badge for badge in found.cells}


def recorded(
    project: Project,
    cells: list[dict[str, Any]],
    metrics: dict[str, dict[str, float]],
    *,
    kind: RunKind = RunKind.SESSION,
    open_: bool = False,
) -> str:
    """A run of ``work.ipynb``, as sessions and headless runs record it: each cell logs its metrics."""
    recorder = Recorder.start(project.store, experiment="lab", name="work", kind=kind, notebook="work.ipynb")
    leases.take(project.store, recorder.run_id)
    folder = leases.kept_folder(project.store, recorder.run_id)
    journal = Journal(folder / tags.JOURNAL)
    for index, one in enumerate(cells):
        began = datetime.now(UTC)
        key = journal.start(new_record(index, one, status=CellStatus.RUNNING, started=began))
        recorder.metrics(metrics.get(one["id"], {}))
        ended = datetime.now(UTC)
        journal.write(key, new_record(index, one, status=CellStatus.OK, started=began, ended=ended))
        time.sleep(0.002)  # metrics have a time in milliseconds
    if not open_:
        recorder.keep(folder)
        recorder.close(RunStatus.FINISHED, exit_code=0)
        leases.release(project.store, recorder.run_id)
    return recorder.run_id


@pytest.fixture
def cells(folder: Path) -> list[dict[str, Any]]:
    made = [cell(f"x{n} = {n}", identifier=f"c{n}") for n in range(3)]
    write(folder / "work.ipynb", made)
    return made


def test_a_project_without_runs_has_no_badges_and_gets_no_store(bare_folder: Path) -> None:
    write(bare_folder / "work.ipynb", [cell("1", identifier="a")])
    before = sorted(bare_folder.rglob("*"))
    found = Project(bare_folder).badges(bare_folder / "work.ipynb")
    assert (found.path, found.tracked, found.cells) == ("work.ipynb", None, ())
    assert sorted(bare_folder.rglob("*")) == before


def test_metrics_stand_at_the_cells_that_logged_them_and_tell_whether_they_got_better(
    folder: Path, cells: list[dict[str, Any]]
) -> None:
    project = Project(folder)
    recorded(project, cells, {"c1": {"accuracy": 0.8, "loss": 0.5, "rows": 10}, "c2": {"f1": 0.4}})
    newest = recorded(
        project, cells, {"c1": {"accuracy": 0.9, "loss": 0.6, "rows": 12, "new": 1}}, kind=RunKind.HEADLESS
    )
    recorded(project, cells, {"c0": {"accuracy": 0.1}}, kind=RunKind.REPLAY)
    found = project.badges(folder / "work.ipynb")
    badges = of_cells(found)
    assert found.tracked is None
    assert {badge.run_id for badge in badges.values()} == {newest}
    assert list(badges) == ["c0", "c1", "c2"]
    assert [badges["c0"].metrics, badges["c2"].metrics] == [(), ()]
    assert {one.name: (one.value, one.change, one.better) for one in badges["c1"].metrics} == {
        "accuracy": (0.9, pytest.approx(0.1), True),
        "loss": (0.6, pytest.approx(0.1), False),
        "rows": (12, 2, None),
        "new": (1, None, None),
    }
    assert badges["c1"].duration is not None
    assert (badges["c1"].status, badges["c1"].source) == (CellStatus.OK, "x1 = 1")


def test_of_a_session_that_goes_on_the_order_is_told_in_words(
    folder: Path, cells: list[dict[str, Any]]
) -> None:
    project = Project(folder)
    recorded(project, cells, {"c0": {"accuracy": 0.1}})
    run = recorded(project, [cells[0], cells[2], cells[0]], {}, open_=True)
    recorded(project, cells, {})  # a later one that has ended: a headless run beside the session
    edited = {**cells[2], "source": "x2 = 3"}
    write(folder / "work.ipynb", [cells[0], cells[1], edited])
    found = project.badges(folder / "work.ipynb")
    badges = of_cells(found)
    assert found.tracked is not None
    assert found.tracked.run_id == run
    assert badges["c1"].status is CellStatus.NOT_RUN
    assert badges["c1"].warnings == ("cell 2 (x1 = 1) has not run, but cells below it have",)
    assert badges["c2"].source == "x2 = 2"
    assert [word in " ".join(badges["c2"].warnings) for word in ("edited", "above it")] == [False, True]
    assert badges["c0"].warnings == ()


def test_a_cell_whose_process_is_gone_was_killed(folder: Path, cells: list[dict[str, Any]]) -> None:
    project = Project(folder)
    run = recorded(project, [], {}, open_=True)
    journal = Journal(project.store.run_folder(run) / tags.FOLDER / tags.JOURNAL)
    journal.start(new_record(0, cells[0], status=CellStatus.RUNNING, started=datetime.now(UTC)))
    notebook = folder / "work.ipynb"
    assert of_cells(project.badges(notebook))["c0"].status is CellStatus.RUNNING
    lease = project.store.run_folder(run) / "lease.json"
    lease.write_text(json.dumps({**json.loads(lease.read_text(encoding="utf-8")), "pid": 2**22 + 7}))
    found = project.badges(notebook)
    assert found.tracked is None
    assert of_cells(found)["c0"].status is CellStatus.KILLED
    lease.unlink()


def test_a_cell_that_is_a_run_by_itself_has_its_own_badge(folder: Path) -> None:
    source = "%%track fit --metrics accuracy\naccuracy = 0.9"
    write(folder / "work.ipynb", [cell(source, identifier="fit"), cell('%%track "', identifier="broken")])
    project = Project(folder)
    for value in (0.8, 0.9):
        recorder = Recorder.start(
            project.store, experiment="lab", name="fit", kind=RunKind.CELL, notebook="work.ipynb"
        )
        record = new_record(-1, {"source": f"accuracy = {value}"}, status=CellStatus.OK)
        began = datetime.now(UTC)
        record = record.model_copy(update={"started": began, "ended": began + timedelta(seconds=2)})
        folder_of_run = leases.kept_folder(project.store, recorder.run_id)
        Journal(folder_of_run / tags.JOURNAL).start(record)
        recorder.metrics({"accuracy": value})
        recorder.keep(folder_of_run)
        recorder.close(RunStatus.FINISHED, exit_code=0)
        leases.release(project.store, recorder.run_id)
        time.sleep(0.002)
    (badge,) = project.badges(folder / "work.ipynb").cells
    assert (badge.cell_id, badge.run, badge.duration) == ("fit", "fit", 2)
    assert cell_digest(badge.source) == cell_digest(source)
    (metric,) = badge.metrics
    assert (metric.change, metric.better) == (pytest.approx(0.1), True)


def test_a_live_session_is_told_after_each_cell(live: Any, folder: Path) -> None:
    write(live.path, [cell("%track start --no-autolog", identifier="s"), cell("a = 1", identifier="a")])
    live.run("%track start --no-autolog", "s")
    live.run("a = 1", "a")
    live.run("%track metric accuracy=0.75", "m")
    live.run("1 / 0", "z")
    found = Project(folder).badges(live.path)
    badges = of_cells(found)
    assert found.tracked is not None
    assert found.tracked.status is RunStatus.FAILED, "as it would end now"
    assert badges["m"].metrics[0].name == "accuracy"
    assert [badges[name].status for name in ("a", "z")] == [CellStatus.OK, CellStatus.FAILED]
    assert badges["a"].source == "a = 1"
