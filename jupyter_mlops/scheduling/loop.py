"""The scheduler: tick after tick, until it is told to stop."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jupyter_mlops.config import CONFIG_NAME, NotifyConfig
from jupyter_mlops.entities import RunStatus, Slot, SlotStatus, Tick
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.claims import waiting_for_room
from jupyter_mlops.scheduling.due import set_back
from jupyter_mlops.scheduling.ending import NO_WORKER, is_bad
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.saying import ended, moment, said, told
from jupyter_mlops.scheduling.store import Place, SlotStore
from jupyter_mlops.scheduling.telling import tell_of
from jupyter_mlops.scheduling.tick import Probe, begin, tick
from jupyter_mlops.scheduling.workers import Workers

_SOON = 2.0  # seconds between two looks where somebody waits for a change, or a run goes on
_LATER = 15.0  # and where all wait for the clock: somebody may ask for a run, or edit mlops.yaml
_HURRIED = 0.5  # in time-lapse
_ONCE = 0.5  # where one tick's runs are waited for
_LEAST = 0.02
_GIVEN_UP = 60.0  # seconds for which a database that cannot be used is waited for, with no run going on
_NAMED = 5  # schedules in a line


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
    over; whether slots could not be kept when it last tried, or one was lost, or a trigger could not be
    looked at; and how many `once` left waiting."""

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
        one was killed or is left waiting, or the scheduler failed."""
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
        owner: str,
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self._declared = declared
        self._workers = workers
        self._clock = store.clock
        self._owner = owner
        self._tell = tell
        self._open: dict[int, Slot] = {}  # that were begun here, as they were then; those that are not over
        self._begun: dict[int, Slot] | None = None  # all of them, where that is to be told
        self._problems: frozenset[str] = frozenset()
        self._failures: frozenset[str] = frozenset()  # what it failed of, since it last did not
        self._failed = False
        self._lost = False  # a slot that was begun is known no more, or was given up
        self._ticked = self._clock.now()
        self._next: datetime | None = None
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
        """Tick once; then wait until all is over that was due by then, and begin what of it waits as there is
        room, unless `stop` is set. What another scheduler takes up is for that one to see to."""
        self._begun, left = {}, dict[int, Slot]()
        self._register("once")
        try:
            declared = self._declared()
            if declared is not None:
                self._try(lambda: self._tell_changes(declared))
            self._turn(declared)
            troubled = self._failed or bool(self._problems)
            if declared is not None and not self._failed:
                self._try(lambda: left.update(self._awaited(declared)))
            failing = time.monotonic()
            while declared is not None and (self._open or left) and not stop.wait(_ONCE):
                self._failed = not self._try(functools.partial(self._go_on, declared, left))
                failing = failing if self._failed else time.monotonic()
                if time.monotonic() - failing > _GIVEN_UP and not self._workers.going():
                    break
        finally:
            self._leave()
        self._failed = self._failed or troubled or self._lost
        return self._ended(self._begun, len(left))

    def _tell_changes(self, declared: Declared) -> None:
        """Who looks once in a new checkout each time would never see anything come due; and whose file was
        emptied, nothing begin."""
        states = self._store.states()
        gone = {name for name, at in states.items() if at.waiting or at.paused} - declared.planned.keys()
        if gone:
            self._tell(f"no longer in mlops.yaml, though slots wait or it is paused: {_some(sorted(gone))}")
        new = sorted(declared.planned.keys() - states.keys())
        if new:
            self._tell(
                f"seen for the first time: {_some(new)}; what is due counts from now on: "
                f"keep {self._store.path} from one look to the next"
            )

    def _awaited(self, declared: Declared) -> dict[int, Slot]:
        """The slots that were due at the tick, and wait for room."""
        found = {
            slot.id: slot
            for slot in waiting_for_room(self._store, declared.planned)
            if max(slot.due, slot.not_before or slot.due) <= self._ticked
        }
        if found:
            names = sorted({slot.schedule for slot in found.values()})
            waits = "slot waits" if len(found) == 1 else "slots wait"
            self._tell(f"{len(found)} {waits} until there is room: {_some(names)}")
        return found

    def _go_on(self, declared: Declared, left: dict[int, Slot]) -> None:
        """Take back what was lost, and begin what of `left` there is room for; that is what is left then,
        with what was begun here and waits for its next try."""
        self._look()
        now, launch = self._clock.now(), self._workers.launch
        mine = {**left, **(self._begun or {})}
        self._take_note(
            begin(
                self._store,
                declared.planned,
                now,
                self._owner,
                limit=declared.limit,
                launch=launch,
                until=self._ticked,
            )
        )
        waiting = waiting_for_room(self._store, declared.planned)
        left.clear()
        left.update(
            (slot.id, slot)
            for slot in waiting
            if slot.id in mine
            and _is_same(slot, mine[slot.id])
            # else its worker found that it cannot be begun for now, and put it off
            and (slot.outcome is not None or slot.not_before is None or slot.not_before <= now)
        )

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
        self._failed = not self._try(lambda: self._tick(declared), self._follow, self._look_ahead)

    def _try(self, *steps: Callable[[], None]) -> bool:
        """Whether all of them could be done. A scheduler goes on where the disk is full or the database is
        locked, or cannot be read: they may not stay so. It is told once, as long as it lasts."""
        failures = []
        for step in steps:
            try:
                step()
            except (MLOpsError, OSError) as error:
                failures.append(told(error))
            except Exception as error:  # a fault of ours: what it is not about goes on
                failures.append(f"unexpected {type(error).__name__}: {error}")
        for failure in dict.fromkeys(failures):
            if failure not in self._failures:
                self._tell(failure)
        if self._failures and not failures:
            self._tell("slots can be kept again: it goes on")
        self._failures = self._failures | frozenset(failures) if failures else frozenset()
        return not failures

    def _tick(self, declared: Declared) -> None:
        last, self._ticked = self._ticked, self._clock.now()
        if self._store.opened() != self._opened:
            self._tell(f"{self._store.path} was taken away: schedules go on with a new one")
            self._register(self._where)
            self._sync(declared, last)
        elif self._synced is None and self._clock.start is not None:  # in time-lapse days have passed since
            set_back(self._store, self._clock.start, timedelta())
            self._sync(declared, self._clock.start)
        elif declared is not self._synced:
            self._sync(declared, self._ticked)
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
        for slot in found.ended:
            self._open.pop(slot.id, None)
            self._lost |= slot.status is SlotStatus.SKIPPED and slot.why.startswith(NO_WORKER)
        for slot in found.begun:
            self._open[slot.id] = slot
            if self._begun is not None:
                self._begun[slot.id] = slot
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
                f"{_some(gone)}"
            )
        self._synced = declared

    def _look(self) -> None:
        """Between ticks: who runs slots may have died."""
        self._store.heard(self._owner)
        over = tuple(slot for slot in self._store.reap() if slot.ended is not None)
        self._take_note(Tick(when=self._clock.now(), ended=over, problems=tuple(self._problems)))
        self._follow()

    def _follow(self) -> None:
        """Tell what became of the slots that were begun here."""
        self._workers.going()
        for number, begun in sorted(self._open.items()):
            slot = self._store.slot(number)
            if slot is None or not _is_same(slot, begun):
                self._lost = True
                del self._open[number]
                self._tell(f"{begun.schedule}: its slot, due {moment(begun.due)}, is known no more")
            elif slot.status is not SlotStatus.RUNNING:
                del self._open[number]
                self._tell(ended(slot))

    def _look_ahead(self) -> None:
        self._next = self._store.next_moment(self._ticked)

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
        if self._next is not None and not self._failed:
            seconds = min(seconds, (self._next - self._clock.now()).total_seconds() / self._clock.factor)
        self._clock.wait(max(seconds, _LEAST) * self._clock.factor, stop)

    def _ended(self, begun: Mapping[int, Slot], waiting: int = 0) -> Ended:
        """Those slots as they are now; where the database cannot be read, as they were."""
        found = [begun[number] for number in sorted(begun)]
        with contextlib.suppress(MLOpsError, OSError):
            known = [(slot, self._store.slot(slot.id)) for slot in found]
            found = [now for slot, now in known if now is not None and _is_same(now, slot)]
        return Ended(tuple(found), self._failed, waiting)


def _is_same(one: Slot, other: Slot) -> bool:
    """In another database a number may be that of another slot."""
    return (one.id, one.schedule, one.key) == (other.id, other.schedule, other.key)


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:_NAMED])}{' ...' if len(names) > _NAMED else ''}"
