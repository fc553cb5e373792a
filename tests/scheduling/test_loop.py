"""What the scheduler's loop is made of: signals, mlops.yaml read again, what it says."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.config import load_config
from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotKind, SlotStatus, Tick
from jupyter_mlops.exceptions import ConfigError
from jupyter_mlops.scheduling import reloading as reloading_module
from jupyter_mlops.scheduling.clock import time_lapse
from jupyter_mlops.scheduling.interrupting import Stop
from jupyter_mlops.scheduling.loop import Declared, Ended, Scheduler
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.reloading import Reloading
from jupyter_mlops.scheduling.saying import began, ended, length, moment, said
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.scheduling.workers import LOG, Workers

DUE = datetime(2026, 11, 29, 2, tzinfo=UTC)


def slot(number: int = 1, status: SlotStatus = SlotStatus.RAN, **fields: object) -> Slot:
    told = {"schedule": "nightly", "key": str(number), "kind": SlotKind.TIME, "due": DUE, **fields}
    return Slot.model_validate({"id": number, "status": status, **told})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_wakes_whoever_waits_and_is_known_by_its_number(number: int) -> None:
    before = signal.getsignal(number)
    with Stop() as stop:
        threading.Timer(0.2, os.kill, [os.getpid(), number]).start()
        assert stop.event.wait(60)
        os.kill(os.getpid(), signal.SIGTERM)  # a second one changes nothing
    assert stop.number == number
    assert signal.getsignal(number) is before


HOSTED = """
from jupyter_mlops.scheduling.interrupting import Stop
with Stop(hosted=True) as stop:
    print("waits", flush=True)
    stop.event.wait(60)
    print(stop.number)
