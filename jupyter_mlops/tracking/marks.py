"""All tags of a run, ours among them: `Run.tags` has only those of the user."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store


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
