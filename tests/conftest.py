"""Real parts for every test: projects in temporary folders, real notebooks, real kernels."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # so a shell starts what runs in its background, and all children have it so: Ctrl-C could not be tested
    signal.signal(signal.SIGINT, signal.default_int_handler)

OURS = ("JUPYTER_MLOPS_", "MLFLOW_", "JPY_", "PAPERMILL_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `long` run only where they are asked for."""
    if os.environ.get("JUPYTER_MLOPS_LONG"):
        return
    for item in items:
        for mark in item.iter_markers("long"):
            item.add_marker(pytest.mark.skip(reason=f"JUPYTER_MLOPS_LONG=1: {mark.args[0]}"))


@contextlib.contextmanager
def no_server() -> Iterator[None]:
    """Whatever the caller's environment says, runs go to the project's own store: for what several tests
    share, which is made before `clean_environment`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(OURS):
                patch.delenv(name)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        yield


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the caller's project or run; a tracking server, where one is named, is meant for all."""
    for name in list(os.environ):
        if name.startswith(OURS) and name != "MLFLOW_TRACKING_URI":
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture(autouse=True, scope="module")
def no_idle_connections() -> Iterator[None]:
    """MLflow keeps connections to every database that it ever opened: a process that runs a thousand tests
    would have no file descriptors left that `select` takes."""
    yield
    for place in ("tracking", "model_registry"):
        module = sys.modules.get(f"mlflow.store.{place}.sqlalchemy_store")
        if module is not None:
            for engine in list(module.SqlAlchemyStore._engine_map.values()):
                engine.dispose()


MAKE_STORE = """
from pathlib import Path
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.tracking.store import Store
Store(Path.cwd(), TrackingConfig()).client()
"""


@pytest.fixture(scope="session")
def empty_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a project in which nothing was recorded yet, as the project itself makes it: that takes
    MLflow seconds, a copy none. Made once, also where several processes share the tests."""
    base = tmp_path_factory.getbasetemp()
    made = (base.parent if hasattr(request.config, "workerinput") else base) / "template" / "mlflow.db"
    made.parent.mkdir(exist_ok=True)
    with FileLock(made.with_name("lock")):
        if not made.exists():
            clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
            clean["MLFLOW_DISABLE_TELEMETRY"] = "true"
            root = tmp_path_factory.mktemp("template")
            subprocess.run([sys.executable, "-c", MAKE_STORE], cwd=root, env=clean, check=True)
            connection = sqlite3.connect(root / "mlflow.db")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _move_artifacts(connection, root, made.parent)
            connection.close()
            os.replace(root / "mlflow.db", made)
    return made


def copy_database(empty: Path, root: Path) -> None:
    """Give the project at `root` the store that it would make on its first use."""
    database = root / "mlflow.db"
    shutil.copyfile(empty, database)
    database.chmod(0o600)
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous=OFF")
    _move_artifacts(connection, empty.parent, root)
    connection.close()


def _move_artifacts(connection: sqlite3.Connection, before: Path, after: Path) -> None:
    """An experiment's artifacts lie at an absolute place, which is another one now."""
    query = "UPDATE experiments SET artifact_location = replace(artifact_location, ?, ?)"
    with connection:
        connection.execute(query, [f"{before.as_uri()}/", f"{after.as_uri()}/"])


@pytest.fixture
def bare_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own, the current one, in which nothing was ever recorded: there is no store."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def folder(bare_folder: Path, empty_database: Path) -> Path:
    """A project folder of its own, the current one, with an empty store."""
    copy_database(empty_database, bare_folder)
    return bare_folder


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the embedded store: no tracking server, whatever the caller named."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def cell(source: str, *tags: str, kind: str = "code", identifier: str | None = None) -> dict[str, Any]:
    """One cell as a notebook holds it."""
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": identifier or f"c{abs(hash(source)) % 10**8}",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
    }
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def write(path: Path, cells: Sequence[dict[str, Any]], kernel: str = "python3") -> Path:
    """A notebook file of these cells."""
    document = {
        "cells": list(cells),
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return path


class Live:
    """A real kernel driven as JupyterLab drives it: each cell is sent with its id."""

    def __init__(self, path: Path, **environment: str) -> None:
        from jupyter_client import KernelManager

        self.path = path
        self.count = 0  # that is shown beside the last cell
        self.manager = KernelManager(kernel_name="python3", transport_encryption="auto")
        self.manager.start_kernel(
            cwd=str(path.parent), env={**os.environ, "JPY_SESSION_NAME": str(path), **environment}
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.run("%load_ext jupyter_mlops")

    def run(self, source: str, identifier: str | None = None) -> str:
        """Execute; everything it printed or showed as text. An error's name and message come with it."""
        session = self.client.session
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        message = session.msg("execute_request", {**content, "user_expressions": {}, "stop_on_error": True})
        message["metadata"] = {"cellId": identifier} if identifier else {}
        self.client.shell_channel.send(message)
        return self._collect(message["header"]["msg_id"])

    def _collect(self, identifier: str, timeout: float = 120) -> str:
        text, deadline = "", time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                assert self.manager.is_alive(), "the kernel died"
                continue
            if message["parent_header"].get("msg_id") != identifier:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "execute_input":
                self.count = content["execution_count"]
            elif kind == "stream":
                text += content["text"]
            elif kind in {"execute_result", "display_data"}:
                text += content["data"].get("text/plain", "") + "\n"
            elif kind == "error":
                text += f"{content['ename']}: {content['evalue']}\n"
            elif kind == "status" and content["execution_state"] == "idle":
                return text
        raise AssertionError(f"no end of the cell within {timeout} s; so far: {text}")

    def close(self) -> None:
        """End the kernel as a person does, by shutting it down."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.manager.provisioner.process.kill()
        self.manager.provisioner.process.wait()


@pytest.fixture
def live(folder: Path) -> Iterator[Live]:
    """A kernel in a fresh project, attached to ``work.ipynb``."""
    path = write(folder / "work.ipynb", [cell("1 + 1")])
    session = Live(path)
    yield session
    session.close()


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A project for all tests of a module, whatever tracking server the caller named."""
    from jupyter_mlops.project import Project

    root = tmp_path_factory.mktemp("shared")
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    with no_server():
        yield Project(root)


@pytest.fixture(name="write")
def _write() -> Any:
    return write


@pytest.fixture(name="cell")
def _cell() -> Any:
    return cell


@pytest.fixture(name="Live")
def _live() -> Any:
    return Live
