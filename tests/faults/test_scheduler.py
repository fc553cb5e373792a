"""F14-F16, F18: several schedulers on one project, and workers, killed, stopped and told the wrong time.

With ``JUPYTER_MLOPS_LONG=1`` they come as often as the table of faults says.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import RunStatus, SlotStatus
from tests.faults.scenarios.schedulers import Field, Setup, doubled, unrecorded
from tests.waiting import until

LONG = bool(os.environ.get("JUPYTER_MLOPS_LONG"))
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, and their state read in /proc"),
    pytest.mark.timeout(900 if LONG else 120),
]


def timed(
    names: int, dues: int, every: float, **fields: Any
) -> tuple[dict[str, dict[str, Any]], dict[str, list[datetime]]]:
    """Schedules with so many due times each, and these: soon, one after another."""
    begin = datetime.now(UTC) + timedelta(seconds=1.5)
    times = [begin + timedelta(seconds=every * number) for number in range(dues)]
    said = {
        "notebook": "a.ipynb", "every": every, "start": begin.isoformat(), "overlap": "queue", "limit": 4,
        "end": (times[-1] + timedelta(seconds=every / 2)).isoformat(), "misfire": "all", **fields,
    }  # fmt: skip
    return {f"s{number}": dict(said) for number in range(names)}, {
        f"s{number}": times for number in range(names)
    }


def count(expected: Mapping[str, Sequence[datetime]]) -> int:
    return sum(map(len, expected.values()))


def told(field: Field, what: str) -> None:
    slots = field.slots()
    outcomes = {kind: sum(slot.outcome is kind for slot in slots) for kind in RunStatus}
    said = ", ".join(f"{number} {kind}" for kind, number in outcomes.items() if number)
    print(f"{what}: {len(slots)} slots ({said}), kills {dict(field.kills)}, {len(field.problems())} problems")


def test_f14_several_schedulers_killed_at_any_time(tmp_path: Path) -> None:
    names, dues, kills, schedulers = (10, 100, 40, 4) if LONG else (4, 10, 5, 2)
    chance = random.Random(14)
    schedules, expected = timed(names, dues, 1.0 if LONG else 0.25, backoff=0.1)
    for name in list(schedules)[::2]:
        schedules[name] = {**schedules[name], "retries": 1}
    length = dues * (1.0 if LONG else 0.25)
    setup = Setup(schedules, work=0.8 if LONG else 0.2, limit=16)
    with Field(tmp_path / "p", setup, schedulers) as field:
        time.sleep(1.5)
        while field.kills.total() < kills:
            time.sleep(chance.uniform(0.5, 1.5) * length / kills)
            if chance.random() < 0.5:
                field.kill_a_scheduler(chance)
            else:
                field.kill_a_worker(chance)
        assert field.settled(count(expected), 300 if LONG else 60), field.store.states()
        told(field, "F14")
        slots = field.slots()
        assert doubled(field) == []
        assert unrecorded(field, expected) == []
        assert len(slots) == count(expected)
        assert {slot.status for slot in slots} == {SlotStatus.RAN}
        killed = [slot for slot in slots if slot.outcome is RunStatus.KILLED]
        assert len(killed) <= field.kills["workers"]
        tries = {slot.id: 1 + schedules[slot.schedule].get("retries", 0) for slot in slots}
        assert all(slot.attempt <= tries[slot.id] for slot in slots)
        assert all(slot.attempt == tries[slot.id] for slot in killed)


def test_f16_no_slot_of_a_dead_worker_is_stuck(tmp_path: Path) -> None:
    kills, lease = (100, 3.0) if LONG else (4, 3.0)
    chance = random.Random(16)
    schedules, _ = timed(2, 10_000, 0.2, overlap="skip", backoff=0.1)
    schedules["s1"]["retries"] = 1
    waits = []
    with Field(tmp_path / "p", Setup(schedules, lease=lease, work=60.0)) as field:
        while field.kills.total() < kills:
            line = field.kill_a_worker(chance)
            if line is None:
                time.sleep(0.02)
                continue
            began = time.monotonic()
            while (slot := field.store.slot(line.slot)) is not None and (
                slot.status is SlotStatus.RUNNING and slot.attempt == line.attempt
            ):
                assert time.monotonic() < began + 2 * lease, f"stuck: {slot}"
                time.sleep(0.02)
            waits.append(time.monotonic() - began)
            assert slot is not None
            assert slot.outcome is RunStatus.KILLED
            retried = slot.schedule == "s1" and line.attempt == 1
            assert (slot.status is not SlotStatus.RAN) == retried, slot
        told(field, f"F16: noticed after {max(waits):.2f} s at most, a lease is {lease:.0f} s")
        assert doubled(field) == []


def test_f15_a_stopped_scheduler_makes_up_for_what_it_missed(tmp_path: Path) -> None:
    schedules, expected = timed(2, 12, 0.2, grace=0.5, misfire="latest")
    schedules["s1"]["misfire"] = "skip"
    with Field(tmp_path / "p", Setup(schedules, work=0.01)) as field:
        until(field.lines)
        field.schedulers[0].send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        field.schedulers[0].send_signal(signal.SIGCONT)
        assert field.settled(count(expected), 60)
        told(field, "F15")
        assert doubled(field) == []
        assert unrecorded(field, expected) == []
        ends = {name: {slot.status for slot in field.store.slots(name, limit=100)} for name in expected}
        assert ends["s0"] == {SlotStatus.RAN, SlotStatus.COALESCED}
        assert ends["s1"] == {SlotStatus.RAN, SlotStatus.SKIPPED}


def test_f15_a_stopped_worker_is_killed_before_its_slot_is_tried_again(tmp_path: Path) -> None:
    schedules, _ = timed(1, 1, 1.0, retries=1, backoff=0.1)
    with Field(tmp_path / "p", Setup(schedules, lease=0.8, work=0.8), 2) as field:
        first = until(field.working)[0]
        os.kill(first.pid, signal.SIGSTOP)
        assert field.settled(1, 60)
        slot = field.slots()[0]
        assert (slot.attempt, slot.outcome) == (2, RunStatus.FINISHED)
        assert first.pid not in {line.pid for line in field.working()}
        assert doubled(field) == []


def test_f18_the_clock_is_put_forward_and_back(tmp_path: Path) -> None:
    jumps = [3600, 0, -3600, 0] * (5 if LONG else 1)
    begin = datetime.now(UTC).replace(microsecond=0)
    schedules = {
        "all": {"notebook": "a.ipynb", "every": 60, "misfire": "all", "overlap": "queue", "limit": 8},
        "latest": {"notebook": "a.ipynb", "every": 1, "overlap": "queue", "limit": 8},
    }
    with Field(tmp_path / "p", Setup(schedules, work=0.01), 2) as field:
        until(lambda: len(field.store.states()) >= 2 and field.working() + field.lines())
        for jump in jumps:
            (field.folder / "moved").write_text(str(jump))
            os.replace(field.folder / "moved", field.folder / "offset")
            time.sleep(1.5 if LONG else 0.8)
            if jump == 3600:
                end = datetime.now(UTC) + timedelta(seconds=jump - 1)  # so far it was looked
        assert field.settled(1, 60) or field.store.waiting() == []
        told(field, "F18")
        assert doubled(field) == []
        slots = field.slots()
    for name, every in (("all", 60), ("latest", 1)):
        dues = [slot.due for slot in slots if slot.schedule == name]
        assert len(set(dues)) == len(dues)
        assert min(dues) > begin
        first = begin + timedelta(seconds=5)
        moment = first - timedelta(seconds=first.timestamp() % every - every)
        while moment < end:
            assert moment in dues, f"{name} {moment}"
            moment += timedelta(seconds=every)
