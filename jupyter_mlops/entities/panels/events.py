"""The nouns of work that takes long, and of what a page is told as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.panels.runs import RunProgress


class WorkVerb(StrEnum):
    """What a work does."""

    RUN = "run"  # a notebook, headless
    PIPELINE = "pipeline"
    GATES = "gates"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    APPROVE = "approve"
    REJECT = "reject"
    DIFF = "diff"  # of data
    DRIFT = "drift"


class WorkState(StrEnum):
    """Where a work is."""

    WAITING = "waiting"  # for others to end: only so many go on at once
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Work(Entity):
    """Something long that the server does for a page, in a process of its own: `verb` on `subject`. `run_id`
    is the run that it made, as soon as there is one; `said` how far it is, in a line. `result` is what it
    found, an entity of the kind `kind`, once it has ended; in a list, and in the stream where it is long, it
    is left out: ask for the work itself. `problem` and `hint` tell why it failed, `exit_code` as the command
    line would: 3 where a gate said no, whose report is then the result."""

    id: str
    verb: WorkVerb
    subject: str = ""
    folder: str = ""
    state: WorkState = WorkState.RUNNING
    run_id: str | None = None
    said: str = ""
    began: datetime
    ended: datetime | None = None
    kind: str = ""
    result: Mapping[str, Any] | None = None
    problem: str = ""
    hint: str = ""
    exit_code: int = 0


class Topic(StrEnum):
    """What has changed: a page asks anew for what it shows of that."""

    RUNS = "runs"
    PIPELINES = "pipelines"
    SCHEDULES = "schedules"
    MODELS = "models"
    DATA = "data"
    CONFIG = "config"


class Change(Entity):
    """One event of the stream: topics that changed, or the progress of all runs that go on, or a work that
    has changed. `problem` tells that the store cannot be looked at, "" that it can again."""

    topics: tuple[Topic, ...] = ()
    progress: tuple[RunProgress, ...] | None = None
    work: Work | None = None
    problem: str | None = None


class Problem(Entity):
    """Why a request was not met: `message` says what is wrong, `hint` how to mend it; `wrong` by
    the name of a form's field what is wrong with it."""

    message: str
    hint: str = ""
    wrong: Mapping[str, str] = Field(default_factory=dict)
