"""Verbs on schedules: list, add, pause, next, run now."""

from __future__ import annotations

import contextlib
import heapq
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.entities import DueTime, Identity, ScheduleDetails, ScheduleState, Slot, SlotKind
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused, did_you_mean
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.provenance import user

if TYPE_CHECKING:
    from jupyter_mlops.scheduling.planned import Planned
    from jupyter_mlops.scheduling.store import SlotStore, Standing

_UPCOMING = 5  # due times that are told of one schedule


class Scheduling(Rooms):
    """Verbs on schedules: list, add, pause, next, run now."""

    def planned(self) -> dict[str, Planned]:
        """All that runs by itself, by name, as ``mlops.yaml`` declares it.

        Raises:
            ConfigError: a line of cron, time zone, pipeline, monitor or condition in it will not do.
        """
        from jupyter_mlops.project.conditions import check_conditions
        from jupyter_mlops.scheduling.declared import declared

        check_conditions(self.config, self.root)
        return declared(self.config, self.root)

    def schedules(self, *, acquaint: bool = True) -> list[ScheduleState]:
        """Every schedule, with those that monitors imply, and where it stands; in the order of
        ``mlops.yaml``. One that is seen for the first time has slots from now on; but nothing is written
        where `acquaint` is False.

        Raises:
            ConfigError: as `planned`.
        """
        planned = self.planned()
        with self.slot_store() as store:
            return self._all_stand(store, planned, acquaint=acquaint)

    def schedule(self, name: str, *, slots: int = 20, acquaint: bool = True) -> ScheduleDetails:
        """One schedule with its next due times and its newest `slots`, newest first; `acquaint` as in
        `schedules`.

        Raises:
            NotFound: there is none of that name.
        """
        from jupyter_mlops.scheduling.times import due_times

        plan = self._plan_of(name)
        with self.slot_store() as store:
            state = self._stands(store, plan, acquaint=acquaint)
            newest = tuple(store.slots(name, limit=slots))
        later = () if state.next is None else islice(due_times(plan, state.next), _UPCOMING - 1)
        upcoming = () if state.next is None else (state.next, *later)
        return ScheduleDetails(state=state, upcoming=upcoming, slots=newest)

    def add_schedule(
        self,
        name: str | None,
        when: str | None,
        what: str,
        *,
        predict: tuple[str, str] | None = None,
        text: Mapping[str, str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> ScheduleState:
        """Declare a schedule in ``mlops.yaml``; what else is there stays as it is, to the comment.

        Args:
            name: by default that of what runs, with a number if it is taken.
            when: a line of cron, or ``every 6h``; None where `fields` has one of `every` and `on`.
            what: a pipeline, or a notebook, told from the current folder or the project's; with `predict` a
                model version such as ``churn@champion``.
            predict: the data to score, and where the predictions go.
            text: parameters as typed on a command line, read by their declared types.
            parameters: the same with typed values.
            **fields: see `entities.Schedule`, as written in ``mlops.yaml``.

        Raises:
            NotFound: no such pipeline or notebook.
            Refused: it will not do, parameters that do not fit among that; there is one of that name; or the
                file cannot be changed without losing something of it.
            ConfigError: ``mlops.yaml`` is broken.
        """
        from jupyter_mlops import edits
        from jupyter_mlops.project.schedule_entries import entry
        from jupyter_mlops.scheduling.planned import Planned
        from jupyter_mlops.scheduling.sources import pin, source_of

        def rewrite() -> str:
            added = entry(
                self.config,
                self.root,
                name,
                when,
                what,
                predict=predict,
                text=text or {},
                parameters=parameters or {},
                fields=fields,
            )
            schedules = {**self.config.schedules, added.name: added.schedule}
            wanted = self.config.model_copy(update={"schedules": schedules})
            keep = pin if added.schedule.source == "pinned" else source_of
            keep(self.root, self.config, Planned(added.name, added.schedule))
            edits.put_entry(self.root, wanted, ("schedules",), added.name, added.written)
            return added.name

        return self._schedule_named(self.edit_config(rewrite))

    def remove_schedule(self, name: str) -> ScheduleState:
        """Take a schedule out of ``mlops.yaml``, what else is there staying as it is; where it stood. A run
        of it that goes on goes on; its history stays.

        Raises:
            NotFound: there is none of that name.
            Refused: a monitor implies it; or the file cannot be changed without losing something of it.
            ConfigError: ``mlops.yaml`` is broken.
        """
        from jupyter_mlops import edits
        from jupyter_mlops.scheduling.sources import forget

        state = self._schedule_named(name)
        if state.schedule is None:
            monitor = name.partition(":")[2]
            raise Refused(f"{name} comes of the monitor {monitor}", hint=f"take that out of {CONFIG_NAME}")

        def rewrite() -> str:
            left = {known: each for known, each in self.config.schedules.items() if known != name}
            wanted = self.config.model_copy(update={"schedules": left})
            edits.take_out(self.root, wanted, ("schedules",), name)
            return name

        self.edit_config(rewrite)
        with self.slot_store() as store:
            store.forget(name)
        if not state.running:
            forget(self.root, name)
        return state

    def pause(
        self,
        name: str,
        *,
        who: Identity | None = None,
        report: Callable[[str], None] = lambda line: None,
    ) -> ScheduleState:
        """See to it that no run of a schedule begins by itself until it is resumed. `report` is told in a
        line where it was paused already. `who` wants it so, by default whoever runs this.

        Raises:
            NotFound: there is none of that name.
        """
        plan = self._plan_of(name)
        self.store.writable_folder()
        with self.slot_store() as store:
            if not store.pause(name, _name_of(who)):
                report(f"{name} was paused already")
            return self._stands(store, plan)

    def resume(self, name: str, *, report: Callable[[str], None] = lambda line: None) -> ScheduleState:
        """Let a paused schedule go on with what is due from now on. `report` is told in a line where it was
        not paused.

        Raises:
            NotFound: there is none of that name.
        """
        plan = self._plan_of(name)
        with self.slot_store() as store:
            if not store.resume(name):
                report(f"{name} was not paused")
            return self._stands(store, plan)

    def next_slots(self, count: int = 10, name: str | None = None) -> list[DueTime]:
        """The next due times, soonest first: of all schedules that are not paused, or of one.

        Raises:
            NotFound: there is none of that name.
        """
        plans = self.planned() if name is None else {name: self._plan_of(name)}
        with self.slot_store() as store:
            standings, now = store.states(None if name is None else [name]), store.clock.now()
            self._acquaint(store, plans, standings)
        going = [plan for plan in plans.values() if not _paused(standings.get(plan.name))]
        merged = heapq.merge(*(_due_times(plan, now) for plan in going), key=lambda item: item.due)
        return list(islice(merged, count))

    def run_now(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        text: Mapping[str, str] | None = None,
        who: Identity | None = None,
    ) -> Slot:
        """Ask for a run of a schedule as soon as a scheduler is there; the slot that waits for it.

        Args:
            name: of the schedule.
            parameters: for this run, on top of the schedule's own.
            text: the same as typed on a command line.
            who: asks for it; by default whoever runs this.

        Raises:
            NotFound: there is none of that name.
            Refused: its notebook is gone, or the parameters do not fit.
        """
        from jupyter_mlops.project.schedule_entries import checked_parameters
        from jupyter_mlops.scheduling.declared import obstacle
        from jupyter_mlops.scheduling.sources import source_of

        plan = self._plan_of(name)
        if problem := obstacle(plan, self.root, self.config):
            raise Refused(f"{name} cannot run: {problem}", hint=f"put it back, or mend {CONFIG_NAME}")
        given: dict[str, Any] = {}
        if parameters or text:
            source = source_of(self.root, self.config, plan)
            given = checked_parameters(self.config, self.root, plan, text or {}, parameters or {}, source)
        self.store.writable_folder()
        with self.slot_store() as store:
            now = store.clock.now()
            key = f"manual:{now.isoformat()}:{uuid.uuid4().hex[:8]}"
            slot = store.offer(name, key, now, SlotKind.MANUAL, requester=_name_of(who), parameters=given)
        assert slot is not None  # nobody else has the key
        return slot

    def backfill(
        self, name: str, start: datetime, end: datetime, *, again: bool = False, dry_run: bool = False
    ) -> list[Slot]:
        """Ask for a run of a schedule for each due time from `start` on and before `end`, oldest first; the
        slots that wait for it. Left out is what ran well, unless `again`, and what still waits or runs.
        With `dry_run` nothing is asked for.

        Raises:
            NotFound: there is none of that name.
            Refused: it has no due times, or too many of them, or none in that time.
        """
        from jupyter_mlops.scheduling.backfill import as_slot, backfilled

        plan = self._plan_of(name)
        with self.slot_store() as store:
            offers = backfilled(store, plan, _aware(start, plan), _aware(end, plan), user(), again=again)
            if dry_run:
                return [as_slot(offer) for offer in offers]
            self.store.writable_folder()
            return store.offer_all(offers)

    def has_scheduler(self) -> bool:
        """A scheduler is there, and will run what is due."""
        with self.slot_store() as store:
            return any(scheduler.alive for scheduler in store.schedulers())

    # -- what these stand on

    def _plan_of(self, name: str) -> Planned:
        planned = self.planned()
        if name not in planned:
            hint = did_you_mean(name, planned) if planned else "add one: jupyter mlops schedule add --help"
            raise NotFound(f"there is no schedule {name!r} in {self.root / CONFIG_NAME}", hint=hint)
        return planned[name]

    def _schedule_named(self, name: str) -> ScheduleState:
        plan = self._plan_of(name)
        with self.slot_store() as store:
            return self._stands(store, plan)

    def _stands(self, store: SlotStore, plan: Planned, *, acquaint: bool = True) -> ScheduleState:
        standings = store.states([plan.name])
        if acquaint:
            self._acquaint(store, {plan.name: plan}, standings)
        return self._schedule_state(plan, standings.get(plan.name), store.clock.now())

    def _all_stand(
        self, store: SlotStore, planned: Mapping[str, Planned], *, acquaint: bool = True
    ) -> list[ScheduleState]:
        standings, now = store.states(), store.clock.now()
        if acquaint:
            self._acquaint(store, planned, standings)
        return [self._schedule_state(plan, standings.get(name), now) for name, plan in planned.items()]

    def _acquaint(
        self, store: SlotStore, planned: Mapping[str, Planned], standings: Mapping[str, Standing]
    ) -> None:
        """A schedule has slots from when it is first seen, by whomever."""
        new = {
            name: plan
            for name, plan in planned.items()
            if name not in standings or not standings[name].knows(plan)
        }
        if new:
            with contextlib.suppress(MLOpsError, OSError):  # whoever only looks may not write
                self.store.writable_folder()
                store.take_up(new, store.clock.now())

    def _schedule_state(self, plan: Planned, standing: Standing | None, now: datetime) -> ScheduleState:
        from jupyter_mlops.scheduling.declared import obstacle
        from jupyter_mlops.scheduling.times import next_due

        known: dict[str, Any] = {}
        if standing is not None:
            keys = ("paused", "last", "running", "waiting", "counts")
            known = {key: getattr(standing, key) for key in keys}
        return ScheduleState(
            name=plan.name,
            schedule=plan.schedule,
            target=plan.target,
            when=plan.when,
            next=None if _paused(standing) else next_due(plan, now),
            note=obstacle(plan, self.root, self.config) or _over(plan, now),
            **known,
        )


def _name_of(who: Identity | None) -> str:
    return who.name if who is not None and who.name else user()


def _paused(standing: Standing | None) -> bool:
    return standing is not None and standing.paused is not None


def _over(plan: Planned, now: datetime) -> str:
    ends = plan.ends
    return "" if ends is None or now < ends else f"over since {ends:%Y-%m-%d %H:%M} UTC"


def _due_times(plan: Planned, after: datetime) -> Iterator[DueTime]:
    from jupyter_mlops.scheduling.times import due_times

    return (DueTime(schedule=plan.name, due=due) for due in due_times(plan, after))


def _aware(moment: datetime, plan: Planned) -> datetime:
    """A time without a zone is read in the schedule's."""
    if not 1900 < moment.year < 9999:
        raise Refused(f"the year {moment.year} is out of the calendar", hint="write e.g. 2026-01-31")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=plan.zone)
