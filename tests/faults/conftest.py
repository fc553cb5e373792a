"""A real tracking server, and a proxy before it that fails on demand."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copy_database

CHUNK = 65536


class Mode(StrEnum):
    """How the proxy treats connections, also those already open."""

    PASS = "pass"
    REFUSE = "refuse"  # connections are cut at once
    BLACK_HOLE = "black hole"  # taken, and never answered
    SLOW = "slow"  # every answer comes late
    DROP_REPLY = "drop reply"  # the request is delivered, its answer is not
    RANDOM = "random"  # any of these, by chance


class Proxy:
    """Listens on a port of its own and forwards to `target`, as `mode` says, also where that changes while a
    connection is open."""

    def __init__(self, target: int, seed: int = 0) -> None:
        self.target = target
        self.mode = Mode.PASS
        self.delay = 3.0  # seconds, of SLOW
        self.cuts = 0
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        """Where clients find the server through this proxy."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Listen no more."""
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _chosen(self) -> Mode:
        """The mode for what comes next: where it is up to chance, it is drawn anew each time."""
        if self.mode is not Mode.RANDOM:
            return self.mode
        modes = [Mode.PASS, Mode.REFUSE, Mode.DROP_REPLY, Mode.SLOW]
        return self._random.choices(modes, weights=[6, 2, 2, 1])[0]

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self.target))
            with server:
                drawn = [Mode.PASS]
                replies = threading.Thread(target=self._replies, args=(server, client, drawn), daemon=True)
                replies.start()
                while data := client.recv(CHUNK):
                    self._swallow()
                    drawn[0] = self._chosen()
                    if drawn[0] is Mode.REFUSE:
                        self.cuts += 1
                        return
                    server.sendall(data)
                replies.join(10)

    def _replies(self, server: socket.socket, client: socket.socket, drawn: list[Mode]) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(CHUNK):
                self._swallow()
                mode = drawn[0] if self.mode is Mode.RANDOM else self.mode
                if mode is Mode.DROP_REPLY:
                    self.cuts += 1
                    break
                if mode is Mode.SLOW:
                    time.sleep(self.delay)
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _swallow(self) -> None:
        while self.mode is Mode.BLACK_HOLE and self._open:
            time.sleep(0.05)


@pytest.fixture
def place(tmp_path: Path, empty_database: Path) -> Path:
    """Where a scenario takes place: its project is there, and has an empty store."""
    (tmp_path / "project").mkdir()
    copy_database(empty_database, tmp_path / "project")
    return tmp_path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real `mlflow server` on SQLite that also keeps the artifacts."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    words = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'server.db'}"]
    words += ["--artifacts-destination", str(folder / "artifacts")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
    environment |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen(
            words, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                break
        except OSError:
            assert process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
    yield port
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def proxy(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before the server, which every process of the test takes for the server itself."""
    made = Proxy(server)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", made.uri)
    yield made
    made.close()


@pytest.fixture
def truth(server: int) -> Any:
    """A client that asks the server itself, past the proxy."""
    from mlflow.store.tracking.rest_store import RestStore
    from mlflow.utils.rest_utils import MlflowHostCreds

    return RestStore(lambda: MlflowHostCreds(f"http://127.0.0.1:{server}"))


@pytest.fixture(name="Mode")
def _mode() -> type[Mode]:
    return Mode


@pytest.fixture
def home(folder: Path) -> Path:
    """A project whose name, and so its experiment, no other test has."""
    name = f"project-{random.randrange(10**9)}"
    (folder / "mlops.yaml").write_text(f"tracking: {{experiment: {name}}}\n", encoding="utf-8")
    return folder
