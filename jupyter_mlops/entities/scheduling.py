"""The nouns of schedules and monitors: what is declared, each due time and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.pipelines import Length
from jupyter_mlops.entities.runs import RunStatus


class Misfire(StrEnum):
    """What becomes of slots that are later than their grace, as after a night in which nothing ran."""

    LATEST = "latest"  # the last of them runs, the others are coalesced into it
    ALL = "all"
    SKIP = "skip"


class Overlap(StrEnum):
    """What becomes of a slot whose time comes while as many runs of its schedule go on as may."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL = "cancel"  # the oldest of those runs is cancelled for it


class SqlWatch(Entity):
    """A watermark: what the `query`, asked of the database at the URL `at`, answers in its first row."""

    query: str
    at: str

    @model_validator(mode="before")
    @classmethod
    def _both(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise ValueError(
                "it has two keys, e.g. {query: select max(id) from sales, at: sqlite:///sales.db}"
            )
        return given


class HookWatch(Entity):
    """A webhook of the Jupyter server, signed with `secret`: a reference such as ``env:NAME``."""

    secret: str

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise ValueError("it has a key secret, e.g. {secret: env:HOOK_SECRET}")
        return given

    @field_validator("secret")
    @classmethod
    def _reference(cls, text: str) -> str:
        if not text.startswith(("env:", "file:")):
            raise ValueError("a secret is named by reference: env:NAME or file:PATH")
        return text


class Trigger(Entity):
    """What a schedule waits for, where it is not a time. One of:

    `data`: files, folders, patterns, URLs or ``dataset:NAME``, of which one changed; what is gone is no
    change, until it is back with other content. `sql`: a watermark that moved.
    `code`: notebooks (their source; outputs do not count), modules or folders, or ``git:PATH``: what is
    committed of it. `run`: the pipeline, notebook or schedule of this name ended well. `metric`: a condition
    such as ``accuracy < 0.8`` that a new run of `of` (a pipeline, notebook or ``monitor:NAME``) meets.
    `drift`: the monitor of this name found a breach. `webhook`: somebody calls.
    """

    data: tuple[str, ...] = ()
    sql: SqlWatch | None = None
    code: tuple[str, ...] = ()
    run: str | None = None
    metric: str | None = None
    of: str | None = None
    drift: str | None = None
    webhook: HookWatch | None = None

    @model_validator(mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {k: (v,) if k in {"data", "code"} and isinstance(v, str) else v for k, v in given.items()}

    @model_validator(mode="after")
    def _one(self) -> Trigger:
        kinds = (self.data, self.sql, self.code, self.run, self.metric, self.drift, self.webhook)
        if sum(bool(kind) for kind in kinds) != 1:
            raise ValueError("names one of data, sql, code, run, metric, drift and webhook")
        if (self.metric is None) != (self.of is None):
            raise ValueError("metric: and of: belong together")
        return self


class Batch(Entity):
    """Rows to score by a model version: see `Project.predict`."""

    model: str
    data: str = Field(alias="in")
    output: str = Field(alias="out")
    key: tuple[str, ...] = ()
    split: Mapping[str, float] = Field(default_factory=dict)

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)


class Schedule(Entity):
    """What is to run, and when, as ``mlops.yaml`` declares it.

    One of `notebook`, `pipeline` and `predict` runs, with `parameters` (in texts ``{slot:%Y-%m-%d}`` is the
    slot's time in the schedule's time zone). Its slots are told by one of `cron` (five fields, or ``@daily``
    and the like, read in `timezone`, by default UTC), `every` (seconds, counted from `start`, else from 1970)
    and `on`, from `start` and before `end`; a slot of a trigger has its time at once, or, where it
    waits for data, code or SQL, when the change is `quiet` seconds old.

    A slot later than `grace` seconds is dealt with as `misfire` says; one that would be the run after `limit`
    at once as `overlap` says. A failed run is tried `retries` times again, after `backoff` seconds, doubled
    each time; none may take longer than `timeout`. `source` is ``now`` (the files as they are then),
    ``pinned`` (as they were when the schedule was added) or ``git:REF``. The model that a notebook logs is
    registered as `register`; what it or a pipeline registers becomes the challenger, and with `auto_promote`
    the champion, if its gates say so.
    """

    notebook: str | None = None
    pipeline: str | None = None
    predict: Batch | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    cron: str | None = None
    every: Length | None = None
    on: Trigger | None = None
    timezone: str | None = None
    start: datetime | date | None = None
    end: datetime | date | None = None
    quiet: Length = 10.0
    misfire: Misfire = Misfire.LATEST
    grace: Length = 60.0
    overlap: Overlap = Overlap.SKIP
    limit: int = Field(default=1, ge=1)
    retries: int = Field(default=0, ge=0, le=100)
    backoff: Length = 60.0
    timeout: Length | None = None
    source: str = "now"
    experiment: str | None = None
    registration: str | None = Field(default=None, alias="register")
    auto_promote: bool = False

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    @model_validator(mode="after")
    def _one(self) -> Schedule:
        if sum(what is not None for what in (self.notebook, self.pipeline, self.predict)) != 1:
            raise ValueError("names one of notebook, pipeline and predict")
        if sum(when is not None for when in (self.cron, self.every, self.on)) != 1:
            raise ValueError("names one of cron, every and on")
        return self

    @property
    def target(self) -> str:
        """What runs, in words."""
        if self.predict is not None:
            return f"predict {self.predict.model}"
        return self.notebook or f"pipeline {self.pipeline}"


class Retrain(Entity):
    """What a breach sets off: the pipeline `retrain` with `parameters`, not again within `cooldown` seconds.
    What it registers becomes the challenger, and with `auto_promote` the champion if its gates say so."""

    retrain: str
    cooldown: Length = 86_400.0
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    auto_promote: bool = False


class Monitor(Entity):
    """What is watched of a `model`'s champion, as ``mlops.yaml`` declares it.

    `current` is what it sees now: data, or by default what `predict` and `serve` recorded; of these the
    newest `rows`, if said. `reference` is by default the data it was trained on. It is looked at `every` so
    many seconds, by `cron`, or, by default, when a new batch was recorded. A breach is a column, or a
    prediction, whose effect is beyond `threshold` (by default that of ``drift:``; where `max_psi` is given
    its PSI beyond that instead, or both), and no chance; a metric that breaks one of the conditions
    `performance` such as ``accuracy >= 0.8``, as soon as there are true values: in `current`, or in `labels`,
    joined by `key`; and one that is significantly worse than on a `reference` that the champion was not
    trained on. Predictions are compared with those on the reference, or, where that is what the champion was
    trained on, on the first batch that it answered. `ignore` names columns to leave out.
    """

    model: str
    current: str | None = None
    reference: str | None = None
    rows: int | None = Field(default=None, ge=1)
    labels: str | None = None
    key: tuple[str, ...] = ()
    target: str | None = None
    every: Length | None = None
    cron: str | None = None
    timezone: str | None = None
    threshold: float | None = Field(default=None, gt=0)
    max_psi: float | None = Field(default=None, gt=0)
    ignore: tuple[str, ...] = ()
    performance: tuple[str, ...] = ()
    on_drift: Retrain | None = None

    @model_validator(mode="after")
    def _one(self) -> Monitor:
        if self.every is not None and self.cron is not None:
            raise ValueError("names one of every and cron")
        return self


class SlotKind(StrEnum):
    """Why there is a slot."""

    TIME = "time"  # cron, every
    TRIGGER = "trigger"
    MANUAL = "manual"  # run-now
    BACKFILL = "backfill"
    RETRAIN = "retrain"


class SlotStatus(StrEnum):
    """Where a slot is. The last three are its ends, of which each slot gets one."""

    DUE = "due"  # it waits: for its time, for a scheduler, for its turn, or for the next try
    RUNNING = "running"
    RAN = "ran"  # `Slot.outcome` tells how the run ended
    SKIPPED = "skipped"  # `Slot.why` tells why
    COALESCED = "coalesced"  # into a later slot


class Slot(Entity):
    """One due time of a schedule, and what became of it.

    `key` tells it from all others of the schedule: the due time in UTC, or what changed. `not_before` is when
    the next try may begin. `outcome` is how its last run ended, `run_id` that run. `owner` is who runs it:
    ``host:pid``. `requester` is who asked for a manual one or a backfill. `parameters` come on top of the
    schedule's own.
    """

    id: int
    schedule: str
    key: str
    kind: SlotKind
    due: datetime
    status: SlotStatus
    why: str = ""
    outcome: RunStatus | None = None
    run_id: str | None = None
    attempt: int = 0
    not_before: datetime | None = None
    owner: str | None = None
    requester: str | None = None
    created: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)


