"""Kept outputs that nobody needs any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jupyter_mlops.config import Config
from jupyter_mlops.entities import Garbage
from jupyter_mlops.pipelines.runner import contents_of
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.store import Store


def collect(store: Store, config: Config, keep: float, *, free: bool = False) -> list[Garbage]:
    """The outputs that no run has made or used in the last `keep` seconds, nor since the beginning of one
    that goes on, oldest first; gone if they are to be set `free`."""
    since = datetime.now(UTC) - timedelta(seconds=keep)
    oldest = leases.oldest(store)
    if oldest is not None:
        since = min(since, datetime.fromtimestamp(oldest, UTC))
    contents = contents_of(store, config)
    found = sorted((each for each in contents.listed() if each.used < since), key=lambda each: each.used)
    if not free:
        return found
    contents.sweep()
    for each in found:
        contents.free(each.digest)
    return [each.model_copy(update={"freed": True}) for each in found]
