"""Metrics as runs logged them, thinned to as many points as a picture shows."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from jupyter_mlops.entities.panels import MetricPoints
from jupyter_mlops.tracking.points import LARGEST

if TYPE_CHECKING:
    from jupyter_mlops.tracking.store import Store

MOST = 500  # points of a metric that is shown alone
SMALL = 60  # points of one in a row of a list
SEVERAL = 200  # points of one beside those of other runs
READ = 2_000  # points of one in a list that are all read; of more some are picked
_PICKED = 48
_COUNTED = 100_000  # points of one in a list up to which they are counted

_SPANS = (
    "WITH wanted (run, key) AS (VALUES {}) SELECT run, key, "
    "(SELECT count(*) FROM ("
    "SELECT 1 FROM metrics WHERE run_uuid = run AND metrics.key = wanted.key LIMIT ?)), "
    "(SELECT min(step) FROM metrics WHERE run_uuid = run AND metrics.key = wanted.key), "
    "(SELECT max(step) FROM metrics WHERE run_uuid = run AND metrics.key = wanted.key) FROM wanted"
)
_POINTS = (
    "SELECT step, value, is_nan FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step, timestamp LIMIT ?"
)
_NEXT = (
    "SELECT step, value, is_nan FROM metrics WHERE run_uuid = ? AND key = ? AND step >= ? "
    "ORDER BY step LIMIT 1"
)
_COUNT = "SELECT count(*) FROM metrics WHERE run_uuid = ? AND key = ?"
_AT_LEAST = "SELECT count(*) FROM (SELECT 1 FROM metrics WHERE run_uuid = ? AND key = ? LIMIT ?)"


class Point(NamedTuple):
    """One value that was logged; None where it is no number."""

    step: int
    value: float | None


def number(value: float | None) -> float | None:
    """The value, or None where JSON has no such number; MLflow writes infinities as the largest one."""
    return None if value is None or not math.isfinite(value) or abs(value) >= LARGEST else value


def thinned(name: str, points: Iterable[Point], of: int, most: int) -> MetricPoints:
    """The metric in at most so many points: the first and the last, and of each stretch between them the
    least and the greatest, where there are more."""
    if of <= most:
        kept = list(points)
    else:
        left, kept = iter(points), []
        size = math.ceil(of / max((most - 2) // 2, 1))
        while stretch := list(islice(left, size)):
            kept += _extremes(stretch)
            last = stretch[-1]
        if kept[-1] is not last:
            kept.append(last)
    return MetricPoints(
        name=name,
        steps=tuple(point.step for point in kept),
        values=tuple(point.value for point in kept),
        of=of,
    )


def _extremes(stretch: Sequence[Point]) -> list[Point]:
    """The least and the greatest in their order; of values that are no numbers, one."""
    numbers = [(point.value, place) for place, point in enumerate(stretch) if point.value is not None]
    if not numbers:
        return [stretch[0]]
    places = sorted({min(numbers)[1], max(numbers, key=lambda each: each[0])[1]})
    return [stretch[place] for place in places]


def sparks(connection: sqlite3.Connection, wanted: Mapping[str, str]) -> dict[str, MetricPoints]:
    """Of each run, by id, the one metric that is wanted, small; of very many points some are picked."""
    if not wanted:
        return {}
    pairs = [text for pair in wanted.items() for text in pair]
    query = _SPANS.format(", ".join(["(?, ?)"] * len(wanted)))
    found = {}
    for run, key, of, first, last in connection.execute(query, [*pairs, READ + 1]).fetchall():
        if of == 0:
            continue
        if of > READ and last > first:
            points = _picked(connection, run, key, first, last)
            (of,) = connection.execute(_AT_LEAST, [run, key, _COUNTED]).fetchone()
            kept = thinned(key, points, len(points), SMALL).model_copy(update={"of": of})
        else:
            kept = thinned(key, list(_read(connection, run, key, READ)), min(of, READ), SMALL)
        found[run] = kept
    return found


def series(connection: sqlite3.Connection, run: str, key: str, most: int) -> MetricPoints:
    """All points of the metric of the run, thinned."""
    (of,) = connection.execute(_COUNT, [run, key]).fetchone()
    return thinned(key, _read(connection, run, key, -1), of, most)


def asked(store: Store, run: str, key: str, most: int) -> MetricPoints:
    """The same of any store, by MLflow's client."""
    history = store.client().get_metric_history(run, key)
    history.sort(key=lambda point: (point.step, point.timestamp))
    points = [Point(point.step, number(point.value)) for point in history]
    return thinned(key, points, len(points), most)


def _read(connection: sqlite3.Connection, run: str, key: str, limit: int) -> Iterator[Point]:
    for step, value, is_nan in connection.execute(_POINTS, [run, key, limit]):
        yield Point(step, None if is_nan else number(value))


def _picked(connection: sqlite3.Connection, run: str, key: str, first: int, last: int) -> list[Point]:
    """Points at steps that are evenly apart."""
    found: dict[int, Point] = {}
    for place in range(_PICKED + 1):
        wanted = first + (last - first) * place // _PICKED
        row = connection.execute(_NEXT, [run, key, wanted]).fetchone()
        if row is not None:
            found[row[0]] = Point(row[0], None if row[2] else number(row[1]))
    return list(found.values())
