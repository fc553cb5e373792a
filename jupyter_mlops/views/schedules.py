"""Schedules and their slots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import (
    DueTime,
    Entity,
    RunStatus,
    ScheduleDetails,
    ScheduleState,
    Slot,
    SlotStatus,
)
from jupyter_mlops.scheduling.saying import length
from jupyter_mlops.views.parts import escaped, named_values, new_table, when

if TYPE_CHECKING:
    from rich.console import Console

_LONG = 80  # characters of a reason in a table
_MANY = 500  # schedules
_HEAD = ("NAME", "WHEN", "RUNS", "NEXT", "LAST", "OUTCOME", "NOTE")
_STYLES = {
    SlotStatus.DUE: "cyan",
    SlotStatus.RUNNING: "blue",
    SlotStatus.SKIPPED: "yellow",
    SlotStatus.COALESCED: "dim",
}


def show_schedules(console: Console, states: Sequence[ScheduleState]) -> None:
    if len(states) > _MANY:
        _plain_schedules(console, states)
        return
    table = new_table(*_HEAD)
    for state in states:
        table.add_row(*_row(state))
    console.print(table)


def _row(state: ScheduleState) -> list[str]:
    last = state.last
    return [
        escaped(state.name),
        escaped(clean(state.when, _LONG)),
        escaped(clean(state.target, _LONG)),
        when(state.next),
        when(last.due) if last is not None else "",
        outcome(last) if last is not None else "",
        _note(state),
    ]


def _plain_schedules(console: Console, states: Sequence[ScheduleState]) -> None:
    """Lines without colour, which do not fold: a table of thousands of rows takes seconds."""
    from rich.text import Text

    rows = [list(_HEAD), *([Text.from_markup(cell).plain for cell in _row(state)] for state in states)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.file.write(f"{line.rstrip()}\n")


def show_schedule_details(console: Console, items: Sequence[ScheduleDetails]) -> None:
    for details in items:
        state = details.state
        console.print(f"[bold]{escaped(state.name)}[/]  {escaped(clean(state.target, 200))}")
        console.print(escaped(clean(state.when, 500)))
        if note := _note(state):
            console.print(note)
        named_values(console, "as declared", _declared(state))
        if details.upcoming:
            console.print(f"[bold]next[/] {', '.join(map(when, details.upcoming))}")
        if state.counts:
            counts = ", ".join(f"{count} {status}" for status, count in state.counts.items())
            console.print(f"[bold]so far[/] {counts}")
        if details.slots:
            _slots(console, details.slots)


def show_slots(console: Console, slots: Sequence[Slot]) -> None:
    _slots(console, slots, named=True)


def show_due_times(console: Console, items: Sequence[DueTime]) -> None:
    table = new_table("DUE", "SCHEDULE")
    for item in items:
        table.add_row(when(item.due), escaped(item.schedule))
    console.print(table)


def outcome(slot: Slot) -> str:
    """How a slot ended, or where it is, in a word or two, with its colour."""
    if slot.status is not SlotStatus.RAN:
        return f"[{_STYLES[slot.status]}]{slot.status.value}[/]"
    told = slot.outcome or RunStatus.FAILED
    return f"[{'green' if told is RunStatus.FINISHED else 'red'}]{told.value}[/]"


def _slots(console: Console, slots: Sequence[Slot], *, named: bool = False) -> None:
    head = ["DUE", "SCHEDULE"] if named else ["DUE"]
    table = new_table(*head, "KIND", "OUTCOME", "RUN", "TOOK", "WHY")
    for slot in slots:
        names = [escaped(slot.schedule)] if named else []
        asked = f"{slot.why} ({slot.requester})".strip() if slot.requester else slot.why
        row = [slot.kind.value, outcome(slot), escaped((slot.run_id or "")[:8]), _took(slot)]
        table.add_row(when(slot.due), *names, *row, escaped(clean(asked, 300)))
    console.print(table)


def _took(slot: Slot) -> str:
    if slot.started is None or slot.ended is None:
        return ""
    tries = f", try {slot.attempt}" if slot.attempt > 1 else ""
    return f"{length((slot.ended - slot.started).total_seconds())}{tries}"


def _note(state: ScheduleState) -> str:
    notes = []
    if state.note:
        notes.append(f"[red]{escaped(clean(state.note, 200))}[/]")
    if state.paused is not None:
        notes.append(f"[yellow]paused {escaped(clean(state.paused, 200))}[/]")
    if state.running:
        notes.append(f"{state.running} running")
    if state.waiting:
        notes.append(f"{state.waiting} waiting")
    return ", ".join(notes)


def _declared(state: ScheduleState) -> dict[str, str]:
    """What is said of it beside what runs and when."""
    if state.schedule is None:
        return {}
    told = {"cron", "every", "on", "timezone", "notebook", "pipeline"}
    given = state.schedule.model_dump(exclude_defaults=True, exclude=told, by_alias=True)
    return {name: escaped(clean(_text(value), 200)) for name, value in given.items()}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return ", ".join(f"{key}={_text(each)}" for key, each in value.items())
    return str(value)


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {
    ScheduleState: show_schedules,
    ScheduleDetails: show_schedule_details,
    Slot: show_slots,
    DueTime: show_due_times,
}
