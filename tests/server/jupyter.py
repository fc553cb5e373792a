"""A real Jupyter server."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.waiting import until

TOKEN = "for-the-test-only"


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
