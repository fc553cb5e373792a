"""When metrics were logged, and each of their points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from jupyter_mlops.tracking.rows import connected, reading
from jupyter_mlops.tracking.store import Store

Points = Mapping[int, tuple[float, ...]]  # what was logged at each step: each value once, the least first
_LAST = "SELECT key, timestamp FROM latest_metrics WHERE run_uuid = ?"


def last_logged(store: Store, run_id: str, metrics: Iterable[str]) -> dict[str, datetime]:
    """When the last point of each of the run's metrics was logged, to the millisecond; one that it does not
    have is left out."""
    direct = store.readable()
    if direct is not None:
        wanted = set(metrics)
        with connected(direct) as connection:
            rows = connection.execute(_LAST, [run_id]).fetchall()
        return {name: datetime.fromtimestamp(at / 1000, UTC) for name, at in rows if name in wanted}
    client = store.client()
    found = {}
    for name in metrics:
        points = client.get_metric_history(run_id, name)
        if points:
            last = max(points, key=lambda point: (point.step, point.timestamp))
            found[name] = datetime.fromtimestamp(last.timestamp / 1000, UTC)
    return found


def points_of(store: Store, run_id: str, metrics: Iterable[str]) -> dict[str, Points]:
    """The points of each of the run's metrics, the first step first. In which order several values of one
    step were logged is not told: those of one millisecond have none in MLflow."""
    direct = store.readable()
    if direct is None:
        client = store.client()
        listed = [
            (name, point.step, point.value)
            for name in metrics
            for point in client.get_metric_history(run_id, name)
        ]
    else:
        with reading(direct) as rows:
            listed = rows.points(run_id)
    found: dict[str, dict[int, set[float]]] = {name: {} for name in metrics}
    for name, step, value in listed:
        if name in found:  # a NaN equals nothing, itself neither: only this one is known to be itself
            found[name].setdefault(step, set()).add(math.nan if math.isnan(value) else value)
    return {
        name: {step: tuple(sorted(points[step], key=_rank)) for step in sorted(points)}
        for name, points in found.items()
    }


def _rank(value: float) -> tuple[bool, float]:
    return math.isnan(value), 0.0 if math.isnan(value) else value
