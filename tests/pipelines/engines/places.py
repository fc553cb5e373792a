"""Real parts for the tests of engines: tasks for real notebooks, an object store on the loopback."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.data.contents import Contents, LocalContents
from jupyter_mlops.entities import Ingredients, Run, StepRecord, StepTask
from jupyter_mlops.pipelines.engines.process import Order
from jupyter_mlops.tracking.reader import list_runs
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store
from tests.conftest import cell, write


@dataclass
class Bucket:
    """A bucket of an object store, and the environment by which any process finds the store."""

    url: str
    environment: dict[str, str]


class Dask:
    """A Dask scheduler in a process of its own, and workers that are started one by one, each in a folder of
    its own."""

    def __init__(self, folder: Path, *, protocol: str = "tcp", **environment: str) -> None:
        self.folder = folder
        port = str(free_port())
        self.address = f"{protocol}://127.0.0.1:{port}"
        self._started: list[subprocess.Popen[bytes]] = []
        words = ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
        words += ["--dashboard-address", "127.0.0.1:0"]
        self.scheduler = self._start("scheduler", [*words, "--protocol", protocol], environment)

    def worker(self, name: str, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """A worker process with one thread; it is there a moment later."""
        words = ("worker", self.address, "--name", name, "--nthreads", "1", "--no-dashboard", *words)
        return self._start(name, [*words, "--no-nanny", "--local-directory", "."], environment)

    def close(self) -> None:
        """Kill all."""
        for process in self._started:
            end(process)

    def _start(self, name: str, words: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        (self.folder / name).mkdir(exist_ok=True)
        with (self.folder / name / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder / name,
                start_new_session=True,
                env={**os.environ, **environment},
            )
        self._started.append(process)
        return process


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def serve(words: list[str], address: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A server in a process of its own, once it answers at `address`."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=log.parent,
            start_new_session=True,
            env={**os.environ, **environment},
        )
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return process
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass
    process.wait()


@pytest.fixture(scope="module")
def _object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    program = f"from moto.server import main; main(['-p', '{port}'])"
    process = serve([sys.executable, "-c", program], address, tmp_path_factory.mktemp("store") / "store.log")
    environment = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    urllib.request.urlopen(urllib.request.Request(f"{address}/outputs", method="PUT")).close()
    yield Bucket("s3://outputs", environment)
    end(process)


@pytest.fixture
def bucket(_object_store: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket of a real object store, which this process finds by its environment."""
    for name, value in _object_store.environment.items():
        monkeypatch.setenv(name, value)
    yield _object_store
    hang_up()


def hang_up() -> None:
    """Close what s3fs keeps open: when its server ends, a thread would shuffle the connections that are left,
    and by that touch the random numbers which hypothesis watches in whatever test runs then."""
    s3fs = sys.modules.get("s3fs")
    if s3fs is not None:
        for system in list(s3fs.S3FileSystem._cache.values()):
            if system._s3 is not None:
                s3fs.S3FileSystem.close_session(system.loop, system._s3)
        s3fs.S3FileSystem.clear_instance_cache()


class Steps:
    """Makes notebooks in a project, and tasks that run them."""

    def __init__(self, root: Path, uri: str | None = None) -> None:
        self.root = root
        self.store = Store(root, TrackingConfig(uri=uri, experiment="steps"))
        self.contents: Contents = LocalContents(self.store.state_folder() / "outputs")

    def task(self, name: str, *cells: str, parameters: str = "", **more: Any) -> StepTask:
        """A task for a notebook of these cells, in the project and in the task."""
        made = [cell(parameters, "parameters")] if parameters else []
        path = write(self.root / f"{name}.ipynb", [*made, *map(cell, cells)])
        record = StepRecord(
            key=secrets.token_hex(16),
            pipeline="chain",
            step=name,
            ingredients=Ingredients(cells=(), parameters={}, inputs={}, outputs=(), environment={}),
        )
        return StepTask(
            name=name,
            notebook=path.name,
            document=path.read_text(encoding="utf-8"),
            experiment="steps",
            record=record,
            **more,
        )

    def order(self, task: StepTask) -> Order:
        """What a process is told to run the task in this very project."""
        return Order(
            task=task,
            root=str(self.root),
            tracking=TrackingConfig(uri=self.store.uri),
            folder=str(self.store.state_folder() / "outputs"),
        )

    def run(self, run_id: str) -> Run:
        """The run as the store has it."""
        return Recorder(self.store, run_id).snapshot()

    def runs(self) -> list[Run]:
        """All runs of steps, the newest first."""
        return list_runs(self.store, experiment="steps")


def new_project(folder: Path) -> Steps:
    """A project with a database, which takes seconds to make."""
    (folder / "mlops.yaml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        made = Steps(folder)
        made.store.experiment_id("steps")
    return made


def alive(pid: int) -> bool:
    """Whether a process of that number runs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def await_(true: Callable[[], object], seconds: float = 60.0, what: str = "it") -> None:
    """Until it is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"{what} took longer than {seconds} s"
        time.sleep(0.02)


HANG = """
import os, time
open({mark!r} + ".part", "w").write(str(os.getpid()))
os.replace({mark!r} + ".part", {mark!r})
while True:
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        pass
"""


def hang(mark: Path) -> str:
    """Code that writes its process's number to `mark`, and then holds out against interrupts."""
    return HANG.format(mark=str(mark))
