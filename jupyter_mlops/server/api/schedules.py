"""Schedules: their next and their last slots, and the form that adds one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from jupyter_mlops.entities import ScheduleDetails, SchedulerStatus, ScheduleState, Slot
from jupyter_mlops.entities.panels import (
    AddSchedule,
    RunNow,
    ScheduleForm,
    SlotsQuery,
    WhenPreview,
    WhenQuery,
)
from jupyter_mlops.forms import schedules, times
from jupyter_mlops.server.api.route import Call, Route


def _schedules(call: Call) -> Sequence[ScheduleState]:
    return schedules.listed(call.project)


def _schedule(call: Call) -> ScheduleDetails:
    return call.project.schedule(call.names["schedule"], slots=call.query.slots, acquaint=False)


def _add(call: Call) -> ScheduleState:
    return schedules.add(call.project, call.body)


def _remove(call: Call) -> ScheduleState:
    return call.project.remove_schedule(call.names["schedule"])


def _pause(call: Call) -> ScheduleState:
    return call.project.pause(call.names["schedule"], who=call.who)


def _resume(call: Call) -> ScheduleState:
    return call.project.resume(call.names["schedule"])


def _run_now(call: Call) -> Slot:
    return schedules.run_now(call.project, call.names["schedule"], call.body.parameters, call.who)


def _scheduler(call: Call) -> SchedulerStatus:
    return call.project.scheduler_status(acquaint=False)


def _form(call: Call) -> ScheduleForm:
    return schedules.choices(call.project)


def _preview(call: Call) -> WhenPreview:
    return times.preview(call.query, datetime.now(UTC))


_NAMED = "/schedules/{schedule}"
ROUTES = (
    Route("GET", "/schedules", "All schedules and where they stand", _schedules, ScheduleState, many=True),
    Route("POST", "/schedules", "Add a schedule", _add, ScheduleState, body=AddSchedule, status=201),
    Route("GET", _NAMED, "A schedule and its slots", _schedule, ScheduleDetails, query=SlotsQuery),
    Route("DELETE", _NAMED, "Remove a schedule", _remove, ScheduleState),
    Route("POST", f"{_NAMED}/pause", "Pause a schedule", _pause, ScheduleState),
    Route("POST", f"{_NAMED}/resume", "Resume a schedule", _resume, ScheduleState),
    Route("POST", f"{_NAMED}/run", "Run a schedule now", _run_now, Slot, body=RunNow, status=202),
    Route("GET", "/scheduler", "Who runs what is due", _scheduler, SchedulerStatus),
    Route("GET", "/schedule-form", "What the form lets choose from", _form, ScheduleForm),
    Route("GET", "/schedule-preview", "When a schedule would run", _preview, WhenPreview, query=WhenQuery),
)
