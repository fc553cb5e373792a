"""The clock that schedules go by: the system's, or one in time-lapse that other processes share."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.scheduling.clock import (
    CLOCK_VARIABLE,
    LAST,
    Clock,
    boot,
    clock_from_environment,
    time_lapse,
)

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_without_anything_said_it_is_the_systems() -> None:
    before = datetime.now(UTC)
    now = clock_from_environment().now()
    assert before <= now <= datetime.now(UTC)
    assert Clock().told() == ""


def test_in_time_lapse_a_day_goes_by_in_a_second() -> None:
    clock = Clock(NEW_YEAR, time.time() - 2.0, 86_400)
    assert clock.now() - NEW_YEAR >= timedelta(days=2)
    assert not clock.wait(86_400 / 100, threading.Event())
    stop = threading.Event()
    stop.set()
    assert clock.wait(1e9, stop)


def test_other_processes_go_by_the_same_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = time_lapse(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 1.5)
    assert clock.start == NEW_YEAR
    monkeypatch.setenv(CLOCK_VARIABLE, clock.told())
    assert clock_from_environment() == clock


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert time_lapse(datetime(2026, 1, 1), 1).start == NEW_YEAR


@pytest.mark.parametrize(
    "told", ["noon", "2026-01-01|0", "2026-01-01|x|1", "x|0|1", "2026-01-01|0|0", "2026-01-01|0|nan"]
)
def test_what_is_no_clock_is_refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv(CLOCK_VARIABLE, told)
    with pytest.raises(Refused, match=CLOCK_VARIABLE) as caught:
        clock_from_environment()
    assert caught.value.hint


@pytest.mark.parametrize("factor", [0, -1, math.inf, math.nan])
def test_a_clock_goes_forward(factor: float) -> None:
    with pytest.raises(Refused):
        time_lapse(NEW_YEAR, factor)


def test_a_boot_has_a_name_that_stays() -> None:
    assert boot() == boot() != ""


def test_a_clock_stands_still_at_the_end_of_the_calendar() -> None:
    for factor in (1e9, 1e300):
        clock = time_lapse(datetime(9990, 1, 1, tzinfo=UTC), factor)
        assert clock.now() <= LAST
    assert Clock(datetime(9990, 1, 1, tzinfo=UTC), 0.0, 1e300).now() == LAST
    with pytest.raises(Refused, match="the year 9999"):
        time_lapse(datetime(9999, 12, 31), 1.0)
