"""Who runs what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import Entity, Scheduler, SchedulerStatus, Slot
from jupyter_mlops.views.parts import escaped, new_table, when

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 20  # slots of a sort that are shown one by one


def show_status(console: Console, items: Sequence[SchedulerStatus]) -> None:
    """Who ticks, what runs, what is late, what is next; and in words what ought not to be."""
    for status in items:
        _schedulers(console, [each for each in status.schedulers if each.alive])
        _slots(console, "running", status.running)
        _slots(console, "late", status.late)
        if status.upcoming:
            table = new_table("NEXT", "SCHEDULE", "WHAT")
            for state in status.upcoming:
                paused = " [yellow]paused[/]" if state.paused else ""
                table.add_row(when(state.next), escaped(state.name) + paused, escaped(state.target))
            console.print(table)
        for note in status.notes:
            console.print(f"[yellow]{escaped(note)}[/]")


def _schedulers(console: Console, found: Sequence[Scheduler]) -> None:
    if not found:
        return
    table = new_table("SCHEDULER", "SINCE", "HEARD", "WHERE")
    for each in found:
        table.add_row(escaped(each.owner), when(each.since), when(each.heard), each.where)
    console.print(table)


def _slots(console: Console, title: str, slots: Sequence[Slot]) -> None:
    if not slots:
        return
    table = new_table(title.upper(), "DUE", "SINCE", "OWNER", "RUN", "WHY")
    for slot in slots[:_MOST]:
        table.add_row(
            escaped(slot.schedule),
            when(slot.due),
            when(slot.started),
            escaped(slot.owner or ""),
            escaped((slot.run_id or "")[:8]),
            escaped(slot.why),
        )
    console.print(table)
    if len(slots) > _MOST:
        console.print(f"and {len(slots) - _MOST} more {title}")


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {SchedulerStatus: show_status}
