"""What it costs to look at runs: at ten thousand against MLflow's own search, and up to 100,000."""

from __future__ import annotations

import math
import os
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.recorder import Recorder
from tests.benchmarks.measure import Growth, Measured, in_turn, medians, seconds

EXPERIMENT = "speed"
WHERE = "metrics.accuracy > 0.5 and params.C = '1.0'"
ORDER = "metrics.accuracy DESC"
TOP = 100
POINTS = 10  # of one metric, for each run
METRICS = ("accuracy", "loss", "f1", "auc", "seconds")
PARAMETERS = ("C", "depth", "seed", "solver", "fraction")
TAGS = ("mlflow.runName", "mlflow.user", "mlflow.source.name", "mlops.kind", "mlops.exit_code", "team")

_RUN = (
    "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, "
    "start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) "
    "VALUES (?, ?, 'UNKNOWN', '', '', 'me', 'FINISHED', ?, ?, '', 'active', ?, ?)"
)
_POINT = "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)"
_LATEST = (
    "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"
)


def measure(short: bool) -> Iterator[Measured | Growth]:
    """The rows; with `short` a hundredth of the size, once each, to see that results are equal."""
    sizes = [10, 100, 1000] if short else [10, 100, 1000, 10_000, 100_000]
    compared = 1000 if short else 10_000
    times = 1 if short else 5
    with project() as ours:
        figures: dict[str, list[float]] = {name: [] for name in looks(ours)}
        filler = Filler(ours)
        for size in sizes:
            filler.grow(size)
            for name, look in looks(ours).items():
                look()  # what is imported on first use is no part of it
                figures[name].append(statistics.median(seconds(look) for _ in range(times)))
            if size == compared:
                yield from against_search(ours, size, times)
        yield against_get(ours, sizes[-1], times)
        for name, found in figures.items():
            yield Growth(f"{name}, among so many runs", [f"{size:,}" for size in sizes], found)


@contextmanager
def project() -> Iterator[Project]:
    """A project with two real runs that left a file each, and twenty versions of two models."""
    before = {name: os.environ.get(name) for name in ("MLFLOW_TRACKING_URI", "MLFLOW_DISABLE_TELEMETRY")}
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    try:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "mlops.yaml").write_text("", encoding="utf-8")
            (root / "model.txt").write_text("model", encoding="utf-8")
            ours = Project(root)
            for name in ("one", "two"):
                recorder = Recorder.start(ours.store, experiment=EXPERIMENT, name=name, kind=RunKind.USER)
                recorder.metrics({"accuracy": 0.75})
                recorder.artifact(root / "model.txt")
                recorder.close(RunStatus.FINISHED, exit_code=0)
                for _ in range(10):
                    ours.register(name, f"{name}=model.txt")
            yield ours
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def looks(ours: Project) -> dict[str, Any]:
    """What a person looks at, by the verb's name."""
    return {
        "runs": lambda: ours.runs(),
        "runs, filtered and ordered": lambda: ours.runs(where=WHERE, order_by=ORDER, limit=TOP),
        "show ID": lambda: ours.show(ours.models("one")[0].run_id or ""),
        "show NAME": lambda: ours.show("two"),
        "diff": lambda: ours.diff("one", "two"),
        "models": lambda: ours.models(),
    }


def against_search(ours: Project, size: int, times: int) -> Iterator[Measured]:
    """Filter, order and top 100, and the whole table, against `mlflow.search_runs`: of the same rows."""
    import mlflow

    ours.store.activate()
    kept: dict[str, Any] = {}

    def search(name: str, **options: Any) -> float:
        def work() -> None:
            kept[name] = mlflow.search_runs(experiment_names=[EXPERIMENT], **options)

        return seconds(work)

    def runs(name: str, **options: Any) -> float:
        def work() -> None:
            kept[name] = ours.runs(experiment=EXPERIMENT, **options)

        return seconds(work)

    for work, given, asked in (
        (
            "filter, order, top 100",
            {"where": WHERE, "order_by": ORDER, "limit": TOP},
            {"filter_string": WHERE, "order_by": [ORDER], "max_results": TOP},
        ),
        ("the whole table", {"limit": None}, {"max_results": 10 * size}),
    ):
        own, theirs = medians(
            times, lambda given=given: runs("ours", **given), lambda asked=asked: search("theirs", **asked)
        )
        check_equal(kept["ours"], kept["theirs"])
        note = f"{len(kept['ours']):,} equal rows"
        yield Measured(f"{size:,} runs: {work}", own, "mlflow.search_runs", theirs, 0.10, note=note)


