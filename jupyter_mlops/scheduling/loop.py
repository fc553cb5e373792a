"""The scheduler: tick after tick, until it is told to stop."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlops.config import CONFIG_NAME, NotifyConfig
from jupyter_mlops.entities import RunStatus, Slot, SlotStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.clock import Clock
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.saying import ended, said, told
from jupyter_mlops.scheduling.store import Place, SlotStore
from jupyter_mlops.scheduling.telling import tell_of
from jupyter_mlops.scheduling.tick import Probe, tick
from jupyter_mlops.scheduling.workers import Workers

_SOON = 2.0  # seconds between two looks where somebody waits for a change, or a run goes on
_LATER = 15.0  # and where all wait for the clock: somebody may ask for a run, or edit mlops.yaml
_HURRIED = 0.5  # in time-lapse
_ONCE = 0.5  # where one tick's runs are waited for
_LEAST = 0.02
_NAMED = 5  # schedules that are gone


@dataclass(frozen=True)
class Declared:
    """What is to run: the schedules by name, how many of their runs go on at once, and how it is found out
    whether what they wait for has changed."""

    planned: Mapping[str, Planned]
    limit: int
    probe: Probe | None = None
    notify: Sequence[NotifyConfig] | None = None  # who is told of what went wrong; None: see `tell_of`

    @property
    def waits(self) -> bool:
        """Some wait for something else than their time."""
        return any(planned.on or planned.batches for planned in self.planned.values())


@dataclass(frozen=True)
class Ended:
    """How a scheduler came to its end: the slots that it began, as they are now, of `run` those that are not
    over; and whether slots could not be kept when it last tried."""

    began: tuple[Slot, ...] = ()
    failed: bool = False

    @property
    def going(self) -> tuple[Slot, ...]:
        """Those whose runs go on by themselves."""
        return tuple(slot for slot in self.began if slot.status is SlotStatus.RUNNING)

    @property
    def exit_code(self) -> int:
        """0 where all ran well, 1 where a run failed, 4 where one was killed or not begun, or slots cannot be
        kept."""
        outcomes = {slot.outcome for slot in self.began}
        unbegun = any(slot.status is SlotStatus.DUE and slot.outcome is None for slot in self.began)
        if self.failed or unbegun or RunStatus.KILLED in outcomes:
            return 4
        return 1 if RunStatus.FAILED in outcomes else 0


class Scheduler:
    """Who ticks, as `owner`. `declared` is asked before each tick, and gives None while that cannot be told:
    then nothing new begins, and what is due waits. `tell` is told in a line what happens."""

    def __init__(
        self,
        store: SlotStore,
        declared: Callable[[], Declared | None],
        workers: Workers,
        clock: Clock,
        owner: str,
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self._declared = declared
        self._workers = workers
        self._clock = clock
        self._owner = owner
        self._tell = tell
        self._open: set[int] = set()  # of the slots that were begun here, those that are not over
        self._problems: frozenset[str] = frozenset()
        self._failed = False
        self._ticked = clock.now()
        self._synced: Declared | None = None  # what the store was told last

    def run(self, stop: threading.Event, *, where: Place = "command", seconds: float | None = None) -> Ended:
        """Tick until `stop` is set, or so many real seconds are over."""
        until = None if seconds is None else time.monotonic() + seconds
        self._store.register(self._owner, where)
        try:
            while not stop.is_set() and (until is None or time.monotonic() < until):
                declared = self._declared()
                self._turn(declared)
                self._wait(declared, stop, until)
            self._try(self._follow)
        finally:
            self._leave()
        return self._ended(self._open)

    def once(self, stop: threading.Event) -> Ended:
        """Tick once; then wait for what that began, unless `stop` is set."""
        self._store.register(self._owner, "once")
        try:
            self._turn(self._declared())
            begun = frozenset(self._open)
            while self._open and not stop.wait(_ONCE):
                self._try(self._look)
        finally:
            self._leave()
        return self._ended(begun)

    def _leave(self) -> None:
        self._workers.let_go()
        with contextlib.suppress(MLOpsError, OSError):  # it is noticed after a while
            self._store.gone(self._owner)

    # -- a turn

    def _turn(self, declared: Declared | None) -> None:
        """One tick, and what is to be told of it."""
        if declared is None:
            self._try(self._look)
            self._failed = True
            return
        self._try(lambda: self._tick(declared))
        self._try(self._follow)

    def _try(self, what: Callable[[], None]) -> None:
        """A scheduler goes on where the disk is full or the database is locked: they may not stay so."""
        try:
            what()
            self._failed = False
        except (MLOpsError, OSError) as error:
            self._failed = True
            self._complain((told(error),))

    def _tick(self, declared: Declared) -> None:
        self._ticked = self._clock.now()
        if declared is not self._synced:
            self._sync(declared)
        found = tick(
            self._store,
            declared.planned,
            self._ticked,
            self._owner,
            limit=declared.limit,
            probe=declared.probe,
            launch=self._workers.launch,
        )
        self._open |= {slot.id for slot in found.begun}
        self._notify(found.ended)
        for line in said(found):
            self._tell(line)
        self._complain(found.problems)

    def _sync(self, declared: Declared) -> None:
        # in time-lapse days may have passed since it was set
        since = self._ticked if self._synced else self._clock.start or self._ticked
        for slot in self._store.sync(declared.planned, since):
            self._tell(ended(slot))
        gone = sorted((self._synced.planned.keys() if self._synced else set()) - declared.planned.keys())
        if gone:
            self._tell(
                f"{len(gone)} schedule{'' if len(gone) == 1 else 's'} no longer in {CONFIG_NAME}: "
                f"{', '.join(gone[:_NAMED])}{' ...' if len(gone) > _NAMED else ''}"
            )
        self._synced = declared

    def _look(self) -> None:
        """Between ticks: who runs slots may have died."""
        self._store.heard(self._owner)
        self._notify(self._store.reap())
        self._follow()

    def _follow(self) -> None:
        """Tell what became of the slots that were begun here."""
        self._workers.going()
        for number in sorted(self._open):
            slot = self._store.slot(number)
            if slot is None or slot.status is not SlotStatus.RUNNING:
                self._open.discard(number)
                if slot is not None:
                    self._tell(ended(slot))

    def _notify(self, slots: Iterable[Slot]) -> None:
        """Tell others of those whose worker died: it cannot do that itself."""
        for slot in slots:
            if slot.status is SlotStatus.RAN:
                tell_of(self._store, slot, self._synced.notify if self._synced else None)

    def _complain(self, problems: Sequence[str]) -> None:
        """Once, as long as it lasts."""
        for problem in problems:
            if problem not in self._problems:
                self._tell(problem)
        self._problems = frozenset(problems)

    def _wait(self, declared: Declared | None, stop: threading.Event, until: float | None) -> None:
        """Until the next due time, or until there may be something to see."""
        soon = _SOON if self._clock.factor <= 1 else _HURRIED
        waits = declared is None or declared.waits
        seconds = soon if waits or self._open or self._failed else _LATER
        if until is not None:
            seconds = min(seconds, until - time.monotonic())
        due = None if self._failed else self._store.next_moment(self._ticked)
        if due is not None:
            seconds = min(seconds, (due - self._clock.now()).total_seconds() / self._clock.factor)
        self._clock.wait(max(seconds, _LEAST) * self._clock.factor, stop)

    def _ended(self, begun: Iterable[int]) -> Ended:
        slots = (self._store.slot(number) for number in sorted(begun))
        return Ended(tuple(slot for slot in slots if slot is not None), self._failed)
