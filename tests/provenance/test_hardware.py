"""The machine, and this process's memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlops.provenance.hardware import hardware, peak_memory, peak_memory_of


def fake_nvidia(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_this_machine() -> None:
    found = hardware()
    assert found.cpu
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert found.memory > 2**28


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_cores_are_those_it_may_use() -> None:
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]);"
        "from jupyter_mlops.provenance.hardware import hardware; print(hardware().cores)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"1"
    )


def test_gpus_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_nvidia(tmp_path, 'test "$1" = --query-gpu=name && echo "Tesla T4" && echo "Tesla T4 "', monkeypatch)
    assert hardware().gpus == ("Tesla T4", "Tesla T4")


@pytest.mark.parametrize("script", ["echo 'no driver'; exit 9", "exec sleep 60"])
def test_gpu_trouble_means_none(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_nvidia(tmp_path, script, monkeypatch)
    started = time.monotonic()
    assert hardware().gpus == ()
    assert time.monotonic() - started < 10


def test_peak_memory_is_bytes_and_does_not_fall() -> None:
    import psutil

    before = peak_memory()
    assert before >= psutil.Process().memory_info().rss * 0.9
    block = bytearray(b"x") * (64 << 20)
    during = peak_memory()
    del block
    assert during >= psutil.Process().memory_info().rss
    assert peak_memory() >= 0.98 * during  # the kernel counts pages per processor, so it wavers a little
    assert during < psutil.virtual_memory().total


def test_peak_memory_is_not_inherited() -> None:
    child = "from jupyter_mlops.provenance.hardware import peak_memory; print(peak_memory())"
    parent = (
        "import subprocess, sys; block = bytearray(b'x') * (300 << 20);"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    told = subprocess.run([sys.executable, "-c", parent], capture_output=True, check=True)
    assert int(told.stdout) < 200 << 20


def test_peak_memory_of_another_process_and_of_none() -> None:
    hold = "x = b'1' * 50_000_000; del x; print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert (peak_memory_of(child.pid) or 0) > (50_000_000 if sys.platform == "linux" else 0)
        child.kill()
    assert peak_memory_of(child.pid) is None
    assert peak_memory_of(None) is None
