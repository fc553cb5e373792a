"""Rows of the table of speed: what it costs to record from a live notebook, beside MLflow's own calls.

Ours runs in a real kernel with a tracked session; MLflow in a process of its own, on a store of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Growth, Measured, in_turn, seconds
from tests.conftest import Live, cell, write

POINTS = 3000
CELLS = 200
LONGEST = 5.0  # milliseconds that a session may add to a cell

# MLflow as it comes, in a warm process: for each word read it does that once and prints the seconds
PEER = """
import json, os, sys, time, warnings
warnings.simplefilter("ignore")
import mlflow
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
client = mlflow.MlflowClient()
model = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
needs, step = [], 0
mlflow.start_run()
mlflow.log_metric("warm", 1.0)
for line in sys.stdin:
    word, count = line.split()
    before = time.perf_counter()
    if word == "metric":
        for _ in range(int(count)):
            mlflow.log_metric("value", step * 0.5, step=step)
            step += 1
    else:
        info = mlflow.sklearn.log_model(model, name="model")
        version = mlflow.register_model(info.model_uri, "theirs")
        client.set_registered_model_alias("theirs", "champion", version.version)
    took = time.perf_counter() - before
    if word == "model":
        folder = mlflow.artifacts.download_artifacts(info.model_uri)
        needs = open(os.path.join(folder, "requirements.txt")).read().split()
    print(json.dumps([took, needs]), flush=True)
"""

# each in the kernel; `took` is read from its output
LOOP = """
import time
shell, steps = get_ipython(), range({0})
before = time.perf_counter()
for step in steps:
    value = step * 0.5
    shell.run_line_magic("track", "metric value")
took = time.perf_counter() - before
store = shell._jupyter_mlops.tracker().store
store.catch_up()
committed = time.perf_counter() - before
print()
print([took, committed])
"""
MODEL = """
import time
before = time.perf_counter()
get_ipython().run_line_magic("track", "model model --register ours")
project.promote("ours", to="challenger")
print()
print([time.perf_counter() - before])
"""
FIT = """
from jupyter_mlops import Project
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
project = Project()
model = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
"""


class Peer:
    """MLflow, synchronous, on a database of its own in `folder`, with the journal mode that ours has."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        clean = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER_MLOPS_")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PEER],
            cwd=folder,
            env={**clean, "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.needs: set[str] = set()
        self._database = folder / "mlflow.db"

    def begin(self) -> None:
        """Wait until it is ready."""
        self.metric(1)
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")

    def metric(self, count: int) -> float:
        """Seconds for one `mlflow.log_metric`, the mean of `count`."""
        return self._ask(f"metric {count}") / count

    def model(self) -> float:
        """Seconds to log, register and point an alias at a model."""
        return self._ask("model 1")

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)

    def _ask(self, line: str) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        took, needs = json.loads(self._process.stdout.readline())
        self.needs = set(needs)
        return float(took)


def measure(short: bool) -> Iterator[Measured | Growth]:
    """The rows, one after the other; `short` does each once and small."""
    runs, cells = (1, 40) if short else (5, CELLS)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch, _no_variables():
        folder = Path(scratch) / "ours"
        peer = Peer(Path(scratch) / "peer")
        live = _kernel(folder, cells)
        try:
            peer.begin()
            yield _session(live, runs, cells)
            live.run("%track start --no-autolog", "start")
            # first: MLflow reads every point of a run that logs a model
            yield _models(live, peer, runs, warm=not short)
            yield from _points(live, folder, peer, runs, 30 if short else 200)
        finally:
            peer.close()
        yield _killed(live, folder)
        _wait_until_settled(folder)


def _session(live: Any, runs: int, cells: int) -> Measured:
    def trivial() -> float:
        return seconds(lambda: [live.run(f"x{i} = {i}", f"c{i}") for i in range(cells)]) * 1000 / cells

    def tracked() -> float:
        live.run("%track start", "start")
        took = trivial()
        live.run("%track stop", "stop")
        return took

    trivial()
    live.run("%track start", "start")
    live.run("%track stop", "stop")
    plain, recorded = in_turn(runs, trivial, tracked)
    added = statistics.median(b - a for a, b in zip(plain, recorded, strict=True))
    note = f"{cells} trivial cells; {statistics.median(plain):.1f} ms each without"
    return Measured("%track start, added to a cell", added, "5 ms", LONGEST, 1.0, "ms", note)


