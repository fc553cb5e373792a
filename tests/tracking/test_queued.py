"""MLflow's own functions over the project's database: one finds what one has logged, at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")


WORKER = """
import mlflow, os, sys
for step in range(50):
    mlflow.MlflowClient().log_metric(sys.argv[1], "w", 1.0, step=step)
print(type(mlflow.MlflowClient()._tracking_client.store).__name__, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def recorder(folder: Path) -> Recorder:
    return Recorder.start(Project().store, experiment="lab", name="r", kind=RunKind.USER)


def within(seconds: float, what: Callable[[], Any]) -> float:
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def count(folder: Path) -> int:
    """Points in the database, asked past everything of ours."""
    connection = sqlite3.connect(f"file:{folder / 'mlflow.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM metrics").fetchone()[0])
    finally:
        connection.close()


def test_whoever_reads_in_this_process_finds_what_was_logged(recorder: Recorder) -> None:
    import mlflow

    client = recorder.client
    with mlflow.start_run(run_id=recorder.run_id):
        mlflow.log_metric("a", 0.5, step=3)
        assert client.get_run(recorder.run_id).data.metrics == {"a": 0.5}
        mlflow.log_metrics({"a": 0.25, "b": 1.0}, step=4)
        assert [(p.step, p.value) for p in client.get_metric_history(recorder.run_id, "a")] == [
            (3, 0.5),
            (4, 0.25),
        ]
        recorder.metrics({"a": 2.0})
        (found,) = mlflow.search_runs(
            search_all_experiments=True, filter_string="metrics.a > 1.5", output_format="list"
        )
        assert found.info.run_id == recorder.run_id
        recorder.metrics({"a": 3.0})
        assert Project().runs()[0].metrics == {"a": 3.0, "b": 1.0}


def test_another_process_finds_them_within_a_second_and_all_once_the_run_has_ended(
    recorder: Recorder, folder: Path
) -> None:
    leases.take(recorder.store, recorder.run_id)  # with it comes the keeper
    recorder.metrics({"a": 0.5})
    within(10, lambda: count(folder) == 1)  # the keeper has just been started
    took = []
    for number in range(2, 7):
        recorder.metrics({"a": 0.5})
        took.append(within(5, lambda number=number: count(folder) == number))  # type: ignore[misc]
    assert sorted(took)[2] < 1.0
    for _ in range(500):
        recorder.metrics({"a": 0.5})
    recorder.close(RunStatus.FINISHED, exit_code=0)
    assert count(folder) == 506
    leases.release(recorder.store, recorder.run_id)
    assert not (recorder.store.spools / recorder.run_id).exists()
    print(f"\nin the database after {max(took):.2f} s at most")


def test_what_mlflow_refuses_is_refused_at_the_call(recorder: Recorder) -> None:
    from mlflow.entities import Metric, Param
    from mlflow.exceptions import MlflowException

    client = recorder.client
    client.log_batch(recorder.run_id, [Metric("m", 1.0, 1, 0)], [Param("C", "1")])
    with pytest.raises(MlflowException, match="Changing param"):
        client.log_batch(recorder.run_id, [Metric("m", 2.0, 2, 0)], [Param("C", "2")])
    with pytest.raises(MlflowException, match="Invalid value"):
        client.log_metric(recorder.run_id, "bad!name", 1.0)
    with pytest.raises(MlflowException, match="not found"):
        client.log_metric("f" * 32, "m", 1.0)
    client.delete_run(recorder.run_id)
    with pytest.raises(MlflowException, match="active"):
        Recorder(Project().store, recorder.run_id).client.log_metric(recorder.run_id, "m", 1.0)
    run = client.get_run(recorder.run_id)
    assert (run.data.params, run.data.metrics) == ({"C": "1"}, {"m": 1.0})


def test_a_models_metrics_are_the_models_too(recorder: Recorder) -> None:
    import mlflow

    with mlflow.start_run(run_id=recorder.run_id):
        model = mlflow.create_external_model(name="m", source_run_id=recorder.run_id)
        mlflow.log_metric("mine", 1.0)
        mlflow.log_metric("score", 0.5, model_id=model.model_id)
    found = mlflow.get_logged_model(model.model_id)
    assert [(m.key, m.value) for m in found.metrics] == [("score", 0.5)]
    assert recorder.client.get_run(recorder.run_id).data.metrics == {"mine": 1.0, "score": 0.5}


def test_a_process_that_a_tracked_one_starts_logs_so_too_and_other_databases_are_left_alone(
    recorder: Recorder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in recorder.store.environment().items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", WORKER, recorder.run_id], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (-9, "QueuedStore"), done.stderr
    assert len(recorder.client.get_metric_history(recorder.run_id, "w")) == 50
    monkeypatch.delenv("JUPYTER_MLOPS_PROJECT")
    code = "import mlflow\nprint(type(mlflow.MlflowClient()._tracking_client.store).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "SqlAlchemyStore", done.stderr
