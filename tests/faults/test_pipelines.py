"""Real kills of what runs a pipeline: nothing is left behind, nothing that was finished is run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import CellStatus, RunKind, RunStatus
from tests.pipelines.conftest import STEPS, Piped, states
from tests.waiting import PATIENCE, until

LONG = "import os, time\nopen('../pid', 'w').write(str(os.getpid()))\ntime.sleep(300)"
DEAF = (
    "import signal\nfor number in (signal.SIGTERM, signal.SIGINT):\n"
    "    signal.signal(number, signal.SIG_IGN)\n" + LONG
)


@pytest.fixture
def piped(folder: Path, local: None) -> Piped:
    """A pipeline whose second step takes long."""
    made = Piped(folder)
    made.notebook("train", "features = ''\nmodel = ''", LONG)
    return made


@pytest.fixture
def begin(piped: Piped) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begins ``jupyter mlops pipeline run p``."""
    begun: list[subprocess.Popen[str]] = []

    def call(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "jupyter_mlops", "pipeline", "run", "p", "--workers", "2", *words]
        process = subprocess.Popen(
            command, cwd=piped.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        begun.append(process)
        return process

    yield call
    for process in begun:
        process.kill()
        process.communicate()


def kernel(piped: Piped) -> int:
    """The process of the step's kernel, once its cell has begun."""
    path = piped.root / "pid"
    until(lambda: path.exists() and path.read_text(encoding="utf-8"), "the cell begins")
    return int(path.read_text(encoding="utf-8"))


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def mend(piped: Piped) -> None:
    piped.notebook("train", "features = ''\nmodel = ''", "open(model, 'w').write('1')")


@pytest.mark.parametrize(
    ("number", "source"), [(signal.SIGINT, LONG), (signal.SIGTERM, DEAF)], ids=["listens", "deaf"]
)
def test_a_signal_ends_the_kernels_and_keeps_what_they_did(
    piped: Piped, begin: Callable[..., subprocess.Popen[str]], number: int, source: str
) -> None:
    piped.notebook("train", "features = ''\nmodel = ''", source)
    driver = begin()
    pid = kernel(piped)
    driver.send_signal(number)
    until(lambda: gone(pid), "the kernel is gone")
    driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 128 + number
    runs = {run.name: run for run in Project(piped.root).runs()}
    assert {name: run.status for name, run in runs.items()} == {
        "p": RunStatus.KILLED,
        "prepare": RunStatus.FINISHED,
        "train": RunStatus.KILLED,
    }
    details = Project(piped.root).show("train")
    assert details.cells[-1].status is CellStatus.CANCELLED
    assert "mlops/train.ipynb" in details.artifacts
    mend(piped)
    assert states(piped.run()) == {"prepare": "cached", "train": "finished", "report": "finished"}


def test_cancel_ends_a_pipeline_run(piped: Piped, begin: Callable[..., subprocess.Popen[str]]) -> None:
    piped.notebook("train", "features = ''\nmodel = ''", DEAF)
    driver = begin()
    pid = kernel(piped)
    project = Project(piped.root)
    runs = {run.name: run for run in project.runs()}
    with pytest.raises(Exception, match="is part of a larger run") as caught:
        project.cancel(runs["train"].run_id)
    assert runs["p"].run_id[:8] in caught.value.hint  # type: ignore[attr-defined]
    ended = project.cancel("p")
    assert ended.status is RunStatus.KILLED
    until(lambda: gone(pid), "the kernel is gone")
    assert driver.wait(PATIENCE) == 143
    with pytest.raises(Exception, match="does not go on: it is KILLED"):
        project.cancel("p")


def test_cancel_ends_a_single_run(piped: Piped) -> None:
    piped.notebook("train", "features = ''\nmodel = ''", "1 / 0")
    Project(piped.root).run(piped.root / "nb/train.ipynb")  # one of the same name that has ended
    piped.notebook("train", "features = ''\nmodel = ''", LONG)
    command = [sys.executable, "-m", "jupyter_mlops", "run", "nb/train.ipynb"]
    with subprocess.Popen(
        command, cwd=piped.root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as run:
        pid = kernel(piped)
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_mlops", "cancel", "train"],
            cwd=piped.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "KILLED" in done.stdout
        until(lambda: gone(pid), "the kernel is gone")
        assert run.wait(PATIENCE) == 143


def test_a_killed_driver_leaves_no_kernel_and_loses_no_finished_step(
    piped: Piped, begin: Callable[..., subprocess.Popen[str]]
) -> None:
    driver = begin()
    pid = kernel(piped)
    driver.kill()
    driver.wait()
    until(lambda: gone(pid), "the kernel is gone")
    project = Project(piped.root)

    def settled() -> bool:
        project.reconcile()
        return all(run.status is not RunStatus.RUNNING for run in project.runs())

    until(settled, "the runs are settled")
    assert {run.name: run.status for run in project.runs()} == {
        "p": RunStatus.KILLED,
        "prepare": RunStatus.FINISHED,
        "train": RunStatus.KILLED,
    }
    mend(piped)
    assert states(piped.run()) == {"prepare": "cached", "train": "finished", "report": "finished"}
    assert not list((piped.root / ".mlops/steps").iterdir()), "locks or folders were left"


def test_a_killed_kernel_fails_its_step_and_what_comes_after_it_only(
    piped: Piped, begin: Callable[..., subprocess.Popen[str]]
) -> None:
    piped.notebook("other", "out = ''", "import time\ntime.sleep(2)\nopen(out, 'w').write('x')")
    piped.declare(STEPS + "other: {notebook: nb/other.ipynb, outputs: {out: build/other.txt}}\n")
    driver = begin()
    os.kill(kernel(piped), signal.SIGKILL)
    driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 4
    runs = {run.name: run for run in Project(piped.root).runs()}
    assert (runs["train"].status, runs["train"].error) == (RunStatus.FAILED, "the kernel died")
    assert runs["other"].status is RunStatus.FINISHED
    assert "report" not in runs


def test_two_driver_processes_run_each_step_once(
    piped: Piped, begin: Callable[..., subprocess.Popen[str]]
) -> None:
    count = "import time\nopen('../count', 'a').write('{0} ')\ntime.sleep(1)\nopen({0}, 'w').write('1')"
    for name, given, output in [
        ("prepare", "raw", "features"),
        ("train", "features", "model"),
        ("report", "model", "report"),
    ]:
        piped.notebook(name, f"{given} = ''\n{output} = ''", count.format(output))
    drivers = [begin(), begin()]
    for driver in drivers:
        driver.communicate(timeout=PATIENCE)
        assert driver.returncode == 0
    assert sorted(piped.read("count").split()) == ["features", "model", "report"]
    kinds = [run.kind for run in Project(piped.root).runs()]
    assert sorted(kinds) == [RunKind.HEADLESS] * 3 + [RunKind.PIPELINE] * 2


def test_the_holder_of_a_key_that_is_killed_lets_the_other_driver_go_on(
    piped: Piped, begin: Callable[..., subprocess.Popen[str]]
) -> None:
    once = (
        "import os, pathlib, time\nfirst = pathlib.Path('../first')\nbegun = first.exists()\nfirst.touch()\n"
        "open('../pid', 'w').write(str(os.getpid()))\n"
        "if not begun:\n    time.sleep(300)\nopen(model, 'w').write('1')"
    )
    piped.notebook("train", "features = ''\nmodel = ''", once)
    first = begin()
    kernel(piped)
    second = begin()
    time.sleep(2)  # it waits for the first by now, mostly; the result is the same if it does not
    first.kill()
    second.communicate(timeout=PATIENCE)
    assert second.returncode == 0
    assert piped.read("build/model.txt") == "1"
