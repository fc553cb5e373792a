"""What is known of a run that is followed: its cells, step by step, and the last lines of its log."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import CellStatus, LogLine, RunStatus
from jupyter_mlops.letters import harmless
from jupyter_mlops.widgets.moments import milliseconds

LINES = 500
WIDEST = 2000  # characters of a line
GROUPS = 40  # steps that are shown: the newest
_STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CELLS = {
    CellStatus.NOT_RUN: ("○", "plain"),
    CellStatus.RUNNING: ("▶", "brand"),
    CellStatus.OK: ("✓", "good"),
    CellStatus.FAILED: ("✗", "bad"),
    CellStatus.KILLED: ("■", "bad"),
    CellStatus.TIMED_OUT: ("■", "bad"),
    CellStatus.CANCELLED: ("■", "unsure"),
    CellStatus.SKIPPED: ("»", "plain"),
}
ENDS = {
    RunStatus.SCHEDULED: ("○", "plain"),
    RunStatus.RUNNING: ("▶", "brand"),
    RunStatus.FINISHED: ("✓", "good"),
    RunStatus.FAILED: ("✗", "bad"),
    RunStatus.KILLED: ("■", "bad"),
}


@dataclass
class Group:
    """The cells of one run, or of one step of a pipeline run."""

    step: str
    of: int = 0
    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    ended: RunStatus | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON can carry it."""
        waits = _cell(CellStatus.NOT_RUN, "", None)
        count = max(self.of, *self.cells) if self.cells else self.of
        return {
            "step": clean(self.step, 60),
            "status": self.ended.value.lower() if self.ended is not None else "running",
            "sign": ENDS[self.ended or RunStatus.RUNNING],
            "cells": [{"number": place, **self.cells.get(place, waits)} for place in range(1, count + 1)],
        }


class Followed:
    """Hears a `LogLine` after the other. `lines` are the last 500, each with its number: one of a number that
    is there already takes its place."""

    def __init__(self) -> None:
        self.run_id = ""
        self.groups: dict[str, Group] = {}
        self.lines: deque[dict[str, Any]] = deque(maxlen=LINES)
        self.ended: LogLine | None = None
        self._count = 0
        self._open = ""  # how the last line ended: "" is not at all

    def hear(self, line: LogLine, now: float | None = None) -> None:
        """One thing more is known. `now`, in milliseconds, is when it came about, where that is known and the
        line does not tell it."""
        if not line.step:  # of a step it is the step's own run
            self.run_id = line.run_id
        if line.ended is not None and not line.step:
            self.ended = line
        elif line.stream is None or line.status is not None or line.ended is not None:
            self._progress(line, now)
        if line.stream is not None and line.text:
            self._print(line, line.stream)

    def groups_plain(self) -> list[dict[str, Any]]:
        """The steps whose cells are shown, in the order in which they began."""
        return [group.plain() for group in list(self.groups.values())[-GROUPS:]]

    def after(self, number: int) -> list[dict[str, Any]]:
        """The lines from this number on: the one before may have changed since it was said."""
        return [line for line in self.lines if line["n"] >= number]

    def _progress(self, line: LogLine, now: float | None) -> None:
        group = self.groups.setdefault(line.step, Group(line.step))
        group.of = max(group.of, line.of or 0)
        if line.ended is not None:
            group.ended = line.ended
        if line.status is None or line.number is None:
            return
        before = group.cells.get(line.number)
        if before is not None and before["state"] == line.status.value == CellStatus.RUNNING.value:
            return  # told again
        since = now if line.began is None else milliseconds(line.began)
        running = line.status is CellStatus.RUNNING
        group.cells[line.number] = _cell(line.status, line.name, line.duration, since if running else None)

    def _print(self, line: LogLine, stream: str) -> None:
        text = _STEERING.sub("", line.text)
        ended = "\n" if text.endswith("\n") else "\r" if text.endswith("\r") else ""
        text = harmless(text.rstrip("\r\n").replace("\t", "    "))
        last = self.lines[-1] if self.lines else None
        place = [line.step, line.number, stream]
        if last is not None and self._open != "\n" and last["place"] == place:
            text = text if self._open == "\r" else last["text"] + text
            self.lines[-1] = {**last, "text": text[:WIDEST]}
        else:
            self.lines.append({"n": self._count, "place": place, "text": text[:WIDEST]})
            self._count += 1
        self._open = ended


def _cell(status: CellStatus, name: str, seconds: float | None, since: float | None = None) -> dict[str, Any]:
    sign, kind = _CELLS[status]
    return {
        "state": status.value,
        "sign": sign,
        "kind": kind,
        "name": clean(name, 80),
        "seconds": seconds,
        "since": since,
    }