class SlotEnd(Entity):
    """How one try at a slot ended: `status` and what goes with it are as in `Slot`. `retry` says that the
    schedule's policy may have it tried again."""

    status: SlotStatus
    outcome: RunStatus | None = None
    run_id: str | None = None
    why: str = ""
    retry: bool = False


class ScheduleState(Entity):
    """A schedule, and where it stands; of one that a monitor implies there is no `schedule`. `target` is what
    runs and `when`, in words; `note` tells what keeps it from running, such as a notebook that is gone;
    `paused` by whom and since when. `counts` are its slots by status."""

    name: str
    schedule: Schedule | None = None
    target: str = ""
    when: str = ""
    paused: str | None = None
    next: datetime | None = None
    last: Slot | None = None
    running: int = 0
    waiting: int = 0
    counts: Mapping[str, int] = Field(default_factory=dict)
    note: str = ""


class DueTime(Entity):
    """When a schedule will be due."""

    schedule: str
    due: datetime


class ScheduleDetails(Entity):
    """One schedule with its next due times and its newest slots, newest first."""

    state: ScheduleState
    upcoming: tuple[datetime, ...] = ()
    slots: tuple[Slot, ...] = ()


class Scheduler(Entity):
    """A process that ticks: ``host:pid``, since when, and when it was last heard of."""

    owner: str
    since: datetime
    heard: datetime
    alive: bool = True
    where: Literal["command", "once", "jupyter"] = "command"


