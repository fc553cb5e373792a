"""When a schedule is due: from what it declares to moments in UTC.

A line of cron tells local times. One that a clock skips, as in spring, is due once when the gap is over
(several of one gap together), one that it shows twice only the first time; but a line that names every hour
is due each time the clock shows what it names: it goes by the hours that pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice

from jupyter_mlops.scheduling.cron import Cron, parse_cron
from jupyter_mlops.scheduling.planned import Planned

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def next_due(planned: Planned, after: datetime) -> datetime | None:
    """The first due time later than `after`, in UTC; None where there is none: it waits for something else,
    or is over."""
    begins, ends = planned.begins, planned.ends
    if begins is not None and after < begins:
        after = begins - _TICK
    found = _next(planned, after.astimezone(UTC))
    return None if found is None or (ends is not None and found >= ends) else found


def due_times(planned: Planned, after: datetime) -> Iterator[datetime]:
    """The due times later than `after`, in UTC, the oldest first, without end."""
    while (due := next_due(planned, after)) is not None:
        yield due
        after = due


def due_between(planned: Planned, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """The due times later than `after` and not later than `until`, in UTC, the oldest first; of more than
    `limit` the newest."""
    found = list(islice(_due(planned, after, until), limit + 1))
    if len(found) <= limit:
        return found
    return _newest(planned, after, until, limit)


def _due(planned: Planned, after: datetime, until: datetime) -> Iterator[datetime]:
    found = next_due(planned, after)
    while found is not None and found <= until:
        yield found
        found = next_due(planned, found)


def _newest(planned: Planned, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """The last `limit` of more: looked for from the end, over spans that grow."""
    span = timedelta(minutes=limit) if planned.every is None else timedelta(seconds=planned.every * limit)
    begin = max(after, until - span)
    found = list(_due(planned, begin, until))
    while len(found) < limit and begin > after:
        span *= 2
        begin = max(after, until - span)
        found = list(_due(planned, begin, until))
    return found[-limit:]


def _next(planned: Planned, after: datetime) -> datetime | None:
    try:
        if planned.cron is not None:
            return cron_after(parse_cron(planned.cron), planned.zone, after)
        if planned.every is not None:
            return every_after(planned.every, planned.begins or EPOCH, after)
    except OverflowError:  # beyond the year 9999
        pass
    return None


def every_after(seconds: float, anchor: datetime, after: datetime) -> datetime:
    """The first moment later than `after` that is a multiple of `seconds` from `anchor`, not before it."""
    step = timedelta(seconds=seconds)
    count = max((after - anchor) // step + 1, 0)
    return anchor + count * step


def cron_after(cron: Cron, zone: tzinfo, after: datetime) -> datetime | None:
    """The first moment later than `after`, in UTC, that the line names in the zone."""
    if zone is UTC:
        found = cron.after(after.replace(tzinfo=None))
        return None if found is None else found.replace(tzinfo=UTC)
    return _by_hours(cron, zone, after) if cron.hourly else _by_clock(cron, zone, after)


def _by_clock(cron: Cron, zone: tzinfo, after: datetime) -> datetime | None:
    wall = cron.after(_wall(zone, after))
    while wall is not None:
        moment = first_shown(zone, wall)
        if moment > after:
            return moment
        wall = cron.after(wall)  # that was shown before the clock went back
    return None


def _by_hours(cron: Cron, zone: tzinfo, after: datetime) -> datetime | None:
    """Between two changes of the clock, local times are as far apart as moments are: it looks day by day for
    a change, or from shortly before the next time where that is far."""
    begin, shown = after, _wall(zone, after)
    while (wall := cron.after(shown)) is not None:
        offset, end = _offset(zone, begin), begin + _DAY
        moment = (wall - offset).replace(tzinfo=UTC)
        if _offset(zone, end) != offset:
            end = _change(zone, begin, end)
            if moment < end:
                return moment
            begin, shown = end, _wall(zone, end) - _TICK
        elif moment <= end:
            return moment
        else:
            begin = max(end, moment - 2 * _DAY)  # no zone was ever changed by more than one
            shown = _wall(zone, begin)
    return None


def first_shown(zone: tzinfo, wall: datetime) -> datetime:
    """The first moment, in UTC, at which a clock of the zone shows `wall` or later."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(zone, moment) == wall:
        return moment
    return _change(zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment)  # the clock skips it


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The moment between these at which the clock of the zone is changed."""
    offset = _offset(zone, before)
    first, last = (before - EPOCH) // _SECOND, (after - EPOCH) // _SECOND + 1
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(zone, EPOCH + middle * _SECOND) == offset:
            first = middle
        else:
            last = middle
    return EPOCH + last * _SECOND


def _wall(zone: tzinfo, moment: datetime) -> datetime:
    """What a clock of the zone shows."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
