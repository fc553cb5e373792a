"""Schedulers and workers as processes of their own on one project, to be killed, stopped, and lied to about
the time.

``python -m tests.faults.scenarios.schedulers FOLDER`` is one scheduler: real ticks on the real store. Its
workers do what real ones do with their slot, and nothing else; each is a fork, so that a thousand come up in
little time. What they do is written to ``FOLDER/log``, line by line.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.clock import Clock
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.processes import started
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.scheduling.tick import tick

ROOT = Path(__file__).parents[3]
PAUSE = 0.05  # seconds between two ticks


@dataclass(frozen=True)
class Setup:
    """What all processes of a project are told: schedules by name, seconds of a lease and of the work of a
    slot, how many slots run at once."""

    schedules: Mapping[str, Mapping[str, Any]]
    lease: float = 2.0
    work: float = 0.2
    limit: int = 8


class Moved(Clock):
    """The system's clock, put forward or back by as many seconds as the file says."""

    def __init__(self, offset: Path) -> None:
        super().__init__()
        object.__setattr__(self, "offset", offset)

    def now(self) -> datetime:
        said = 0.0
        with contextlib.suppress(OSError, ValueError):
            said = float(Path(self.offset).read_text())  # type: ignore[attr-defined]
        return datetime.now(UTC) + timedelta(seconds=said)


class Line(NamedTuple):
    """A worker took up a try of a slot, or was done with it."""

    what: str
    slot: int
    attempt: int
    pid: int
    when: float


def say(folder: Path, *words: object) -> None:
    """A line that is there whole or not at all, whoever else writes."""
    with open(folder / "log", "ab", buffering=0) as log:
        log.write((" ".join(map(str, words)) + "\n").encode())


def work(folder: Path, setup: Setup, slot_id: int, attempt: int, token: str) -> None:
    """A worker: it takes up its slot, works, beats meanwhile, and puts down its end."""
    store = SlotStore(folder, Moved(folder / "offset"), lease=setup.lease)

    def may_go_on() -> bool:
        return store.beat(slot_id, token) and store.cancelled(slot_id) is None

    if not may_go_on():
        return
    say(folder, "begin", slot_id, attempt, os.getpid(), time.monotonic())
    until = time.monotonic() + setup.work
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, setup.lease / 6))
        if not may_go_on():
            return
    say(folder, "end", slot_id, attempt, os.getpid(), time.monotonic())
    store.finish(slot_id, token, SlotStatus.RAN, outcome=RunStatus.FINISHED)


def workshop(folder: Path, setup: Setup) -> int:
    """A process that forks a worker for each line ``SLOT ATTEMPT TOKEN`` that is written to this descriptor.
    It comes up before the scheduler opens the database, which no process may hand on to a fork of its own."""
    lines, end = os.pipe()
    if os.fork():
        os.close(lines)
        return end
    os.close(end)
    with os.fdopen(lines) as orders:
        for order in orders:
            slot_id, attempt, token = order.split()
            if os.fork() == 0:
                try:
                    os.setsid()
                    work(folder, setup, int(slot_id), int(attempt), token)
                finally:
                    os._exit(0)
    os._exit(0)


