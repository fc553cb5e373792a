"""Verbs that run what is due: the scheduler."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.entities import Scheduler, SchedulerStatus, ScheduleState, Slot
from jupyter_mlops.exceptions import UsageError
from jupyter_mlops.project.scheduling import Scheduling
from jupyter_mlops.project.watching import Watching

if TYPE_CHECKING:
    from jupyter_mlops.scheduling.clock import Clock
    from jupyter_mlops.scheduling.loop import Declared, Ended
    from jupyter_mlops.scheduling.planned import Planned
    from jupyter_mlops.scheduling.store import Place, SlotStore


_UPCOMING = 10  # schedules of which a status tells when they are next
_PATIENCE = 30.0  # seconds for which a single look waits for what is slow to look at


class Ticking(Scheduling, Watching):
    """Verbs that run what is due: the scheduler."""

    def start_scheduler(
        self,
        *,
        once: bool = False,
        start: datetime | None = None,
        factor: float = 1.0,
        duration: float | None = None,
        hosted: bool = False,
        report: Callable[[str], None] = lambda line: None,
    ) -> tuple[list[Slot], int]:
        """Run what is due, until a signal comes or `duration` is over. The slots that were begun: with
        `once` all of them, else those whose runs go on by themselves; and the exit code: the signal's number
        with 128, else with `once` as `Ended.exit_code` has it, and 0 without.

        Any number may run on one project: each slot is begun by one of them.

        Args:
            once: look a single time, begin all that is due by then, as there is room, and wait for it.
            start: what a clock of its own reads in the beginning, that goes `factor` times as fast as the
                system's: schedules and monitors go by it, and so do the runs that are begun.
            duration: seconds, of the system's clock.
            hosted: end when the standard input is at its end, too.
            report: told in a line what happens.

        Raises:
            ConfigError: ``mlops.yaml``, or what it declares, is broken.
            UsageError: a factor without `start`.
        """
        from jupyter_mlops.scheduling.interrupting import Stop
        from jupyter_mlops.scheduling.loop import Scheduler
        from jupyter_mlops.scheduling.reloading import Reloading
        from jupyter_mlops.scheduling.store import me
        from jupyter_mlops.scheduling.workers import Workers

        patience = _PATIENCE if once else 0.0
        where: Place = "jupyter" if hosted else "command"
        with self.slot_store() as store:
            current = Reloading(self.root, functools.partial(self._declared, patience, store))
            store.clock, environment = _clock(start, factor)  # from here on it goes
            tell = _dated(store.clock, report)
            declared = functools.partial(current, tell)
            tell(self._introduction(declared(), store.clock))
            with Stop(hosted=hosted) as stop:
                scheduler = Scheduler(store, declared, Workers(self.root, environment), me(), tell)
                if once:
                    found = scheduler.once(stop.event)
                else:
                    found = scheduler.run(stop.event, where=where, seconds=duration)
        if not once or found.going or found.waiting:
            tell(_stopped(found))
        code = 128 + stop.number if stop.number else found.exit_code if once else 0
        return list(found.began), code

    def _declared(self, patience: float, store: SlotStore) -> Declared:
        from jupyter_mlops.project.project import Project
        from jupyter_mlops.scheduling.loop import Declared
        from jupyter_mlops.scheduling.triggers import probe

        now = Project(self.root)  # with what mlops.yaml says by now
        planned = now.planned()
        probing = functools.partial(
            probe, root=now.root, config=now.config, look=now.looks(patience=patience, slots=store)
        )
        return Declared(planned, now.config.scheduler.limit, probing, now.config.notify)

    def _introduction(self, declared: Declared | None, clock: Clock) -> str:
        """Who it is, how many schedules there are, and what is next."""
        from jupyter_mlops.scheduling.saying import moment
        from jupyter_mlops.scheduling.store import me
        from jupyter_mlops.scheduling.times import next_due

        now = clock.now()
        said = f"scheduler {me()} of {self.root}"
        if declared is None:
            return said
        count = len(declared.planned)
        said += f": {count} schedule{'' if count == 1 else 's'}"
        upcoming = [(due, name) for name, each in declared.planned.items() if (due := next_due(each, now))]
        if upcoming:
            due, name = min(upcoming)
            said += f", next {name} at {moment(due)}"
        return said + (", others wait for changes" if declared.waits and upcoming else "")

    def scheduler_status(self, *, acquaint: bool = True) -> SchedulerStatus:
        """Who ticks, what runs and who runs it, what is late, and what is next; `acquaint` as in `schedules`.

        Raises:
            ConfigError: what ``mlops.yaml`` declares is broken.
        """
        return self.scheduler_overview(acquaint=acquaint)[0]

    def scheduler_overview(
        self, *, acquaint: bool = True
    ) -> tuple[SchedulerStatus, list[ScheduleState], Mapping[str, Planned]]:
        """What `scheduler_status`, `schedules` and `planned` tell, as of one moment; `acquaint` as in
        `schedules`.

        Raises:
            ConfigError: what ``mlops.yaml`` declares is broken.
        """
        planned = self.planned()
        with self.slot_store() as store:
            now = store.clock.now()
            schedulers, running, waiting = tuple(store.schedulers()), tuple(store.running()), store.waiting()
            states = self._all_stand(store, planned, acquaint=acquaint)
        late = [
            slot
            for slot in waiting
            if (now - max(slot.due, slot.not_before or slot.due)).total_seconds()
            > (planned[slot.schedule].grace if slot.schedule in planned else 60.0)
        ]
        upcoming = [state for state in states if state.next is not None]
        status = SchedulerStatus(
            schedulers=schedulers,
            running=running,
            late=tuple(late),
            upcoming=tuple(sorted(upcoming, key=lambda one: one.next or now)[:_UPCOMING]),
            notes=tuple(_notes(schedulers)),
        )
        return status, states, planned

    def install_scheduler(self) -> tuple[Path, list[str]]:
        """Write a systemd user unit that keeps this project's scheduler running; where it lies, and what is
        to be known or done next, in lines. Nothing is started.

        Raises:
            Refused: it cannot be written.
        """
        from jupyter_mlops.scheduling import systemd

        path, problems = systemd.install(self.root)
        return path, [*([f"systemd says: {problems}"] if problems else []), *_next_steps(path, self.root)]

    def remove_scheduler(self) -> Path:
        """Take the unit away that `install_scheduler` wrote; where it lay.

        Raises:
            NotFound: there is none.
        """
        from jupyter_mlops.scheduling import systemd

        return systemd.remove(self.root)


def _clock(start: datetime | None, factor: float) -> tuple[Clock, dict[str, str]]:
    """The clock to go by, and what tells the runs that are begun to do so."""
    from jupyter_mlops.scheduling.clock import CLOCK_VARIABLE, clock_from_environment, time_lapse

    if start is None:
        if factor != 1.0:
            raise UsageError("a clock that goes faster has to begin somewhere", hint="add --from 2026-01-01")
        return clock_from_environment(), {}
    clock = time_lapse(start, factor)
    return clock, {CLOCK_VARIABLE: clock.told()}


def _dated(clock: Clock, report: Callable[[str], None]) -> Callable[[str], None]:
    """Says each line with the time."""
    from jupyter_mlops.scheduling.saying import moment

    return lambda line: report(f"{moment(clock.now())}  {line}")


def _stopped(found: Ended) -> str:
    waits = f"; {found.waiting} slot{' waits' if found.waiting == 1 else 's wait'}" if found.waiting else ""
    if not found.going:
        return f"stopped; no run of it goes on{waits}"
    runs = ", ".join(f"{slot.schedule} ({slot.owner or 'not begun yet'})" for slot in found.going)
    return (
        f"stopped; {runs} {'goes' if len(found.going) == 1 else 'go'} on{waits}: "
        "see jupyter mlops scheduler status"
    )


def _notes(schedulers: Sequence[Scheduler]) -> Iterator[str]:
    if not any(each.alive for each in schedulers):
        yield "nobody ticks: nothing runs by itself until jupyter mlops scheduler start"
    for each in schedulers:
        if not each.alive:
            yield f"{each.owner} is gone, or has not been heard of for long: it was killed, or is stopped"


def _next_steps(path: Path, root: Path) -> Iterator[str]:
    yield f"{path} is written; to start it now and with each login, and to keep it without one:"
    yield f"  systemctl --user enable --now {path.name}"
    yield "  loginctl enable-linger"
    if "MLFLOW_TRACKING_URI" in os.environ:
        yield (
            "MLFLOW_TRACKING_URI is set here, and will not be there: "
            f"name it in mlops.yaml (tracking: uri), or in {root / '.mlops' / 'environment'}"
        )
