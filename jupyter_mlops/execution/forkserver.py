"""Kernels forked from a process that has imported what the notebook imports: a kernel in milliseconds.

One such process for each Python, set of imports and environment; see `boot` for what it does. Where forking
could make a difference to what the notebook does, `fork` says why not, and a kernel is started anew.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.launch import Launched, PythonKernel, meeting_place, told_environment
from jupyter_mlops.execution.supervisor import remove
from jupyter_mlops.notebooks.declared import imported_modules
from jupyter_mlops.notebooks.document import Notebook
from jupyter_mlops.notebooks.secrets import SECRETS_VARIABLE
from jupyter_mlops.tracking.tags import NOTEBOOK_VARIABLE, RUN_VARIABLE

_REMEMBERED = 1000  # kinds of kernels that a process has started
MOST = 2  # servers kept at once: each holds what it imported
ANSWER = 60.0  # seconds that the imports may take
_GLANCE = 0.1  # seconds between two looks whether anybody still wants to wait
# what differs from run to run, and is read when the run begins or later
_OF_A_RUN = {RUN_VARIABLE, NOTEBOOK_VARIABLE, SECRETS_VARIABLE, "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"}
# what these set up when they are imported does not survive a fork
GPU = {
    "cudf", "cuml", "cupy", "jax", "mxnet", "onnxruntime", "paddle", "pycuda", "pyopencl", "tensorflow",
    "tensorrt", "torch", "triton",
}  # fmt: skip


class CannotFork(MLOpsError):
    """Why the kernel is started anew."""


@dataclass(frozen=True)
class _Key:
    kernel: PythonKernel
    modules: tuple[str, ...]
    environment: frozenset[tuple[str, str]]


class _Server:
    """The process, and this process's end of the socket to it."""

    def __init__(self, key: _Key) -> None:
        self.key = key
        self._one_by_one = threading.Lock()
        ours, theirs = socket.socketpair()
        words = [key.kernel.python, *key.kernel.flags, str(Path(__file__).with_name("boot.py"))]
        said = os.memfd_create("said")  # by the imports: a kernel would have shown it
        with theirs, os.fdopen(said, "wb"):
            self.process = subprocess.Popen(
                [*words, "--serve", str(theirs.fileno()), *key.modules],
                env=dict(key.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for us
            )
        self.socket = ours
        self.socket.settimeout(ANSWER)
        self.about: Mapping[str, object] | None = None

    def answer(self) -> Mapping[str, object]:
        """What it says next.

        Raises:
            OSError: it has ended, or is too slow.
        """
        data = b""
        while not data.endswith(b"\n"):
            part = self.socket.recv(1 << 16)
            if not part:
                raise ConnectionError("the server of forked kernels has ended")
            data += part
        found: Mapping[str, object] = json.loads(data)
        return found

    def ready(self, cancelled: Callable[[], bool]) -> Mapping[str, object]:
        """What it says of itself once its imports are done.

        Raises:
            OSError: it has ended, takes too long, or nobody wants to wait any more.
        """
        until = time.monotonic() + ANSWER
        while not self._one_by_one.acquire(timeout=_GLANCE):
            _go_on(until, cancelled)
        try:
            while self.about is None and not select.select([self.socket], [], [], _GLANCE)[0]:
                _go_on(until, cancelled)
            self.about = self.about or self.answer()
            return self.about
        finally:
            self._one_by_one.release()

    def fork(self, cwd: Path, environment: Mapping[str, str], log: int) -> Launched:
        """A kernel; see `launch.launch`."""
        folder, connection = meeting_place()
        lifeline, ours = os.pipe()
        status_read, status = os.pipe()
        request = {
            "cwd": str(cwd),
            "environment": dict(environment),
            "connection_file": str(folder / "kernel.json"),
            "runner": os.getpid(),
        }
        try:
            with self._one_by_one:
                text = json.dumps(request).encode() + b"\n"
                sent = socket.send_fds(self.socket, [text], [lifeline, status, log])
                self.socket.sendall(text[sent:])
                pid = int(str(self.answer()["pid"]))
        except (OSError, ValueError):
            for handle in (ours, status_read):
                os.close(handle)
            remove(folder)
            raise
        finally:
            os.close(lifeline)
            os.close(status)
        return Launched(pid, ours, status_read, connection, folder, environment)

    def close(self) -> None:
        """It ends; kernels that it forked go on."""
        self.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _go_on(until: float, cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise InterruptedError("cancelled")
    if time.monotonic() > until:
        raise TimeoutError(f"not ready within {ANSWER:.0f} s")


_servers: dict[_Key, _Server] = {}
_failed: dict[_Key, str] = {}  # why there is no server of that kind
_seen: set[_Key] = set()
_lock = threading.Lock()


def fork(
    kernel: PythonKernel | None,
    notebook: Notebook,
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: int,
    more_to_come: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Launched:
    """A kernel forked for the notebook; the first of its kind in this process is not, unless there are
    `more_to_come`: a single run would pay for a server that nobody uses.

    Raises:
        CannotFork: and why.
    """
    if not sys.platform.startswith("linux"):
        raise CannotFork("kernels are forked on Linux only")
    if kernel is None:
        raise CannotFork("its kernel is no plain Python kernel")
    own = _names_in(cwd)
    found = set(imported_modules(notebook))
    modules = tuple(sorted(name for name in found if name.partition(".")[0] not in own))
    if gpu := GPU & {name.partition(".")[0] for name in modules}:
        raise CannotFork(f"{min(gpu)} does not survive a fork")
    told = told_environment(kernel, environment)
    key = _Key(kernel, modules, frozenset((k, v) for k, v in told.items() if k not in _OF_A_RUN))
    with _lock:
        if key in _failed:
            raise CannotFork(_failed[key])
        if key not in _seen and not more_to_come:
            if len(_seen) >= _REMEMBERED:
                _seen.clear()
            _seen.add(key)
            raise CannotFork("it is the first of its kind in this process")
        server = _server(key)
    try:
        _check(server.ready(cancelled), own)
        return server.fork(cwd, told, log)
    except (OSError, ValueError) as error:
        with _lock:
            if _servers.get(key) is server:
                _servers.pop(key).close()
            if server.about is None and not cancelled():  # it would fail, or take as long, again
                _failed[key] = f"its imports end or hold the process: {error}"
        raise CannotFork(f"the server of forked kernels is gone: {error}") from None


@atexit.register
def close() -> None:
    """End all servers."""
    with _lock:
        while _servers:
            _servers.popitem()[1].close()


def _forked() -> None:
    """In a child process the servers are its parent's."""
    global _lock
    _lock = threading.Lock()
    _servers.clear()
    _seen.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _server(key: _Key) -> _Server:
    found = _servers.pop(key, None)
    if found is not None and found.process.poll() is not None:  # idle for long: it has ended by itself
        found.close()
        found = None
    while len(_servers) >= MOST:
        _servers.pop(next(iter(_servers))).close()
    _servers[key] = found or _Server(key)  # the one used last goes last
    return _servers[key]


def _check(about: Mapping[str, object], own: set[str]) -> None:
    threads, loaded = about["threads"], about["loaded"]
    if about["said"]:
        raise CannotFork("what it imports says something, which a cell has to show")
    assert isinstance(threads, list)
    assert isinstance(loaded, list)
    if threads:
        raise CannotFork(f"what it imports has threads: {', '.join(threads)}")
    if gpu := GPU & set(loaded):
        raise CannotFork(f"{min(gpu)} does not survive a fork")
    if hidden := own & set(loaded):
        raise CannotFork(f"{min(hidden)} of the notebook's folder has the name of an installed module")


def _names_in(folder: Path) -> set[str]:
    """Modules that a kernel would find in the folder before it looks at what is installed."""
    names = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            name, dot, ending = entry.name.partition(".")
            if (dot and ending.endswith(("py", "so", "pyc"))) or os.path.exists(f"{entry.path}/__init__.py"):
                names.add(name)
    return names