class SchedulerStatus(Entity):
    """Who ticks, what runs and who runs it, what is late, what is next."""

    schedulers: tuple[Scheduler, ...] = ()
    running: tuple[Slot, ...] = ()
    late: tuple[Slot, ...] = ()
    upcoming: tuple[ScheduleState, ...] = ()
    notes: tuple[str, ...] = ()


class Tick(Entity):
    """What one look of a scheduler did: slots that came about, were begun, and ended without a run."""

    when: datetime
    created: int = 0
    begun: tuple[Slot, ...] = ()
    ended: tuple[Slot, ...] = ()
    seconds: float = 0.0
    problems: tuple[str, ...] = ()


class MonitorReading(Entity):
    """What a monitor found at one look. `effects` are the columns' and predictions' by name (PSI where
    `max_psi` decides), held against `limits`; `metrics` those of the model, over the `labelled` rows that
    have true values. `breaches` say in words what is beyond what is allowed: in the `drifted` columns and
    predictions, and of the conditions and metrics that are `broken`; they are `known` where the last reading
    found them in the same data, and in the same true values. `digest` is that of the current data, `truth`
    that of the labelled rows, `seen` that of all that was looked at: with the same one there is nothing new,
    and the last reading is given again, `repeated`. `retrain` is the key of the slot that was set off,
    `held` why none was."""

    monitor: str
    model: str
    version: str
    when: datetime
    number: int
    reference: str
    current: str
    digest: str = ""
    seen: str = ""
    rows: int = 0
    effects: Mapping[str, float] = Field(default_factory=dict)
    limits: Mapping[str, float] = Field(default_factory=dict)
    metrics: Mapping[str, float] = Field(default_factory=dict)
    labelled: int = 0
    truth: str = ""
    drifted: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    known: bool = False
    verdict: str = ""
    notes: tuple[str, ...] = ()
    retrain: str | None = None
    held: str = ""
    run_id: str | None = None
    repeated: bool = False


class MonitorState(Entity):
    """A monitor and its readings, oldest first; `champions` are the moments at which a version became it."""

    name: str
    monitor: Monitor
    readings: tuple[MonitorReading, ...] = ()
    champions: Mapping[str, datetime] = Field(default_factory=dict)
    next: datetime | None = None
    note: str = ""
