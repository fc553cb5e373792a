"""Starts plain Python kernels: under a supervisor, reached by sockets in a folder of their own.

Light on purpose, standard library only: the command line starts a kernel by this before it imports what
the rest needs, see `ahead`. Kernels of other kinds are started by jupyter_client, see `kernels`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.execution.supervisor import remove

POSIX = os.name == "posix"
_LONGEST = 70  # characters of a folder in which a socket may lie: its whole path has little more than 100
_HERE = Path(__file__).parent
_PYTHON = re.compile(r"python(\d(\.\d+)?)?")
# variables that are true of this process only; the first by jupyter_client's own rule
not_inherited = {"PYTHONEXECUTABLE"}


@dataclass(frozen=True)
class PythonKernel:
    """A kernelspec that starts IPython's kernel in some Python, and nothing besides."""

    python: str
    flags: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, argv: Sequence[str], env: Mapping[str, str], metadata: Mapping[str, Any]
    ) -> PythonKernel | None:
        """The kernel that a specification describes; None where it is of another kind."""
        words = list(argv)
        if not POSIX or words[-2:] != ["-f", "{connection_file}"] or metadata.get("kernel_provisioner"):
            return None
        module = words[-4:-2]
        if module not in (["-m", "ipykernel_launcher"], ["-m", "ipykernel"]) or not words[0]:
            return None
        flags = tuple(words[1:-4])
        if not all(flag.startswith("-X") and len(flag) > 2 for flag in flags):
            return None
        if any("$" in value for value in env.values()):  # a template that jupyter_client fills in
            return None
        return cls(
            sys.executable if _PYTHON.fullmatch(words[0]) else words[0], flags, tuple(sorted(env.items()))
        )


@dataclass
class Launched:
    """A kernel on its way, under the supervisor `pid`; what `connection` says leads to it.

    `environment` is what its process was given. `log` is the end to read what it writes, where it was
    started before anybody knew where that should go.
    """

    pid: int
    lifeline: int
    status: int | None
    connection: dict[str, Any]
    folder: Path | None  # where they meet, if the place is theirs alone
    environment: Mapping[str, str]
    log: int | None = None
    child: subprocess.Popen[bytes] | None = None
    watch: int | None = None  # readable once the supervisor has ended

    def __post_init__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            self.watch = os.pidfd_open(self.pid)

    @property
    def running(self) -> bool:
        """The supervisor has not ended, nor then has the kernel been seen to."""
        if self.child is not None:
            return self.child.poll() is None
        return self.watch is not None and not select.select([self.watch], [], [], 0)[0]

    def signal(self, number: int) -> None:
        """Send the supervisor a signal, which it passes on."""
        if not self.running:
            return
        with contextlib.suppress(OSError):
            if self.watch is not None:
                signal.pidfd_send_signal(self.watch, number)
            else:
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        if self.watch is not None:
            ended = bool(select.select([self.watch], [], [], seconds)[0])
            return ended and (self.child is None or self.child.wait() is not None)
        until = time.monotonic() + seconds
        while self.running and time.monotonic() < until:
            time.sleep(0.01)
        return not self.running

    def take_log(self) -> int | None:
        """The end to read what its process writes, whose owner is now the caller."""
        found, self.log = self.log, None
        return found

    def let_go(self) -> None:
        """Close the lifeline: the supervisor kills everything, unless all has ended already."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def close(self) -> None:
        """Give all descriptors back; the kernel is killed with it."""
        self.let_go()
        for name in ("status", "log", "watch"):
            if (handle := getattr(self, name)) is not None:
                os.close(handle)
                setattr(self, name, None)
        if self.child is not None:
            self.child.wait()
        if self.folder is not None:  # the supervisor has, unless it was killed
            remove(self.folder)


def launch(
    kernel: PythonKernel, *, cwd: Path, environment: Mapping[str, str], log: int | None = None
) -> Launched:
    """Start the kernel's process in folder `cwd`; it is not ready yet. `log` receives what the process
    itself writes; without one that is held for whoever takes the kernel over.

    Raises:
        OSError: it cannot be started.
    """
    told = told_environment(kernel, environment)
    folder, connection = meeting_place()
    reading, writing = (None, log) if log is not None else os.pipe()
    status_read, status = os.pipe()
    boot = [kernel.python, *kernel.flags, str(_HERE / "boot.py"), str(folder / "kernel.json")]
    words = [sys.executable, "-I", "-S", str(_HERE / "supervisor.py"), str(os.getpid()), str(status)]
    try:
        child = subprocess.Popen(
            [*words, str(folder), "--", *boot],
            cwd=cwd,
            env=dict(told),
            stdin=subprocess.PIPE,  # the lifeline: closed by us, or by our end, it kills everything
            stdout=writing,
            stderr=writing,
            pass_fds=(status,),
        )
    except BaseException:
        os.close(status_read)
        if reading is not None:
            os.close(reading)
        remove(folder)
        raise
    finally:
        os.close(status)
        if log is None and writing is not None:
            os.close(writing)
    return Launched(child.pid, lifeline_of(child), status_read, connection, folder, told, reading, child)


def lifeline_of(process: subprocess.Popen[bytes]) -> int:
    """The process's standard input, no longer its object's; -1 where it has none."""
    if process.stdin is None:
        return -1
    with process.stdin as stdin:
        return os.dup(stdin.fileno())


def told_environment(kernel: PythonKernel, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the kernel's process: the specification's, then ours, as jupyter_client has it."""
    told = {key: value for key, value in environment.items() if key not in not_inherited}
    return {**told, **dict(kernel.environment)}


