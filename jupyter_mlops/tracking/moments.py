"""When metrics were logged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from jupyter_mlops.tracking.store import Store


def last_logged(store: Store, run_id: str, metrics: Iterable[str]) -> dict[str, datetime]:
    """When the last point of each of the run's metrics was logged, to the millisecond; one that it does not
    have is left out."""
    client = store.client()
    found = {}
    for name in metrics:
        points = client.get_metric_history(run_id, name)
        if points:
            last = max(points, key=lambda point: (point.step, point.timestamp))
            found[name] = datetime.fromtimestamp(last.timestamp / 1000, UTC)
    return found
