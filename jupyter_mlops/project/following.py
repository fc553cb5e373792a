"""Verbs that follow a run, and free what old ones left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import Freed, LogLine, Run, RunKind, Slot, SlotStatus
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import leases, reader

if TYPE_CHECKING:
    from jupyter_mlops.scheduling.store import SlotStore
    from jupyter_mlops.tracking.retention import Window

SLOT = "schedule:"  # begins the name of a run that is that of a schedule's newest slot
_LOOK = 0.5  # seconds between looks at a slot that waits
_SLOTS = 50  # newest slots of a schedule among which one with a run is looked for
_ALL = 1_000_000_000  # slots
_Told = Callable[[Run], Iterator[LogLine]]
_ENDED = {SlotStatus.RAN, SlotStatus.SKIPPED, SlotStatus.COALESCED}


class Following(Rooms):
    """Verbs that follow a run, and free what old ones left."""

    def follow(
        self,
        run: str,
        *,
        follow: bool = True,
        lines: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[LogLine]:
        """What the run named by id, first characters of its id, name or ``latest`` prints, and which cell it
        is at: all there is, or the last so many `lines` of it, and then, while it goes on, what comes, as it
        comes. The last line tells how it ended. Of a pipeline run, what its steps print, side by side.

        ``latest`` is the newest run that goes on, else the newest that was begun; of a step the whole
        pipeline run. ``schedule:NAME`` is the run of the schedule's newest slot; of one that waits it is told
        what for, and what comes of it. Secrets are not in it; sequences that steer a terminal may be.

        Args:
            run: the run.
            follow: False ends with what there is now.
            lines: how many of those that are there already; None for all.
            stop: set by another thread, it ends the following.

        Raises:
            NotFound: no run, or several, answer to it.
        """
        from jupyter_mlops.execution.following import follow as followed

        def told(found: Run) -> Iterator[LogLine]:
            return followed(self.store, found, goes_on=follow, lines=lines, stop=stop)

        if run.startswith(SLOT):
            return self._of_schedule(run.removeprefix(SLOT), told, follow, stop or threading.Event())
        return told(self._followed(run))

    def _followed(self, reference: str) -> Run:
        from jupyter_mlops.execution.cancel import find_running

        leases.reconcile(self.store)
        found = find_running(self.store, reference)
        if reference == "latest" and found.parent is not None:
            with suppress(NotFound):
                parent = reader.find_run(self.store, found.parent)
                return parent if parent.kind is RunKind.PIPELINE else found
        return found

    def _of_schedule(self, name: str, told: _Told, follow: bool, stop: threading.Event) -> Iterator[LogLine]:
        from jupyter_mlops.scheduling.store import SlotStore

        slots = SlotStore(self.root)
        known = slots.slots(name, limit=_SLOTS)
        if not known:
            slots.close()
            raise self._no_slots(name)
        return self._of_slots(slots, known, told, follow, stop)

    def _no_slots(self, name: str) -> NotFound:
        from jupyter_mlops.scheduling.declared import declared

        planned = declared(self.config, self.root)
        if name in planned:
            return NotFound(f"schedule {name!r} has had no slot yet", hint="see: jupyter mlops schedule list")
        return NotFound(f"no schedule {name!r}", hint=did_you_mean(name, planned))

    def _of_slots(
        self, slots: SlotStore, known: list[Slot], told: _Told, follow: bool, stop: threading.Event
    ) -> Iterator[LogLine]:
        newest, said = known[0], ""
        with closing(slots):
            while newest.run_id is None or newest.status is SlotStatus.DUE:
                if (words := _standing(slots, newest)) != said:
                    said = words
                    yield _note(words)
                if not follow or newest.run_id is not None or newest.status in _ENDED or stop.wait(_LOOK):
                    break
                newest = slots.slot(newest.id) or newest
        begun = next((slot for slot in (newest, *known) if slot.run_id is not None), None)
        if begun is None or begun.run_id is None:
            return
        if begun.id != newest.id:
            yield _note(f"this is the run of the slot of {_due(begun)}")
        yield from told(reader.find_run(self.store, begun.run_id))

    def free_runs(
        self,
        *,
        keep_last: int | None = None,
        older: float | None = None,
        schedule: str | None = None,
        experiment: str | None = None,
        free: bool = False,
    ) -> list[Freed]:
        """The runs whose outputs (executed notebooks, logs, other artifacts) may be freed, oldest first, and
        the logs of the slots of that time; gone if they are to be set `free`. Parameters, metrics, tags and
        how the cells ended stay, as do logged models. See `tracking.retention` for the runs that are kept.

        Args:
            keep_last: keep those of the newest so many runs of each notebook and pipeline.
            older: keep those of runs that ended less than so many seconds ago. Where neither is given, both
                are as `retention` in ``mlops.yaml`` says.
            schedule: only runs of this schedule.
            experiment: only runs in this experiment.
            free: free them.

        Raises:
            Refused: nothing says which to keep.
            NotFound: no such experiment, or schedule with slots.
            StoreError: the store cannot be reached.
        """
        from jupyter_mlops.execution.checkpoints import forget_checkpoints
        from jupyter_mlops.tracking import freeing, retention

        window = self._window(keep_last, older)
        only = None if schedule is None else self._runs_of(schedule)
        if self.store.is_new:
            return []
        self.store.check_answers()
        leases.reconcile(self.store)
        old = retention.old_runs(self.store, window, datetime.now(UTC), experiment=experiment, only=only)
        found = [entry for each in old for entry in freeing.listed(self.store, each)]
        logs = [] if experiment is not None else self._slot_logs(window, schedule)
        if not free:
            return found + freeing.logs_listed(logs, window)
        done = []
        for entry in found:
            done.append(freeing.free(self.store, entry))
            if done[-1].freed:
                forget_checkpoints(self.store, entry.run_id)
        return done + freeing.logs_listed(logs, window, free=True)

    def _window(self, keep_last: int | None, older: float | None) -> Window:
        from jupyter_mlops.tracking.retention import window

        if keep_last is None and older is None:
            keep_last, older = self.config.retention.keep_last, self.config.retention.older
        if keep_last is None and older is None:
            raise Refused(
                "nothing says which runs keep their outputs",
                hint="--keep-last 20, --older 90d, or retention: {keep_last: 20, older: 90d} in mlops.yaml",
            )
        return window(keep_last, older)

    def _runs_of(self, schedule: str) -> set[str]:
        with self.slot_store() as slots:
            known = slots.slots(schedule, limit=_ALL)
        if not known:
            raise self._no_slots(schedule)
        return {slot.run_id for slot in known if slot.run_id is not None}

    def _slot_logs(self, window: Window, schedule: str | None) -> list[Path]:
        """Logs of slots that have ended, outside the window; of each schedule the newest are kept."""
        logs: dict[str, list[Path]] = {}
        with self.slot_store() as slots:
            for path in (self.root / STATE_FOLDER / "slots").glob("*.log"):
                slot = slots.slot(int(path.stem)) if path.stem.isdecimal() else None
                if slot is None or (slot.status in _ENDED and schedule in {None, slot.schedule}):
                    logs.setdefault("" if slot is None else slot.schedule, []).append(path)
        return window.late_files(logs.values(), datetime.now(UTC))


def _note(words: str) -> LogLine:
    return LogLine(run_id="", stream="note", text=f"{words}\n")


def _due(slot: Slot) -> str:
    return f"{slot.due:%Y-%m-%d %H:%M:%S} UTC"


def _standing(slots: SlotStore, slot: Slot) -> str:
    """Why the slot has no run, or none yet."""
    which = f"the slot of {slot.schedule} of {_due(slot)}"
    if slot.status in _ENDED:
        return f"{which} ended without a run: {' '.join(filter(None, [slot.status.value, slot.why]))}"
    if slot.status is SlotStatus.RUNNING:
        return f"{which} is being begun by {slot.owner}"
    now = slots.clock.now()
    if slot.not_before is not None and slot.not_before > now:
        waits = f"for its time, {slot.not_before:%Y-%m-%d %H:%M:%S} UTC"
    elif not any(scheduler.alive for scheduler in slots.schedulers()):
        waits = "for a scheduler: jupyter mlops scheduler start"
    else:
        waits = "for its turn: as many runs go on as may at once"
    return f"{which} waits {waits}" + (f" ({slot.why})" if slot.why else "")