def meeting_place() -> tuple[Path, dict[str, Any]]:
    """A folder, its owner's only, with a connection file for sockets in it; the supervisor removes it.

    No port can be taken by somebody else in between, and nobody else can reach them.
    """
    usual = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="mlops-", dir=usual if len(usual) <= _LONGEST else "/tmp"))
    ports = {f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)}
    connection = {
        "transport": "ipc",
        "ip": str(folder / "k"),
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        **ports,
    }
    handle = os.open(folder / "kernel.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(connection, file)
    return folder, connection


# -- before the rest is imported

_ahead: dict[tuple[PythonKernel, str], Launched] = {}


def ahead(notebook: Path | None, kernel_name: str | None) -> None:
    """Start the kernel that a run of `notebook` is going to want, if that is plain to see. Whoever runs it
    claims it; one that nobody claims ends with this process."""
    if notebook is None or not POSIX:
        return
    with contextlib.suppress(Exception):  # whatever is wrong is told by those who look properly
        document = json.loads(notebook.read_text(encoding="utf-8"))
        kernel = _installed(kernel_name or document["metadata"]["kernelspec"]["name"])
        folder = notebook.absolute().parent
        if kernel is not None:
            _ahead[kernel, str(folder)] = launch(kernel, cwd=folder, environment=os.environ)


def set_for_us(name: str, value: str) -> None:
    """Set an environment variable, unless it is set, that no kernel shall see."""
    if name not in os.environ:
        os.environ[name] = value
        not_inherited.add(name)


def claim(kernel: PythonKernel, cwd: Path) -> Launched | None:
    """The kernel that was started ahead for this folder, once."""
    return _ahead.pop((kernel, str(cwd)), None)


def forget() -> None:
    """End what was started ahead and nobody claimed."""
    while _ahead:
        _ahead.popitem()[1].close()


def spec_folder(name: str) -> Path | None:
    """The folder of the kernel of that name, where jupyter_client looks first; it may know other places."""
    from jupyter_core.paths import jupyter_path

    folders = (Path(folder) / name.lower() for folder in jupyter_path("kernels"))
    return next((folder for folder in folders if (folder / "kernel.json").is_file()), None)


def _installed(name: str) -> PythonKernel | None:
    folder = spec_folder(name)
    if folder is None:
        return None
    spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    return PythonKernel.of(spec["argv"], spec.get("env") or {}, spec.get("metadata") or {})
