"""Kept copies of data that nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from jupyter_mlops.catalogue import keeping, pending
from jupyter_mlops.config import Config
from jupyter_mlops.entities import DatasetVersion, Garbage, RunStatus
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.store import Store

_ADDING = timedelta(hours=1)  # may lie between the keeping of a copy and its version's entry


def collect(store: Store, config: Config, since: datetime) -> list[Garbage]:
    """The copies that may be freed: of versions that are not their dataset's newest, nor named in
    ``mlops.yaml``, nor read or made by a run since then; and of what no version holds. Copies that another
    store's catalogue may need are left out.

    Raises:
        StoreError: the store cannot be read, and it alone knows what is needed.
    """
    copies = [copy for copy in keeping.copies(store) if copy.used < since]
    if not copies:
        return []
    entered = [entry.version for entry in datasets.entries(store)]
    newest = {version.name: version for version in entered}  # by number
    named = {model.data for model in config.models.values()}
    needed = [*newest.values(), *(version for version in entered if version.label in named)]
    kept = {version.digest for version in (*needed, *pending.waiting(store))}
    versions: dict[str, list[DatasetVersion]] = {}
    for version in entered:
        versions.setdefault(version.digest, []).append(version)
    last = _last_used(store, [copy.digest for copy in copies if copy.digest in versions])
    found = []
    for copy in copies:
        used = max(copy.used, last.get(copy.digest, copy.used))
        label = ", ".join(version.label for version in versions.get(copy.digest, ()))
        late = since if label else min(since, datetime.now(UTC) - _ADDING)
        if copy.digest not in kept and used < late:
            found.append(copy.model_copy(update={"used": used, "label": label or "of no version"}))
    return found


def _last_used(store: Store, digests: Iterable[str]) -> dict[str, datetime]:
    """When a run last read or made data of these digests; now, where one goes on."""
    links = datasets.links_of_data(store, digests)
    runs = {run.run_id: run for run in datasets.runs_by_id(store, [link.run_id for link in links])}
    last: dict[str, datetime] = {}
    for link in links:
        run = runs.get(link.run_id)
        if run is None:
            continue
        goes_on = run.status is RunStatus.RUNNING
        used = datetime.now(UTC) if goes_on else run.ended or run.started
        if used is not None:
            last[link.version.digest] = max(used, last.get(link.version.digest, used))
    return last
