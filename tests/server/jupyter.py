"""A real Jupyter server, and what it answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import until

TOKEN = "for-the-test-only"


@dataclass(frozen=True)
class Answer:
    """What the server said: `told` is its JSON, or its text where that is none."""

    status: int
    headers: Mapping[str, str]
    told: Any


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request to that very path, with these headers only."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(headers or {}))
        found = connection.getresponse()
        text = found.read()
    try:
        told = json.loads(text)
    except ValueError:
        told = text.decode(errors="replace")
    return Answer(found.status, dict(found.headers), told)


def send_too_much(port: int, path: str) -> bytes:
    """The first line of the answer to one who may, and sends more than a body may have without saying so."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: token {TOKEN}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode())
        for _ in range(20):
            connection.sendall(b"%x\r\n%s\r\n" % (1 << 16, b" " * (1 << 16)))
        connection.sendall(b"0\r\n\r\n")
        return connection.makefile("rb").readline()


@contextlib.contextmanager
def jupyter(
    root: Path, place: Path, *options: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A Jupyter server of `root` with the extensions of this environment, from its first answer to the end of
    the block: its process and port. What it writes goes to `place`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_"))}
    own |= {f"JUPYTER_{kind}_DIR": str(place / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}"]
    path = place / "log"
    with path.open("wb") as log:
        process = subprocess.Popen([*command, *options], env={**own, **environment}, stdout=log, stderr=log)

    def answers() -> bool:
        assert process.poll() is None, path.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=30):
                return True
        except OSError:
            return False

    try:
        until(answers, "the server answers", 120)
        yield process, port
    finally:
        process.terminate()
        process.wait(30)
