"""The nouns of the list of schedules, and of the form that adds one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from jupyter_mlops.entities.base import Entity


class SlotsQuery(Entity):
    """How many of the newest slots."""

    slots: int = Field(default=20, ge=1, le=500)


class ScheduleForm(Entity):
    """What the form that adds a schedule lets a person choose from."""

    notebooks: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    overlaps: tuple[str, ...] = ()
    misfires: tuple[str, ...] = ()


class WhenQuery(Entity):
    """When a schedule is to run, as typed: `mode` says how `when` is read."""

    mode: Literal["cron", "every", "data"] = "cron"
    when: str = Field(default="", max_length=500)
    timezone: str = Field(default="", max_length=100)


class WhenPreview(Entity):
    """When that would be, in words, and its next times; or what is wrong with it."""

    words: str = ""
    times: tuple[datetime, ...] = ()
    error: str = ""


class AddSchedule(WhenQuery):
    """A schedule that is asked for: `what` is a pipeline, or a notebook below the project's folder."""

    name: str = Field(default="", max_length=200)
    what: str = Field(max_length=1000)
    parameters: Mapping[str, str] = Field(default_factory=dict)
    overlap: str = ""
    misfire: str = ""
    retries: int = Field(default=0, ge=0, le=100)
    register_as: str | None = Field(default=None, max_length=300)


class RunNow(Entity):
    """Parameters on top of the schedule's own, as typed."""

    parameters: Mapping[str, str] = Field(default_factory=dict)
