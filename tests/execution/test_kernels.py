"""A real kernel under its supervisor: nothing of it outlives us, and what it says is heard to the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.kernels import Kernel, KernelDied


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    made = Kernel("python3", tmp_path / "kernel.json")
    with (tmp_path / "log").open("wb") as log:
        made.start(cwd=tmp_path, env=os.environ, log=log.fileno())
    yield made
    made.kill()


def run(kernel: Kernel, code: str, seconds: float = 30) -> str:
    """All that the code printed, until the kernel is idle."""
    sent, printed, until = kernel.execute(code), "", time.monotonic() + seconds
    while time.monotonic() < until:
        for channel, message in kernel.receive(1):
            if channel == "iopub" and message["parent_header"].get("msg_id") == sent:
                if message["msg_type"] == "stream":
                    printed += message["content"]["text"]
                if message["content"].get("execution_state") == "idle":
                    return printed
    raise AssertionError(f"never idle; so far {printed!r}")


def gone(pid: int, seconds: float = 5) -> bool:
    """The process ends within that time; a zombie is gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


FAMILY = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
nest = "import os, time\\nif os.fork() == 0:\\n os.setsid()\\n print(os.getpid(), flush=True)"
nest += "\\n time.sleep(600)"
grandchild = subprocess.Popen([sys.executable, "-c", nest], stdout=subprocess.PIPE, text=True)
print(os.getpid(), child.pid, grandchild.stdout.readline().strip(), flush=True)
"""


def test_the_pid_is_the_kernels_own_and_it_says_who_it_is(kernel: Kernel) -> None:
    assert int(run(kernel, "import os; print(os.getpid())")) == kernel.pid
    assert kernel.info["implementation"] == "ipython"
    assert kernel.is_ipython


def test_kill_takes_children_and_a_grandchild_in_a_session_of_its_own(kernel: Kernel) -> None:
    family = [int(word) for word in run(kernel, FAMILY).split()]
    kernel.kill()
    assert [gone(pid) for pid in family] == [True] * 3


def test_a_kernel_that_ends_by_itself_leaves_none_behind_and_its_last_words_are_heard(kernel: Kernel) -> None:
    family = [int(word) for word in run(kernel, FAMILY).split()]
    sent = kernel.execute("import os, time\nprint('last', flush=True)\ntime.sleep(0.3)\nos._exit(3)")
    heard = ""
    with pytest.raises(KernelDied):
        while True:
            for _, message in kernel.receive(1):
                if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == sent:
                    heard += message["content"]["text"]
    assert heard == "last\n"
    assert [gone(pid) for pid in family] == [True] * 3


RUNNER = """
import os, sys, time
from pathlib import Path
from jupyter_mlops.execution.kernels import Kernel
kernel = Kernel("python3", Path("kernel.json"))
kernel.start(cwd=Path.cwd(), env=os.environ, log=2)
sent = kernel.execute(sys.argv[1])
while True:
    for _, message in kernel.receive(1):
        if message["msg_type"] == "stream":
            print(kernel._launched.pid, message["content"]["text"], end="", flush=True)
"""


def test_when_the_runner_is_killed_all_of_it_is_gone_though_the_cell_holds_the_gil(tmp_path: Path) -> None:
    hold = f"{FAMILY}\nimport ctypes, time\ntime.sleep(0.5)\nctypes.PyDLL(None).sleep(600)"
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, hold], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert runner.stdout is not None
    pids = [int(word) for word in runner.stdout.readline().split()]
    time.sleep(0.7)
    runner.kill()
    assert [gone(pid) for pid in pids] == [True] * 4
    runner.stdout.close()
    runner.wait()


def test_when_the_supervisor_is_killed_the_kernel_is_too(kernel: Kernel) -> None:
    pid: Any = kernel.pid
    kernel._launched.signal(signal.SIGKILL)
    assert gone(pid)
    with pytest.raises(KernelDied):
        for _ in range(20):
            kernel.receive(1)


def test_an_interrupt_reaches_the_cell(kernel: Kernel) -> None:
    sent = kernel.execute("import time\ntime.sleep(600)")
    time.sleep(0.5)
    kernel.interrupt()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for channel, message in kernel.receive(1):
            if channel == "shell" and message["parent_header"]["msg_id"] == sent:
                assert message["content"]["ename"] == "KeyboardInterrupt"
                return
    raise AssertionError("not interrupted")


def test_a_kernel_whose_program_is_missing_is_told_in_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kernels" / "broken"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(
        '{"argv": ["no-such-program"], "display_name": "b", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    made = Kernel("broken", tmp_path / "kernel.json")
    with (tmp_path / "log").open("wb") as log, pytest.raises(MLOpsError, match="ended before it was ready"):
        made.start(cwd=tmp_path, env=os.environ, log=log.fileno())
    made.kill()
    assert "no-such-program" in (tmp_path / "log").read_text()
