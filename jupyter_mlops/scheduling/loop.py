"""The scheduler: tick after tick, until it is told to stop."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jupyter_mlops.config import CONFIG_NAME, NotifyConfig
from jupyter_mlops.entities import RunStatus, Slot, SlotStatus, Tick
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.claims import kept_waiting
from jupyter_mlops.scheduling.clock import Clock
from jupyter_mlops.scheduling.ending import NO_WORKER, is_bad
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.saying import ended, said, told
from jupyter_mlops.scheduling.store import Place, SlotStore
from jupyter_mlops.scheduling.telling import tell_of
from jupyter_mlops.scheduling.tick import Probe, begin, tick
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
    over; whether slots could not be kept when it last tried; and how many it left waiting that nobody else
    will begin."""

    began: tuple[Slot, ...] = ()
    failed: bool = False
    waiting: int = 0

    @property
    def going(self) -> tuple[Slot, ...]:
        """Those whose runs go on by themselves."""
        return tuple(slot for slot in self.began if slot.status is SlotStatus.RUNNING)

    @property
    def exit_code(self) -> int:
        """0 where all ran well, 1 where a run failed, 2 where one could not begin as it is declared, 4 where
        one was killed or is left waiting, or slots cannot be kept."""
        outcomes = {slot.outcome for slot in self.began}
        refused = [slot for slot in self.began if slot.status is SlotStatus.SKIPPED and is_bad(slot)]
        unbegun = any(slot.status is SlotStatus.DUE and slot.outcome is None for slot in self.began)
        unbegun = unbegun or any(slot.why.startswith(NO_WORKER) for slot in refused)
        if self.failed or self.waiting or unbegun or RunStatus.KILLED in outcomes:
            return 4
        return 1 if RunStatus.FAILED in outcomes else 2 if refused else 0


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
        self._where: Place = "command"
        self._opened = 0  # which file the store had then

    def run(self, stop: threading.Event, *, where: Place = "command", seconds: float | None = None) -> Ended:
        """Tick until `stop` is set, or so many real seconds are over."""
        until = None if seconds is None else time.monotonic() + seconds
        self._register(where)
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
        """Tick once; then wait for what that began, and begin what was due by then as there is room, unless
        `stop` is set."""
        self._register("once")
        begun, left = set[int](), 0
        try:
            declared = self._declared()
            self._turn(declared)
            ticked = self._ticked
            begun |= self._open
            while self._open and not stop.wait(_ONCE):
                going = len(self._open)
                self._failed = not self._try(self._look)
                if declared is not None and len(self._open) < going:
                    more = functools.partial(self._begin, declared, ticked)
                    self._failed = not self._try(more) or self._failed
                    begun |= self._open
            if declared is not None and not stop.is_set() and not self._failed:
                left = self._left(ticked)
        finally:
            self._leave()
        return self._ended(begun, left)

    def _begin(self, declared: Declared, until: datetime) -> None:
        """Begin what waits, and was due by then."""
        now, launch = self._clock.now(), self._workers.launch
        found = begin(
            self._store, declared.planned, now, self._owner, limit=declared.limit, launch=launch, until=until
        )
        self._take_note(found)

    def _left(self, until: datetime) -> int:
        """How many slots are left waiting that were due by then; 0 where another scheduler will see to them:
        it is the runs of others that they wait for."""
        number = kept_waiting(self._store, until)
        if number:
            self._tell(f"{number} slot{' is' if number == 1 else 's are'} left waiting for room")
        others = any(each.alive and each.owner != self._owner for each in self._store.schedulers())
        return 0 if others else number

    def _register(self, where: Place) -> None:
        self._where = where
        self._store.register(self._owner, where)
        self._opened = self._store.opened()

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
        ticked = self._try(lambda: self._tick(declared))
        self._failed = not self._try(self._follow) or not ticked

    def _try(self, what: Callable[[], None]) -> bool:
        """Whether it could be done. A scheduler goes on where the disk is full or the database is locked, or
        cannot be read: they may not stay so."""
        try:
            what()
        except (MLOpsError, OSError) as error:
            self._complain((told(error),))
            return False
        return True

    def _tick(self, declared: Declared) -> None:
        last, self._ticked = self._ticked, self._clock.now()
        if self._store.opened() != self._opened:
            self._tell(f"{self._store.path} was taken away: schedules go on with a new one")
            self._open.clear()
            self._register(self._where)
            self._sync(declared, last)
        elif declared is not self._synced:
            # in time-lapse days may have passed since it was set
            self._sync(declared, self._ticked if self._synced else self._clock.start or self._ticked)
        found = tick(
            self._store,
            declared.planned,
            self._ticked,
            self._owner,
            limit=declared.limit,
            probe=declared.probe,
            launch=self._workers.launch,
        )
        self._take_note(found)

    def _take_note(self, found: Tick) -> None:
        """Of what a tick did."""
        self._open |= {slot.id for slot in found.begun}
        self._open -= {slot.id for slot in found.ended}
        self._notify(found.ended)
        for line in said(found):
            self._tell(line)
        self._complain(found.problems)

    def _sync(self, declared: Declared, since: datetime) -> None:
        """Tell the store what is declared; what is new has slots since then."""
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
            if is_bad(slot):
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
        due = None if self._failed else self._next()
        if due is not None:
            seconds = min(seconds, (due - self._clock.now()).total_seconds() / self._clock.factor)
        self._clock.wait(max(seconds, _LEAST) * self._clock.factor, stop)

    def _next(self) -> datetime | None:
        try:
            return self._store.next_moment(self._ticked)
        except (MLOpsError, OSError):  # the next tick tells of it
            return None

    def _ended(self, begun: Iterable[int], waiting: int = 0) -> Ended:
        slots = (self._store.slot(number) for number in sorted(begun))
        return Ended(tuple(slot for slot in slots if slot is not None), self._failed, waiting)
