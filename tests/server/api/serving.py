"""A real Jupyter server over a folder of projects, and what is asked of its REST interface."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.conftest import OURS, cell, write

PREFIX = "/jupyter-mlops"
TRAIN = (
    cell("C = 1.0\nfail: bool = False", "parameters", identifier="params"),
    cell(
        "from IPython.display import HTML, Javascript, display\nimport mlflow\n"
        "print(f'training with C={C}')\n"
        "display(HTML('<b>table</b><script>window.pwned = 1</script>'), Javascript('window.pwned = 2'))\n"
        "for step in range(3):\n    mlflow.log_metric('loss', 1 / (C + step), step=step)",
        identifier="train",
    ),
    cell("if fail:\n    raise ValueError('it fails')\nprint('done')", identifier="check"),
    cell("# Notes", kind="markdown", identifier="notes"),
)


@dataclass(frozen=True)
class Answer:
    """What the server said: `told` is its JSON, or its text where that is none."""

    status: int
    headers: Mapping[str, str]
    told: Any


@dataclass(frozen=True)
class Server:
    """A server whose root is `root`, and whose log grows in `log`."""

    root: Path
    port: int
    token: str
    log: Path
    pid: int

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request to that very path, with these headers only."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            found = connection.getresponse()
            text = found.read()
        try:
            told = json.loads(text)
        except ValueError:
            told = text.decode(errors="replace")
        return Answer(found.status, dict(found.headers), told)

    def rest(self, method: str, path: str, json: Any = None, **query: Any) -> Answer:
        """One request of who may, such as ``rest("GET", "/runs", limit=2, project="churn")``; a value of the
        query that is a list is given several times."""
        body = None if json is None else _text(json).encode()
        headers = {"Authorization": f"token {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        words = urlencode(query, doseq=True)
        return self.ask(method, f"{PREFIX}{quote(path)}{'?' if words else ''}{words}", body, headers)


_text = json.dumps


@contextlib.contextmanager
def serving(place: Path, root: Path, *options: str, **environment: str) -> Iterator[Server]:
    """A Jupyter server of the folder `root`, its own files in `place`, while the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, log = secrets.token_hex(16), place / "log"
    foreign = ("JUPYTER", *OURS)
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own |= {f"JUPYTER_{kind}_DIR": str(place / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"MLFLOW_DISABLE_TELEMETRY": "true", "JUPYTER_TOKEN": token, **environment}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    words = [f"--port={port}", f"--ServerApp.root_dir={root}", *options]
    with log.open("wb") as stream:
        process = subprocess.Popen([*command, *words], env=own, stdout=stream, stderr=stream)
    try:
        server = Server(root, port, token, log, process.pid)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError):
                server.ask("GET", "/api")
                break
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def train_notebook(path: Path) -> Path:
    """A notebook with parameters C and fail that logs a metric three times and shows HTML and JavaScript."""
    return write(path, list(TRAIN))


@contextlib.contextmanager
def without_tracking_server() -> Iterator[None]:
    """No variable names another store, or another person, in the block."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(OURS)}
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    try:
        yield
    finally:
        os.environ.pop("MLFLOW_DISABLE_TELEMETRY", None)
        os.environ.update(kept)
