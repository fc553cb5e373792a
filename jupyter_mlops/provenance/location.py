"""Which notebook the running kernel belongs to. A kernel is not told; its front end leaves traces."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

NOTEBOOK_VARIABLE = "JUPYTER_MLOPS_NOTEBOOK"
_SESSION_VARIABLE = "JPY_SESSION_NAME"
_VSCODE_NAME = "__vsc_ipynb_file__"
_TIMEOUT = 1.0  # seconds, for each server


def notebook_path(namespace: Mapping[str, Any]) -> Path | None:
    """The absolute path of the notebook whose kernel this is, as a person sees it; None where there is none.

    `namespace` is the user's. A headless kernel is told by its runner, VS Code sets a name, and a Jupyter
    server tells what it calls the kernel's session now, also after the notebook was renamed. The file
    need not exist: it may be unsaved, or lie on another machine. The environment is inherited, so a child
    process gets its parent's answer, except that it cannot ask the server.
    """
    told = os.environ.get(NOTEBOOK_VARIABLE)
    if told:
        return Path(os.path.abspath(told))
    vscode = namespace.get(_VSCODE_NAME)
    if isinstance(vscode, str) and vscode:
        return Path(os.path.abspath(vscode))
    started_as = os.environ.get(_SESSION_VARIABLE)
    if not started_as:
        return None
    # asked first, although the file may be there: Untitled.ipynb was renamed, and is another one by now
    kernel = _kernel_id()
    session = _session(kernel) if kernel else None
    if session is None:
        return _as_started(started_as)
    root, path = session
    return Path(os.path.abspath(root / path)) if path else None


def _as_started(name: str) -> Path | None:
    """`name` where it is a notebook that exists. A server leaves the path relative to its own root where
    the front end named no session; then the kernel runs in the notebook's folder."""
    if not name.endswith(".ipynb"):  # a console: its name is no path
        return None
    path = Path(name)
    if not path.is_absolute():
        here, folders = Path.cwd(), path.parent.parts
        path = here / path.name if here.parts[len(here.parts) - len(folders) :] == folders else here / path
    return Path(os.path.abspath(path)) if path.is_file() else None


def _kernel_id() -> str | None:
    """This kernel's id at its server, by the name of its connection file."""
    if "ipykernel" not in sys.modules:
        return None
    try:
        from ipykernel.connect import get_connection_file

        name = Path(get_connection_file()).name
    except Exception:  # RuntimeError where this process is no kernel; its internals vary by version
        return None
    return name[len("kernel-") : -len(".json")] if name.startswith("kernel-") else None


def _session(kernel: str) -> tuple[Path, str] | None:
    """(the server's root folder, path below it) of the session that uses `kernel`, the path "" for a
    console; None where no server knows the kernel."""
    for server in _servers():
        paths = [
            (session.get("type") != "console", str(session.get("path") or ""))
            for session in _sessions(server)
            if isinstance(session.get("kernel"), dict) and session["kernel"].get("id") == kernel
        ]
        if paths:
            is_document, path = max(paths, key=lambda pair: pair[0])
            return Path(str(server.get("root_dir", "."))), path.lstrip("/") if is_document else ""
    return None


def _servers() -> Iterator[Mapping[str, Any]]:
    """Running servers as they describe themselves; the one that started this kernel first."""
    from jupyter_core.paths import jupyter_runtime_dir

    parent = f"jpserver-{os.environ.get('JPY_PARENT_PID', '')}.json"
    files = sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json"), key=lambda file: file.name != parent)
    for file in files:
        try:
            server = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(server, dict) and str(server.get("url", "")).startswith(("http://", "https://")):
            yield server


def _sessions(server: Mapping[str, Any]) -> list[dict[str, Any]]:
    from http.client import HTTPException
    from urllib.request import ProxyHandler, Request, build_opener

    request = Request(f"{str(server['url']).rstrip('/')}/api/sessions")
    if server.get("token"):
        # unredirected: the token is for this server only
        request.add_unredirected_header("Authorization", f"token {server['token']}")
    try:
        # a proxy from the environment would be handed the token, and could not reach the loopback
        with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT) as answer:
            sessions = json.load(answer)
    except (OSError, ValueError, HTTPException):
        return []
    return [one for one in sessions if isinstance(one, dict)] if isinstance(sessions, list) else []
