"""What schedules stand at: slots, leases, pauses, memories, in one file that many processes share."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotKind, SlotStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling import database
from jupyter_mlops.scheduling.leases import Terms
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.processes import started
from jupyter_mlops.scheduling.store import Offer, SlotStore, me, time_key

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SlotStore]:
    made = SlotStore(tmp_path)
    yield made
    made.close()


def planned(name: str = "nightly", **fields: object) -> dict[str, Planned]:
    return {name: Planned(name, Schedule.model_validate({"notebook": "a.ipynb", "every": 3600, **fields}))}


def offered(store: SlotStore, key: str = "k", kind: SlotKind = SlotKind.MANUAL) -> Slot:
    slot = store.offer("nightly", key, NOW, kind)
    assert slot is not None
    return slot


def taken(store: SlotStore, slot: Slot, retries: int = 0, backoff: float = 60.0) -> str:
    with store.writing() as connection:
        found = store.take(connection, slot.id, me(), Terms(retries, backoff), store.clock.now())
    assert found is not None
    return found[1]


def now_of(store: SlotStore, slot: Slot) -> Slot:
    found = store.slot(slot.id)
    assert found is not None
    return found


def test_reading_makes_no_file(store: SlotStore) -> None:
    assert store.slots() == []
    assert store.states() == {}
    assert store.schedulers() == []
    assert store.slot(1) is None
    assert store.recollections() == {}
    assert not store.path.exists()
    assert not store.path.parent.exists()


def test_the_files_are_their_owners_only(store: SlotStore) -> None:
    offered(store)
    for path in store.path.parent.glob("scheduler.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_of_one_key_there_is_one_slot(store: SlotStore) -> None:
    first = offered(store)
    assert store.offer("nightly", "k", NOW, SlotKind.TRIGGER) is None
    assert store.offer("weekly", "k", NOW, SlotKind.TRIGGER) is not None
    assert store.slots("nightly") == [first]
    assert store.slot_by_key("nightly", "k") == first
    assert first.status is SlotStatus.DUE
    assert first.due == NOW


def test_a_slot_is_claimed_once_and_its_end_is_written_by_who_holds_it(store: SlotStore) -> None:
    slot = offered(store)
    token = taken(store, slot)
    with store.writing() as connection:
        assert store.take(connection, slot.id, "other:1", Terms(), NOW) is None
    assert not store.beat(slot.id, "another token")
    assert store.beat(slot.id, token)
    assert not store.finish(slot.id, "another token", SlotStatus.RAN, outcome=RunStatus.FAILED)
    assert store.note_run(slot.id, token, "r1")
    assert store.finish(slot.id, token, SlotStatus.RAN, outcome=RunStatus.FINISHED)
    ended = now_of(store, slot)
    assert (ended.status, ended.outcome, ended.run_id) == (SlotStatus.RAN, RunStatus.FINISHED, "r1")
    assert ended.owner == me()
    assert ended.attempt == 1
    assert ended.ended is not None
    assert not store.finish(slot.id, token, SlotStatus.RAN, outcome=RunStatus.KILLED)
    assert now_of(store, slot) == ended


def test_a_failed_run_is_tried_again_after_a_doubled_pause(store: SlotStore) -> None:
    slot, pauses = offered(store), []
    for _ in range(3):
        token = taken(store, slot, retries=2, backoff=10)
        before = store.clock.now()
        assert store.finish(slot.id, token, SlotStatus.RAN, outcome=RunStatus.FAILED, why="cell 3")
        found = now_of(store, slot)
        if found.not_before is not None:
            pauses.append(round((found.not_before - before).total_seconds()))
    assert pauses == [10, 20]
    assert (found.status, found.outcome, found.attempt) == (SlotStatus.RAN, RunStatus.FAILED, 3)


def test_a_try_that_ended_well_does_not_tell_what_was_wrong_with_the_one_before(store: SlotStore) -> None:
    slot = offered(store)
    token = taken(store, slot, retries=1)
    store.finish(slot.id, token, SlotStatus.RAN, outcome=RunStatus.FAILED, why="cell 3")
    assert now_of(store, slot).why == "cell 3"
    store.finish(slot.id, taken(store, slot, retries=1), SlotStatus.RAN, outcome=RunStatus.FINISHED)
    found = now_of(store, slot)
    assert (found.outcome, found.attempt, found.why) == (RunStatus.FINISHED, 2, "")


@pytest.mark.parametrize("ending", ["cancelled", "not to be tried again", "skipped"])
def test_what_is_not_tried_again(store: SlotStore, ending: str) -> None:
    slot = offered(store)
    token = taken(store, slot, retries=5)
    if ending == "cancelled":
        store.request_cancel(slot.id, "for a newer one")
        assert store.beat(slot.id, token)  # it is still held
        assert store.cancelled(slot.id) == "for a newer one"
    status = SlotStatus.SKIPPED if ending == "skipped" else SlotStatus.RAN
    outcome = None if ending == "skipped" else RunStatus.KILLED
    assert store.finish(slot.id, token, status, outcome=outcome, retry=ending != "not to be tried again")
    assert now_of(store, slot).status is status


def test_cancelling_what_waits_skips_it(store: SlotStore) -> None:
    found = store.request_cancel(offered(store).id)
    assert found is not None
    assert (found.status, found.why) == (SlotStatus.SKIPPED, "cancelled")


def test_counts_and_last_follow_each_change(store: SlotStore) -> None:
    store.sync(planned(), NOW)
    first, second = offered(store, "1"), offered(store, "2")
    store.finish(first.id, taken(store, first), SlotStatus.RAN, outcome=RunStatus.FINISHED)
    store.request_cancel(second.id)
    third = offered(store, "3")
    taken(store, third)
    state = store.states()["nightly"]
    assert state.counts == {"running": 1, "ran": 1, "skipped": 1}
    assert state.running == 1
    assert state.last is not None
    assert state.last.id == third.id
    assert state.waiting == 0
    assert store.states(["other"]) == {}


def test_old_slots_are_let_go_and_still_counted(store: SlotStore) -> None:
    store.offer_all(
        Offer("nightly", str(i), NOW + i * HOUR, status=SlotStatus.SKIPPED, why="late") for i in range(30)
    )
    waiting = store.offer("nightly", "old", NOW - HOUR, SlotKind.MANUAL)
    assert store.prune(kept=10, when=30) == 0
    assert store.prune(kept=10, when=20) == 20
    assert [slot.key for slot in store.slots("nightly", limit=50)] == [*map(str, range(29, 19, -1)), "old"]
    assert store.states()["nightly"].counts == {"skipped": 30, "due": 1}
    assert waiting is not None
    assert store.prune(kept=10, when=20) == 0


def test_of_a_removed_schedule_waiting_slots_are_skipped_and_history_stays(store: SlotStore) -> None:
    store.sync(planned(), NOW)
    ran, waits = offered(store, "1"), offered(store, "2")
    store.finish(ran.id, taken(store, ran), SlotStatus.RAN, outcome=RunStatus.FINISHED)
    store.offer_and_remember("nightly", {"seen": 1}, ())
    assert store.sync(planned(every=60), NOW) == []  # changed
    assert store.sync({}, NOW) == []
    assert store.forget_gone(NOW) == []
    assert [slot.id for slot in store.forget_gone(NOW, after=0.0)] == [waits.id]
    assert now_of(store, waits).why == "the schedule was removed"
    assert store.forget_gone(NOW, after=0.0) == []
    store.sync(planned(), NOW)
    assert len(store.slots("nightly")) == 2
    assert store.recollections()["nightly"][0] is None


def test_a_schedule_that_comes_back_soon_is_as_it_was(store: SlotStore) -> None:
    store.sync(planned(), NOW)
    store.pause("nightly", "ada", NOW)
    store.offer_and_remember("nightly", {"seen": 1}, ())
    waits = offered(store)
    store.sync({}, NOW + HOUR)
    store.sync(planned(), NOW + HOUR)
    assert store.forget_gone(NOW, after=0.0) == []
    assert now_of(store, waits).status is SlotStatus.DUE
    assert store.recollections()["nightly"][0] == {"seen": 1}
    assert store.states()["nightly"].cursor == NOW
    store.sync({}, NOW + HOUR)
    store.forget_gone(NOW, after=0.0)
    store.sync(planned(), NOW + HOUR)
    assert store.states()["nightly"].paused == "by ada since 2026-11-29 12:00 UTC"  # also after long


def test_one_that_somebody_removes_is_forgotten_at_once(store: SlotStore) -> None:
    assert store.forget("nightly") == []
    assert not store.path.exists()
    store.sync(planned(), NOW)
    store.pause("nightly", "ada", NOW)
    waits = offered(store)
    assert [slot.id for slot in store.forget("nightly")] == [waits.id]
    store.sync(planned(), NOW)
    assert store.states()["nightly"].paused is None


def test_what_is_put_off_waits_and_was_no_try(store: SlotStore) -> None:
    slot = offered(store)
    assert not store.put_off(slot.id, "another token")
    before = store.clock.now()
    assert store.put_off(slot.id, taken(store, slot))
    found = now_of(store, slot)
    assert (found.status, found.attempt, found.owner) == (SlotStatus.DUE, 0, None)
    assert found.not_before is not None
    assert 10 < (found.not_before - before).total_seconds() < 60


def test_a_file_of_the_first_version_gets_what_is_new(store: SlotStore) -> None:
    offered(store)
    store.close()
    connection = sqlite3.connect(store.path)
    connection.execute("DROP INDEX schedules_gone")
    for column in ("pauses", "gone"):
        connection.execute(f"ALTER TABLE schedules DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert len(store.slots()) == 1
    store.sync(planned(), NOW)
    assert store.pause("nightly", "ada", NOW)
    assert store.resume("nightly", NOW)


def test_paused_it_is_offered_nothing_but_by_people(store: SlotStore) -> None:
    assert store.pause("nightly", "ada", NOW)
    assert not store.pause("nightly", "bob", NOW)
    assert store.states()["nightly"].paused == "by ada since 2026-11-29 12:00 UTC"
    change = offered(store, "change", SlotKind.TRIGGER)
    assert (change.status, change.why) == (SlotStatus.SKIPPED, "paused")
    assert offered(store, "by hand").status is SlotStatus.DUE
    assert store.resume("nightly", NOW)
    assert not store.resume("nightly", NOW)
    assert store.states()["nightly"].paused is None
    assert offered(store, "change 2", SlotKind.TRIGGER).status is SlotStatus.DUE


def test_memory_and_slots_are_kept_together_by_one_of_those_who_looked(store: SlotStore) -> None:
    assert store.recollections() == {}
    change = Offer("fresh", "c1", NOW, SlotKind.TRIGGER, why="data.csv changed")
    assert store.offer_and_remember("fresh", {"at": 1}, [change], version=0) is not None
    assert store.offer_and_remember("fresh", {"at": 9}, [change], version=0) is None
    assert store.recollections()["fresh"] == ({"at": 1}, 1)
    assert len(store.slots("fresh")) == 1
    with pytest.raises(TypeError):  # not JSON: neither is kept
        store.offer_and_remember("fresh", {"at": object()}, [Offer("fresh", "c2", NOW)])
    assert store.recollections()["fresh"][0] == {"at": 1}
    assert len(store.slots("fresh")) == 1


def test_schedulers_come_are_heard_and_go(store: SlotStore) -> None:
    store.register("here:1", "command")
    store.register("here:2", "jupyter")
    store.heard("here:1")
    assert [(found.owner, found.alive, found.where) for found in store.schedulers()] == [
        ("here:1", True, "command"),
        ("here:2", True, "jupyter"),
    ]
    store.gone("here:1")
    assert [found.owner for found in store.schedulers()] == ["here:2"]


def damaged(store: SlotStore) -> None:
    store.path.write_bytes(b"no database at all" * 100)


def newer(store: SlotStore) -> None:
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def folder(store: SlotStore) -> None:
    store.path.unlink()
    store.path.mkdir()


@pytest.mark.parametrize(
    ("harm", "told"),
    [(damaged, "not a database"), (newer, "newer jupyter-mlops"), (folder, "unable to open")],
)
def test_a_file_that_cannot_be_used_is_told_in_a_line(
    store: SlotStore, harm: Callable[[SlotStore], None], told: str
) -> None:
    offered(store)
    store.close()
    harm(store)
    for use in (store.slots, lambda: offered(store, "2")):
        with pytest.raises(MLOpsError, match=told) as caught:
            use()
        assert str(store.path) in str(caught.value)
        assert caught.value.hint
        assert caught.value.exit_code == 4


def test_a_file_that_another_keeps_locked_is_told_in_a_line(
    store: SlotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = offered(store)
    monkeypatch.setattr(database, "BUSY", 0.05)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.close()
    with pytest.raises(MLOpsError, match="locked") as caught:
        offered(store, "2")
    assert caught.value.hint
    assert caught.value.exit_code == 4
    assert store.slots() == [first]  # who reads does not wait
    other.close()
    offered(store, "2")


def test_a_lease_of_another_machine_or_another_boot(store: SlotStore) -> None:
    slots = [offered(store, str(number)) for number in range(3)]
    for slot in slots:
        assert store.beat(slot.id, taken(store, slot))
    with store.writing() as connection:
        set_to = "UPDATE slots SET boot = 'b', host = coalesce(?, host), heard = heard - ? WHERE id = ?"
        connection.execute(set_to, [None, 0, slots[0].id])  # of this machine, before it was started anew
        connection.execute(set_to, ["elsewhere", 600, slots[1].id])
        connection.execute(set_to, ["elsewhere", 7200, slots[2].id])
    assert [slot.id for slot in store.reap()] == [slots[0].id, slots[2].id]
    assert [slot.id for slot in store.running()] == [slots[1].id]


def test_a_worker_that_is_silent_gets_a_little_longer_and_is_then_killed(tmp_path: Path) -> None:
    store = SlotStore(tmp_path, lease=0.05)
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    slot = offered(store)
    assert store.beat(slot.id, taken(store, slot))
    with store.writing() as connection:
        connection.execute(
            "UPDATE slots SET worker = ?, worker_started = ?", [worker.pid, started(worker.pid)]
        )
    time.sleep(0.1)
    assert store.reap() == []
    time.sleep(0.1)
    assert [(found.outcome, found.why) for found in store.reap()] == [
        (RunStatus.KILLED, "its worker was not heard of for longer than its lease")
    ]
    assert worker.wait(30) == -signal.SIGKILL
    store.close()


def test_a_full_disk_loses_nothing_that_was_there(store: SlotStore) -> None:
    first = offered(store)
    with store.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    store._opened().execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(MLOpsError, match="full") as caught:
        store.offer_all(Offer("nightly", f"{i} {'x' * 500}", NOW) for i in range(100))
    assert "free some space" in str(caught.value.hint)
    assert store.slots() == [first]


def test_a_file_that_was_taken_away_is_made_anew(store: SlotStore) -> None:
    offered(store)
    for path in store.path.parent.iterdir():
        path.unlink()
    assert store.slots() == []
    assert offered(store).status is SlotStatus.DUE


OFFER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from jupyter_mlops.entities import SlotKind
from jupyter_mlops.scheduling.processes import started
from jupyter_mlops.scheduling.store import SlotStore
store = SlotStore(Path(sys.argv[1]))
print(sum(store.offer("nightly", str(i), datetime.now(UTC), SlotKind.TRIGGER) is not None for i in range(30)))
"""


