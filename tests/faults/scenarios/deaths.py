"""F1 to F3: kernels and runners that are killed, and Ctrl-C."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from jupyter_mlops.execution.limits import GRACE
from tests.faults.scenarios import talking
from tests.faults.scenarios.figures import Figures, over, side_by_side
from tests.faults.scenarios.tools import Attempt, Ours, Tool

NOTICE = 1.0  # seconds within which a death is noticed, and nothing is left of a run
SHORT_CELLS = 12
_TALK = [f"talk({number}, 0.06)" for number in range(1, SHORT_CELLS + 1)]
CELLS = [*_TALK, f"talk({SHORT_CELLS + 1}, 600)", "never = 1"]

FAMILY = """
import ctypes, subprocess
child = subprocess.Popen(["sleep", "600"])
note("child", child.pid)
told = f"echo $$ > {marks}/.grandchild; mv {marks}/.grandchild {marks}/grandchild; exec sleep 600"
subprocess.run(["setsid", "--fork", "sh", "-c", told], check=True)
note("begin-1")
"""
HOLD = {  # both hold the GIL; a signal ends the first, and the second knows none
    signal.SIGKILL: "ctypes.PyDLL(None).sleep(600)",
    signal.SIGTERM: "sum(range(10**13))",
}


@dataclass
class Struck:
    """One run, and when it was struck."""

    attempt: Attempt
    marks: talking.Marks
    when: float
    code: int | None = None
    left: float = 0.0  # seconds until nothing was left of it
    survivors: str | None = None


def kernel_killed(tool: Tool, count: int) -> Figures:
    """F1: the kernel is killed at a random time, within a cell or between two."""

    def one(number: int) -> Struck:
        path, marks = talking.notebook(tool, f"f1-{number}", CELLS)
        attempt = tool.start(path)
        kernel = int(marks.await_("kernel", attempt))
        time.sleep(random.uniform(0.0, 1.5))
        when = time.time()
        os.kill(kernel, signal.SIGKILL)
        return Struck(attempt, marks, when, attempt.wait())

    figures = Figures()
    for struck in side_by_side(count, one):
        path = struck.attempt.notebook
        noticed = _noticed(tool, path, struck.attempt) - struck.when
        figures.measure("noticed in", noticed)
        problems = [
            talking.cut_mislabelled(tool, path, struck.marks, "killed", total=len(CELLS) + 1),
            talking.lost(tool, path, struck.marks, struck.when),
            over("to notice", noticed, NOTICE),
            ended(tool, struck, {"FAILED"}, {4}),
        ]
        figures.judge(path.stem, problems)
    return figures


def interrupted(tool: Tool, count: int) -> Figures:
    """F3: Ctrl-C at a random time."""

    def one(number: int) -> Struck:
        path, marks = talking.notebook(tool, f"f3-{number}", CELLS)
        attempt = tool.start(path)
        marks.await_("kernel", attempt)
        time.sleep(random.uniform(0.0, 1.5))
        when = attempt.signal(signal.SIGINT)
        return Struck(attempt, marks, when, attempt.wait())

    figures = Figures()
    for struck in side_by_side(count, one):
        path = struck.attempt.notebook
        figures.measure("ended in", struck.attempt.ended - struck.when)
        told = talking.cut_mislabelled(
            tool, path, struck.marks, "cancelled", total=len(CELLS) + 1, between=True
        )
        lost = talking.lost(tool, path, struck.marks, struck.when)
        figures.judge(path.stem, [told, lost, ended(tool, struck, {"KILLED"}, {130})])
    return figures


def runner_killed(tool: Tool, count: int) -> Figures:
    """F2: the runner is killed, or told to end, while a cell holds the GIL and has a family of processes."""

    def one(number: int) -> Struck:
        how = (signal.SIGKILL, signal.SIGTERM)[number % 2]
        path, marks = talking.notebook(tool, f"f2-{how.name}-{number}", [FAMILY + HOLD[how], "never = 1"])
        attempt = tool.start(path)
        family = _family(marks, attempt)
        time.sleep(random.uniform(0.0, 0.3))
        struck = Struck(attempt, marks, attempt.signal(how))
        struck.code = attempt.wait(3 * GRACE + 10)
        died = struck.when if how is signal.SIGKILL else attempt.ended
        struck.left, struck.survivors = _await_gone(family, died)
        return struck

    figures = Figures()
    for struck in side_by_side(count, one):
        killed = "SIGKILL" in struck.attempt.notebook.name
        figures.measure("nothing left after", struck.left)
        problems = [struck.survivors]
        if killed:
            problems.append(ended(tool, struck, {"KILLED"}, {-9}))
        else:
            took = struck.attempt.ended - struck.when
            figures.measure("SIGTERM obeyed in", took)
            problems += [ended(tool, struck, {"KILLED"}, {143}), over("SIGTERM", took, 2 * GRACE + NOTICE)]
        words = ["ok", "killed" if killed else "cancelled", "not run"]
        problems.append(talking.mislabelled(tool, struck.attempt.notebook, words))
        figures.judge(struck.attempt.notebook.stem, problems)
    return figures


def ended(tool: Tool, struck: Struck, statuses: set[str], codes: set[int]) -> str | None:
    """A problem, unless exit code and recorded status are among these. Of Papermill, which knows neither,
    it is only asked that it ends, and not as if all were well."""
    if not isinstance(tool, Ours):
        return {None: "it did not end", 0: "exit code 0"}.get(struck.code)
    status = tool.run(struck.attempt.notebook).status.value
    if struck.code not in codes or status not in statuses:
        return f"exit code {struck.code}, run {status}: {struck.attempt.output()[-300:]}"
    return None


def _noticed(tool: Tool, path: Path, attempt: Attempt) -> float:
    """When the journal says that the killed cell ended; where there is none, when the process did."""
    times = [cell.ended for cell in tool.cells(path) if cell.ended] if isinstance(tool, Ours) else []
    return times[-1].timestamp() if times else attempt.ended


def _family(marks: talking.Marks, attempt: Attempt) -> dict[str, psutil.Process]:
    marks.await_("begin-1", attempt)
    family = {
        name: psutil.Process(int(marks.await_(name, attempt))) for name in ("kernel", "child", "grandchild")
    }
    above = family["kernel"].parent()
    if above is not None and above.pid != attempt.pid:
        family["supervisor"] = above
    return family


def _await_gone(family: dict[str, psutil.Process], since: float) -> tuple[float, str | None]:
    """Seconds from `since` until all are gone; those that stay are named, and then killed."""
    while True:
        alive = {name: process for name, process in family.items() if _alive(process)}
        took = time.time() - since
        if not alive:
            return took, over("the end of all processes", took, NOTICE)
        if took > 2 * (NOTICE + 2.0):
            for process in alive.values():
                process.kill()
            return took, f"left alive: {', '.join(alive)}"
        time.sleep(0.01)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
