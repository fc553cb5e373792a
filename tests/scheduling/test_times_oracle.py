"""Due times of lines of cron beside an oracle of brute force over every minute: in all time zones, through
ten years that skipped a whole day (Apia), half hours (Lord Howe) and two hours (Troll), and ten to come.

    JUPYTER_MLOPS_LONG=1 pytest -s tests/scheduling/test_times_oracle.py

takes about an hour on one core; by default it is the days around a change of the clock in a few zones. The
oracle knows neither cron's grammar nor time zones' rules: each line has its meaning beside it, and clocks are
read at each minute.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest

from jupyter_mlops.scheduling.cron import parse_cron
from jupyter_mlops.scheduling.times import cron_after

LONG = bool(os.environ.get("JUPYTER_MLOPS_LONG"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EDGE = 2 * 1440  # minutes that are read beyond the ends, so that gaps there are whole
DAYS = 16
SAMPLE = [
    ("Europe/Berlin", "2026-03-20"),
    ("America/New_York", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-09-25"),
    ("America/Santiago", "2026-08-28"),
    ("Pacific/Apia", "2011-12-22"),
    ("Antarctica/Troll", "2026-10-15"),
    ("Africa/Casablanca", "2026-02-08"),
]


class Shown:
    """What clocks show at each of these local times, in minutes since 1970."""

    def __init__(self, wall: Any) -> None:
        days = wall // 1440
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        left = ((months + 1).astype("datetime64[D]") - dates).astype(np.int8)
        self.minute = (wall % 60).astype(np.int8)
        self.hour = (wall // 60 % 24).astype(np.int8)
        self.day = (dates - months.astype("datetime64[D]")).astype(np.int8) + 1
        self.month = (months.astype(int) % 12 + 1).astype(np.int8)
        self.weekday = ((days + 4) % 7).astype(np.int8)  # 0: Sunday; 1 January 1970 was a Thursday
        self.last, self.last_week = left == 1, left <= 7

    def at(self, hour: int, minute: int = 0) -> Any:
        return (self.hour == hour) & (self.minute == minute)


Meaning = Callable[[Shown], Any]
HOURLY: dict[str, Meaning] = {
    "0 * * * *": lambda s: s.minute == 0,
    "30 * * * *": lambda s: s.minute == 30,
    "*/20 * * * SUN,MON": lambda s: (s.minute % 20 == 0) & (s.weekday <= 1),
    "5 0-23 * * *": lambda s: s.minute == 5,
    "0 * * * 0": lambda s: (s.minute == 0) & (s.weekday == 0),
    "59 * 31 * *": lambda s: (s.minute == 59) & (s.day == 31),
}
DAILY: dict[str, Meaning] = {
    "0 0 * * *": lambda s: s.at(0),
    "30 0 * * *": lambda s: s.at(0, 30),
    "0 1 * * *": lambda s: s.at(1),
    "59 1 * * *": lambda s: s.at(1, 59),
    "0 2 * * *": lambda s: s.at(2),
    "15 2 * * *": lambda s: s.at(2, 15),
    "30 2 * * *": lambda s: s.at(2, 30),
    "0 3 * * *": lambda s: s.at(3),
    "59 23 * * *": lambda s: s.at(23, 59),
    "*/15 2 * * *": lambda s: (s.hour == 2) & (s.minute % 15 == 0),
    "0,30 0-3 * * *": lambda s: (s.hour <= 3) & (s.minute % 30 == 0),
    "0 */2 * * *": lambda s: (s.hour % 2 == 0) & (s.minute == 0),
    "10-50/20 1,2,23 * * *": lambda s: np.isin(s.hour, [1, 2, 23]) & np.isin(s.minute, [10, 30, 50]),
    "30 2 * * 0": lambda s: s.at(2, 30) & (s.weekday == 0),
    "30 2 * * 7": lambda s: s.at(2, 30) & (s.weekday == 0),
    "30 0 * * SAT,SUN": lambda s: s.at(0, 30) & np.isin(s.weekday, [6, 0]),
    "0 2 13 * FRI": lambda s: s.at(2) & ((s.day == 13) | (s.weekday == 5)),
    "0 0 1 * MON": lambda s: s.at(0) & ((s.day == 1) | (s.weekday == 1)),
    "0 9 * * MON#2": lambda s: s.at(9) & (s.weekday == 1) & ((s.day + 6) // 7 == 2),
    "0 1 * * 0L": lambda s: s.at(1) & (s.weekday == 0) & s.last_week,
    "0 23 L * *": lambda s: s.at(23) & s.last,
    "0 12 29 2 *": lambda s: s.at(12) & (s.day == 29) & (s.month == 2),
    "0 2 * MAR,OCT,NOV 0": lambda s: s.at(2) & np.isin(s.month, [3, 10, 11]) & (s.weekday == 0),
    "0 0 30 12 *": lambda s: s.at(0) & (s.day == 30) & (s.month == 12),
}
EACH_MINUTE: dict[str, Meaning] = {"* * * * *": lambda s: s.minute >= 0}


class Zone:
    """The clocks of a zone from one moment to another, read at each minute."""

    def __init__(self, name: str, start: datetime, end: datetime) -> None:
        self.zone, self.start, self.end = ZoneInfo(name), start, end
        self.first = (start - EPOCH) // MINUTE - EDGE
        count = (end - EPOCH) // MINUTE + EDGE - self.first
        self.offsets = np.fromiter(self._offsets(count), dtype=np.int64, count=count)

    def _offsets(self, count: int) -> Iterator[int]:
        """Minutes that the clock is ahead of UTC, each minute; read each quarter, and where it differs, each
        minute of that."""
        at = 0
        before = self._offset(at)
        while at < count:
            after = self._offset(at + 15)
            for minute in range(at, min(at + 15, count)):
                yield before if before == after else self._offset(minute)
            at, before = at + 15, after

    def _offset(self, at: int) -> int:
        told = (EPOCH + (self.first + at) * MINUTE).astimezone(self.zone).utcoffset()
        assert told is not None
        assert told % MINUTE == timedelta()
        return told // MINUTE

    def changes(self) -> list[int]:
        """The minutes, from the first, at which the clock was changed."""
        return [int(place) + 1 for place in np.flatnonzero(np.diff(self.offsets))]

    @cached_property
    def wall(self) -> Any:
        """The local time of each minute."""
        return np.arange(self.first, self.first + len(self.offsets)) + self.offsets

    @cached_property
    def reached(self) -> Any:
        """The latest local time that was shown by then."""
        return np.maximum.accumulate(self.wall)

    @cached_property
    def shown(self) -> Shown:
        return Shown(self.wall)

    @cached_property
    def calendar(self) -> Any:
        """All local times from the first to the last, those that are skipped among them."""
        return np.arange(self.wall[0], self.wall[-1] + 1)

    @cached_property
    def in_calendar(self) -> Shown:
        return Shown(self.calendar)

    def due(self, meaning: Meaning, *, hourly: bool) -> Any:
        """Minutes since 1970 at which a line of that meaning is due."""
        if hourly:  # each time that the clock shows it
            found = np.flatnonzero(meaning(self.shown)) + self.first
        else:  # once for each local time that there is, when the clock first shows it or a later one
            named = self.calendar[meaning(self.in_calendar)]
            found = np.unique(np.searchsorted(self.reached, named, side="left")) + self.first
        first, last = (self.start - EPOCH) // MINUTE, (self.end - EPOCH) // MINUTE
        return found[(found > first) & (found <= last)]


def told(line: str, zone: Zone, start: datetime, end: datetime) -> Iterator[int]:
    """The same by the project."""
    cron, moment = parse_cron(line), start
    while (found := cron_after(cron, zone.zone, moment)) is not None and found <= end:
        assert (found - EPOCH) % MINUTE == timedelta()
        yield (found - EPOCH) // MINUTE
        moment = found


def compare(zone: Zone, name: str) -> int:
    """How many due times were compared."""
    count = 0
    for lines, hourly in ((HOURLY, True), (DAILY, False)):
        for line, meaning in lines.items():
            expected = zone.due(meaning, hourly=hourly)
            found = np.fromiter(told(line, zone, zone.start, zone.end), dtype=np.int64)
            differing = np.setxor1d(expected, found)
            assert not len(differing), (name, line, str(EPOCH + int(differing[0]) * MINUTE))
            assert len(expected) == len(found)
            count += len(found)
    return count + _each_minute(zone, name)


def _each_minute(zone: Zone, name: str) -> int:
    """Each minute of the days around each change."""
    expected = zone.due(EACH_MINUTE["* * * * *"], hourly=True)
    count = 0
    for change in zone.changes():
        around = EPOCH + (zone.first + change) * MINUTE
        start, end = max(zone.start, around - 720 * MINUTE), min(zone.end, around + 720 * MINUTE)
        if start >= end:
            continue
        found = list(told("* * * * *", zone, start, end))
        wanted = expected[(expected > (start - EPOCH) // MINUTE) & (expected <= (end - EPOCH) // MINUTE)]
        assert found == wanted.tolist(), (name, str(around))
        count += len(found)
    return count


def test_there_are_thirty_lines() -> None:
    assert len(HOURLY) + len(DAILY) == 30
    assert all(parse_cron(line).hourly for line in HOURLY)
    assert not any(parse_cron(line).hourly for line in DAILY)


@pytest.mark.parametrize(("name", "start"), SAMPLE, ids=[name for name, _ in SAMPLE])
def test_due_times_are_those_of_the_oracle(name: str, start: str) -> None:
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert compare(Zone(name, begin, begin + timedelta(days=DAYS)), name) > 1000


@pytest.mark.skipif(not LONG, reason="JUPYTER_MLOPS_LONG=1: all zones, twenty years")
@pytest.mark.timeout(14_400)
@pytest.mark.parametrize("year", [2011, 2026])
def test_in_all_zones_for_ten_years_they_are(year: int) -> None:
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 10, 1, 1, tzinfo=UTC)
    names, seen, count = sorted(available_timezones()), set[bytes](), 0
    for name in names:
        zone = Zone(name, start, end)
        clocks = hashlib.sha256(zone.offsets.tobytes()).digest()
        if clocks not in seen:  # many names mean the same clocks
            count += compare(zone, name)
            seen.add(clocks)
            print(f"{year} {name}: {len(seen)} kinds of clocks, {count} due times", flush=True)
    print(f"{year}: {len(names)} zones, {len(seen)} kinds of clocks, {count} due times agree")
    assert len(names) > 500
