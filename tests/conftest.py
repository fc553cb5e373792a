"""Real parts for every test: projects in temporary folders, real notebooks, real kernels."""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

OURS = ("JUPYTER_MLOPS_", "MLFLOW_", "JPY_", "PAPERMILL_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the caller's project or run; a tracking server, where one is named, is meant for all."""
    for name in list(os.environ):
        if name.startswith(OURS) and name != "MLFLOW_TRACKING_URI":
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own, the current one."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    monkeypatch.chdir(root)
    return root


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
            if kind == "stream":
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


@pytest.fixture(name="write")
def _write() -> Any:
    return write


@pytest.fixture(name="cell")
def _cell() -> Any:
    return cell


@pytest.fixture(name="Live")
def _live() -> Any:
    return Live
