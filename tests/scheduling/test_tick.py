"""A tick: due times become slots, what may run is begun, whatever is late, in the way, paused or gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import RunStatus, SlotKind, SlotStatus
from jupyter_mlops.exceptions import ConfigError
from jupyter_mlops.scheduling import due
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.store import Offer, time_key
from tests.scheduling.ticking import MINUTE, NOON, Project, Stands


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    Stands.at = NOON
    made = Project(tmp_path)
    yield made
    made.store.close()


# -- due times


def test_a_schedule_has_slots_from_when_it_was_added(project: Project) -> None:
    project.declare()
    assert project.go().created == 0
    assert project.go(seconds=59).created == 0
    done = project.go(seconds=1)
    assert [slot.due for slot in done.begun] == [NOON + MINUTE]
    assert done.when == project.now
    assert project.go().created == 0
    assert project.told() == ["12:01 running"]


def test_none_before_its_start_and_none_after_its_end(project: Project) -> None:
    project.declare(start=NOON + 3 * MINUTE, end=NOON + 5 * MINUTE, grace="1h", overlap="queue")
    project.go(hours=1)
    assert project.told() == ["12:03 running", "12:04 due"]


@pytest.mark.parametrize(
    ("misfire", "ends"),
    [
        ("latest", ["coalesced into the slot of 2026-11-29 12:04:00 UTC"] * 3 + ["running"]),
        ("skip", [f"skipped 0:0{m}:30 h late, allowed is 0:00:10 h" for m in (3, 2, 1, 0)]),
        ("all", ["running", "due", "due", "due"]),
    ],
)
def test_late_slots(project: Project, misfire: str, ends: list[str]) -> None:
    project.declare(misfire=misfire, grace=10)
    project.go(minutes=4, seconds=30)
    assert project.told() == [f"12:0{minute} {end}" for minute, end in enumerate(ends, 1)]


def test_late_slots_are_coalesced_into_one_that_is_in_time(project: Project) -> None:
    project.declare(grace=90, overlap="queue")
    project.go(minutes=4)
    assert [line.split()[1] for line in project.told()] == ["coalesced", "coalesced", "running", "due"]


def test_all_late_slots_run_one_after_another_although_overlapping_ones_are_skipped(project: Project) -> None:
    project.declare(misfire="all", grace=10)
    project.go(minutes=3, seconds=30)
    for _ in range(3):
        project.end(project.store.running()[0])
        project.go()
    assert project.told() == ["12:01 ran", "12:02 ran", "12:03 ran"]


def test_a_very_long_night_is_told_in_one_slot_beyond_what_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "KEPT", 5)
    project.declare()
    project.go(minutes=20)
    assert len(project.told()) == 6
    assert project.told()[0] == (
        "12:01 skipped with all due times before 2026-11-29 12:16:00 UTC: 5 later ones were missed, too"
    )
    assert [line.split()[1] for line in project.told()[1:]] == ["coalesced"] * 3 + ["running", "skipped"]


def test_a_backfilled_slot_is_not_made_again(project: Project) -> None:
    project.declare()
    project.store.offer("nightly", time_key(NOON + MINUTE), NOON + MINUTE, SlotKind.BACKFILL)
    assert project.go(minutes=1).created == 0
    assert len(project.told()) == 1


def test_times_that_cannot_be_told_harm_no_other_schedule(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = due.next_due

    def fails(plan: Planned, *rest: Any) -> datetime | None:
        if plan.name == "broken":
            raise ConfigError("its zone is no longer known")
        return whole(plan, *rest)

    project.declare("broken")
    project.declare("other")
    project.go(seconds=1)
    monkeypatch.setattr(due, "next_due", fails)
    done = project.go(minutes=2)
    assert done.problems == ("broken: its zone is no longer known",)
    assert project.told("broken") == ["12:01 skipped its zone is no longer known"]
    assert len(project.told("other")) == 2
    assert project.go(minutes=2).problems == ()


def test_a_clock_that_was_years_ahead_does_not_stop_it(project: Project) -> None:
    project.declare(cron="0 * * * *", misfire="skip")
    project.go(days=365)
    assert project.store.states()["nightly"].counts == {"skipped": 365 * 24 - 1, "running": 1}
    project.end(project.store.running()[0])
    project.go(days=-365)
    assert project.store.states()["nightly"].counts == {"ran": 1}
    project.go(hours=3)
    assert [line[:13].strip() for line in project.told()] == [
        "13:00 skipped", "14:00 skipped", "15:00 running", "12:00 ran",
    ]  # fmt: skip


# -- room


def test_a_slot_whose_time_comes_during_a_run_is_skipped(project: Project) -> None:
    project.declare()
    first = project.go(minutes=1).begun[0]
    project.go(minutes=1)
    project.end(first)
    project.go(minutes=1)
    assert [line[:13] for line in project.told()] == ["12:01 ran", "12:02 skipped", "12:03 running"]
    assert "overlap" in project.told()[1]


def test_it_waits_for_its_turn(project: Project) -> None:
    project.declare(overlap="queue", limit=2)
    for _ in range(4):
        project.go(minutes=1)
    assert [line.split()[1] for line in project.told()] == ["running", "running", "due", "due"]
    project.end(project.store.running()[0])
    project.go()
    assert [line.split()[1] for line in project.told()] == ["ran", "running", "running", "due"]


def test_it_takes_the_place_of_the_oldest_run(project: Project) -> None:
    project.declare(overlap="cancel", limit=2, retries=3)
    for _ in range(3):
        project.go(minutes=1)
    oldest, second = project.store.running()
    assert project.store.cancelled(oldest.id) == "cancelled: the slot of 2026-11-29 12:03:00 UTC came"
    assert project.store.cancelled(second.id) is None
    project.go(minutes=1)  # the run has not ended yet: another one has to, too
    assert project.store.cancelled(second.id)
    project.end(oldest, RunStatus.KILLED)
    project.go()
    assert [line.split()[1] for line in project.told()] == ["ran", "running", "running", "due"]
    project.go(minutes=1)
    assert project.told()[3] == "12:04 due"
    assert project.told()[4] == "12:05 due"
    project.go(minutes=1)
    assert project.told()[3] == "12:04 skipped overlap: the slot of 2026-11-29 12:06:00 UTC came"


def test_no_more_runs_than_the_project_allows(project: Project) -> None:
    project.limit = 2
    for name in "abc":
        project.declare(name)
    done = project.go(minutes=1)
    assert len(done.begun) == 2
    assert project.go().begun == ()
    project.go(minutes=2)  # all that come meanwhile are in the way of those that wait or run
    assert sum(len(project.told(name)) for name in "abc") == 9
    assert project.store.states()["c"].waiting == 1
    project.end(done.begun[0])
    assert [slot.schedule for slot in project.go().begun] == ["c"]


def test_changes_during_a_run_become_one_run_after_it(project: Project) -> None:
    project.declare(on={"data": "a.csv"})
    for key in "abcd":
        project.store.offer("nightly", key, project.now, SlotKind.TRIGGER)
        project.go(seconds=1)
    assert [slot.status.value for slot in project.store.slots("nightly")] == [
        "due", "coalesced", "coalesced", "running",
    ]  # fmt: skip
    project.end(project.store.running()[0])
    assert [slot.key for slot in project.go().begun] == ["d"]


def test_a_backfill_stands_back_and_is_in_nobodys_way(project: Project) -> None:
    project.declare(cron="0 * * * *")
    for day in range(3):
        back = NOON - timedelta(days=day)
        project.store.offer("nightly", time_key(back), back, SlotKind.BACKFILL)
    project.go()
    project.go(hours=1)
    assert [line.split()[1] for line in project.told()] == ["running", "due", "due", "due"]
    project.end(project.store.running()[0])
    assert [slot.kind for slot in project.go().begun] == [SlotKind.TIME]


# -- tries


def test_a_failed_run_is_tried_again_when_its_time_has_come(project: Project) -> None:
    project.declare(cron="0 13 * * *", retries=1, backoff=10, overlap="skip")
    project.end(project.go(hours=1).begun[0], RunStatus.FAILED, why="cell 3")
    assert project.told() == ["13:00 due cell 3"]
    assert project.go(seconds=9).begun == ()
    project.end(project.go(seconds=1).begun[0], RunStatus.FAILED, why="cell 4")
    assert project.told() == ["13:00 ran cell 4"]
    assert project.go(hours=1).begun == ()


def test_a_worker_that_is_gone_is_told_and_tried_again_by_policy_only(project: Project) -> None:
    project.lease = project.store.lease = 0.0
    for name, retries in (("never", 0), ("once", 1)):
        project.declare(name, cron="0 13 * * *", retries=retries, backoff=1)
    project.go(hours=1)
    project.held.clear()
    with project.store.writing() as connection:  # they had begun, as a process that is no more
        connection.execute("UPDATE slots SET worker = 4194305, worker_started = 1.0")
    done = project.go()
    assert {slot.schedule: slot.status for slot in done.ended} == {"never": SlotStatus.RAN}
    assert project.told("never") == ["13:00 ran its worker is gone"]
    assert project.store.slots("never")[0].outcome is RunStatus.KILLED
    assert [(slot.schedule, slot.attempt) for slot in project.go(seconds=1).begun] == [("once", 2)]


def test_a_slot_whose_worker_never_came_up_waits_again_and_is_skipped_in_the_end(project: Project) -> None:
    project.store.lease = 0.0
    project.declare(cron="0 13 * * *")
    attempts = []
    project.go(hours=1)
    for _ in range(3):
        attempts += [slot.attempt for slot in project.store.running()]
        project.held.clear()
        project.go()
    assert attempts == [1, 1, 1]
    assert project.told() == ["13:00 skipped its worker did not come up, 3 times"]


def test_a_worker_that_cannot_be_started_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("no more processes")

    project.declare(cron="0 13 * * *")
    monkeypatch.setattr(project, "launch", fails)
    done = project.go(hours=1)
    assert done.problems == ("nightly: its worker could not be started: no more processes",)
    assert done.begun == ()
    assert project.told() == ["13:00 due"]


# -- pauses, changes, removals


def test_one_slot_tells_of_all_that_a_pause_passed_over(project: Project) -> None:
    project.declare()
    project.store.pause("nightly", "ada")
    project.go(minutes=1)
    assert project.told() == ["12:01 skipped paused"]
    for _ in range(5):
        project.go(minutes=1)
    assert project.told() == ["12:01 skipped paused: 6 due times, the last 2026-11-29 12:06:00 UTC"]
    project.store.resume("nightly")
    project.go(minutes=1)
    assert project.told()[1:] == ["12:07 running"]


def test_a_pause_that_no_scheduler_saw_is_told_and_followed_by_no_flood(project: Project) -> None:
    project.declare()
    project.go(seconds=1)
    project.store.pause("nightly", "ada", NOON + 2.5 * MINUTE)
    project.store.resume("nightly", NOON + 60.5 * MINUTE)
    project.clock.at = NOON
    project.go(minutes=62, seconds=1)
    assert project.told() == [
        "12:01 coalesced into the slot of 2026-11-29 13:02:00 UTC",
        "12:02 coalesced into the slot of 2026-11-29 13:02:00 UTC",
        "12:03 skipped paused: 58 due times, the last 2026-11-29 13:00:00 UTC",
        "13:01 coalesced into the slot of 2026-11-29 13:02:00 UTC",
        "13:02 running",
    ]


def test_a_schedule_is_paused_again_and_again_and_each_pause_is_told(project: Project) -> None:
    project.declare(misfire="all")
    project.go(seconds=1)
    for number, (since, until) in enumerate(((0.5, 2.5), (3.5, 5.5)), 1):
        assert project.store.pause("nightly", "ada", NOON + since * MINUTE), number
        assert not project.store.pause("nightly", "bob", NOON + since * MINUTE)
        assert project.store.resume("nightly", NOON + until * MINUTE)
    assert project.store.pause("nightly", "ada", NOON + 6.5 * MINUTE)
    project.go(minutes=7)
    project.go(minutes=1)
    assert project.told() == [
        "12:01 skipped paused: 2 due times, the last 2026-11-29 12:02:00 UTC",
        "12:03 due",
        "12:04 skipped paused: 2 due times, the last 2026-11-29 12:05:00 UTC",
        "12:06 due",
        "12:07 skipped paused: 2 due times, the last 2026-11-29 12:08:00 UTC",
    ]


def test_what_waits_when_it_is_paused_goes_on_later_and_what_a_person_asks_for_at_once(
    project: Project,
) -> None:
    project.declare(overlap="queue")
    first = project.go(minutes=1).begun[0]
    project.go(minutes=1)
    project.store.pause("nightly", "ada")
    project.end(first)
    assert project.go().begun == ()
    asked = project.store.offer("nightly", "by hand", project.now, SlotKind.MANUAL)
    assert asked is not None
    assert [slot.id for slot in project.go().begun] == [asked.id]
    project.end(asked)
    project.store.resume("nightly")
    assert [slot.due for slot in project.go().begun] == [NOON + 2 * MINUTE]


def test_a_changed_schedule_begins_now_and_keeps_its_history(project: Project) -> None:
    project.declare()
    project.end(project.go(minutes=1).begun[0])
    project.clock.at += 2 * MINUTE + timedelta(seconds=30)  # nobody ticked
    project.declare(cron="*/5 * * * *")
    assert project.told() == [
        "12:01 ran",
        "12:02 skipped its times were changed before any scheduler came to it",
    ]
    project.go(minutes=2)
    assert project.told()[2:] == ["12:05 running"]


def test_a_scheduler_that_does_not_know_of_a_change_makes_no_slots(project: Project) -> None:
    project.declare()
    old = project.planned
    project.declare(cron="0 13 * * *")
    project.clock.at += 2 * MINUTE
    assert project.tick(old).created == 0
    assert project.told() == []


def test_a_removed_schedule_has_no_more_slots_and_its_run_goes_on(project: Project) -> None:
    project.declare(overlap="queue")
    project.go(minutes=1)
    project.go(minutes=1)
    assert project.remove() == []
    project.store.offer("nightly", "late", project.now, SlotKind.RETRAIN)
    project.go(minutes=5)
    assert [line.split()[1] for line in project.told()] == ["running", "due", "due"]  # it may come back
    assert len(project.store.forget_gone(project.now, after=0.0)) == 2
    project.store.offer("nightly", "later", project.now, SlotKind.RETRAIN)
    project.go(minutes=5)
    assert [line.split()[1] for line in project.told()] == ["running", "skipped", "skipped", "skipped"]
    project.end(project.store.running()[0])


def test_due_times_while_a_schedule_was_gone_for_a_moment_are_dealt_with_as_misfire_says(
    project: Project,
) -> None:
    project.declare(misfire="all", overlap="queue", grace=10)
    project.go(minutes=1)
    project.go(minutes=1)
    whole = project.planned
    project.remove()
    project.go(minutes=2)
    project.planned = whole
    project.store.sync(whole, project.now)
    project.go(seconds=30)
    assert [line.split()[:2] for line in project.told()] == [
        ["12:01", "running"], ["12:02", "due"], ["12:03", "due"], ["12:04", "due"],
    ]  # fmt: skip


# -- triggers


@dataclass(frozen=True)
class Fired:
    key: str
    why: str = "it changed"


@dataclass(frozen=True)
class Seen:
    memory: dict[str, Any] | None
    fired: tuple[Fired, ...] = ()
    problem: str | None = None


def counting(plan: Planned, memory: Any, now: datetime) -> Seen:
    """Changes each minute."""
    if plan.name == "away":
        raise ConfigError("the database is away")
    key = f"{now:%H:%M}"
    if memory is None or memory["key"] == key:
        return Seen({"key": key})
    return Seen({"key": key}, (Fired(key),))


def test_changes_are_remembered_with_the_slots_that_come_of_them(project: Project) -> None:
    project.probe = counting
    project.declare("fresh", on={"data": "a.csv"})
    project.declare("away", on={"sql": {"query": "select 1", "at": "sqlite:///a.db"}})
    project.declare("hook", on={"webhook": {"secret": "env:A"}})
    assert project.go().created == 0
    assert project.store.recollections()["fresh"][0] == {"key": "12:00"}
    done = project.go(minutes=1)
    assert done.created == 1
    assert project.told("fresh") == ["12:01 running it changed"]
    assert done.problems == ("away: the database is away",)
    assert project.go().created == 0
    project.store.pause("fresh", "ada")
    project.go(minutes=1)
    assert project.told("fresh")[1:] == ["12:02 skipped paused: it changed"]


def test_a_fault_in_one_trigger_keeps_no_other_schedule_from_running(project: Project) -> None:
    def faulty(plan: Planned, memory: Any, now: datetime) -> Seen:
        if plan.name == "broken":
            raise KeyError("newest")
        return counting(plan, memory, now)

    project.probe = faulty
    project.declare("broken", on={"data": "a.csv"})
    project.declare("fresh", on={"data": "a.csv"})
    project.declare()
    project.go()
    done = project.go(minutes=1)
    assert done.problems == ("broken: unexpected KeyError: 'newest'",)
    assert {slot.schedule for slot in done.begun} == {"fresh", "nightly"}


@pytest.mark.parametrize("meanwhile", [{"cron": "@daily"}, {"on": {"webhook": {"secret": "env:A"}}}])
def test_what_changed_while_a_schedule_did_not_wait_for_it_is_no_news(
    project: Project, meanwhile: dict[str, Any]
) -> None:
    project.probe = counting
    project.declare("fresh", on={"data": "a.csv"})
    project.go()
    project.declare("fresh", **meanwhile)
    project.go(minutes=5)
    project.declare("fresh", on={"data": "a.csv"})
    assert project.go(minutes=1).created == 0
    assert project.go(minutes=1).created == 1


# -- all of it


CLOCK = st.sampled_from([0.5, 1.0, 1.0, 3.0, 90.0, -60.0, 60.0])  # minutes; an hour back, an hour on
STEPS = st.lists(st.tuples(CLOCK, st.sampled_from(["", "", "pause", "resume", "end", "fail"])), max_size=25)


@given(
    steps=STEPS,
    misfire=st.sampled_from(["latest", "all", "skip"]),
    overlap=st.sampled_from(["skip", "queue", "cancel"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_no_slot_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, str]], misfire: str, overlap: str
) -> None:
    Stands.at = NOON
    project = Project(tmp_path_factory.mktemp("any"), limit=2)
    latest = NOON
    project.declare(misfire=misfire, overlap=overlap, retries=1, backoff=5)
    paused = False
    for minutes, what in steps:
        done = project.go(minutes=minutes)
        latest = max(latest, project.now)
        if what in {"pause", "resume"}:
            getattr(project.store, what)("nightly", *(["ada"] if what == "pause" else []))
            paused = True
        for slot in project.store.running() if what in {"end", "fail"} else ():
            project.end(slot, RunStatus.FAILED if what == "fail" else RunStatus.FINISHED)
        assert len(project.store.running()) <= 1
        assert all(slot.ended is not None for slot in done.ended)
    found = project.store.slots("nightly", limit=10_000)
    dues = [slot.due for slot in found if slot.kind is SlotKind.TIME]
    assert len(set(dues)) == len(dues)
    assert all(due > NOON for due in dues)
    if not paused:
        whole = {NOON + minute * MINUTE for minute in range(1, int((latest - NOON) / MINUTE) + 1)}
        assert whole <= set(dues)
    assert sum(project.store.states()["nightly"].counts.values()) == len(found)
    project.store.close()


def test_what_many_offers_cost_is_one_transaction(project: Project) -> None:
    made = project.store.offer_all(Offer("a", str(i), NOON) for i in range(100))
    assert len(made) == 100
    assert project.store.offer_all([Offer("a", "5", NOON)]) == []
