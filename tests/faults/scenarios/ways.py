"""F11: every way for a run to die, and what is recorded of it afterwards."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from tests.faults.scenarios import talking
from tests.faults.scenarios.deaths import Struck, ended
from tests.faults.scenarios.figures import Figures, side_by_side
from tests.faults.scenarios.tools import Attempt, Tool

Strike = Callable[[Attempt, int], object]  # the attempt, and the pid of its kernel

_WAIT = "time.sleep(600)"


@dataclass(frozen=True)
class Way:
    """What the cell does, what is done to the run once the cell has begun, and what is true then."""

    name: str
    word: str  # of the cell
    status: str  # of the run
    code: int  # with which the runner exits
    body: str = _WAIT
    strike: Strike | None = None
    limits: dict[str, float] = field(default_factory=dict)


def _to_kernel(number: int) -> Strike:
    return lambda attempt, kernel: os.kill(kernel, number)


def _to_runner(number: int) -> Strike:
    return lambda attempt, kernel: attempt.signal(number)


def _to_all(attempt: Attempt, kernel: int) -> None:
    above = psutil.Process(kernel).parent()
    for pid in {attempt.pid, kernel, *([above.pid] if above else [])}:
        os.kill(pid, signal.SIGKILL)


def _to_supervisor(attempt: Attempt, kernel: int) -> None:
    above = psutil.Process(kernel).parent()
    assert above is not None
    assert above.pid != attempt.pid, "the kernel has no supervisor"
    above.kill()


WAYS = (
    Way("kernel SIGKILL", "killed", "FAILED", 4, strike=_to_kernel(signal.SIGKILL)),
    Way("kernel SIGTERM", "killed", "FAILED", 4, strike=_to_kernel(signal.SIGTERM)),
    Way("os._exit(0) in a cell", "killed", "FAILED", 4, "os._exit(0)"),
    Way("sys.exit() in a cell", "failed", "FAILED", 1, "sys.exit()"),
    Way("runner SIGKILL", "killed", "KILLED", -9, strike=_to_runner(signal.SIGKILL)),
    Way("runner SIGTERM", "cancelled", "KILLED", 143, strike=_to_runner(signal.SIGTERM)),
    Way("runner SIGINT", "cancelled", "KILLED", 130, strike=_to_runner(signal.SIGINT)),
    Way("supervisor SIGKILL", "killed", "FAILED", 4, strike=_to_supervisor),
    Way("all SIGKILL", "killed", "KILLED", -9, strike=_to_all),
    Way("raise", "failed", "FAILED", 1, "raise ValueError('no')"),
    Way("time-out", "timed out", "FAILED", 4, limits={"cell_timeout": 1.0}),
    Way(
        "kernel SIGSTOP, then time-out",
        "timed out",
        "FAILED",
        4,
        strike=_to_kernel(signal.SIGSTOP),
        limits={"cell_timeout": 3.0},
    ),
)


def died(tool: Tool, rounds: int) -> Figures:
    """Every way, `rounds` times; what run status and each cell's status are, once the next command ran."""
    ways = WAYS * rounds

    def one(number: int) -> Struck:
        way = ways[number]
        body = f"note('begin-1')\n{way.body}"
        path, marks = talking.notebook(tool, f"f11-{number}", [body, "never = 1"])
        attempt = tool.start(path, **way.limits)
        kernel = int(marks.await_("kernel", attempt))
        if way.strike is not None:
            marks.await_("begin-1", attempt)
            time.sleep(random.uniform(0.0, 0.3))
            way.strike(attempt, kernel)
        return Struck(attempt, marks, time.time(), attempt.wait())

    figures = Figures()
    for struck, way in zip(side_by_side(len(ways), one, 3), ways, strict=True):
        problems = [
            talking.mislabelled(tool, struck.attempt.notebook, ["ok", way.word, "not run"]),
            ended(tool, struck, {way.status}, {way.code}),
        ]
        figures.judge(way.name, problems)
    return figures
