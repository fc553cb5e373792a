"""What a look for changes has: what it is told of runs, what it found, what it remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

Memory = Mapping[str, Any]  # JSON values only: it lies in the scheduler's database


@dataclass(frozen=True)
class Fired:
    """A change: `key` tells it from every other one of its schedule and is the key of its slot, `why` says in
    words what changed. `facts` are what the slot may know of it."""

    key: str
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Probed:
    """What one look found. `memory` is what the next one is to be given; it is the very object that was given
    where there is nothing new to remember. `problem` says what keeps a source from being looked at: its
    change is not lost, it is seen when the source is back."""

    memory: Memory | None
    fired: tuple[Fired, ...] = ()
    problem: str | None = None


class Look(NamedTuple):
    """How a source looks from outside, which is quickly told. `mark` is another one whenever its content may
    be; `at` is when it was looked at, by the scheduler's clock. `fresh` tells that it was touched so lately
    that it might be touched again without another mark. A source that is not there is `absent`, one that
    cannot be looked at has a `problem`."""

    mark: str
    at: datetime
    fresh: bool = False
    absent: bool = False
    problem: str | None = None


class Source(Protocol):
    """One thing that is watched for changes of its content."""

    @property
    def name(self) -> str:
        """Tells it from all others of the project, however they are declared."""

    @property
    def label(self) -> str:
        """What a person calls it."""

    def look(self, now: datetime) -> Look | None:
        """How it looks now; None where that is not known yet.

        Raises:
            MLOpsError: it cannot be looked at.
        """

    def content(self) -> str | None:
        """The digest of its content; None where there is none, or it is not known yet.

        Raises:
            MLOpsError: it cannot be read.
        """


class Happened(NamedTuple):
    """Something that ended: a run, or a slot. `ended` is in seconds since 1970. Of a monitor's look there are
    the `breaches`, in words."""

    id: str
    ended: float
    metrics: Mapping[str, float] = {}
    breaches: Sequence[str] = ()


class Window(NamedTuple):
    """What `happened` of late, and when the `newest` of all that could have been told of ended, in seconds
    since 1970."""

    newest: float
    happened: Sequence[Happened]


Sort = Literal["pipeline", "notebook", "schedule"]


class Events(Protocol):
    """What the project tells of what ended. It costs nothing where nothing is new, and is None where it is
    not known yet. `since` is a moment in seconds since 1970; None stands for two hours before the newest.
    Each of these raises MLOpsError where it cannot be told."""

    def runs(self, sort: Sort, name: str, since: float | None) -> Window | None:
        """Runs of the pipeline, notebook or schedule of this name that ended well."""

    def readings(self, monitor: str, since: float | None) -> Window | None:
        """What the monitor found."""

    def batches(self, model: str, since: float | None) -> Window | None:
        """Recorded batches that were scored by versions of the model."""

    def version(self, dataset: str) -> str | None:
        """The digest of the newest version of a dataset of the catalogue; "" where it has none."""

    def holds(self, condition: str, metrics: Mapping[str, float]) -> bool:
        """Whether the metrics meet the condition."""