"""


def test_the_end_of_whoever_hosts_it_wakes_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOSTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "waits\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.stdout.readline() == "0\n"


def test_a_changed_file_is_read_again_and_a_broken_one_is_told_once(bare_folder: Path) -> None:
    path = bare_folder / "mlops.yaml"
    said: list[str] = []
    reloading = Reloading(bare_folder, lambda: load_config(bare_folder).scheduler.limit)
    current = functools.partial(reloading, said.append)
    assert (current(), said) == (2, [])
    path.write_text("scheduler: {limit: 5}\n", encoding="utf-8")
    assert (current(), said) == (5, ["mlops.yaml was changed: read again"])
    path.write_text("scheduler: {limit: many}\n", encoding="utf-8")
    assert [current() for _ in range(3)] == [None, None, None]
    (_, told) = said
    assert "line 1: scheduler.limit: it must be a whole number" in told
    assert told.endswith("nothing new begins until it is mended")
    path.write_text("scheduler: {limit: 7}\n", encoding="utf-8")
    assert current() == 7


def test_a_file_that_is_gone_or_empty_for_a_moment_is_taken_for_one_that_is_being_written(
    bare_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bare_folder / "mlops.yaml"
    path.write_text("scheduler: {limit: 5}\n", encoding="utf-8")
    said: list[str] = []
    reloading = Reloading(bare_folder, lambda: load_config(bare_folder).scheduler.limit)
    current = functools.partial(reloading, said.append)
    path.unlink()
    assert [current(), current()] == [None, None]
    path.write_text(" \n", encoding="utf-8")
    assert current() is None
    path.write_text("scheduler: {limit: 6}\n", encoding="utf-8")
    assert current() == 6
    assert said == [
        "mlops.yaml is gone or empty; nothing new begins until it is mended, or stays so for 60 s",
        "mlops.yaml was changed: read again",
    ]
    path.unlink()
    assert current() is None
    monkeypatch.setattr(reloading_module, "PATIENCE", 0.0)
    assert current() == 2


def test_what_is_broken_at_first_is_raised(bare_folder: Path) -> None:
    (bare_folder / "mlops.yaml").write_text("scheduler: {limt: 5}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown key 'limt'"):
        Reloading(bare_folder, lambda: load_config(bare_folder))


def test_a_line_tells_how_a_slot_came_about_and_ended() -> None:
    local = moment(DUE)
    assert began(slot(status=SlotStatus.RUNNING)) == f"nightly: began (due {local})"
    changed = slot(status=SlotStatus.RUNNING, kind=SlotKind.TRIGGER, why="data/new.csv changed", attempt=2)
    assert began(changed) == "nightly: began (data/new.csv changed, attempt 2)"
    times = {"started": DUE, "ended": DUE + timedelta(seconds=33), "run_id": "0123456789"}
    assert ended(slot(outcome=RunStatus.FINISHED, **times)) == "nightly: FINISHED after 33 s, run 01234567"
    again = slot(
        status=SlotStatus.DUE, outcome=RunStatus.FAILED, why="ValueError: no", not_before=DUE, attempt=1
    )
    assert ended(again) == f"nightly: FAILED (ValueError: no); tried again from {local}"
    skipped = slot(status=SlotStatus.SKIPPED, why="parameters: C is unknown")
    assert ended(skipped) == f"nightly: skipped, due {local} (parameters: C is unknown)"


def test_many_slots_that_end_alike_are_one_line() -> None:
    many = [slot(n, SlotStatus.COALESCED, why="into a later one") for n in range(1000)]
    few = [slot(n, SlotStatus.SKIPPED, schedule="hourly", why="too late") for n in range(2)]
    lines = list(said(Tick(when=DUE, ended=(*many, *few), begun=(slot(2000, SlotStatus.RUNNING),))))
    assert lines[0] == "nightly: 1,000 slots coalesced (into a later one)"
    assert lines[1:3] == [ended(each) for each in few]
    assert lines[3:] == [f"nightly: began (due {moment(DUE)})"]


@pytest.mark.skipif(not Path("/bin/true").exists(), reason="a program that ends at once")
def test_a_slot_that_no_worker_came_up_for_is_told_once_and_to_others(
    bare_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_folder / "mlops.yaml").write_text('notify: [{command: ["true"]}]\n', encoding="utf-8")
    monkeypatch.setattr(sys, "executable", "/bin/true")
    store = SlotStore(bare_folder, time_lapse(DUE, 2.0), lease=0.01)
    plan = Planned("nightly", Schedule(notebook="a.ipynb", cron="@yearly"))
    store.offer("nightly", "by hand", DUE, SlotKind.MANUAL)
    said, stop = list[str](), threading.Event()

    def tell(text: str) -> None:
        said.append(text)
        if "skipped" in text:
            stop.set()

    workers = Workers(bare_folder, {})
    scheduler = Scheduler(store, lambda: Declared({"nightly": plan}, 1), workers, me(), tell)
    scheduler.run(stop, seconds=60)
    assert [each for each in said if "skipped" in each] == [
        f"nightly: skipped, due {moment(DUE)} (its worker did not come up, 3 times)"
    ]
    assert [each.subject for each in Project().notices()] == [
        "nightly: skipped (its worker did not come up, 3 times)"
    ]
    skipped = store.slots("nightly")[0]
    assert (Ended((skipped,)).exit_code, Ended().exit_code, Ended(waiting=1).exit_code) == (4, 0, 4)
    store.close()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.0 s"), (9.94, "9.9 s"), (33.4, "33 s"), (150, "2 min"), (7300, "2 h"), (4e5, "5 days")],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert length(seconds) == text


def test_a_worker_goes_on_when_it_is_let_go_and_what_it_says_is_kept(bare_folder: Path) -> None:
    workers = Workers(bare_folder, {"JUPYTER_MLOPS_CLOCK": "no clock"})
    workers.launch(slot(7), "token")  # there is no such slot: it says so, and ends
    (process,) = workers.going()
    assert os.getsid(process.pid) == process.pid
    workers.let_go()
    process.wait(60)
    log = bare_folder / ".mlops" / LOG
    assert log.stat().st_mode & 0o777 == 0o600
    assert workers.going() == []
