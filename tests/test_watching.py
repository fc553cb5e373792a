"""What ended in a project is told to those who wait for it."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import Monitor, RunKind, RunStatus, Schedule, SlotKind, SlotStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project import Project
from jupyter_mlops.project.watching import ask
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.scheduling.triggers import Probed, probe
from jupyter_mlops.tracking import ended, scorings, tags
from jupyter_mlops.tracking.ended import EndedRun
from jupyter_mlops.tracking.monitors import BREACH, LAST, NAME, VERDICT
from jupyter_mlops.tracking.recorder import Recorder

LONG = pytest.mark.long("another process imports MLflow")

pytestmark = pytest.mark.usefixtures("local")

CONFIG = """
pipelines:
  churn: {steps: {train: {notebook: train.ipynb}}}
  other: {steps: {train: {notebook: train.ipynb}}}
models:
  m: {}
monitors:
  w: {model: m}
"""


@pytest.fixture
def project(folder: Path) -> Project:
    (folder / "mlops.yaml").write_text(CONFIG)
    return Project(folder)


class Waiting:
    """A schedule of `project` that waits for `on`."""

    def __init__(self, project: Project, on: Any = None, monitor: Monitor | None = None) -> None:
        if monitor is None:
            self.declare(on)
        else:
            self.planned = Planned("monitor:w", monitor="w", watch=monitor)
        self.project = project
        self.looks = project.looks(patience=60)
        self.memory: Any = None
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def declare(self, on: Any) -> None:
        """It waits for something else from now on."""
        schedule = Schedule.model_validate({"pipeline": "churn", "on": on, "quiet": 1})
        self.planned = Planned("s", schedule=schedule)

    def look(self, after: float = 2.0) -> Probed:
        self.now += timedelta(seconds=after)
        project = self.project
        found = probe(
            self.planned,
            self.memory,
            self.now,
            root=project.root,
            config=project.config,
            look=self.looks,
        )
        self.memory = json.loads(json.dumps(found.memory))
        return found

    def keys(self) -> list[str]:
        """Of all that fires now."""
        return [fired.key for _ in range(3) for fired in self.look().fired]

    def restart(self) -> None:
        """Another process goes on with what was remembered."""
        self.looks = self.project.looks(patience=60)


def ran(
    project: Project,
    name: str,
    kind: RunKind = RunKind.PIPELINE,
    *,
    status: RunStatus = RunStatus.FINISHED,
    code: int = 0,
    metrics: dict[str, float] | None = None,
    extra: dict[str, str] | None = None,
) -> str:
    """Record a run; its id."""
    marks = {tags.PIPELINE: name} if kind is RunKind.PIPELINE else {}
    notebook = "mlops.yaml" if kind is RunKind.PIPELINE else name
    recorder = Recorder.start(
        project.store,
        experiment="e",
        name=name,
        kind=kind,
        notebook=notebook,
        extra={**marks, **(extra or {})},
    )
    recorder.metrics(metrics or {})
    recorder.close(status, exit_code=code)
    return recorder.run_id


def sql(project: Project, statement: str, *values: Any) -> None:
    """Change the database as nobody should."""
    with sqlite3.connect(project.root / "mlflow.db") as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_pipeline_that_ended_well_fires_once_and_what_did_not_never(project: Project) -> None:
    ran(project, "churn")
    waiting = Waiting(project, {"run": "churn"})
    assert waiting.keys() == []
    ran(project, "churn", status=RunStatus.FAILED, code=1)
    ran(project, "churn", status=RunStatus.KILLED, code=4)
    ran(project, "churn", code=3)
    ran(project, "other")
    ran(project, "churn", RunKind.HEADLESS)
    assert waiting.keys() == []
    run = ran(project, "churn")
    assert waiting.keys() == [f"run:{run}"]
    waiting.restart()
    assert waiting.keys() == []


def test_of_several_runs_that_ended_while_nobody_looked_the_last_fires(project: Project) -> None:
    waiting = Waiting(project, {"run": "churn"})
    assert waiting.keys() == []
    last = [ran(project, "churn") for _ in range(3)][-1]
    waiting.restart()
    assert waiting.keys() == [f"run:{last}"]


def test_a_run_that_began_before_the_first_look_and_ends_after_it_fires(project: Project) -> None:
    recorder = Recorder.start(
        project.store, experiment="e", name="churn", kind=RunKind.PIPELINE, extra={tags.PIPELINE: "churn"}
    )
    waiting = Waiting(project, {"run": "churn"})
    assert waiting.keys() == []
    ran(project, "churn")
    assert len(waiting.keys()) == 1
    recorder.close(RunStatus.FINISHED, exit_code=0)
    assert waiting.keys() == [f"run:{recorder.run_id}"]


def test_a_run_that_ended_by_a_clock_that_was_put_back_fires(project: Project) -> None:
    ran(project, "churn")
    waiting = Waiting(project, {"run": "churn"})
    assert waiting.keys() == []
    run = ran(project, "churn")
    sql(project, "UPDATE runs SET end_time = end_time - 3600000 WHERE run_uuid = ?", run)
    assert waiting.keys() == [f"run:{run}"]
    assert waiting.keys() == []


def test_a_run_that_is_deleted_makes_none_before_it_new(project: Project) -> None:
    waiting = Waiting(project, {"run": "churn"})
    waiting.look()
    ran(project, "churn")
    last = ran(project, "churn")
    assert waiting.keys() == [f"run:{last}"]
    sql(project, "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?", last)
    waiting.restart()
    assert waiting.keys() == []


def test_a_store_that_is_not_there_yet_is_waited_for(bare_folder: Path) -> None:
    (bare_folder / "mlops.yaml").write_text(CONFIG)
    project = Project(bare_folder)
    waiting = Waiting(project, {"run": "churn"})
    assert waiting.keys() == []
    assert not (bare_folder / "mlflow.db").exists()


@pytest.mark.parametrize("name", ["notebooks/train.ipynb", "./notebooks/train.ipynb"])
def test_a_notebook_that_ran_headless_fires_and_a_session_of_it_does_not(project: Project, name: str) -> None:
    waiting = Waiting(project, {"run": name})
    assert waiting.keys() == []
    run = ran(project, "notebooks/train.ipynb", RunKind.HEADLESS)
    assert waiting.keys() == [f"run:{run}"]
    ran(project, "notebooks/train.ipynb", RunKind.REPLAY)
    assert waiting.keys() == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"data": "a.csv"}, {"run": "other"}),
        ({"run": "churn"}, {"run": "other"}),
        ({"drift": "w"}, {"metric": "f1 < 1", "of": "other"}),
        ({"metric": "f1 < 1", "of": "churn"}, {"data": "b.csv"}),
    ],
)
def test_what_is_there_when_a_schedule_begins_to_wait_for_something_else_fires_nothing(
    project: Project, before: dict[str, str], after: dict[str, str]
) -> None:
    for name in ("a.csv", "b.csv"):
        (project.root / name).write_text("x = 1")
    ran(project, "churn", metrics={"f1": 0.5})
    waiting = Waiting(project, before)
    assert waiting.keys() == []
    ran(project, "other", metrics={"f1": 0.5})
    (project.root / "b.csv").write_text("x = 2")
    waiting.declare(after)
    assert waiting.keys() == []
    ran(project, "other", metrics={"f1": 0.5})
    (project.root / "b.csv").write_text("x = 3")
    assert len(waiting.keys()) == 1


def test_a_slot_of_another_schedule_that_ended_well_fires(project: Project) -> None:
    store = SlotStore(project.root)
    waiting = Waiting(project, {"run": "nightly"})
    assert waiting.keys() == []
    outcomes = (RunStatus.FAILED, RunStatus.FINISHED)
    made = []
    for outcome in outcomes:
        slot = store.offer("nightly", outcome.value, store.clock.now(), SlotKind.MANUAL)
        assert slot is not None
        ((begun, token),) = claimed(store, project)
        store.finish(begun.id, token, SlotStatus.RAN, outcome=outcome)
        made.append(slot.id)
        assert waiting.keys() == ([f"run:{slot.id}"] if outcome is RunStatus.FINISHED else [])


def claimed(store: SlotStore, project: Project) -> list[Any]:
    """The slots that may run now, with their tokens."""
    from jupyter_mlops.scheduling.claims import claim

    planned = {"nightly": Planned("nightly", schedule=Schedule(pipeline="churn", every=3600))}
    return claim(store, planned, store.clock.now(), "me", 1).begun


# -- metrics


@pytest.mark.parametrize(
    ("condition", "metrics", "fires"),
    [
        ("accuracy < 0.8", {"accuracy": 0.7}, True),
        ("accuracy < 0.8", {"accuracy": 0.9}, False),
        ("accuracy < 0.8", {"accuracy": float("nan")}, False),
        ("accuracy < 0.8", {"train.accuracy": 0.7}, True),
        ("train.accuracy < 0.8", {"train.accuracy": 0.7, "test.accuracy": 0.9}, True),
        ("val/loss > 0.3", {"val/loss": 0.4}, True),
        ("accuracy < 0.8 and rows > 10", {"accuracy": 0.7, "rows": 100.0}, True),
        ("train.accuracy < 0.8 or rows > 10", {"train.accuracy": 0.9, "rows": 1.0}, False),
    ],
)
def test_a_new_run_whose_metrics_meet_the_condition_fires(
    project: Project, condition: str, metrics: dict[str, float], fires: bool
) -> None:
    waiting = Waiting(project, {"metric": condition, "of": "churn"})
    assert waiting.keys() == []
    run = ran(project, "churn", metrics=metrics)
    assert waiting.keys() == ([f"metric:{run}"] if fires else [])


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("acuracy < 0.8", "no metric 'acuracy'"),
        ("accuracy <", "cannot be read"),
        ("__import__('os').system('true')", "may not hold"),
        ("accuracy < 'a'", "cannot be told"),
    ],
)
def test_a_condition_that_cannot_be_told_is_told_once_and_holds_up_nothing(
    project: Project, condition: str, said: str
) -> None:
    waiting = Waiting(project, {"metric": condition, "of": "churn"})
    waiting.look()
    ran(project, "churn", metrics={"accuracy": 0.7})
    found = [waiting.look() for _ in range(3)]
    problems = [each.problem for each in found if each.problem]
    assert len(problems) == 1
    assert said in problems[0]
    assert all(each.fired == () for each in found)


def test_a_database_that_can_be_read_but_not_written_is_read_as_it_is(project: Project) -> None:
    waiting = Waiting(project, {"metric": "accuracy < 0.8", "of": "churn"})
    assert waiting.keys() == []
    run = ran(project, "churn", metrics={"accuracy": 0.7})
    logged = project.store.points(run)
    assert logged is not None
    logged.log({"late": 1.0})
    sql(project, "CREATE TRIGGER full BEFORE INSERT ON metrics BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(sqlite3.Error):
        project.store.catch_up()
    assert waiting.keys() == [f"metric:{run}"]


# -- monitors


def looked(project: Project, number: int, breach: int, metrics: dict[str, float]) -> None:
    """What a monitor writes down when it has looked."""
    with sqlite3.connect(project.root / "mlflow.db") as connection:
        row = connection.execute("SELECT run_uuid FROM tags WHERE key = ? AND value = 'w'", [NAME]).fetchone()
    connection.close()
    if row is None:
        run_id = ran(project, "monitor w", RunKind.MONITOR, extra={NAME: "w"})
    else:
        (run_id,) = row
    recorder = Recorder(project.store, run_id)
    project.store.client().log_batch(run_id, metrics=_points(metrics, number))
    recorder.tags({LAST: number, BREACH: breach or None, VERDICT: "age drifted"})


def _points(metrics: dict[str, float], step: int) -> list[Any]:
    from mlflow.entities import Metric

    return [Metric(name, value, 1_000 * step, step) for name, value in metrics.items()]


def test_a_breach_that_a_monitor_found_fires_once(project: Project) -> None:
    looked(project, 1, 1, {"drift.age": 0.4})
    waiting = Waiting(project, {"drift": "w"})
    assert waiting.keys() == []
    looked(project, 2, 1, {"drift.age": 0.1})
    assert waiting.keys() == []
    looked(project, 3, 3, {"drift.age": 0.5})
    (fired,) = [fired for _ in range(3) for fired in waiting.look().fired]
    assert fired.why == "age drifted"
    waiting.restart()
    looked(project, 4, 3, {"drift.age": 0.5})
    assert waiting.keys() == []


def test_a_reading_whose_metrics_meet_the_condition_fires(project: Project) -> None:
    looked(project, 1, 0, {"drift.age": 0.4})
    waiting = Waiting(project, {"metric": "drift.age > 0.3", "of": "monitor:w"})
    assert waiting.keys() == []
    looked(project, 2, 0, {"drift.age": 0.1})
    assert waiting.keys() == []
    looked(project, 3, 0, {"drift.age": 0.5})
    assert len(waiting.keys()) == 1


def test_a_monitor_without_times_looks_when_a_batch_was_recorded(project: Project) -> None:
    waiting = Waiting(project, monitor=Monitor(model="m"))
    assert waiting.keys() == []
    ran(project, "predict m", RunKind.PREDICT, extra=scorings.marks("other", {"1": 10}))
    assert waiting.keys() == []
    run = ran(project, "predict m", RunKind.PREDICT, extra=scorings.marks("m", {"1": 10}))
    assert waiting.keys() == [f"batch:{run}"]
    run = ran(project, "m-requests@1", RunKind.DATASET, extra={tags.VERSION_NAME: "m-requests"})
    assert waiting.keys() == [f"batch:{run}"]


def test_a_monitor_of_data_looks_when_they_or_the_labels_change(project: Project) -> None:
    for name in ("recent.csv", "labels.csv"):
        (project.root / name).write_text("x\n1\n")
    waiting = Waiting(project, monitor=Monitor(model="m", current="recent.csv", labels="labels.csv"))
    assert waiting.keys() == []
    ran(project, "predict m", RunKind.PREDICT, extra=scorings.marks("m", {"1": 10}))
    assert waiting.keys() == []
    for name in ("recent.csv", "labels.csv"):
        (project.root / name).write_text("x\n2\n")
        fired = [fired for _ in range(3) for fired in (waiting.look(), setattr_now(waiting, 20))[0].fired]
        assert [each.why for each in fired] == [f"changed: {name}"]


def setattr_now(waiting: Waiting, seconds: float) -> None:
    """Let time go by."""
    waiting.now += timedelta(seconds=seconds)


# -- the catalogue


def test_a_new_version_of_a_dataset_of_the_catalogue_fires(project: Project) -> None:
    (project.root / "a.csv").write_text("x\n1\n")
    project.datasets.add(project.root / "a.csv", name="customers")
    waiting = Waiting(project, {"data": "dataset:customers"})
    assert waiting.keys() == []
    (project.root / "a.csv").write_text("x\n2\n")
    assert waiting.keys() == []
    project.datasets.add(project.root / "a.csv", name="customers")
    assert len(waiting.keys()) == 1
    assert waiting.keys() == []


def test_a_version_of_a_dataset_cannot_be_waited_for(project: Project) -> None:
    assert "never changes" in (Waiting(project, {"data": "dataset:customers@1"}).look().problem or "")


# -- other stores


def printed(project: Project, since: float, capsys: pytest.CaptureFixture[str]) -> list[EndedRun]:
    """What the process prints that is asked of a store which takes MLflow to be read."""
    assert ended.main([str(project.root), project.store.uri, repr(since)]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    return [EndedRun.model_validate(run) for run in told["runs"]]


@pytest.mark.parametrize("real", [False, pytest.param(True, marks=LONG)])
def test_a_store_that_takes_mlflow_to_be_read_is_asked_by_another_process(
    project: Project, real: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ran(project, "churn", metrics={"train.accuracy": 0.7})
    ran(project, "churn", status=RunStatus.FAILED, code=1)
    before = time.time() - 60
    (found,) = ask(project.root, project.store.uri, before) if real else printed(project, before, capsys)
    assert (found.run_id, found.names) == (run, [("pipeline", "churn")])
    assert found.metrics == {"train.accuracy": 0.7}
    assert abs(found.ended - time.time()) < 60
    assert printed(project, time.time() + 60, capsys) == []


def test_a_store_that_cannot_be_asked_is_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended.main([str(project.root), "nothing://here", "0"]) == 1
    assert "problem" in json.loads(capsys.readouterr().out)
    with pytest.raises(Refused, match="cannot be asked"):
        ask(project.root / "gone", project.store.uri, 0)
