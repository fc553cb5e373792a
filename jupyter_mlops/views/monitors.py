"""Monitors and their readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing.scales import short
from jupyter_mlops.entities import Entity, MonitorReading, MonitorState
from jupyter_mlops.views.parts import escaped, new_table, when

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 50  # readings of a monitor, the newest


def show_monitors(console: Console, states: Sequence[MonitorState]) -> None:
    """One with its readings, several as a list."""
    if len(states) == 1:
        _show_one(console, states[0])
        return
    table = new_table("MONITOR", "CHAMPION", "LOOKS", "LAST", "FOUND", "NEXT")
    for state in states:
        last = state.readings[-1] if state.readings else None
        table.add_row(
            escaped(state.name),
            escaped(state.monitor.model if last is None else f"{last.model}@{last.version}"),
            f"{len(state.readings):,}",
            when(last.when) if last else "never",
            _found(last) if last else "",
            _next(state),
        )
    console.print(table)
    for note in dict.fromkeys(state.note for state in states if state.note):
        console.print(note, markup=False)


def _show_one(console: Console, state: MonitorState) -> None:
    from jupyter_mlops.drawing.monitors import followed

    last = state.readings[-1] if state.readings else None
    model = state.monitor.model if last is None else f"{last.model}@{last.version}"
    console.print(f"[bold]{escaped(state.name)}[/] watches {escaped(model)}; looks {_next(state)}")
    if state.note:
        console.print(f"[yellow]{escaped(state.note)}[/]")
    if last is None:
        console.print(f"it has not looked yet: jupyter mlops monitor {escaped(state.name)} --now")
        return
    console.print(_readings(state))
    if len(state.readings) > SHOWN:
        console.print(f"and {len(state.readings) - SHOWN:,} before them: --json, --html FILE")
    if then := followed(last):
        console.print(escaped(then))
    for note in last.notes:
        console.print(note, markup=False)


def _readings(state: MonitorState) -> Any:
    """The oldest first."""
    from jupyter_mlops.drawing.monitors import limits_of, worst

    wanted = list(limits_of(state.monitor.performance))
    metrics = [name.upper() for name in wanted]
    table = new_table("LOOK", "WHEN", "CHAMPION", "CURRENT", "ROWS", "FARTHEST", *metrics, "FOUND")
    before = None
    for found in state.readings[-SHOWN:]:
        label = escaped(f"{found.model}@{found.version}")
        table.add_row(
            str(found.number),
            when(found.when),
            label if before in {None, label} else f"[bold]{label} (new)[/]",
            escaped(found.current),
            f"{found.rows:,}",
            escaped(worst(found)),
            *(short(found.metrics.get(name)) for name in wanted),
            _found(found),
        )
        before = label
    return table


def _found(found: MonitorReading) -> str:
    return f"[{'red' if found.breaches else 'green'}]{escaped(found.verdict)}[/]"


def _next(state: MonitorState) -> str:
    return when(state.next) if state.next is not None else "when a batch is recorded"


def show_readings(console: Console, readings: Sequence[MonitorReading]) -> None:
    """What was found at one look."""
    from jupyter_mlops.drawing.monitors import followed

    for found in readings:
        console.print(f"{escaped(found.monitor)}: {_found(found)}")
        said = "nothing new since then" if found.repeated else f"{found.rows:,} rows"
        label = escaped(f"{found.model}@{found.version}: {found.reference} -> {found.current}")
        console.print(f"look {found.number}, {when(found.when)}, {label}, {said}")
        metrics = ", ".join(f"{name} {short(value)}" for name, value in found.metrics.items())
        if metrics:
            console.print(f"{metrics}, on {found.labelled:,} rows with true values")
        if then := followed(found):
            console.print(escaped(then))
        for note in found.notes:
            console.print(note, markup=False)


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {
    MonitorState: show_monitors,
    MonitorReading: show_readings,
}
