"""A run written by SQL is, column by column, the one that MLflow would have written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RecordedParameter, RunKind, RunStatus
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.database import REVISIONS, Database
from jupyter_mlops.tracking.embedded import EmbeddedRecorder
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")

VALUES = [
    RecordedParameter(name="C", value="0.5", type="float"),
    RecordedParameter(name="text", value="é" * 7000, type="str"),
]


def fill(recorder: Recorder) -> None:
    recorder.parameters(VALUES)
    recorder.parameters(VALUES)  # again: nothing changes
    recorder.tags({"own": "1", "none": None, "long": "x" * 9000})
    recorder.tags({"own": "2"})
    recorder.rename("renamed")
    recorder.close(RunStatus.FAILED, exit_code=1, error="ValueError: no", peak_memory=7)


def begun(project: Project) -> Recorder:
    """A run begun through MLflow's client, and a store that has a database since."""
    store = project.store
    kept = store.direct
    store.direct = lambda: None  # type: ignore[method-assign]
    try:
        return Recorder.start(
            store, experiment="e", name="n", kind=RunKind.HEADLESS, notebook="n.ipynb", extra={"x": "y"}
        )
    finally:
        store.direct = kept  # type: ignore[method-assign]


def rows(path: Path, run_id: str) -> dict[str, list[Any]]:
    """All that the database holds of the run, without its id and times."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = {}
    for table in ("runs", "tags", "params", "metrics", "latest_metrics"):
        each = connection.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", [run_id])
        found[table] = sorted(
            (
                {
                    key: str(value).replace(run_id, "RUN") if key != "end_time" else type(value).__name__
                    for key, value in dict(row).items()
                    if key != "start_time"
                }
                for row in each
            ),
            key=str,
        )
    connection.close()
    return found


def test_every_column_is_as_mlflow_writes_it(folder: Path) -> None:
    project = Project()
    theirs = begun(project)
    ours = Recorder.start(
        project.store, experiment="e", name="n", kind=RunKind.HEADLESS, notebook="n.ipynb", extra={"x": "y"}
    )
    assert isinstance(ours, EmbeddedRecorder)
    assert not isinstance(theirs, EmbeddedRecorder)
    database = folder / "mlflow.db"
    assert rows(database, ours.run_id) == rows(database, theirs.run_id)
    fill(theirs)
    fill(ours)
    found = rows(database, ours.run_id)
    assert found == rows(database, theirs.run_id)
    assert len(found["params"]) == 2
    assert found["runs"][0]["status"] == "FAILED"


def test_mlflow_reads_what_was_written(folder: Path) -> None:
    project = Project()
    begun(project)
    ours = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    fill(ours)
    run = project.store.client().get_run(ours.run_id)
    assert run.info.status == "FAILED"
    assert run.info.end_time >= run.info.start_time
    assert run.data.params["C"] == "0.5"
    assert run.data.tags["own"] == "2"
    assert run.data.tags["mlflow.runName"] == run.info.run_name == "renamed"
    ours.client.log_metric(ours.run_id, "m", float("nan"))
    ours.client.log_metric(ours.run_id, "n", float("inf"))
    ours.client.log_metric(ours.run_id, "n", 2.5, step=1)
    theirs = Recorder(project.store, ours.run_id).snapshot()
    assert ours.snapshot().model_dump_json() == theirs.model_dump_json()
    assert ours.experiment() == "e"


def test_artifacts_lie_where_mlflow_looks_for_them(folder: Path) -> None:
    project = Project()
    begun(project)
    ours = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    kept = folder / "kept"
    kept.mkdir()
    (kept / "a.txt").write_text("a")
    ours.keep(kept)
    assert sorted(item.path for item in ours.client.list_artifacts(ours.run_id, tags.FOLDER)) == [
        "mlops/a.txt",
        "mlops/manifest.json",
    ]


def test_a_database_of_another_schema_is_left_to_mlflow(folder: Path) -> None:
    project = Project()
    begun(project)
    path = folder / "mlflow.db"
    assert Database.known(path) is not None
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'other'")
    connection.close()
    assert Database.known(path) is None
    assert Database.known(folder / "none.db") is None
    (folder / "text.db").write_text("text")
    assert Database.known(folder / "text.db") is None


def test_the_schema_of_the_installed_mlflow_is_known() -> None:
    """Else every run goes the slow way: read what has changed, then add the revision."""
    from jupyter_mlops.tracking.store import _schema_revisions

    assert _schema_revisions()[1] <= REVISIONS


def test_a_run_that_the_database_does_not_take_is_refused_in_a_line(folder: Path) -> None:
    from jupyter_mlops.exceptions import MLOpsError

    project = Project()
    begun(project)
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'full'); END")
    connection.close()
    with pytest.raises(MLOpsError, match="the run could not be begun: full"):
        Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
