"""What time it is for schedules and monitors: as the system says, or in time-lapse.

Due times are read off this clock. What must not follow it when it is set, leases, is measured on `uptime`.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from jupyter_mlops.exceptions import Refused

CLOCK_VARIABLE = "JUPYTER_MLOPS_CLOCK"
LAST = datetime(9998, 1, 1, tzinfo=UTC)  # where a clock that goes fast stands still


@dataclass(frozen=True)
class Clock:
    """A clock that read `start` when the system's read `real` (seconds since the epoch), and since then goes
    `factor` times as fast. Without `start` it is the system's own."""

    start: datetime | None = None
    real: float = 0.0
    factor: float = 1.0

    def now(self) -> datetime:
        """The time in UTC."""
        if self.start is None:
            return datetime.now(UTC)
        try:
            return min(self.start + timedelta(seconds=(time.time() - self.real) * self.factor), LAST)
        except OverflowError:
            return LAST

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait for so many seconds of this clock, or until `stop` is set; True if it is."""
        return stop.wait(max(0.0, seconds) / self.factor)

    def told(self) -> str:
        """What makes `clock_from_environment` give this clock in another process; empty for the system's."""
        return "" if self.start is None else f"{self.start.isoformat()}|{self.real!r}|{self.factor!r}"


def time_lapse(start: datetime, factor: float) -> Clock:
    """A clock that reads `start` now, and goes `factor` times as fast as the system's.

    Raises:
        Refused: it would stand still or go backwards, or begin before 1901 or after 9997.
    """
    if not 0 < factor < float("inf"):
        raise Refused(f"a clock cannot go {factor:g} times as fast", hint="give a factor above 0, e.g. 86400")
    if not 1900 < start.year < LAST.year:
        raise Refused(f"the year {start.year} is out of the calendar", hint="write e.g. 2026-01-01")
    aware = start if start.tzinfo is not None else start.replace(tzinfo=UTC)
    return Clock(aware.astimezone(UTC), time.time(), factor)


def clock_from_environment() -> Clock:
    """The clock that whoever started this process told it to go by; else the system's.

    Raises:
        Refused: what was told is none.
    """
    told = os.environ.get(CLOCK_VARIABLE)
    if not told:
        return Clock()
    try:
        start, real, factor = told.split("|")
        clock = Clock(datetime.fromisoformat(start).astimezone(UTC), float(real), float(factor))
        if not 0 < clock.factor < float("inf"):
            raise ValueError("it must go forward")
    except ValueError as error:
        form = "unset it, or write START|EPOCH|FACTOR as `scheduler start --from` does"
        raise Refused(f"{CLOCK_VARIABLE}={told!r} is no clock: {error}", hint=form) from None
    return clock


def uptime() -> float:
    """Seconds on a clock of this machine that nobody can set; only differences mean something, and only
    within one `boot`."""
    return time.monotonic()


@cache
def boot() -> str:
    """Tells one run of this machine from the next, where the system can; containers of a machine share it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return platform.node()
