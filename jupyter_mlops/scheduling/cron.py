"""Lines of cron: five fields, read by the grammar of cronsim, and the local times that they name.

Days: of day of month and weekday either will do where both are restricted, as in cron. Weekdays 0 and 7 are
Sunday; ``MON#2`` is the second Monday of the month, ``5L`` the last Friday, ``L`` the last day, ``LW`` the
last weekday of a month.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from cronsim import CronSim, CronSimError

from jupyter_mlops.exceptions import Refused, did_you_mean

GRAMMAR = "minute hour day month weekday"
NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = (
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day", "1-31, L or LW"),
    ("month", "1-12 or JAN-DEC"),
    ("weekday", "0-7 or SUN-SAT, also MON#2 or 5L"),
)
_YEARS = 50  # in which a line must come round; 29 February on a given weekday takes up to 40
_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cron:
    """The local times that a line names. `hourly`: some in each hour of a day that has any."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    grammar: CronSim

    @property
    def hourly(self) -> bool:
        return len(self.hours) == 24

    def after(self, wall: datetime) -> datetime | None:
        """The first of them later than `wall`; neither has a time zone. None where there is none for fifty
        years."""
        day, ending = wall.date(), wall.hour * 60 + wall.minute
        if self._on(day):
            found = self._later(ending)
            if found is not None:
                return datetime(day.year, day.month, day.day, *divmod(found, 60))
        first = next(self._days(day), None)
        if first is None:
            return None
        return datetime(first.year, first.month, first.day, self.hours[0], self.minutes[0])

    def _later(self, minute: int) -> int | None:
        """The first minute of a day that is later than this one."""
        hour, within = divmod(minute, 60)
        if hour in self.hours and within < self.minutes[-1]:
            return hour * 60 + self.minutes[bisect_right(self.minutes, within)]
        place = bisect_right(self.hours, hour)
        return self.hours[place] * 60 + self.minutes[0] if place < len(self.hours) else None

    def _days(self, day: date) -> Iterator[date]:
        """The days after this one that it names, for fifty years."""
        last = min(day.year + _YEARS, date.max.year - 1)
        day += _DAY
        while day.year <= last:
            if day.month not in self.months:
                day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
                continue
            if self._on(day):
                yield day
            day += _DAY

    def _on(self, day: date) -> bool:
        grammar = self.grammar
        if day.month not in self.months:
            return False
        if grammar.day_and:
            return grammar.match_dom(day) and grammar.match_dow(day)
        return grammar.match_dom(day) or grammar.match_dow(day)


@lru_cache(maxsize=4096)
def parse_cron(text: str) -> Cron:
    """The line, read.

    Raises:
        Refused: naming the field that cannot be read, and reminding of the grammar.
    """
    if text.strip().startswith("@"):
        named = " ".join(text.split()).lower()
        if named not in NAMED:
            raise Refused(f"cron {_quoted(text)}: unknown name", hint=did_you_mean(named, NAMED))
        return parse_cron(NAMED[named])
    parts = text.split()
    if len(parts) != len(_FIELDS):
        seconds = "; seconds cannot be told" if len(parts) == len(_FIELDS) + 1 else ""
        raise Refused(
            f"cron {_quoted(text)}: {len(parts)} fields, not {len(_FIELDS)}{seconds}; {GRAMMAR}",
            hint=f'write e.g. "0 2 * * *" (each day at 2:00), or {", ".join(sorted(NAMED))}',
        )
    for place, part in enumerate(parts):
        _check(text, place, part)
    try:
        grammar = CronSim(" ".join(parts), _ANY)
    except CronSimError:  # the fields are good, each for itself
        problem = f"day {parts[2]} never comes in month {parts[3]}"
        raise Refused(
            f"cron {_quoted(text)}: {problem}; {GRAMMAR}", hint="mend the day or the month"
        ) from None
    cron = Cron(
        " ".join(parts),
        tuple(sorted(grammar.minutes)),
        tuple(sorted(grammar.hours)),
        frozenset(grammar.months),
        grammar,
    )
    if cron.after(datetime(2000, 1, 1)) is None:
        raise Refused(
            f"cron {_quoted(text)}: no such day ever comes; {GRAMMAR}", hint="mend the day or the month"
        )
    return cron


def _check(text: str, place: int, part: str) -> None:
    """The first term of the field that cannot be read is told."""
    name, allowed = _FIELDS[place]
    for term in part.split(","):
        if not _readable(place, term):
            raise Refused(
                f"cron {_quoted(text)}: {name} {term or 'nothing'} is not {allowed}; {GRAMMAR}",
                hint=f"of {name}s, write *, one, a range a-b, steps */n or a-b/n, or several with commas",
            )


def _readable(place: int, term: str) -> bool:
    fields = ["*"] * len(_FIELDS)
    fields[place] = term
    try:
        CronSim(" ".join(fields), _ANY)
    except (CronSimError, AssertionError, ValueError):
        return False
    return bool(term) and len(term.split()) == 1


def _quoted(text: str) -> str:
    """The line between quotes, with nothing in it that a terminal would obey."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return f'"{shown if len(shown) <= 80 else shown[:79] + "…"}"'
