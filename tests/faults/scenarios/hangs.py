"""F4: cells that hang, and what stops them; cells that wait for an answer from nobody."""

from __future__ import annotations

import time
from typing import Any

from tests.faults.scenarios import talking
from tests.faults.scenarios.deaths import Struck, ended
from tests.faults.scenarios.figures import Figures, over, side_by_side
from tests.faults.scenarios.tools import Ours, Tool

LIMIT = 2.0  # seconds for the cell
RUN_LIMIT = 10.0  # for the run: a loaded machine needs some of it to start the kernel
GRACE = 10.0  # seconds after the limit within which the run must have ended

HANGS = {
    "deadlock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "GIL held": "sum(range(10**13))",
    "SIGINT ignored": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)",
    "SIGINT and SIGTERM ignored": (
        "import signal\n"
        "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)\n"
        "time.sleep(600)"
    ),
}
ASKS = {"input": "input('? ')", "getpass": "import getpass; getpass.getpass('? ')"}


def hung(tool: Tool, rounds: int) -> Figures:
    """Each way to hang under each kind of limit, and each way to ask, `rounds` times."""
    kinds = _kinds(tool) * rounds

    def one(number: int) -> Struck:
        how, source, tags, limits = kinds[number]
        name = f"f4-{number}-{how.replace(' ', '-')}"
        source = f"print('before', flush=True); note('begin-1')\n{source}"
        path, marks = talking.notebook(tool, name, [*([] if tags else ["1 + 1"]), source], *tags)
        attempt = tool.start(path, **limits)
        marks.await_("begin-1", attempt)
        struck = Struck(attempt, marks, time.time())
        struck.code = attempt.wait(RUN_LIMIT + 3 * GRACE)
        return struck

    figures = Figures()
    for struck, (how, _, tags, limits) in zip(side_by_side(len(kinds), one, 4), kinds, strict=True):
        took = struck.attempt.ended - struck.when
        word, code = ("timed out", 4) if how in HANGS else ("failed", 1)
        limit = max(limits.values(), default=LIMIT) if how in HANGS else 0.0
        figures.measure("ended after the limit by" if how in HANGS else "refused to ask in", took - limit)
        problems = [
            talking.mislabelled(tool, struck.attempt.notebook, ["ok", *([] if tags else ["ok"]), word]),
            over(f"the end of {how}", took, limit + GRACE),
            ended(tool, struck, {"FAILED"}, {code}),
        ]
        figures.judge(struck.attempt.notebook.stem, problems)
    return figures


def _kinds(tool: Tool) -> list[tuple[str, str, tuple[str, ...], dict[str, Any]]]:
    """(how, source, tags of the cell, limits)."""
    kinds: list[tuple[str, str, tuple[str, ...], dict[str, Any]]] = [
        (how, source, (), {"cell_timeout": LIMIT if isinstance(tool, Ours) else int(LIMIT)})
        for how, source in HANGS.items()
    ]
    if isinstance(tool, Ours):  # Papermill has no limit for a run, and none of a cell's own
        kinds += [(how, source, (), {"timeout": RUN_LIMIT}) for how, source in HANGS.items()]
        kinds.append(("deadlock", HANGS["deadlock"], (f"timeout:{LIMIT:g}s",), {}))
    return kinds + [(how, source, (), {}) for how, source in ASKS.items()]
