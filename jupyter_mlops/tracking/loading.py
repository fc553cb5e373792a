"""A registered model to be judged: in the class that tells most of it, with what its signature says."""

from __future__ import annotations

import contextlib
import importlib
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.tracking.model_files import model_size
from jupyter_mlops.tracking.registry import find_version
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

_NATIVE = ("sklearn", "xgboost", "lightgbm", "catboost")  # their models may have scikit-learn's interface


@dataclass(frozen=True)
class Loaded:
    """A model in memory. `inputs` maps the columns that its signature names, in order, to their types
    (``long``, ``double``, ``string`` ...); `optional` are those that may be left out. `output` is the type of
    its predictions, "" where the signature tells none. `native` is False for MLflow's own wrapper."""

    model: Any
    version: ModelVersion
    native: bool = True
    inputs: dict[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    output: str = ""


def load_for_scoring(store: Store, reference: str) -> Loaded:
    """The model behind ``NAME``, ``NAME@ALIAS`` or ``NAME@VERSION``: as scikit-learn's interface where it has
    that, else as MLflow's pyfunc. What libraries warn of while loading is not shown.

    Loading unpickles: load only models you trust.

    Raises:
        NotFound: no such model, version or alias.
        UsageError: nothing follows the ``@``.
        Refused: its files are gone, it is a plain artifact and no model, or it cannot be loaded here.
    """
    version = find_version(store, reference)
    store.client()
    uri = f"models:/{version.name}/{version.version}"
    try:
        with quiet():
            return _load(uri, version)
    except Exception as error:  # whatever library saved it: it may raise anything
        raise _unloadable(store, version, error) from None


def load(store: Store, reference: str) -> Any:
    """The model behind ``NAME@ALIAS`` or ``NAME@VERSION``, in its own flavor where MLflow knows one
    (a scikit-learn model comes back as itself), else as MLflow's pyfunc.

    Loading unpickles: load only models you trust.

    Raises:
        NotFound: no such version, its files are gone, or it is a plain artifact and no model.
        UsageError: nothing follows the ``@``.
        Refused: it cannot be loaded here.
    """
    import mlflow

    version = find_version(store, reference)
    store.client()
    uri = f"models:/{version.name}/{version.version}"
    try:
        flavors = mlflow.models.get_model_info(uri).flavors
        own = next((flavor for flavor in flavors if flavor != "python_function"), "pyfunc")
        return importlib.import_module(f"mlflow.{own}").load_model(uri)
    except Exception as error:  # whatever library saved it: it may raise anything
        raise _unloadable(store, version, error) from None


def _unloadable(store: Store, version: ModelVersion, error: Exception) -> Refused:
    """Why the version does not come back: its files are gone, it is no model, or what a library said."""
    label = f"{version.name}@{version.version}"
    try:
        model_size(store, version)
    except NotFound:
        return NotFound(
            f"{label} cannot be loaded as a model: its files are gone",
            hint=f"take another version: jupyter mlops models {version.name}",
        )
    if getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST":
        return NotFound(
            f"{label} cannot be loaded as a model: it is a plain artifact",
            hint="fetch it with mlflow.artifacts.download_artifacts, or log it as a model",
        )
    said = str(error) or type(error).__name__
    return Refused(
        f"{label} cannot be loaded as a model: {said}",
        hint="it needs the packages that it was made with, and all of its files as they were",
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Warnings of libraries, and what MLflow logs, are not shown while the block lasts."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _load(uri: str, version: ModelVersion) -> Loaded:
    import mlflow

    known = mlflow.models.get_model_info(uri)
    told = _told(known.signature)
    for flavor in _NATIVE:
        if flavor in known.flavors:
            model = importlib.import_module(f"mlflow.{flavor}").load_model(uri)
            if _is_estimator(model):
                return Loaded(model, version, **told)
    return Loaded(mlflow.pyfunc.load_model(uri), version, native=False, **told)


def _is_estimator(model: Any) -> bool:
    """It has scikit-learn's interface: a Booster, for one, wants its own kind of table."""
    return all(callable(getattr(model, name, None)) for name in ("predict", "get_params"))


def _told(signature: ModelSignature | None) -> dict[str, Any]:
    if signature is None:
        return {}
    told: dict[str, Any] = {}
    inputs, outputs = signature.inputs, signature.outputs
    if inputs is not None and inputs.has_input_names():
        told["inputs"] = {column.name: _type(column.type) for column in inputs.inputs}
        told["optional"] = frozenset(c.name for c in inputs.inputs if not getattr(c, "required", True))
    if outputs is not None and len(outputs.inputs) == 1:
        told["output"] = _type(outputs.inputs[0].type)
    return told


def _type(kind: Any) -> str:
    """``long``, ``double`` ... of a column; of a tensor its numpy dtype's name."""
    return str(getattr(kind, "name", kind))