def _points(live: Any, folder: Path, peer: Peer, runs: int, peers: int) -> Iterator[Measured]:
    live.run(LOOP.format(10), "warm")
    committed: list[float] = []

    def ours() -> float:
        took, until = _told(live.run(LOOP.format(POINTS), "loop"))
        committed.append(until / POINTS)
        return took / POINTS

    called, theirs = in_turn(runs, ours, lambda: peer.metric(peers))
    assert _count(folder) == POINTS * runs + 10
    against = "synchronous mlflow.log_metric"
    sync = statistics.median(theirs)
    yield Measured("%track metric, per call", statistics.median(called), against, sync, 0.005)
    note = "from the first call until the database has all"
    yield Measured(
        "%track metric, per point committed", statistics.median(committed), against, sync, 0.05, note=note
    )


def _models(live: Any, peer: Peer, runs: int, warm: bool) -> Measured:
    live.run(FIT, "fit")
    if warm:  # each side once, unmeasured: what a kind of model needs is found out then, and imported
        peer.model()
        live.run(MODEL, "model")
    figures = in_turn(runs, lambda: _told(live.run(MODEL, "model"))[0], peer.model)
    ours, theirs = map(statistics.median, figures)
    live.run("import mlflow\nkept = mlflow.artifacts.download_artifacts('models:/ours@challenger')", "kept")
    needs = _told(live.run("print()\nprint(open(f'{kept}/requirements.txt').read().split())", "needs"))
    assert set(needs) == peer.needs, (needs, peer.needs)
    note = (
        f"the same {len(needs)} requirements; ours with an entry in the ledger; "
        "the first of its kind takes as long"
    )
    against = "log_model, register_model, set_registered_model_alias by default"
    return Measured("%track model, register, alias", ours, against, theirs, 0.05, note=note)


def _killed(live: Any, folder: Path) -> Measured:
    """Points lost of those whose calls had returned when the kernel was killed."""
    from jupyter_mlops import Project
    from jupyter_mlops.tracking import points, spool

    before = _count(folder)
    live.run(f"for step in range({POINTS}):\n    value = step * 0.5\n    %track metric value", "killed")
    live.kill()
    live.client.stop_channels()
    live.manager.cleanup_resources()
    store = Project(folder).store
    store.catch_up()
    found = _count(folder) - before
    for each in spool.spools(store.spools):  # twice from the start, as if nothing had been noted as sent
        for _ in range(2):
            (each.folder / spool.STATE).unlink(missing_ok=True)
            points.settle(store.spools)
    assert found == POINTS
    assert _count(folder) - before == POINTS
    note = "lost by kill -9; sent again twice: nothing changed"
    return Measured("points acknowledged", POINTS - found, "all", POINTS, 0.0, "points", note)


def _kernel(folder: Path, cells: int) -> Any:
    folder.mkdir()
    (folder / "mlops.yaml").touch()
    saved = [cell(f"x{i} = {i}", identifier=f"c{i}") for i in range(cells)]
    return Live(write(folder / "work.ipynb", saved))


def _told(said: str) -> list[Any]:
    """The list that a cell printed last."""
    found: list[Any] = json.loads(said.strip().splitlines()[-1].replace("'", '"'))
    return found


def _count(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM metrics").fetchone()[0])


def _wait_until_settled(folder: Path) -> None:
    """The keeper has told the killed run and is done with its files."""
    end = time.monotonic() + 30
    while list((folder / ".mlops" / "runs").glob("*")) and time.monotonic() < end:
        time.sleep(0.1)


@contextlib.contextmanager
def _no_variables() -> Iterator[None]:
    """No project or store that the caller's environment names."""
    ours = ("JUPYTER_MLOPS_", "MLFLOW_", "JPY_")
    before = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith(ours)}
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    try:
        yield
    finally:
        os.environ.pop("MLFLOW_DISABLE_TELEMETRY", None)
        os.environ.update(before)
