"""The server extension in a real Jupyter server."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.jupyter import TOKEN, jupyter


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A Jupyter server with the extensions of this environment: its folder and the address of its listing."""
    root = tmp_path / "root"
    root.mkdir()
    with jupyter(root, tmp_path) as (_, port):
        yield root, f"http://127.0.0.1:{port}/api/contents?token={TOKEN}"


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
