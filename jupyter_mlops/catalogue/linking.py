"""What a run read and made, on the run's record."""

from __future__ import annotations

from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

TRAINING = frozenset({"training", "train"})  # contexts
WRITTEN = "written"  # the context of what a run made, if none is told


def link(
    recorder: Recorder, version: DatasetVersion, context: str | None = None, *, wrote: bool = False
) -> DatasetVersion:
    """Record that the run read the version, as `context` such as ``training``, or with `wrote` that it made
    it; the version as it is linked. Runs are found by it: ``dataset.digest = '...'``."""
    told = context or version.context or (WRITTEN if wrote else None)
    linked = version.model_copy(update={"context": told, "wrote": wrote or version.wrote})
    recorder.dataset(linked)
    return linked


def training_data(store: Store, run_id: str | None) -> list[DatasetVersion]:
    """What the run, or one that is part of it, read as training data."""
    if run_id is None:
        return []
    runs = [run_id, *(run.run_id for run in datasets.children_of(store, [run_id]))]
    links = [link.version for link in datasets.links_of_runs(store, runs)]
    found = {
        version.digest: version for version in links if version.context in TRAINING and not version.wrote
    }
    return list(found.values())
