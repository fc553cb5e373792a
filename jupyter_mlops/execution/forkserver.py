"""Kernels forked from a process that has imported what the notebook imports: a kernel in milliseconds.

One such process for each Python, set of imports and environment; see `boot` for what it does. Where forking
could make a difference to what the notebook does, `fork` says why not, and a kernel is started anew.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.launch import Launched, PythonKernel, meeting_place, remove, told_environment
from jupyter_mlops.notebooks.document import Notebook, code_cells
from jupyter_mlops.notebooks.secrets import SECRETS_VARIABLE
from jupyter_mlops.tracking.tags import NOTEBOOK_VARIABLE, RUN_VARIABLE

_REMEMBERED = 1000  # kinds of kernels that a process has started
MOST = 2  # servers kept at once: each holds what it imported
ANSWER = 120.0  # seconds that the imports may take
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
        with theirs:
            self.process = subprocess.Popen(
                [*words, "--serve", str(theirs.fileno()), *key.modules],
                env=dict(key.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
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

    def ready(self) -> Mapping[str, object]:
        """What it says of itself once its imports are done."""
        with self._one_by_one:
            if self.about is None:
                self.about = self.answer()
            return self.about

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


_servers: dict[_Key, _Server] = {}
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
    modules = tuple(sorted(set(imported_modules(notebook)) - _names_in(cwd)))
    if gpu := GPU & {name.partition(".")[0] for name in modules}:
        raise CannotFork(f"{min(gpu)} does not survive a fork")
    told = told_environment(kernel, environment)
    key = _Key(kernel, modules, frozenset((k, v) for k, v in told.items() if k not in _OF_A_RUN))
    with _lock:
        if key not in _seen and not more_to_come:
            if len(_seen) >= _REMEMBERED:
                _seen.clear()
            _seen.add(key)
            raise CannotFork("it is the first of its kind in this process")
        server = _server(key)
    try:
        _check(server.ready(), cwd)
        return server.fork(cwd, told, log)
    except (OSError, ValueError) as error:
        with _lock:
            if _servers.get(key) is server:
                _servers.pop(key).close()
        raise CannotFork(f"the server of forked kernels is gone: {error}") from None


@atexit.register
def close() -> None:
    """End all servers."""
    with _lock:
        while _servers:
            _servers.popitem()[1].close()


def _server(key: _Key) -> _Server:
    found = _servers.pop(key, None)
    if found is not None and found.process.poll() is not None:  # idle for long: it has ended by itself
        found.close()
        found = None
    while len(_servers) >= MOST:
        _servers.pop(next(iter(_servers))).close()
    _servers[key] = found or _Server(key)  # the one used last goes last
    return _servers[key]


def _check(about: Mapping[str, object], cwd: Path) -> None:
    threads, loaded = about["threads"], about["loaded"]
    assert isinstance(threads, list)
    assert isinstance(loaded, list)
    if threads:
        raise CannotFork(f"what it imports has threads: {', '.join(threads)}")
    if gpu := GPU & set(loaded):
        raise CannotFork(f"{min(gpu)} does not survive a fork")
    if hidden := _names_in(cwd) & set(loaded):
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


def imported_modules(notebook: Notebook) -> Iterator[str]:
    """What the notebook's cells import when they run from top to bottom, as far as their code tells."""
    for _, cell in code_cells(notebook):
        yield from _imports(cell["source"])


def _imports(source: str) -> Iterator[str]:
    lines = source.splitlines()
    if any(line.split() == ["%load_ext", "jupyter_mlops"] for line in lines):
        yield from ("jupyter_mlops.magics", "jupyter_mlops.execution.session", "mlflow")
    plain = (line for line in lines if not line.lstrip().startswith(("%", "!", "?")))
    try:
        tree = ast.parse("\n".join(plain))
    except SyntaxError:
        return
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
