"""Kept outputs and copies of data that nobody needs any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jupyter_mlops.catalogue import garbage, keeping
from jupyter_mlops.config import Config
from jupyter_mlops.data.contents import Contents
from jupyter_mlops.entities import Garbage
from jupyter_mlops.pipelines.runner import contents_of
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.store import Store


def collect(store: Store, config: Config, keep: float, *, free: bool = False) -> list[Garbage]:
    """The outputs that no run has made or used in the last `keep` seconds, nor since the beginning of one
    that goes on, and copies of data of which `garbage.collect` of the catalogue tells the same, oldest first;
    gone if they are to be set `free`.

    Raises:
        StoreError: there are old copies of data, and the store that knows who needs them cannot be read.
    """
    since = datetime.now(UTC) - timedelta(seconds=keep)
    oldest = leases.oldest(store)
    if oldest is not None:
        since = min(since, datetime.fromtimestamp(oldest, UTC))
    contents = contents_of(store, config)
    outputs = [each for each in contents.listed() if each.used < since]
    found = sorted([*outputs, *garbage.collect(store, config, since)], key=lambda each: each.used)
    if not free:
        return found
    contents.sweep()
    return [each.model_copy(update={"freed": _free(store, contents, each)}) for each in found]


def _free(store: Store, contents: Contents, each: Garbage) -> bool:
    if each.kind == "data":
        return keeping.free(store, each)
    contents.free(each.digest)
    return True
