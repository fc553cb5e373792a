"""Whether a process is still the one that it was, whatever became of the system's clock meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_SLACK = 2.0  # between two readings of one process, where the system tells its start by the clock


def started(pid: int) -> float | None:
    """When a process of this machine was started, on a clock of the machine's own; None where there is none,
    or it is dead and only waits for its parent."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        return None if fields[0] in "ZX" else float(fields[19])  # ticks since the machine was started
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        if Path("/proc/self/stat").exists():
            return None
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


def lives(pid: int, known: float | None) -> bool:
    """The process of this number is there, and was started at `known`, if that is known."""
    found = started(pid)
    return found is not None and (known is None or abs(found - known) <= _SLACK)


def kill(pid: int) -> None:
    """End a process, and, where it leads a group of its own, all of that."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg") and os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
