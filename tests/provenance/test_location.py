"""The running kernel's notebook. The Jupyter server and its kernels here are real, and on the loopback."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from jupyter_mlops.provenance import capture, display_path
from jupyter_mlops.provenance.location import notebook_path

EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture(autouse=True)
def _no_traces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("JUPYTER_MLOPS_NOTEBOOK", "JPY_SESSION_NAME", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


def test_plain_ipython_has_none() -> None:
    assert notebook_path({}) is None


def test_headless_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_NOTEBOOK", str(tmp_path / "a.ipynb"))
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "b.ipynb"))
    assert notebook_path({"__vsc_ipynb_file__": "/c.ipynb"}) == tmp_path / "a.ipynb"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_MLOPS_NOTEBOOK", "a.ipynb")
    assert notebook_path({}) == tmp_path / "a.ipynb"


def test_vs_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "b.ipynb"))
    assert notebook_path({"__vsc_ipynb_file__": str(tmp_path / "ü x.ipynb")}) == tmp_path / "ü x.ipynb"
    assert notebook_path({"__vsc_ipynb_file__": 3}) is None


def test_session_name_without_a_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notebook = tmp_path / "deep" / "n.ipynb"
    notebook.parent.mkdir()
    notebook.write_text(EMPTY)
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert notebook_path({}) == notebook
    monkeypatch.setenv("JPY_SESSION_NAME", "deep/n.ipynb")  # relative to the server's root
    for folder in (tmp_path, notebook.parent):
        monkeypatch.chdir(folder)
        assert notebook_path({}) == notebook
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "renamed.ipynb"))
    assert notebook_path({}) is None
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "Console 1"))
    assert notebook_path({}) is None


def test_display_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "project", tmp_path / "else.ipynb"
    (inside / "deep").mkdir(parents=True)
    outside.write_text(EMPTY)
    assert display_path(inside, inside / "deep" / "ü n.ipynb") == "deep/ü n.ipynb"
    assert display_path(inside, inside / "deep" / ".." / "n.ipynb") == "n.ipynb"
    assert display_path(inside, outside) == str(outside)
    (inside / "link.ipynb").symlink_to(outside)
    assert display_path(inside, inside / "link.ipynb") == "link.ipynb"
    (tmp_path / "other").symlink_to(inside)
    assert display_path(inside, tmp_path / "other" / "n.ipynb") == "n.ipynb"
    monkeypatch.chdir(inside)
    assert display_path(Path(), Path("deep/n.ipynb")) == "deep/n.ipynb"


def test_capture(tmp_path: Path) -> None:
    notebook = tmp_path / "n.ipynb"
    notebook.write_text(EMPTY)
    found = capture(tmp_path, notebook)
    assert (found.notebook, found.user != "", found.python) == ("n.ipynb", True, sys.version.split()[0])
    assert found.notebook_digest
    assert set(found.packages) <= set(found.installed)
    assert type(found).model_validate_json(found.model_dump_json()) == found
    notebook.write_text("{")
    assert capture(tmp_path, notebook).notebook_digest is None
    assert capture(tmp_path, None).notebook is None


class Server:
    """A Jupyter server on a free port, in a folder of its own."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/base"
        self.token, self.root, self.runtime = secrets.token_hex(), folder, runtime
        options = [
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.base_url=/base",
            "--ServerApp.jpserver_extensions={}",
            "--ServerApp.open_browser=False",
            "--allow-root",
        ]
        # no proxy stands between a kernel and its server, whatever the environment says
        env = {**os.environ, "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
        command = [sys.executable, "-m", "jupyter_server", *options]
        with (folder.parent / "server.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.call("GET", "status")
            except (URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self.root.parent / "server.log").read_text())

    def call(self, method: str, route: str, /, **body: Any) -> Any:
        data = json.dumps(body).encode() if body else None
        request = Request(
            f"{self.url}/api/{route}", data, {"Authorization": f"token {self.token}"}, method=method
        )
        with build_opener(ProxyHandler({})).open(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def session(self, path: str, kind: str = "notebook", **more: Any) -> Any:
        kernel = more or {"kernel": {"name": "python3"}}
        return self.call("POST", "sessions", path=path, type=kind, name=Path(path).name, **kernel)

    def ask(self, session: Any) -> str:
        """What `notebook_path` says inside the session's kernel."""
        from jupyter_client.blocking import BlockingKernelClient

        client = BlockingKernelClient(
            connection_file=str(self.runtime / f"kernel-{session['kernel']['id']}.json")
        )
        client.load_connection_file()
        client.start_channels(hb=False)  # a busy machine misses beats, and the client then gives up
        said: list[str] = []

        def hear(message: Any) -> None:
            if message["msg_type"] in ("stream", "error"):
                said.append(message["content"].get("text") or str(message["content"]))

        code = "from jupyter_mlops.provenance.location import notebook_path as p; print(p(globals()))"
        try:
            client.wait_for_ready(timeout=60)
            client.execute_interactive(code, output_hook=hear, timeout=60)
        finally:
            client.stop_channels()
        return "".join(said).strip()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root, runtime = tmp_path / "root", tmp_path / "runtime"
    (root / "deep").mkdir(parents=True)
    runtime.mkdir(mode=0o700)
    (runtime / "jpserver-1.json").write_text('{"url": "http://127.0.0.1:9/", "token": "", "root_dir": "/"}')
    (runtime / "jpserver-2.json").write_text("half of a")
    running = Server(root, runtime)
    yield running
    running.process.terminate()
    try:
        running.process.wait(20)
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()


def test_jupyter_server(server: Server) -> None:
    notebook = server.root / "deep" / "Untitled.ipynb"
    notebook.write_text(EMPTY)
    session = server.session("deep/Untitled.ipynb")
    assert server.ask(session) == str(notebook)

    # as JupyterLab renames: the file, then the session; and then the old name is another notebook's
    server.call("PATCH", "contents/deep/Untitled.ipynb", path="train ü.ipynb")
    server.call("PATCH", f"sessions/{session['id']}", path="train ü.ipynb", name="train ü.ipynb")
    assert server.ask(session) == str(server.root / "train ü.ipynb")
    notebook.write_text(EMPTY)
    assert server.ask(session) == str(server.root / "train ü.ipynb")

    # a console on the notebook's kernel changes nothing; one of its own has no notebook
    server.session("console-1-abc", "console", kernel={"id": session["kernel"]["id"]})
    assert server.ask(session) == str(server.root / "train ü.ipynb")
    server.call("DELETE", f"kernels/{session['kernel']['id']}")
    own = server.session("deep/console-2-abc", "console")
    assert server.ask(own) == "None"
