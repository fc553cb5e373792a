"""The scheduler's loop on workers that do nothing but what becomes of their slot. Real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotKind, SlotStatus
from jupyter_mlops.scheduling.loop import Declared, Ended, Scheduler
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.scheduling.workers import Workers
from tests.scheduling.ticking import NOON

WORKER = """
import os, sys, time
from pathlib import Path
from jupyter_mlops.entities import RunStatus, SlotStatus
from jupyter_mlops.scheduling.store import SlotStore

root, slot_id, token, does = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
store = SlotStore(root)
store.beat(slot_id, token)
if does == "dies":
    os._exit(9)
while not (root / "go").exists():
    time.sleep(0.01)
outcome = RunStatus.FAILED if does == "fails" else RunStatus.FINISHED
store.finish(slot_id, token, SlotStatus.RAN, outcome=outcome)
"""


class Quick(Workers):
    """Of each try of a slot it is told what becomes of it."""

    def __init__(self, root: Path, *does: str) -> None:
        super().__init__(root, {})
        self.root, self.does = root, does

    def launch(self, slot: Slot, token: str) -> None:
        does = self.does[min(slot.attempt, len(self.does)) - 1]
        command = [sys.executable, "-c", WORKER, str(self.root), str(slot.id), token, does]
        self._going.append(subprocess.Popen(command))


class Loops:
    """A project with schedules of no time of their own, of which slots are asked for."""

    def __init__(self, root: Path, **fields: object) -> None:
        self.root = root
        self.store = SlotStore(root)
        self.stop = threading.Event()
        self.told: list[str] = []
        told = {"notebook": "a.ipynb", "cron": "@yearly", **fields}
        self.planned = {"nightly": Planned("nightly", Schedule.model_validate(told))}
        (root / "go").touch()

    def ask(self, count: int = 1, kind: SlotKind = SlotKind.MANUAL) -> list[Slot]:
        now = self.store.clock.now()
        made = [self.store.offer("nightly", str(number), now, kind) for number in range(count)]
        return [slot for slot in made if slot is not None]

    def of(self, *does: str, limit: int = 1) -> Scheduler:
        declared = Declared(self.planned, limit)
        workers = Quick(self.root, *(does or ("finishes",)))
        return Scheduler(self.store, lambda: declared, workers, me(), self.told.append)

    def once(self, *does: str, limit: int = 1) -> Ended:
        return self.of(*does, limit=limit).once(self.stop)


@pytest.fixture
def loops(bare_folder: Path) -> Iterator[Loops]:
    made = Loops(bare_folder, retries=1, backoff=0.01, limit=3)
    yield made
    made.store.close()


def test_a_try_that_is_due_again_is_seen_to_the_end_also_by_once(loops: Loops) -> None:
    loops.ask()
    found = loops.once("fails", "finishes")
    assert found.exit_code == 0
    assert [(slot.status, slot.attempt) for slot in found.began] == [(SlotStatus.RAN, 2)]
    loops.root.joinpath("go").touch()


def test_a_slot_of_a_dead_worker_is_told_once(loops: Loops) -> None:
    loops.ask()
    assert loops.once("dies").exit_code == 4
    assert sum("KILLED" in line and "tried again" not in line for line in loops.told) == 1
    assert sum("KILLED" in line and "tried again" in line for line in loops.told) == 1

    loops.told.clear()
    loops.store.offer("nightly", "more", NOON, SlotKind.MANUAL)
    seen = loops.told

    def tell(line: str) -> None:
        seen.append(line)
        if "KILLED" in line and "tried again" not in line:
            loops.stop.set()

    scheduler = loops.of("dies")
    scheduler._tell = tell
    scheduler.run(loops.stop)
    assert sum("KILLED" in line and "tried again" not in line for line in seen) == 1


def test_two_that_look_once_share_what_waits_and_begin_none_twice(loops: Loops) -> None:
    slots = loops.ask(4)
    others = Loops(loops.root, limit=3)
    found: list[Ended] = []
    thread = threading.Thread(target=lambda: found.append(others.once()))
    thread.start()
    found.append(loops.once())
    thread.join()
    others.store.close()
    assert [each.exit_code for each in found] == [0, 0]
    began = [slot.id for each in found for slot in each.began]
    assert sorted(began) == [slot.id for slot in slots]
    assert {slot.outcome for slot in loops.store.slots("nightly")} == {RunStatus.FINISHED}


def test_a_stopped_one_says_what_it_leaves(loops: Loops) -> None:
    loops.root.joinpath("go").unlink()
    loops.ask(2)
    loops.stop.set()
    found = loops.once()
    assert (len(found.going), found.waiting) == (1, 1)
    loops.root.joinpath("go").touch()
    loops.stop.clear()
    assert loops.once().exit_code == 0  # the others have to wait for that run
    assert {slot.status for slot in loops.store.slots("nightly")} == {SlotStatus.RAN}


def test_what_waits_for_other_reasons_than_room_is_not_waited_for(loops: Loops) -> None:
    loops.store.sync(loops.planned, loops.store.clock.now())
    loops.ask(1, SlotKind.RETRAIN)
    loops.store.pause("nightly", "me")
    later = loops.store.clock.now().replace(year=2100)
    loops.store.offer("nightly", "later", later, SlotKind.MANUAL, not_before=later)
    found = loops.once()
    assert (found.began, found.waiting, found.exit_code) == ((), 0, 0)


def test_once_fails_where_its_database_is_taken_away(loops: Loops) -> None:
    loops.root.joinpath("go").unlink()
    loops.ask(1)

    def tell(line: str) -> None:
        loops.told.append(line)
        if "began" in line:
            os.replace(loops.store.path, loops.root / "old.db")

    scheduler = loops.of()
    scheduler._tell = tell
    found = scheduler.once(loops.stop)
    loops.root.joinpath("go").touch()
    assert found.exit_code == 4
    assert any("nightly: its slot, due " in line and "is known no more" in line for line in loops.told)


@pytest.mark.parametrize(
    ("slots", "failed", "code"),
    [
        ((), False, 0),
        ((), True, 4),
        ((("ran", "FINISHED", ""),), False, 0),
        ((("ran", "FAILED", ""), ("skipped", None, "source: gone")), False, 1),
        ((("ran", "FINISHED", ""), ("skipped", None, "parameters: no C")), False, 2),
        ((("ran", "FAILED", ""), ("ran", "KILLED", "")), False, 4),
        ((("skipped", None, "its worker did not come up, 3 times"),), True, 4),
        ((("skipped", None, "there is no champion yet"),), False, 0),
        ((("due", None, ""),), False, 4),
    ],
)
def test_the_exit_code_tells_the_worst_that_happened(
    slots: tuple[tuple[str, str | None, str], ...], failed: bool, code: int
) -> None:
    began = tuple(
        Slot(
            id=number,
            schedule="s",
            key=str(number),
            kind=SlotKind.TIME,
            due=NOON,
            status=SlotStatus(status),
            outcome=None if outcome is None else RunStatus(outcome),
            why=why,
        )
        for number, (status, outcome, why) in enumerate(slots)
    )
    assert Ended(began, failed=failed).exit_code == code


def test_schedules_that_mlops_yaml_has_lost_are_named_by_once(loops: Loops) -> None:
    loops.once()
    loops.ask()
    loops.planned = {}
    loops.once()
    assert "no longer in mlops.yaml, though slots wait or it is paused: nightly" in loops.told
    assert [slot.status for slot in loops.store.slots("nightly")] == [SlotStatus.DUE]
