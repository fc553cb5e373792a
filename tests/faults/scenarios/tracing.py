"""Processes that are struck at one system call of many, by strace."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.faults.scenarios.figures import CannotProvoke
from tests.faults.scenarios.tools import start_process

# those by which files come to be and change; `?` passes over what this processor does not have
CALLS = {
    "openat": "?open,openat",
    "write": "write,?pwrite64,?writev",
    "sendfile": "?sendfile,?copy_file_range",
    "fsync": "fsync,?fdatasync",
    "rename": "?rename,?renameat,?renameat2",
    "truncate": "?ftruncate,?truncate",
    "close": "close",
}
KILL = "signal=SIGKILL"
FULL = "error=ENOSPC"
PATIENCE = 60.0
_PR_SET_PTRACER = 0x59616D61


def need_strace() -> str:
    """Where strace lies.

    Raises:
        CannotProvoke: it is not installed.
    """
    found = shutil.which("strace")
    if found is None:
        raise CannotProvoke("strace is not installed")
    return found


def struck_at_each(
    entry: str, words: list[Any], folder: Path, call: str, fault: str, *, onward: bool = False
) -> Iterator[tuple[int, int]]:
    """Start the writer `entry` again and again and do `fault` to its first, second, ... `call`, from there
    on to all that follow if `onward`, until it has fewer of them; each (number of the call, exit code).

    The writer calls `wait_for_go` where its work begins.
    """
    for number in range(1, 10_000):
        hit, code = _strike(entry, words, folder, f"{fault}:when={number}{'+' * onward}", call)
        if not hit:
            return
        yield number, code


@contextlib.contextmanager
def attached(pid: int, log: Path, calls: Iterable[str], fault: str | None = None) -> Iterator[None]:
    """While the block lasts, and the process, the `calls` of its first thread are listed in `log`, and
    `fault` (``CALLS:WHAT:when=NUMBER``) is done to one of them.

    Raises:
        CannotProvoke: strace may not trace here.
    """
    tracing = ["-y", "-o", str(log), "-e", f"trace={','.join(CALLS[call] for call in calls)}"]
    tracing += ["-e", f"inject={fault}"] if fault else []
    with subprocess.Popen(
        [need_strace(), *tracing, "-p", str(pid)], stderr=subprocess.PIPE, text=True
    ) as tracer:
        assert tracer.stderr is not None
        if "attached" not in (said := tracer.stderr.readline()):
            raise CannotProvoke(f"strace may not trace here: {said.strip()}")
        yield


def wait_for_go(folder: Path) -> None:
    """What a writer says when it is ready to be traced: from now on its calls count."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    (folder / "ready").mkdir()
    while not (folder / "go").exists():
        time.sleep(0.002)


def _strike(entry: str, words: list[Any], folder: Path, fault: str, call: str) -> tuple[bool, int]:
    gate = folder / "gate"
    gate.mkdir()
    log = folder / "strace.log"
    process = start_process(entry, [*words, str(gate)], folder, folder / "writer.log")
    try:
        _until(gate / "ready", process)
        with attached(process.pid, log, (call,), f"{CALLS[call]}:{fault}"):
            (gate / "go").mkdir()
            process.join(PATIENCE)
    finally:
        process.kill()
        process.join()
        shutil.rmtree(gate)
    text = log.read_text(errors="replace")
    return "(INJECTED)" in text or "killed by SIGKILL" in text, int(process.exitcode or 0)


def _until(path: Path, process: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not path.exists():
        if process.exitcode is not None or time.monotonic() > until:
            raise RuntimeError(f"the writer ended before it wrote: {process.exitcode}")
        time.sleep(0.002)
