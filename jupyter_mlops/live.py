"""The steps of a pipeline on a terminal, while it runs: one table that is drawn anew."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jupyter_mlops.drawing import ICONS, STYLES, clean, duration, summary, telling
from jupyter_mlops.entities import StepRun, StepState

_REFRESH = 5  # times a second
_AROUND = 4  # lines of the terminal that are not rows


class LiveSteps:
    """A table of steps at the foot of a terminal. What else is said appears above it."""

    def __init__(self, stream: TextIO) -> None:
        self._steps: dict[tuple[str, str], StepRun] = {}
        self._lock = threading.Lock()
        self._console = Console(file=stream, highlight=False, emoji=False)
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=_REFRESH,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start()

    def step(self, step: StepRun) -> None:
        """One is new, or has changed. From any thread; the table is drawn at its own pace."""
        with self._lock:
            self._steps[step.step, step.point] = step

    def line(self, text: str) -> None:
        """Say one thing above the table."""
        self._console.print(text, markup=False)

    def stop(self, *, keep: bool) -> None:
        """Draw it a last time, and leave it there, or take it away."""
        self._live.transient = not keep
        self._live.stop()

    def _draw(self) -> RenderableType:
        with self._lock:
            steps = list(self._steps.values())
        rows = telling(steps, max(self._console.height - _AROUND, 1))
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in ("STEP", "STATE", "CELL", "TIME", "WHY"):
            # what does not fit is cut: a row that took two lines would push others off the terminal
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        for step in rows:
            table.add_row(
                Text(clean(step.name, 40)),
                Text(_state(step), style=STYLES[step.state]),
                f"{step.cell}/{step.cells}" if step.cells else "",
                _elapsed(step),
                Text(clean(step.error or step.why, 200)),
            )
        return Group(table, Text(summary(steps), no_wrap=True, overflow="ellipsis"))


def _state(step: StepRun) -> str:
    again = f", attempt {step.attempt}" if step.attempt > 1 else ""
    return f"{ICONS[step.state]} {step.state.value}{again}"


def _elapsed(step: StepRun) -> str:
    if step.duration is not None:
        return duration(step.duration)
    if step.state is not StepState.RUNNING or step.started is None:
        return ""
    return duration((datetime.now(UTC) - step.started).total_seconds())
