"""What a request costs through `serve`, which follows an alias, and of MLflow's own server by itself."""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from jupyter_mlops.project import Project
from tests.benchmarks.measure import Measured, medians
from tests.evaluation.registered import customers, register

CONNECTIONS = 8
_PATIENCE = 180.0


def measure(short: bool) -> Iterator[Measured]:
    """The rows: the time to the first answer, of a request, with several connections at once, memory."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _registered(root)
        before = time.perf_counter()
        ours, port = stack.enter_context(_ours(root))
        took = time.perf_counter() - before
        before = time.perf_counter()
        theirs, other = stack.enter_context(_theirs(root, port + 1))
        peer = "mlflow models serve"
        yield Measured("serve: until the first answer", took, peer, time.perf_counter() - before)
        times, requests = (1, 10) if short else (7, 400)
        for work, connections in (
            ("serve: a request of one row", 1),
            (f"serve: a request, {CONNECTIONS} connections at once", CONNECTIONS),
        ):
            figures = medians(
                times,
                lambda connections=connections: _asked(port, requests, connections),  # type: ignore[misc]
                lambda connections=connections: _asked(other, requests, connections),  # type: ignore[misc]
            )
            yield Measured(work, figures[0], peer, figures[1])
        yield Measured("serve: memory", _memory(ours), peer, _memory(theirs), unit="MB")


def _registered(root: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    (root / "mlops.yaml").write_text("", encoding="utf-8")
    project, frame = Project(root), customers()
    inputs = frame[["age", "tenure"]].astype("float64")
    register(project, "churn", LogisticRegression().fit(inputs, frame["churned"]), inputs.head())
    project.store.client().set_registered_model_alias("churn", "champion", "1")


@contextmanager
def _ours(root: Path) -> Iterator[tuple[psutil.Process, int]]:
    words = [sys.executable, "-m", "jupyter_mlops", "serve", "churn@champion", "--port", "0"]
    with _running(words, root) as (process, log):
        while not (found := re.search(r"answers on (\S+)/", log.read_text(encoding="utf-8"))):
            time.sleep(0.02)
        port = urlsplit(found[1]).port or 0
        _wait(port)
        yield process, port


@contextmanager
def _theirs(root: Path, port: int) -> Iterator[tuple[psutil.Process, int]]:
    words = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/churn/1"]
    with _running([*words, "--env-manager", "local", "--port", str(port)], root) as (process, _):
        _wait(port)
        yield process, port


@contextmanager
def _running(words: list[str], root: Path) -> Iterator[tuple[psutil.Process, Path]]:
    log = root / f"{words[2]}.log"
    told = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{root / 'mlflow.db'}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(words, cwd=root, env={**os.environ, **told}, stdout=stream, stderr=stream)
    known = psutil.Process(process.pid)
    try:
        yield known, log
    finally:
        for one in [*known.children(recursive=True), known]:
            one.terminate()
        process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            _asked(port, 1, 1)
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("no answer")


def _asked(port: int, requests: int, connections: int) -> float:
    """Seconds a request: the median with one connection, with several what all took by their number."""
    took: list[float] = []
    body = json.dumps({"dataframe_split": {"columns": ["age", "tenure"], "data": [[40.0, 3.0]]}})

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(requests // connections):
            before = time.perf_counter()
            connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if b"predictions" not in answer.read():
                raise RuntimeError(f"answered with {answer.status}")
            took.append(time.perf_counter() - before)
        connection.close()

    if connections == 1:
        work()
        return statistics.median(took)
    threads = [threading.Thread(target=work) for _ in range(connections)]
    before = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - before) / len(took)


def _memory(process: psutil.Process) -> float:
    """Megabytes that the process and all below it hold."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6