def test_processes_that_come_first_at_once_make_one_file(tmp_path: Path) -> None:
    words = [sys.executable, "-c", OFFER, str(tmp_path)]
    started = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum(map(int, told)) == 30


LOOK = """
import sys
from pathlib import Path
from jupyter_mlops.scheduling.store import SlotStore
store = SlotStore(Path(sys.argv[1]))
print(*(slot.key for slot in store.slots()))
store.close()
"""


def test_a_second_store_in_one_process_takes_no_locks_from_the_first(tmp_path: Path) -> None:
    first, second = SlotStore(tmp_path), SlotStore(tmp_path)
    offered(first, "1")
    offered(second, "2")
    second.close()
    words = [sys.executable, "-c", LOOK, str(tmp_path)]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.split() == ["2", "1"]
    offered(first, "3")  # whoever was last to close must not have taken its journal away
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.split() == ["3", "2", "1"]
    first.close()


def test_what_schedulers_import_is_light() -> None:
    heavy = "{'mlflow', 'pandas', 'numpy', 'sqlalchemy', 'psutil', 'pyarrow'}"
    look = f"import sys, jupyter_mlops.scheduling.store; sys.exit(str({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    assert done.stderr.strip() == "set()", done.stderr


def test_the_key_of_a_time_is_the_same_in_all_zones() -> None:
    assert time_key(NOW) == "2026-11-29T12:00:00+00:00"
    assert os.getpid() == int(me().rpartition(":")[2])
