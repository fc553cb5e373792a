"""A real store with all that makes reading hard, and the same store read by MLflow's client only."""

from __future__ import annotations

import math
from pathlib import Path

from mlflow.entities import Dataset as MlflowDataset
from mlflow.entities import DatasetInput, InputTag, LoggedModelOutput, Metric, Param, RunTag

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.store import Store

VALUES = (0.0, 0.5, -1.0, 1.0, math.nan, math.inf, -math.inf, 1e5, 0.5)
WORDS = ("abc", "ABC", "a%c", "a_c", "", "it's", "ä", "0.5")


class ByClient(Store):
    """The store as MLflow's client tells of it."""

    def direct(self) -> Database | None:
        """None: it knows of no other way."""
        return None


def stored(root: Path) -> Store:
    """A store with 32 runs: equal start times, values that are missing, nan or endless, deleted runs and
    experiments, nameless runs, children, datasets and logged models."""
    store = Store(root, TrackingConfig())
    client = store.client()
    experiments = [store.experiment_id(name) for name in ("first", "second", "gone")]
    for number in range(32):
        run = client.create_run(
            experiments[number % 3],
            start_time=1_700_000_000_000 + (number // 4) * 1000,
            run_name=f"run-{number % 5}" if number % 7 else None,
        )
        identifier = run.info.run_id
        when = run.info.start_time
        metrics = [Metric("acc", VALUES[number % 9], when, 0)] if number % 4 else []
        metrics += [Metric("val.acc", number / 7, when, 0), Metric("system/cpu", 1.0, when, 0)]
        metrics += [Metric("a b/c-d", float(number % 3), when, step) for step in range(2)]
        params = [Param("C", WORDS[number % 8] or "-"), Param("depth", str(number))] if number % 3 else []
        marks = [RunTag("team", WORDS[number % 8])] if number % 5 else []
        marks += [RunTag("mlflow.parentRunId", "f" * 32)] if number % 6 == 1 else []
        marks += [RunTag("mlops.kind", "headless"), RunTag("mlops.exit_code", "3")] if number % 2 else []
        client.log_batch(identifier, metrics, params, marks)
        if number % 4 == 2:
            datasets = [_dataset(name, number) for name in ("train", "test")]
            store_ = client._tracking_client.store
            store_.log_inputs(identifier, datasets)
            store_.log_outputs(identifier, [LoggedModelOutput(f"m-{9 - i}{number}", 0) for i in range(2)])
        if number % 8 != 5:
            client.set_terminated(identifier, "FAILED" if number % 9 == 1 else "FINISHED", when + 5)
        if number % 10 == 9:
            client.delete_run(identifier)
    client.delete_experiment(experiments[2])
    return store


def _dataset(name: str, number: int) -> DatasetInput:
    dataset = MlflowDataset(
        name, f"d{number % 8}", "local", '{"uri": "x"}', schema='{"a": "int"}', profile='{"num_rows": 3}'
    )
    marks = [InputTag("mlflow.data.context", "eval" if name == "test" else "training")]
    return DatasetInput(dataset, [*marks, InputTag("mlops.dataset.x", "1")])
