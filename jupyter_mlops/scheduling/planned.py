"""What runs by itself, with one face: schedules, monitors' looks, and what a monitor sets off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from jupyter_mlops.entities import Misfire, Monitor, Overlap, Retrain, Schedule, Trigger

MONITOR = "monitor:"  # begins the name of the schedule that a monitor implies
RETRAIN = "retrain:"  # and of the one that its breach sets off
_LOGIN = re.compile(r"(?<=://)[^/\s]*@")


@cache
def _plain() -> Schedule:
    """What tells the defaults."""
    return Schedule(notebook="", every=1)


@dataclass(frozen=True)
class Planned:
    """A schedule by its name. One of:

    - `schedule`, as ``mlops.yaml`` declares it;
    - a look of the `monitor` of that name, declared as `watch`: at its times, or, where it has none, whenever
      a batch of the model `batches` was recorded;
    - `retrain`, which the monitor of the name `monitor` sets off: it has no time of its own, its slots are
      offered.
    """

    name: str
    schedule: Schedule | None = None
    monitor: str | None = None
    watch: Monitor | None = None
    retrain: Retrain | None = None

    @property
    def _said(self) -> Schedule:
        return self.schedule or _plain()

    @property
    def looks(self) -> bool:
        """It is a look of a monitor."""
        return self.monitor is not None and self.retrain is None

    # -- when

    @property
    def cron(self) -> str | None:
        """Five fields, or ``@daily`` and the like."""
        if self.schedule is not None:
            return self.schedule.cron
        return self.watch.cron if self.looks and self.watch is not None else None

    @property
    def every(self) -> float | None:
        """Seconds from one slot to the next."""
        if self.schedule is not None:
            return self.schedule.every
        return self.watch.every if self.looks and self.watch is not None else None

    @property
    def on(self) -> Trigger | None:
        """What it waits for."""
        return None if self.schedule is None else self.schedule.on

    @property
    def batches(self) -> str | None:
        """The model whose newly recorded batches it waits for."""
        if self.looks and self.watch is not None and not self.timed:
            return self.watch.model
        return None

    @property
    def when(self) -> str:
        """When it is due, or what it waits for, in words."""
        if self.cron is not None:
            return self.cron if self.timezone == "UTC" else f"{self.cron} {self.timezone}"
        if self.every is not None:
            return f"every {length_text(self.every)}"
        if self.retrain is not None:
            return f"on a breach of {self.monitor}"
        if self.batches is not None:
            return f"on new batches of {self.batches}"
        return "" if self.on is None else f"on {_waited(self.on)}"

    @property
    def timed(self) -> bool:
        """Its slots are told by the clock."""
        return self.cron is not None or self.every is not None

    @cached_property
    def times(self) -> str:
        """What tells when it is due, or what it waits for: another text, other slots."""
        on = "" if self.on is None else self.on.model_dump_json(exclude_defaults=True)
        return f"{self.cron}|{self.every}|{self.timezone}|{self.begins}|{self.ends}|{on}|{self.batches}"

    @property
    def timezone(self) -> str:
        """The name of the zone in which its times are read."""
        declared = self.schedule if self.schedule is not None else self.watch
        return (None if declared is None else declared.timezone) or "UTC"

    @cached_property
    def zone(self) -> tzinfo:
        """That zone."""
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)

    @cached_property
    def begins(self) -> datetime | None:
        """From when there are slots, in UTC."""
        return self._moment(self._said.start)

    @cached_property
    def ends(self) -> datetime | None:
        """Before when there are slots, in UTC."""
        return self._moment(self._said.end)

    def _moment(self, said: datetime | date | None) -> datetime | None:
        """A date is its midnight, and a time without a zone is read in the schedule's."""
        if said is None:
            return None
        moment = said if isinstance(said, datetime) else datetime.combine(said, time())
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    @property
    def quiet(self) -> float:
        """Seconds for which what it waits for must not have changed again."""
        return self._said.quiet

    # -- how

    @property
    def misfire(self) -> Misfire:
        """What becomes of late slots; one that a monitor set off is never lost."""
        return Misfire.ALL if self.retrain is not None else self._said.misfire

    @property
    def grace(self) -> float:
        """Seconds after which a slot is late."""
        return self._said.grace

    @property
    def overlap(self) -> Overlap:
        """What becomes of a slot for which there is no room; one that a monitor set off waits."""
        return Overlap.QUEUE if self.retrain is not None else self._said.overlap

    @property
    def limit(self) -> int:
        """How many of its runs go on at once."""
        return self._said.limit

    @property
    def retries(self) -> int:
        """How many times a failed run is tried again."""
        return self._said.retries

    @property
    def backoff(self) -> float:
        """Seconds before the first of these tries, doubled each time."""
        return self._said.backoff

    @property
    def timeout(self) -> float | None:
        """Seconds that a run may take."""
        return self._said.timeout

    # -- what

    @property
    def pipeline(self) -> str | None:
        """The pipeline that runs."""
        return self._said.pipeline if self.retrain is None else self.retrain.retrain

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it is given."""
        return self._said.parameters if self.retrain is None else self.retrain.parameters

    @property
    def source(self) -> str:
        """``now``, ``pinned`` or ``git:REF``."""
        return self._said.source

    @property
    def auto_promote(self) -> bool:
        """What it registers becomes the champion if the gates say so."""
        return self._said.auto_promote if self.retrain is None else self.retrain.auto_promote

    @property
    def target(self) -> str:
        """What runs, in words."""
        if self.retrain is not None:
            return f"pipeline {self.retrain.retrain}"
        if self.monitor is not None:
            return f"monitor {self.monitor}"
        return self._said.target


def length_text(seconds: float) -> str:
    """A length of time as ``mlops.yaml`` holds it."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _waited(trigger: Trigger) -> str:
    """What a trigger waits for, without passwords of URLs."""
    if trigger.metric is not None:
        return f"{trigger.metric} of {trigger.of}"
    if trigger.sql is not None:
        return f"sql {trigger.sql.query}"
    if trigger.webhook is not None:
        return "webhook"
    kinds = {"data": trigger.data, "code": trigger.code, "run": trigger.run, "drift": trigger.drift}
    kind, said = next((kind, said) for kind, said in kinds.items() if said)
    text = said if isinstance(said, str) else ", ".join(said)
    return f"{kind} {_LOGIN.sub('', text)}"
