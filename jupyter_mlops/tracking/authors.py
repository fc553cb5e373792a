"""Who made a model version."""

from __future__ import annotations

import contextlib

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.provenance.identity import person
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.reader import find_run, read_provenance
from jupyter_mlops.tracking.store import Store


def authors(store: Store, version: ModelVersion) -> frozenset[str]:
    """Names of who registered the version, and of who ran its run, also where that was deleted; without what
    vouches for them, as `provenance.identity.person` tells people apart."""
    found = {version.tags.get(tags.AUTHOR, "").rpartition(" (")[0]}
    if version.run_id:
        found.add(marks_of(store, version.run_id).get(tags.USER, ""))
        with contextlib.suppress(NotFound):
            provenance = read_provenance(store, find_run(store, version.run_id).run_id)
            found.add(provenance.user if provenance is not None else "")
    return frozenset(filter(None, map(person, found)))
