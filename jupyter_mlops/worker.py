"""What a scheduler starts for each slot: it runs the slot, and puts down how that ended.

``python -P -m jupyter_mlops.worker ROOT SLOT TOKEN``, in a session of its own: it outlives the scheduler. It
holds the slot by renewing its lease; one that holds it no longer, or is asked to, ends its run, so that
nothing runs twice. When it is killed its run's kernels are gone within a second. What it prints, and what
goes wrong with it, is in ``.mlops/slots/SLOT.log``.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.config import CONFIG_NAME, STATE_FOLDER, NotifyConfig
from jupyter_mlops.entities import Slot, SlotEnd
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound
from jupyter_mlops.execution.inherited import forget_inherited
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling import ending
from jupyter_mlops.scheduling.clock import uptime
from jupyter_mlops.scheduling.declared import declared
from jupyter_mlops.scheduling.leases import BEAT, LEASE
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.stopping import Stopper, stoppable
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.scheduling.telling import tell_of

LOGS = "slots"  # below the project's state folder
LOOK = 1.0  # seconds between two looks whether the run is to end
LOST = "another scheduler has taken the slot back"
SILENT = "its lease could not be renewed"
_LOGS_KEPT = 5_000  # of the slots before this one
_PATIENCE = 60.0  # seconds for which a store is asked again that does not take how a slot ended
_PAUSE = 2.0  # seconds between two of these tries


class Worker:
    """Runs the slot of that number, which `token` holds, in the project at `root`."""

    def __init__(self, root: Path, slot_id: int, token: str) -> None:
        self.root, self.slot_id, self.token = root, slot_id, token
        self.store = SlotStore(root)
        self._over = threading.Event()
        self._notify: Sequence[NotifyConfig] | None = None

    def work(self) -> int:
        """Run it; 0 where its end was put down, 1 where the slot was another's by then."""
        if not self.store.beat(self.slot_id, self.token):
            _say(LOST)
            return 1
        with Stopper() as stopper:
            beats = threading.Thread(target=self._beat, args=[stopper], name="beat", daemon=True)
            beats.start()
            end = self._end(stopper)
            for number in (signal.SIGINT, signal.SIGTERM):  # it has ended: now that is put down
                signal.signal(number, signal.SIG_IGN)
        put_down = self._give_back() if end is None else self._put_down(end)
        self._over.set()
        return 0 if put_down else 1

    def _end(self, stopper: Stopper) -> SlotEnd | None:
        """How it ended; None where ``mlops.yaml`` cannot be understood, or has lost the schedule: what is to
        become of the slot is for schedulers to tell when it is mended."""
        try:
            if (why := self._cancelled()) is not None:
                return ending.stopped(why)
            slot = self.store.slot(self.slot_id)
            if slot is None:
                raise NotFound("the slot is gone", hint="see jupyter mlops schedule list")
            if (found := self._declared(slot)) is None:
                return None
            project, planned = found
            self._notify = project.config.notify
            _say(
                f"{slot.schedule}, due {slot.due:%Y-%m-%d %H:%M:%S} UTC, try {slot.attempt}: {planned.target}"
            )
            end = project.run_slot(slot, planned, began=self._note)
        except MLOpsError as error:
            end = ending.of_error(error)
        except SystemExit:
            end = ending.stopped(ending.TOLD)
        why = self._cancelled() or (stopper.why if ending.is_killed(end) else "")
        return end if not why or ending.is_well(end) else end.model_copy(update={"why": why})

    def _declared(self, slot: Slot) -> tuple[Project, Planned] | None:
        """The project, and what of it is to run."""
        try:
            project = Project(self.root)
            planned = declared(project.config, self.root).get(slot.schedule)
        except ConfigError as error:
            _say(str(error))
            return None
        if planned is None:
            _say(f"{slot.schedule} is no longer declared in {CONFIG_NAME}")
        return None if planned is None else (project, planned)

    def _note(self, run_id: str) -> None:
        _say(f"run {run_id}")
        self.store.note_run(self.slot_id, self.token, run_id)

    def _put_down(self, end: SlotEnd) -> bool:
        """Whether the slot was this worker's to end."""
        _say(f"{end.status.value} {end.outcome.value if end.outcome else ''}: {end.why}")
        done = self._written(
            lambda: self.store.finish(
                self.slot_id,
                self.token,
                end.status,
                outcome=end.outcome,
                run_id=end.run_id,
                why=end.why,
                retry=end.retry,
            )
        )
        if done and (slot := self.store.slot(self.slot_id)) is not None:
            tell_of(self.store, slot, self._notify)
        return done

    def _give_back(self) -> bool:
        """Whether the slot was this worker's, and waits again."""
        _say("given back: it waits")
        return self._written(lambda: self.store.put_off(self.slot_id, self.token))

    def _written(self, write: Callable[[], bool]) -> bool:
        """What `write` tells: whether the slot is this worker's. A store that does not take it is asked for a
        while."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                done = write()
                break
            except MLOpsError as error:
                _say(str(error))
                if time.monotonic() > until:
                    return False
                time.sleep(_PAUSE)
        if not done:
            _say(LOST)
        return done

    # -- the lease

    def _cancelled(self) -> str | None:
        why = self.store.cancelled(self.slot_id)
        return why if why is None or why.startswith(ending.CANCELLED) else f"{ending.CANCELLED}: {why}"

    def _beat(self, stopper: Stopper) -> None:
        renewed = uptime()
        while not self._over.wait(LOOK):
            try:
                if uptime() >= renewed + BEAT:
                    if not self.store.beat(self.slot_id, self.token):
                        stopper.stop(LOST)
                        return
                    renewed = uptime()
                if (why := self._cancelled()) is not None:
                    stopper.stop(why)
            except MLOpsError as error:  # the disk is full, say: the run may go on while the lease lasts
                if uptime() > renewed + LEASE - 2 * BEAT:
                    stopper.stop(f"{SILENT}: {error}")


def log_of(root: Path, slot_id: int) -> Path:
    """Where the worker of this slot prints to."""
    return root / STATE_FOLDER / LOGS / f"{slot_id}.log"


def main(words: Sequence[str]) -> int:
    """Run the slot that the words name; see `Worker.work`. 143 where a signal came before anything else."""
    root, slot_id, token = Path(words[0]).absolute(), int(words[1]), words[2]
    try:
        with stoppable():
            forget_inherited()
            _print_to(log_of(root, slot_id))
            os.chdir(root)
            return Worker(root, slot_id, token).work()
    except SystemExit as end:
        return int(str(end.code))
    except MLOpsError as error:  # nothing ran: the slot will be taken back
        _say(str(error))
        return error.exit_code


def _print_to(log: Path) -> None:
    """Standard output and error go to the file from now on, its owner's only; nothing is read."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.with_name(f"{int(log.stem) - _LOGS_KEPT}.log").unlink(missing_ok=True)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, handle), (2, handle)):
        os.dup2(source, target)
    os.close(handle)
    os.close(null)


def _say(line: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
