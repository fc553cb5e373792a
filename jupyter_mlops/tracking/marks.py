"""What the store holds of a run that `Run` has not: all its tags, ours among them, and where its artifacts
are; `Run.tags` has only those of the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_mlops.tracking.rows import Dataset, reading
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import mlflow.entities


@dataclass(frozen=True)
class Record:
    """What the store holds of a run that `Run` has not: the URI of its artifacts, all its tags, and the
    datasets that it read or made."""

    place: str
    marks: Mapping[str, str]
    datasets: Sequence[Dataset]


def marks_of(store: Store, run_id: str) -> Mapping[str, str]:
    """The run's tags; none where there is no such run."""
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            return rows.marks(run_id)
    from mlflow.exceptions import MlflowException

    try:
        return dict(store.client().get_run(run_id).data.tags)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return {}


def place_of(store: Store, run_id: str) -> str:
    """The URI of the run's artifacts."""
    direct = store.readable()
    if direct is None:
        return store.client().get_run(run_id).info.artifact_uri or ""
    with reading(direct) as rows:
        return rows.place(run_id)


def record_of(store: Store, run_id: str) -> Record:
    """All of that, read at once."""
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            return Record(rows.place(run_id), rows.marks(run_id), rows.datasets(run_id))
    run = store.client().get_run(run_id)
    datasets = [to_row(each) for each in run.inputs.dataset_inputs]
    return Record(run.info.artifact_uri or "", run.data.tags, datasets)


def to_row(linked: mlflow.entities.DatasetInput) -> Dataset:
    """MLflow's link of a run to a dataset as ours."""
    one = linked.dataset
    marks = {tag.key: tag.value for tag in linked.tags}
    return Dataset(one.name, one.digest, one.profile, one.schema, one.source, one.source_type, marks)
