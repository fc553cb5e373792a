"""Whether a run holds more than before: told for everything that a cell may record, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.data.versions import describe
from jupyter_mlops.entities import RecordedParameter, RunKind, RunStatus
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")


@pytest.mark.parametrize("known", [True, False])
def test_every_kind_of_record_is_seen_once(
    known: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    if not known:  # the schema of another MLflow: its client is asked
        from jupyter_mlops.tracking import database

        monkeypatch.setattr(database, "REVISIONS", frozenset())
    store = Project().store
    run = Recorder.start(store, experiment="lab", name="r", kind=RunKind.USER)
    other = Recorder.start(store, experiment="lab", name="other", kind=RunKind.USER)
    records: dict[str, tuple[bool, Callable[[], object]]] = {
        "nothing": (False, lambda: None),
        "a parameter": (True, lambda: run.parameters([RecordedParameter(name="C", value="1", type="int")])),
        "a metric": (True, lambda: run.metrics({"m": 1.0})),
        "another value": (True, lambda: run.metrics({"m": 2.0})),
        "a dataset": (True, lambda: run.dataset(describe([{"a": 1}], name="d", source="s"))),
        "an output": (True, lambda: run.output("f.txt")),
        "a tag": (False, lambda: run.tags({"owner": "ana"})),
        "a status": (False, lambda: run.mark(RunStatus.FAILED, "because")),
        "another run's metric": (False, lambda: other.metrics({"m": 1.0})),
    }
    before = run.state()
    for name, (seen, write) in records.items():
        write()
        assert (run.state() != before) == seen, name
        before = run.state()
        assert run.state() == before
    with mlflow.start_run(run_id=run.run_id):
        model = mlflow.create_external_model(name="m", source_run_id=run.run_id)
        mlflow.MlflowClient().log_outputs(run.run_id, [mlflow.entities.LoggedModelOutput(model.model_id, 0)])
    assert run.state() != before
    run.close(RunStatus.FINISHED, exit_code=0)
