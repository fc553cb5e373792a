"""The process that runs one slot: whatever becomes of it, its end is told once, and nothing goes on."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.entities import RunStatus, Slot, SlotKind, SlotStatus
from jupyter_mlops.files import is_gone
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.leases import Terms
from jupyter_mlops.scheduling.loop import Declared, Scheduler
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.scheduling.workers import Workers
from jupyter_mlops.worker import log_of
from tests.conftest import cell, write
from tests.waiting import PATIENCE, until

DUE = datetime(2026, 11, 29, 12, tzinfo=UTC)
CONFIG = """
schedules:
  nightly: {notebook: nb/n.ipynb, every: 1h, retries: 1, limit: 9}
  misfit: {notebook: nb/n.ipynb, every: 1h, parameters: {gone: 1}}
notify: [{command: ["true"]}]
"""
SOURCE = """
import os, pathlib, time
pathlib.Path(f"../{name}.pid").write_text(str(os.getpid()))
print("begun", flush=True)
time.sleep(seconds)
"""


@pytest.fixture
def store(folder: Path) -> Iterator[SlotStore]:
    (folder / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "nb").mkdir()
    parameters = cell("name: str = 'n'\nseconds: float = 0", "parameters")
    write(folder / "nb" / "n.ipynb", [parameters, cell(SOURCE)])
    made = SlotStore(folder)
    yield made
    made.close()
    while _begun:
        process = _begun.pop()
        process.kill()
        process.wait()


_begun: list[subprocess.Popen[bytes]] = []


class Worked:
    """A worker of a slot of its own, which it gets claimed for it."""

    def __init__(
        self, store: SlotStore, key: str, schedule: str = "nightly", *, retries: int = 1, **parameters: object
    ) -> None:
        self.store, self.root = store, store.path.parent.parent
        slot = store.offer(schedule, key, DUE, SlotKind.MANUAL, parameters=parameters)
        assert slot is not None
        with store.writing() as connection:
            taken = store.take(connection, slot.id, me(), Terms(retries, 60.0), DUE)
        assert taken is not None
        self.id, self.token = slot.id, taken[1]
        words = [sys.executable, "-P", "-m", "jupyter_mlops.worker", str(self.root), str(self.id), self.token]
        self.process = subprocess.Popen(words, cwd="/", start_new_session=True)
        _begun.append(self.process)
        self.kernel = self.root / f"{key}.pid"

    @property
    def slot(self) -> Slot:
        found = self.store.slot(self.id)
        assert found is not None
        return found

    @property
    def log(self) -> str:
        return log_of(self.root, self.id).read_text(encoding="utf-8")

    def kernel_is_there(self) -> bool:
        return self.kernel.exists() and bool(self.kernel.read_text())

    def kernel_is_gone(self) -> bool:
        return is_gone(int(self.kernel.read_text()))


def test_a_slots_end_is_told_whatever_becomes_of_its_worker(store: SlotStore) -> None:
    well = Worked(store, "well", name="well")
    held = {key: Worked(store, key, name=key, seconds=600) for key in ("asked", "told", "lost")}
    held["killed"] = Worked(store, "killed", name="killed", seconds=600, retries=0)
    for each in held.values():
        until(each.kernel_is_there)
        assert each.slot.run_id is not None  # known while it goes on
        assert not each.kernel_is_gone()
    assert well.process.wait(PATIENCE) == 0
    assert (well.slot.status, well.slot.outcome) == (SlotStatus.RAN, RunStatus.FINISHED)
    assert f"run {well.slot.run_id}" in well.log
    assert stat.S_IMODE(os.stat(log_of(well.root, well.id)).st_mode) == 0o600

    store.request_cancel(held["asked"].id, "cancelled by ada")
    held["told"].process.send_signal(signal.SIGTERM)
    with store.writing() as connection:  # a scheduler has taken it back, and another worker has it
        connection.execute("UPDATE slots SET token = 'other' WHERE id = ?", [held["lost"].id])
    held["killed"].process.kill()
    for each in held.values():
        until(each.kernel_is_gone)

    assert held["asked"].process.wait(PATIENCE) == 0
    slot = held["asked"].slot
    assert (slot.status, slot.outcome, slot.why) == (SlotStatus.RAN, RunStatus.KILLED, "cancelled by ada")

    assert held["told"].process.wait(PATIENCE) == 0
    slot = held["told"].slot  # by the schedule's policy it is tried again
    assert (slot.status, slot.outcome, slot.why) == (SlotStatus.DUE, RunStatus.KILLED, "it was told to end")

    assert held["lost"].process.wait(PATIENCE) == 1
    assert held["lost"].slot.status is SlotStatus.RUNNING  # nothing but the other worker says how it ended
    assert held["lost"].slot.outcome is None

    assert held["killed"].process.wait(PATIENCE) == -signal.SIGKILL
    stopped = threading.Event()
    stopped.set()
    workers = Workers(store.path.parent.parent, {})
    Scheduler(store, lambda: Declared({}, 1), workers, me(), print).once(stopped)
    slot = held["killed"].slot
    assert (slot.status, slot.outcome, slot.why) == (SlotStatus.RAN, RunStatus.KILLED, "its worker is gone")
    project = Project()
    assert [each.subject for each in project.notices()] == ["nightly: KILLED: its worker is gone"]
    for each in held.values():
        assert project.show(str(each.slot.run_id)).run.status is RunStatus.KILLED


@pytest.mark.usefixtures("local")
def test_what_cannot_begin_is_skipped_and_told_and_a_worker_without_the_slot_does_nothing(
    store: SlotStore,
) -> None:
    misfit = Worked(store, "misfit", "misfit")
    removed = Worked(store, "removed", "removed")
    assert misfit.process.wait(PATIENCE) == 0
    assert misfit.slot.status is SlotStatus.SKIPPED
    assert misfit.slot.why.startswith("parameters: ")
    assert removed.process.wait(PATIENCE) == 0
    assert (removed.slot.status, removed.slot.attempt) == (SlotStatus.DUE, 0)  # schedulers tell what is gone
    subjects = sorted(each.subject for each in Project().notices())
    assert [subject.partition(":")[0] for subject in subjects] == ["misfit"]

    whole = (misfit.root / "mlops.yaml").read_text(encoding="utf-8")
    (misfit.root / "mlops.yaml").write_text(whole[:-20], encoding="utf-8")  # half of it is saved
    early = Worked(store, "early")
    assert early.process.wait(PATIENCE) == 0
    assert (early.slot.status, early.slot.attempt, early.slot.why) == (SlotStatus.DUE, 0, "")
    assert "not valid YAML" in early.log
    (misfit.root / "mlops.yaml").write_text(whole, encoding="utf-8")

    again = subprocess.run(
        [sys.executable, "-P", "-m", "jupyter_mlops.worker", str(misfit.root), str(misfit.id), misfit.token],
        timeout=PATIENCE,
        check=False,
    )
    assert again.returncode == 1
    assert misfit.slot.status is SlotStatus.SKIPPED
