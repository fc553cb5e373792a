"""Runs in the kernel's own Python, as a script: becomes IPython's kernel, or a server that forks kernels.

Standard library and ipykernel only, and no newer Python than ipykernel wants: that Python may be of another
environment than ours, and older.

``boot.py CONNECTION_FILE`` is ``python -m ipykernel_launcher -f CONNECTION_FILE`` without debugger and
history file, which nobody looks at in a headless run: the debugger's import takes a third of the start.

``boot.py --serve SOCKET_FD MODULE ...`` imports the modules, tells on the socket how that went, and then
forks a supervised kernel for each request that it gets there.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from typing import Any

IDLE = 120.0  # seconds without a request after which a server ends
FORKABLE = {"jemalloc_bg_thd"}  # pyarrow's allocator: holds its locks at a fork, starts again in the child
HISTORY = "--HistoryManager.enabled=False"


def main(words: list[str]) -> None:
    """Become what the words say."""
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == here:  # none of the notebook's business
        del sys.path[0]
    load()
    if words[0] == "--serve":
        Server(int(words[1])).serve(words[2:])
    else:
        become_kernel(words[0])


def load() -> None:
    """Import IPython's kernel, but not the debugger; a notebook that wants it can import it."""
    # what IPython's kernel sets for a notebook's plots, before matplotlib could be imported and read it
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        import ipykernel.kernelapp
        import ipykernel.zmqshell

        with contextlib.suppress(ImportError):  # an ipykernel that has no debugger without it
            import ipykernel.debugger
        import ipykernel.ipkernel  # noqa: F401
    finally:
        if sys.modules.get("debugpy", 0) is None:
            del sys.modules["debugpy"]


def become_kernel(connection_file: str) -> None:
    """Be the kernel until it is told to end."""
    from importlib.util import find_spec

    from ipykernel import kernelapp

    launcher = find_spec("ipykernel_launcher")
    origin = launcher.origin if launcher is not None else None
    sys.argv = [origin or "ipykernel_launcher.py", "-f", connection_file]
    kernelapp.launch_new_instance([*sys.argv[1:], HISTORY])


class Server:
    """Forks kernels from this process, which has one thread and has imported what they need."""

    def __init__(self, handle: int) -> None:
        import socket

        self.socket = socket.socket(fileno=handle)

    def serve(self, modules: list[str]) -> None:
        """Until the other end of the socket is closed."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._end_with_the_other_end(True)
        about = self._import(modules)
        self._end_with_the_other_end(False)
        self._send(about)
        while True:
            self._reap()
            message, handles = self._receive()
            if message is None:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                self._supervise(message, handles)
            for handle in handles:
                os.close(handle)
            self._send({"pid": pid})

    def _end_with_the_other_end(self, on: bool) -> None:
        """While modules are imported, which may take for ever, the end of the other side ends this process:
        the system sends a signal then that nobody here handles."""
        import fcntl

        flags = fcntl.fcntl(self.socket, fcntl.F_GETFL)
        fcntl.fcntl(self.socket, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self.socket, fcntl.F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC)

    def _import(self, modules: list[str]) -> dict[str, object]:
        import importlib
        import warnings
        from importlib.util import find_spec

        with warnings.catch_warnings(record=True) as warned:
            for name in modules:
                with contextlib.suppress(BaseException):  # the notebook will meet it itself, in its own cell
                    # the package first: to look for a module in it imports it
                    top = find_spec(name.partition(".")[0])
                    if top is not None and _stays(top) and find_spec(name) is not None:
                        importlib.import_module(name)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        said = bool(warned) or os.fstat(1).st_size > 0
        import gc

        gc.collect()
        gc.freeze()  # else every collection in a kernel would copy these pages
        return {"said": said, "threads": _threads_after_fork(), "loaded": _loaded()}

    def _supervise(self, message: dict[str, Any], handles: list[int]) -> None:
        """In the child: what `supervisor` is for a kernel of its own; never returns."""
        code = 1
        try:
            self.socket.close()
            supervisor = _sibling("supervisor")
            lifeline, status, log = handles
            os.dup2(lifeline, 0)
            os.close(lifeline)
            for stream in (1, 2):
                os.dup2(log, stream)
            os.close(log)
            os.chdir(message["cwd"])
            os.environ.clear()
            os.environ.update(message["environment"])
            connection_file = message["connection_file"]
            code = supervisor.supervise(
                message["runner"],
                status,
                lambda: _kernel_child(connection_file),
                os.path.dirname(connection_file),
            )
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _send(self, message: dict[str, object]) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def _receive(self) -> tuple[dict[str, Any] | None, list[int]]:
        """One request with its three descriptors; None when there will be no more."""
        import array
        import socket

        data, handles = b"", array.array("i")
        while not data.endswith(b"\n"):
            self._await()
            part, ancillary, _, _ = self.socket.recvmsg(1 << 16, socket.CMSG_SPACE(3 * handles.itemsize))
            if not part:
                return None, []
            data += part
            for level, kind, found in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    handles.frombytes(found[: len(found) - len(found) % handles.itemsize])
        return json.loads(data), list(handles)

    def _await(self) -> None:
        """Until something comes, or has not for long; the kernels that ended meanwhile are collected."""
        import select

        until = time.monotonic() + IDLE
        while not select.select([self.socket], [], [], 1.0)[0]:
            self._reap()
            if time.monotonic() > until:
                os._exit(0)


def _kernel_child(connection_file: str) -> None:
    """In the kernel's own process, just forked: nothing that a new process has of its own is shared."""
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:  # the standard library's generator re-seeds itself
        numpy.seed()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    become_kernel(connection_file)
    import atexit
    import threading

    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    os._exit(0)


def _sibling(name: str) -> Any:
    """A module of this folder, without putting the folder on the path."""
    from importlib.util import module_from_spec, spec_from_file_location

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec: Any = spec_from_file_location("jupyter_mlops_" + name, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _stays(spec: Any) -> bool:
    """An installed module, not one of a project, which may be edited while this process lives."""
    import sysconfig

    if spec.origin in ("built-in", "frozen"):
        return True
    place = spec.origin or next(iter(spec.submodule_search_locations or ()), "")
    paths = [sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")]
    return any(path and place.startswith(path + os.sep) for path in paths)


def _threads_after_fork() -> list[str]:
    """Threads besides the first that would be missing in a forked kernel, and what they held locked for ever:
    those that are left once a fork has stopped the ones that know how to (OpenBLAS's)."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    found = []
    for thread in os.listdir("/proc/self/task"):
        if int(thread) != os.getpid():
            with open(f"/proc/self/task/{thread}/comm") as comm:
                found.append(comm.read().strip())
    return [name for name in found if name not in FORKABLE]


def _loaded() -> list[str]:
    """Top-level modules that are imported by now: a file of the notebook's folder may bear such a name."""
    return sorted({name.partition(".")[0] for name in list(sys.modules)})


if __name__ == "__main__":
    main(sys.argv[1:])
