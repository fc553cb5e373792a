"""The machine a run used."""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from jupyter_mlops.entities import Hardware

_GPU_TIMEOUT = 2.0


def hardware() -> Hardware:
    """CPU model, logical cores that this process may use, the machine's memory in bytes, and GPUs."""
    import psutil

    nvidia = shutil.which("nvidia-smi")
    return Hardware(
        cpu=_cpu(),
        cores=_cores(),
        memory=psutil.virtual_memory().total,
        gpus=_gpus(nvidia) if nvidia else (),
    )


def peak_memory() -> int:
    """The most memory that this process has held at once so far, in bytes."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    if sys.platform == "linux":
        # ru_maxrss survives exec: a kernel would report the peak of the server that started it
        peak = _high_water_mark("self")
        if peak is not None:
            return peak
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_memory_of(pid: int | None) -> int | None:
    """The most memory that a process of ours has held at once so far, in bytes (Linux; elsewhere what it
    holds now); None where there is no such process."""
    import psutil

    if pid is None:
        return None
    try:
        return _high_water_mark(pid) or int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


def _high_water_mark(pid: int | str) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return None
    mark = re.search(rb"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(mark[1]) * 1024 if mark else None


@functools.cache
def _cpu() -> str:
    try:
        model = re.search(
            r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(errors="replace"), re.MULTILINE
        )
    except OSError:
        model = None
    return model[1].strip() if model else platform.processor() or platform.machine() or "unknown"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def _gpus(nvidia: str) -> tuple[str, ...]:
    try:
        told = subprocess.run(
            [nvidia, "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GPU_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    lines = told.stdout.decode("utf-8", "replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip())