def check_equal(ours: list[Run], theirs: Any) -> None:
    """Both hold the same runs in the same order, with equal parameters, metrics, tags, status and time."""
    if not ours or [run.run_id for run in ours] != list(theirs["run_id"]):
        raise AssertionError("other runs, or another order")
    columns = {name: theirs[name].to_list() for name in theirs}
    for number, run in enumerate(ours):
        told = {name: values[number] for name, values in columns.items()}
        for kind, own in (("params", run.parameters), ("metrics", run.metrics), ("tags", run.tags)):
            for name, value in own.items():
                other = told[f"{kind}.{name}"]
                if not (value == other or (math.isnan(value) and math.isnan(other))):
                    raise AssertionError(f"{run.run_id}: {kind}.{name} is {value}, and {other}")
        missing = [
            name for name in METRICS if name not in run.metrics and not math.isnan(told[f"metrics.{name}"])
        ]
        if missing or told["status"] != run.status.value or told["start_time"] != run.started:
            raise AssertionError(f"{run.run_id}: status, time or metrics differ")


def against_get(ours: Project, size: int, times: int) -> Measured:
    """All that is known of one run, against the least that MLflow's client can be asked of it."""
    run_id = ours.models("one")[0].run_id or ""
    client = ours.store.client()
    shown, raw = ours.show(run_id), client.get_run(run_id)
    if shown.run.metrics != raw.data.metrics or shown.artifact_uri != raw.info.artifact_uri:
        raise AssertionError("show tells something else than get_run")
    own, theirs = (
        statistics.median(found)
        for found in in_turn(
            max(times, 1),
            lambda: seconds(lambda: ours.show(run_id)),
            lambda: seconds(lambda: client.get_run(run_id)),
        )
    )
    work = f"show one run of {size:,}, among {size * POINTS:,} metric points"
    return Measured(work, own, "MlflowClient.get_run", theirs, note="show also reads and checks its files")


class Filler:
    """Adds runs to the project's database, by SQL: MLflow would need an hour."""

    def __init__(self, ours: Project) -> None:
        database = ours.store.direct()
        assert database is not None, "the benchmark's store is of an unknown schema"
        self._path = database.path
        self._experiment = database.experiment_id(EXPERIMENT)
        self._made = 2
        self._random = random.Random(1)

    def grow(self, size: int) -> None:
        """Go on until there are so many runs."""
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        connection.execute("BEGIN")
        numbers = iter(range(self._made, size))
        while page := list(islice(numbers, 20_000)):
            self._insert(connection, page)
        self._made = max(size, self._made)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _insert(self, connection: sqlite3.Connection, numbers: list[int]) -> None:
        made = sorted(f"{self._random.getrandbits(128):032x}" for _ in numbers)
        runs, latest, points, parameters, marks = [], [], [], [], []
        for number, run_id in zip(numbers, made, strict=True):
            start = 1_700_000_000_000 - (number // 3) * 1000
            runs.append(
                (run_id, f"run-{number}", start, start + 500, f"file:///a/{run_id}", self._experiment)
            )
            for key in METRICS[: 5 if number % 4 else 3]:
                value = self._random.random()
                latest.append((key, value, start, POINTS - 1, number % 50 == 0, run_id))
            for step in range(POINTS):
                points.append(("loss", step / 7, start, step, run_id))
            parameters += [(key, str(float(number % 3)), run_id) for key in PARAMETERS]
            values = (f"run-{number}", "me", "train.ipynb", "headless", "0", "blue")
            marks += [(key, value, run_id) for key, value in zip(TAGS, values, strict=True)]
        connection.executemany(_RUN, runs)
        connection.executemany(_LATEST, sorted(latest))
        connection.executemany(_POINT, points)
        connection.executemany(
            "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", sorted(parameters)
        )
        connection.executemany("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", sorted(marks))
