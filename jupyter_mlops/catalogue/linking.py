"""What a run read and made, on the run's record."""

from __future__ import annotations

from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.tracking.recorder import Recorder

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
