"""Schedules: their next and their last slots, and the form that adds one."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import ScheduleDetails, SchedulerStatus, ScheduleState, Slot
from jupyter_mlops.entities.panels import (
    AddSchedule,
    RunNow,
    ScheduleForm,
    SlotsQuery,
    WhenPreview,
    WhenQuery,
)
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _schedules(call: Call) -> Sequence[ScheduleState]:
    return call.project.schedules()


def _schedule(call: Call) -> ScheduleDetails:
    return call.project.schedule(call.names["schedule"], slots=call.query.slots)


def _pause(call: Call) -> ScheduleState:
    return call.project.pause(call.names["schedule"])


def _resume(call: Call) -> ScheduleState:
    return call.project.resume(call.names["schedule"])


def _remove(call: Call) -> ScheduleState:
    return call.project.remove_schedule(call.names["schedule"])


def _scheduler(call: Call) -> SchedulerStatus:
    return call.project.scheduler_status()


def _not_yet(call: Call) -> ScheduleState:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


_NAMED = "/schedules/{schedule}"
ROUTES = (
    Route("GET", "/schedules", "All schedules and where they stand", _schedules, ScheduleState, many=True),
    Route("POST", "/schedules", "Add a schedule", _not_yet, ScheduleState, body=AddSchedule, status=201),
    Route("GET", _NAMED, "A schedule and its slots", _schedule, ScheduleDetails, query=SlotsQuery),
    Route("DELETE", _NAMED, "Remove a schedule", _remove, ScheduleState),
    Route("POST", f"{_NAMED}/pause", "Pause a schedule", _pause, ScheduleState),
    Route("POST", f"{_NAMED}/resume", "Resume a schedule", _resume, ScheduleState),
    Route("POST", f"{_NAMED}/run", "Run a schedule now", _not_yet, Slot, body=RunNow, status=202),
    Route("GET", "/scheduler", "Who runs what is due", _scheduler, SchedulerStatus),
    Route("GET", "/schedule-form", "What the form lets choose from", _not_yet, ScheduleForm),
    Route("GET", "/schedule-preview", "When a schedule would run", _not_yet, WhenPreview, query=WhenQuery),
)
