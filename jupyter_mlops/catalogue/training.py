"""What a model version was trained on, by the records of its run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jupyter_mlops.catalogue.linking import training_data
from jupyter_mlops.catalogue.opening import Data, open_version
from jupyter_mlops.config import Config
from jupyter_mlops.entities import DatasetVersion, ModelVersion
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.store import Store


@dataclass(frozen=True)
class Trained:
    """What a version's run read as training data; `assumed` tells that it did not say so, but read nothing
    else."""

    versions: tuple[DatasetVersion, ...]
    assumed: bool = False


def trained_on(store: Store, run_id: str | None) -> Trained:
    """The training data of what the run made, as it recorded them."""
    found = training_data(store, run_id)
    if found or run_id is None:
        return Trained(tuple(found))
    links = [link.version for link in datasets.links_of_runs(store, [run_id])]
    read = {version.digest: version for version in links if not version.wrote}
    return Trained(tuple(read.values()), assumed=True) if len(read) == 1 else Trained(())


def open_trained(store: Store, config: Config, version: ModelVersion, *, otherwise: str) -> Data:
    """The data that the version was trained on. `otherwise` is where other data can be named, in words such
    as ``in the gate``.

    Raises:
        Refused: its run tells of none, or of several, or their content is gone.
    """
    label = f"{version.name}@{version.version}"
    found = trained_on(store, version.run_id)
    if len(found.versions) != 1:
        many = ", ".join(each.label for each in found.versions)
        raise Refused(
            f"the run of {label} tells of {'several' if many else 'no'} training data"
            + (f": {many}" if many else ""),
            hint=f"name one {otherwise}"
            if many
            else f"name data {otherwise}, or %track data NAME --context training",
        )
    (trained,) = found.versions
    entry = datasets.of_digest(datasets.entries(store), trained.digest)
    if entry is None:
        raise Refused(
            f"the training data {trained.label} of {label} are not in the catalogue",
            hint=f"add them, as they were: jupyter mlops dataset add FILE --name {trained.name}",
        )
    data = open_version(store, entry, config)
    said = f"{data.label} are taken for its training data: its run read nothing else"
    return replace(data, notes=(*data.notes, said)) if found.assumed else data
