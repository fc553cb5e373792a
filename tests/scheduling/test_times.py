"""When a schedule is due, in UTC: by its line of cron in its zone, or each so many seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Monitor, Retrain, Schedule
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.times import due_between, next_due


def planned(**fields: Any) -> Planned:
    return Planned("nightly", Schedule(notebook="n.ipynb", **fields))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(schedule: Planned, after: str, until: str) -> list[str]:
    return [f"{moment:%d %H:%M}" for moment in due_between(schedule, utc(after), utc(until), 10_000)]


BERLIN = "Europe/Berlin"  # 29 March 2026: 2:00 -> 3:00 at 1:00 UTC; 25 October: 3:00 -> 2:00 at 1:00 UTC

HOWE = "Australia/Lord_Howe"  # 4 October 2026: 2:00 -> 2:30 at 15:30 UTC the day before


@pytest.mark.parametrize(
    ("line", "zone", "after", "until", "expected"),
    [
        ("30 2 * * *", BERLIN, "2026-03-28", "2026-03-31", ["28 01:30", "29 01:00", "30 00:30"]),
        ("*/15 2 * * *", BERLIN, "2026-03-29", "2026-03-30", ["29 01:00", "30 00:00"]),  # four as one
        ("0 2,3 * * *", BERLIN, "2026-03-29", "2026-03-29T12:00", ["29 01:00"]),
        ("0 */2 * * *", BERLIN, "2026-03-28T22:00", "2026-03-29T03:00", ["28 23:00", "29 01:00", "29 02:00"]),
        ("30 * * * *", BERLIN, "2026-03-29", "2026-03-29T02:00", ["29 00:30", "29 01:30"]),
        ("30 2 * * *", BERLIN, "2026-10-24T12:00", "2026-10-26", ["25 00:30"]),
        ("0 3 * * *", BERLIN, "2026-10-24T12:00", "2026-10-26", ["25 02:00"]),
        ("30 * * * *", BERLIN, "2026-10-25", "2026-10-25T03:00", ["25 00:30", "25 01:30", "25 02:30"]),
        ("0,30 1-3 * * *", BERLIN, "2026-10-24T23:59", "2026-10-25T01:59", ["25 00:00", "25 00:30"]),
        ("0 0 * * *", "America/Santiago", "2026-09-05T12:00", "2026-09-06T12:00", ["06 04:00"]),
        ("0 2 30 12 *", "Pacific/Apia", "2011-12-29", "2012-01-02", ["30 10:00"]),  # no 30 December at all
        ("*/20 * * * *", HOWE, "2026-10-03T15:20", "2026-10-03T16:00", ["03 15:40", "03 16:00"]),
    ],
)
def test_a_skipped_time_is_due_once_after_the_gap_and_a_repeated_one_once(
    line: str, zone: str, after: str, until: str, expected: list[str]
) -> None:
    found = due(planned(cron=line, timezone=zone), after, until)
    assert found == expected


def test_without_a_zone_it_is_utc() -> None:
    assert next_due(planned(cron="0 2 * * *"), utc("2026-03-29")) == utc("2026-03-29T02:00")


@pytest.mark.parametrize(
    ("start", "after", "expected"),
    [
        (None, "2026-01-01T00:00", "2026-01-01T06:00"),
        (None, "2026-01-01T05:59:59.999999", "2026-01-01T06:00"),
        (utc("2026-01-01T01:30"), "2026-01-01T00:00", "2026-01-01T01:30"),
        (utc("2026-01-01T01:30"), "2026-01-01T01:30", "2026-01-01T07:30"),
        (date(2026, 1, 2), "2026-01-01T00:00", "2026-01-02T00:00"),
    ],
)
def test_intervals_are_counted_from_the_start_else_from_1970(
    start: datetime | date | None, after: str, expected: str
) -> None:
    assert next_due(planned(every="6h", start=start), utc(after)) == utc(expected)


def test_a_start_is_a_slot_and_an_end_is_none() -> None:
    schedule = planned(cron="0 * * * *", start=utc("2026-01-01T02:00"), end=utc("2026-01-01T04:00"))
    assert due(schedule, "2025-01-01", "2027-01-01") == ["01 02:00", "01 03:00"]
    assert next_due(schedule, utc("2026-01-01T03:00")) is None


def test_a_start_without_a_zone_is_read_in_the_schedules() -> None:
    schedule = planned(cron="0 0 * * *", timezone=BERLIN, start=date(2026, 7, 1), end=datetime(2026, 7, 3))
    assert due(schedule, "2025-01-01", "2027-01-01") == ["30 22:00", "01 22:00"]


@pytest.mark.parametrize("fields", [{"cron": "* * * * *"}, {"every": 60}])
def test_of_too_many_the_newest_are_told(fields: dict[str, Any]) -> None:
    schedule, until = planned(**fields), utc("2026-01-01")
    found = due_between(schedule, utc("2000-01-01"), until, limit=100)
    assert found == [until - timedelta(minutes=minutes) for minutes in reversed(range(100))]


def test_of_a_rare_line_the_newest_are_told() -> None:
    found = due_between(planned(cron="0 0 1 1 *"), utc("1990-06-01"), utc("2026-06-01"), limit=5)
    assert [moment.year for moment in found] == [2022, 2023, 2024, 2025, 2026]


def test_what_waits_for_something_else_is_never_due() -> None:
    waits = planned(on={"data": "a.csv"})
    looks = Planned("monitor:m", monitor="m", watch=Monitor(model="churn"))
    hourly = Monitor(model="churn", every=3600)
    trains = Planned("retrain:m", monitor="m", watch=hourly, retrain=Retrain(retrain="p"))
    for schedule in (waits, looks, trains):
        assert next_due(schedule, utc("2026-01-01")) is None
        assert due_between(schedule, utc("2026-01-01"), utc("2027-01-01"), 10) == []
    assert (looks.batches, trains.batches, waits.batches) == ("churn", None, None)


def test_a_monitor_is_due_at_its_own_times() -> None:
    looks = Planned("monitor:m", monitor="m", watch=Monitor(model="churn", cron="0 2 * * *", timezone=BERLIN))
    assert next_due(looks, utc("2026-07-01")) == utc("2026-07-02T00:00")
    assert looks.target == "monitor m"


def test_beyond_the_calendar_nothing_is_due() -> None:
    assert next_due(planned(every="1000000d", start=utc("2026-01-01")), utc("9000-01-01")) is None
    assert next_due(planned(cron="0 0 1 1 *"), utc("9998-06-01")) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cron": "0 2 * * *"}, "0 2 * * *"),
        ({"cron": "@daily", "timezone": BERLIN}, "@daily Europe/Berlin"),
        ({"every": "90m"}, "every 90m"),
        ({"every": "2d"}, "every 2d"),
        ({"every": 1.5}, "every 1.5s"),
        ({"on": {"data": ["a.csv", "b.csv"]}}, "on data a.csv, b.csv"),
        ({"on": {"run": "churn"}}, "on run churn"),
        ({"on": {"metric": "f1 < 0.8", "of": "churn"}}, "on f1 < 0.8 of churn"),
        ({"on": {"sql": {"query": "SELECT 1", "at": "postgresql://me:secret@host/d"}}}, "on sql SELECT 1"),
        ({"on": {"webhook": {"secret": "env:S"}}}, "on webhook"),
    ],
)
def test_when_is_told_in_words(fields: dict[str, Any], expected: str) -> None:
    assert planned(**fields).when == expected


_FIELDS = ["*", "0", "5", "*/7", "1-3", "2", "30"]
_LINES = st.tuples(
    *(st.sampled_from(_FIELDS) for _ in range(2)),
    st.sampled_from(["*", "1", "13", "L"]),
    st.sampled_from(["*", "3", "10"]),
    st.sampled_from(["*", "0", "FRI", "MON#1"]),
).filter(lambda fields: fields[1] != "30")
_ZONES = st.sampled_from(sorted(available_timezones()))


@settings(deadline=None)
@given(_LINES, _ZONES, st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)))
def test_a_due_time_is_later_and_the_first(fields: tuple[str, ...], zone: str, moment: datetime) -> None:
    schedule, after = planned(cron=" ".join(fields), timezone=zone), moment.replace(tzinfo=UTC)
    found = next_due(schedule, after)
    assert found is not None
    assert found > after
    between = after + (found - after) / 2
    assert next_due(schedule, between) == found
    assert next_due(schedule, found - timedelta(microseconds=1)) == found
    assert next_due(schedule, found) != found
