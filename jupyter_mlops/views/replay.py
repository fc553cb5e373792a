"""A run that was run again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import CellReplay, Entity, MetricReplay, Replay, ReplayVerdict
from jupyter_mlops.letters import harmless
from jupyter_mlops.views.parts import escaped, new_table

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    ReplayVerdict.REPRODUCED: "green",
    ReplayVerdict.WITHIN: "yellow",
    ReplayVerdict.DIFFERENT: "red",
    ReplayVerdict.IMPOSSIBLE: "red",
}
SHOWN_CELLS = 10
_LONGEST = 100
_LINE = 300
_DIFF = {"+": "green", "-": "red", "@": "cyan"}


def show_replays(console: Console, items: Sequence[Replay]) -> None:
    """Metrics in a table, then the cells that differ, the verdict last."""
    for found in items:
        _metrics(console, found.metrics)
        for cell in found.cells[:SHOWN_CELLS]:
            _cell(console, cell)
        if len(found.cells) > SHOWN_CELLS:
            console.print(f"and {len(found.cells) - SHOWN_CELLS} more cells that differ")
        for each in found.environment:
            now = each.right or "not installed"
            console.print(f"{clean(each.name, 60)}: {now}, was {each.left}", markup=False)
        for line in found.data:
            console.print(f"data {clean(line, _LINE)}", markup=False)
        for note in found.notes:
            console.print(f"note: {clean(note, 1000)}", markup=False)
        _verdict(console, found)


def _metrics(console: Console, metrics: Sequence[MetricReplay]) -> None:
    if not metrics:
        return
    table = new_table("METRIC", "ORIGINAL", "REPLAY", "DIFFERENCE", "AGREES")
    for row in metrics:
        difference = ""
        if row.original is not None and row.replayed is not None and row.original != row.replayed:
            apart = row.replayed - row.original
            difference = "" if math.isnan(apart) else f"{apart:+.3g}"
        table.add_row(
            escaped(clean(row.metric, _LONGEST)),
            _number(row.original),
            _number(row.replayed),
            difference,
            "[green]yes[/]" if row.within else "[red]no[/]",
        )
    console.print(table)


def _cell(console: Console, cell: CellReplay) -> None:
    logged = f", which logs {', '.join(cell.metrics)}" if cell.metrics else ""
    console.print(f"[bold]code cell {cell.number}[/]{escaped(clean(logged, _LONGEST))}: ", end="")
    console.print(clean(cell.source, _LONGEST), markup=False)
    for line in cell.diff.splitlines()[2:]:
        console.print(f"  {_as_it_is(line)}", style=_DIFF.get(line[:1]), markup=False)


def _verdict(console: Console, found: Replay) -> None:
    style = STYLES[found.verdict]
    reason = f": {clean(found.reason, 2000)}" if found.reason else ""
    console.print(f"{escaped(clean(found.label, _LONGEST))}: [{style}]{found.verdict.value}[/]", end="")
    console.print(reason, markup=False)
    if found.replayed:
        console.print(f"recorded: jupyter mlops show {found.replayed[:8]}", markup=False)


def _as_it_is(line: str) -> str:
    """The line with its blanks, and nothing in it that would steer a terminal."""
    return harmless(line[:_LINE])


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.10g}"


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {Replay: show_replays}
