"""What the panel of schedules knows, as JSON can carry it; moments are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import ScheduleDetails, SchedulerStatus, ScheduleState, Slot
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.forms.times import when
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.widgets.moments import milliseconds
from jupyter_mlops.widgets.schedules_words import outcome

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

SLOTS = 20
UPCOMING = 5
NOBODY = "nothing runs them:"
START = "jupyter mlops scheduler start"


def overview(project: Project) -> dict[str, Any]:
    """Who ticks, and a row for each schedule and monitor."""
    status, states, planned = project.scheduler_overview()
    late = {slot.schedule for slot in status.late}
    return {
        "project": clean(project.root.name, 60),
        "ticks": ticks(status),
        "notes": [clean(note, 300) for note in status.notes if START not in note],  # that is said above
        "rows": [row(state, planned.get(state.name), late) for state in states],
    }


def ticks(status: SchedulerStatus) -> dict[str, Any]:
    """Whether anybody runs what is due."""
    alive = [scheduler for scheduler in status.schedulers if scheduler.alive]
    if not alive:
        return {"kind": "unsure", "sign": "⚠", "text": NOBODY, "command": START}
    where = {"command": "", "once": " (--once)", "jupyter": " (Jupyter server)"}
    told = ", ".join(clean(one.owner, 60) + where[one.where] for one in alive)
    return {"kind": "good", "sign": "●", "text": f"run by {told}", "command": ""}


def row(state: ScheduleState, planned: Planned | None, late: Collection[str]) -> dict[str, Any]:
    """One schedule, or monitor."""
    words, written, note = "", "", state.note
    if planned is not None:
        try:
            words, written = when(planned)
        except MLOpsError as error:
            words, note = "", note or str(error)
    return {
        "name": state.name,
        "what": clean(state.target, 100),
        "when": words,
        "written": clean(written, 60),
        "timezone": planned.timezone if planned is not None and planned.cron is not None else "",
        "event": planned is not None and not planned.timed,
        "next": milliseconds(state.next),
        "last": None if state.last is None else slot_row(state.last),
        "paused": clean(state.paused or "", 100),
        "late": state.name in late,
        "running": state.running,
        "waiting": state.waiting,
        "note": clean(note, 300),
        "removable": planned is not None and planned.schedule is not None,
    }


def details(found: ScheduleDetails) -> dict[str, Any]:
    """What a row opens to: its newest slots and its next times."""
    state = found.state
    return {
        "name": state.name,
        "slots": [slot_row(slot) for slot in found.slots[:SLOTS]],
        "total": sum(state.counts.values()),
        "upcoming": [milliseconds(moment) for moment in found.upcoming[:UPCOMING]],
    }


def slot_row(slot: Slot) -> dict[str, Any]:
    """One slot, and what became of it."""
    sign, kind, word = outcome(slot)
    began, ended = slot.started, slot.ended
    return {
        "due": milliseconds(slot.due),
        "how": slot.kind.value,
        "sign": sign,
        "kind": kind,
        "word": word,
        "why": clean(slot.why, 300),
        "run": slot.run_id or "",
        "attempt": slot.attempt,
        "who": clean(slot.requester or "", 60),
        "seconds": (ended - began).total_seconds() if began is not None and ended is not None else None,
    }


def plain(overview: Mapping[str, Any]) -> str:
    """A line for each schedule, for viewers of text."""
    ticks = overview["ticks"]
    lines = [f"{ticks['text']} {ticks['command']}".rstrip()]
    for one in overview["rows"]:
        last = one["last"]
        state = f"paused {one['paused']}" if one["paused"] else last["word"] if last else "never ran"
        lines.append(f"{one['name']}: {one['what']}, {one['when']} ({state})")
    return "\n".join(lines)
