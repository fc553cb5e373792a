"""The server extension in a real Jupyter server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

TOKEN = "for-the-test-only"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A Jupyter server with the extensions of this environment: its folder and the address of its listing."""
    root = tmp_path / "root"
    root.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_"))}
    places = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    options = [f"--port={port}", f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, *options], env={**own, **places}, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}/api/contents?token={TOKEN}"
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            try:
                _listed(url)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield root, url
    finally:
        process.terminate()
        process.wait(30)


def _listed(url: str) -> set[str]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return {entry["name"] for entry in json.load(answer)["content"]}


def test_the_folder_is_listed_while_sqlite_makes_and_removes_its_files_beside_the_store(
    server: tuple[Path, str],
) -> None:
    root, url = server
    names = ("mlflow.db-journal", "mlflow.db-wal", "mlflow.db-shm")
    (root / "mlflow.db").touch()
    (root / "work.db-wal").touch()
    stop = threading.Event()

    def flicker() -> None:
        while not stop.is_set():
            for name in names:
                (root / name).touch()
            for name in names:
                (root / name).unlink()

    writer = threading.Thread(target=flicker)
    writer.start()
    try:
        listings = [_listed(url) for _ in range(300)]
    finally:
        stop.set()
        writer.join()
    assert all(listing == {"mlflow.db", "work.db-wal"} for listing in listings)
