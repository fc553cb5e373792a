"""How far runs are that go on, as the files of each tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.entities import CellStatus, PipelineRun, RunKind, StepRun, StepState
from jupyter_mlops.entities.panels import RunProgress
from jupyter_mlops.execution.progress import LiveRuns
from jupyter_mlops.notebooks.journal import Journal, new_record
from jupyter_mlops.tracking import leases, owners, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store
from tests.conftest import cell, write

pytestmark = pytest.mark.usefixtures("local")
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
CELLS = [
    cell("# Title", kind="markdown"),
    cell("C = 1"),
    cell("# Fit the model\nfit(C)"),
    cell("# only words"),
    cell("done()"),
]


@pytest.fixture
def store(folder: Path) -> Store:
    """An empty store."""
    return Store(folder, TrackingConfig())


def begin(store: Store, run_id: str) -> Path:
    """A run that this process holds: the folder of what it keeps."""
    kept = leases.kept_folder(store, run_id)
    owners.write_lease(store.run_folder(run_id), store.uri)
    return kept


def test_cells_are_counted_as_they_begin_and_end(store: Store) -> None:
    live, kept = LiveRuns(store.root), begin(store, "a")
    assert live.look(store) == (RunProgress(run_id="a"),)
    write(kept / "train.ipynb", CELLS)
    journal = Journal(kept / tags.JOURNAL)
    first = journal.start(new_record(1, CELLS[1], status=CellStatus.RUNNING, started=MOMENT))
    (now,) = live.look(store)
    assert (now.done, now.cell, now.name, now.began) == (0, 1, "C = 1", MOMENT)
    of = now.cells
    assert of in {3, 4}  # a cell of comments may count or not
    journal.write(first, new_record(1, CELLS[1], status=CellStatus.OK))
    second = journal.start(new_record(2, CELLS[2], status=CellStatus.RUNNING))
    (now,) = live.look(store)
    assert (now.done, now.cells, now.cell, now.name) == (1, of, 2, "Fit the model")
    line = json.dumps(
        {"key": second, **new_record(2, CELLS[2], status=CellStatus.OK).model_dump(mode="json")}
    )
    with journal.path.open("a") as file:
        file.write(line[:20])  # as it is while it is being written
    assert live.look(store) == (now,)
    with journal.path.open("a") as file:
        file.write(line[20:] + "\n")
    (now,) = live.look(store)
    assert (now.done, now.cell, now.name) == (2, None, "")
    assert LiveRuns(store.root).look(store) == (now,)
    leases.release(store, "a")
    assert live.look(store) == ()


def test_of_a_session_cells_are_counted_without_an_end(store: Store) -> None:
    kept = begin(store, "s")
    journal = Journal(kept / tags.JOURNAL)
    for index, status in enumerate((CellStatus.OK, CellStatus.FAILED, CellStatus.NOT_RUN)):
        journal.start(new_record(index, CELLS[1], status=status))
    assert LiveRuns(store.root).look(store) == (RunProgress(run_id="s", done=2),)


def test_of_a_pipeline_its_steps_are_counted_and_a_run_of_one_bears_its_name(store: Store) -> None:
    step = {tags.STEP: "train C=1"}
    run = Recorder.start(store, experiment="Default", name="train", kind=RunKind.HEADLESS, extra=step).run_id
    begin(store, run)
    told = [
        StepRun(step="load", state=StepState.CACHED),
        StepRun(step="train", point="C=1", state=StepState.RUNNING, started=MOMENT),
        StepRun(step="train", point="C=2", state=StepState.RUNNING),
        StepRun(step="report"),
    ]
    kept, live = begin(store, "whole"), LiveRuns(store.root)
    path = kept / tags.STEPS
    path.write_text(PipelineRun(pipeline="churn", steps=tuple(told)).model_dump_json())
    found = {progress.run_id: progress for progress in live.look(store)}
    assert found[run].step == "train C=1"
    assert found["whole"] == RunProgress(
        run_id="whole", done=1, cells=4, step="train C=1, train C=2", began=MOMENT, pipeline="churn"
    )
    path.write_text('{"pipe')
    assert {progress.run_id: progress for progress in live.look(store)} == found


def test_what_nobody_holds_is_not_live(store: Store) -> None:
    begin(store, "dead")
    lease = store.run_folder("dead") / owners.LEASE
    owner = json.loads(lease.read_text())
    lease.write_text(json.dumps(owner | {"pid": 2**22 + 1}))
    (store.root / ".mlops" / "runs" / "empty").mkdir()
    assert LiveRuns(store.root).look(store) == ()
