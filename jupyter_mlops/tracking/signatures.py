"""What a registered model's signature says that it takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.tracking.loading import quiet
from jupyter_mlops.tracking.store import Store


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs as MLflow tells of them: ``['age': long (required), ...]``; "" where it does not."""

    inputs: str = ""
    outputs: str = ""


def read_signature(store: Store, version: ModelVersion) -> Signature:
    """The signature of the version's model, read without loading it.

    Raises:
        NotFound: it is a plain artifact and no model, or its files are gone.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    store.client()
    label = f"{version.name}@{version.version}"
    try:
        with quiet():
            found = mlflow.models.get_model_info(f"models:/{version.name}/{version.version}").signature
    except (MlflowException, OSError) as error:
        raise NotFound(
            f"{label} cannot be looked at as a model: {error}",
            hint="its files are gone, or it was registered from a plain artifact: log it as a model",
        ) from None
    if found is None:
        return Signature()
    return Signature(*("" if side is None else str(side) for side in (found.inputs, found.outputs)))