def schedule(folder: Path) -> None:
    """A scheduler, until there is the file ``stop``."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers
    faulthandler.register(signal.SIGUSR1)
    setup = Setup(**json.loads((folder / "setup.json").read_text()))
    clock = Moved(folder / "offset")
    store = SlotStore(folder, clock, lease=setup.lease)
    planned = {name: Planned(name, Schedule.model_validate(said)) for name, said in setup.schedules.items()}

    orders = workshop(folder, setup)

    def launch(slot: Slot, token: str) -> None:
        os.write(orders, f"{slot.id} {slot.attempt} {token}\n".encode())

    store.sync(planned, clock.now())
    store.register(me(), "command")
    while not (folder / "stop").exists():
        try:
            tick(store, planned, clock.now(), me(), limit=setup.limit, launch=launch)
        except MLOpsError as error:
            say(folder, "problem", error)
        time.sleep(PAUSE)


@dataclass
class Field:
    """The project in `folder` with so many schedulers, and what happened there."""

    folder: Path
    setup: Setup
    count: int = 1
    schedulers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Field:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "setup.json").write_text(json.dumps(asdict(self.setup)))
        self.store = SlotStore(self.folder, Moved(self.folder / "offset"), lease=self.setup.lease)
        self.schedulers = [self.start() for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / "stop").touch()
        for process in self.schedulers:
            with contextlib.suppress(OSError):
                process.send_signal(signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
        for line in self.working():
            with contextlib.suppress(OSError):
                os.kill(line.pid, signal.SIGKILL)
        self.store.close()

    def start(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tests.faults.scenarios.schedulers", str(self.folder)]
        return subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def lines(self) -> list[Line]:
        """What the workers did."""
        log = self.folder / "log"
        told = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [
            Line(words[0], int(words[1]), int(words[2]), int(words[3]), float(words[4]))
            for words in told
            if words[0] in {"begin", "end"}
        ]

    def problems(self) -> list[str]:
        """What schedulers could not do."""
        log = self.folder / "log"
        told = log.read_text().splitlines() if log.exists() else []
        return [line for line in told if line.startswith("problem")]

    def working(self) -> list[Line]:
        """The tries that go on, each with its process."""
        ended = {(line.slot, line.attempt) for line in self.lines() if line.what == "end"}
        begun = [line for line in self.lines() if line.what == "begin"]
        return [x for x in begun if (x.slot, x.attempt) not in ended and started(x.pid) is not None]

    def kill_a_scheduler(self, chance: random.Random) -> None:
        """One of them is killed, another one comes."""
        index = chance.randrange(len(self.schedulers))
        self.schedulers[index].kill()
        self.schedulers[index].wait()
        self.schedulers[index] = self.start()
        self.kills["schedulers"] += 1

    def kill_a_worker(self, chance: random.Random) -> Line | None:
        """One of those that work is killed; None where none does."""
        found = self.working()
        if not found:
            return None
        line = chance.choice(found)
        with contextlib.suppress(OSError):
            os.kill(line.pid, signal.SIGKILL)
        self.kills["workers"] += 1
        return line

    def settled(self, count: int, seconds: float) -> bool:
        """Wait until so many slots are there, and all are over; False if that takes longer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            counts: Counter[str] = Counter()
            for state in self.store.states().values():
                counts.update(state.counts)
            if counts.total() >= count and not counts["due"] and not counts["running"]:
                return True
            time.sleep(0.1)
        return False

    def slots(self) -> list[Slot]:
        """All slots."""
        return self.store.slots(limit=1_000_000)


def doubled(field: Field) -> list[str]:
    """What ran twice: a try that two took up, or one that was taken up while an earlier one of its slot went
    on."""
    begun, ended = defaultdict[int, list[Line]](list), defaultdict[int, list[Line]](list)
    for line in field.lines():
        (begun if line.what == "begin" else ended)[line.slot].append(line)
    wrong = []
    for slot, lines in begun.items():
        if len({line.attempt for line in lines}) < len(lines):
            wrong.append(f"slot {slot}: one try was taken up by several")
        for earlier, later in pairwise(lines):
            if any(line.attempt == earlier.attempt and line.when > later.when for line in ended[slot]):
                wrong.append(f"slot {slot}: two tries at the same time")
    return wrong


def unrecorded(field: Field, expected: Mapping[str, Sequence[datetime]]) -> list[str]:
    """Due times without a slot that says how it ended, or with one that says what did not happen."""
    found = {(slot.schedule, slot.due): slot for slot in field.slots()}
    done = {line.slot for line in field.lines() if line.what == "begin"}
    wrong = []
    for name, dues in expected.items():
        for due in dues:
            slot = found.get((name, due))
            if slot is None or slot.ended is None:
                wrong.append(f"{name} {due:%H:%M:%S.%f}: {'no slot' if slot is None else slot.status.value}")
            elif slot.status is SlotStatus.RAN and slot.id not in done:
                wrong.append(
                    f"{name} {due:%H:%M:%S.%f}: no worker took it up, and yet it {slot.status.value}"
                )
            elif slot.status is not SlotStatus.RAN and not slot.why:
                wrong.append(f"{name} {due:%H:%M:%S.%f}: {slot.status.value}, nobody knows why")
    return wrong


if __name__ == "__main__":
    schedule(Path(sys.argv[1]))
