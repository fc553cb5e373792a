"""Inputs and outputs of steps as dataset versions, so that what a model was made of can be followed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from jupyter_mlops.catalogue.adding import add_soon
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.names import plain_name
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.config import STATE_FOLDER, Config
from jupyter_mlops.data.versions import row_count
from jupyter_mlops.entities import DatasetVersion, StepInput, StepOutput, StepTask
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.pipelines.graph import VARIABLE
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

DATASET = "dataset:"


class Inputs:
    """What steps read, as dataset versions: those that ``mlops.yaml`` declares are in the catalogue then."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store, self._config = store, config
        self._sources = {
            store.root / each.source: name
            for name, each in config.datasets.items()
            if "://" not in each.source
        }
        self._known: dict[tuple[str, str], DatasetVersion] = {}

    def versions(
        self, inputs: Mapping[str, StepInput], shown: Mapping[str, str]
    ) -> dict[str, DatasetVersion]:
        """The version of each input, by name; `shown` is what ``mlops.yaml`` says of where it lies."""
        return {name: self._version(name, each, shown.get(name, "")) for name, each in inputs.items()}

    def _version(self, name: str, found: StepInput, shown: str) -> DatasetVersion:
        declared = shown.removeprefix(DATASET) if shown.startswith(DATASET) else self._declared(shown)
        called = declared or name_of(name, shown)
        known = self._known.get((called, found.digest))
        if known is None:
            remote = "://" in found.place  # it is not fetched for that alone
            known = None if declared is None or remote else self._catalogued(declared)
            if known is None:
                known = DatasetVersion(name=called, digest=found.digest, rows=self._rows(found), source=shown)
            self._known[called, found.digest] = known
        return known

    def _declared(self, shown: str) -> str | None:
        return self._sources.get(self._store.root / shown) if shown and "://" not in shown else None

    def _rows(self, found: StepInput) -> int | None:
        if found.stored or "://" in found.place:
            return None
        return row_count(Path(found.place), self._store.root / STATE_FOLDER)

    def _catalogued(self, name: str) -> DatasetVersion | None:
        try:
            return add_soon(self._store, given(self._store, self._config, name))
        except MLOpsError:  # the step runs on what it read all the same
            return None


def link_inputs(recorder: Recorder, task: StepTask) -> None:
    """Record with the step's run what it reads."""
    for name, version in task.versions.items():
        link(recorder, version, name.removeprefix(VARIABLE))


def link_outputs(recorder: Recorder, task: StepTask, outputs: Mapping[str, StepOutput]) -> None:
    """Record with the step's run what it made."""
    for name, output in outputs.items():
        made = output_version(name, output, task.shown)
        link(recorder, made, name.removeprefix(VARIABLE), wrote=True)


def output_version(name: str, output: StepOutput, shown: Mapping[str, str]) -> DatasetVersion:
    """What a step made, as a dataset version; `shown` is what ``mlops.yaml`` says of where it lies."""
    source = shown.get(name, "")
    return DatasetVersion(
        name=name_of(name, source), digest=output.digest, rows=None, source=source, size=output.size
    )


def name_of(name: str, shown: str) -> str:
    """What the data of an input or output are called: as their file, or as the variable that they are."""
    return plain_name(PurePosixPath(shown).stem if shown else name.removeprefix(VARIABLE))
