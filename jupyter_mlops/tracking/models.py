"""Logging a model: the right MLflow flavor, its signature, and requirements given explicitly."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.provenance.packages import closure, imported, requirements
from jupyter_mlops.tracking.requirements import inferred, model_modules

# top-level module of a model's class -> MLflow flavor
_FLAVORS = {
    "sklearn": "sklearn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "torch": "pytorch",
    "keras": "keras",
    "tensorflow": "tensorflow",
    "statsmodels": "statsmodels",
    "prophet": "prophet",
    "spacy": "spacy",
    "onnx": "onnx",
}
EXAMPLE_ROWS = 5


def log_model(run_id: str, model: Any, name: str, example: Any = None) -> str | None:
    """Log `model` under `name` to the run, which must be the active one; the logged model's id. Where the
    tracking server is away the model is kept as an artifact of that name, which waits for it: None then.

    Args:
        run_id: the run that made it.
        model: an object of a library that MLflow has a flavor for.
        name: the logged model's name.
        example: a few rows of its input, from which the signature is read; None logs without one.

    Raises:
        Refused: no flavor fits, or the model cannot be saved.
    """
    import importlib

    from mlflow.exceptions import MlflowException

    flavor = _flavor(model)
    module = importlib.import_module(f"mlflow.{flavor}")
    how = {
        "signature": _signature(model, example),
        **(_sklearn_format(model) if flavor == "sklearn" else {}),
    }
    how["pip_requirements"] = inferred(module, model, how) or model_requirements(model, example)
    try:
        return str(module.log_model(model, name=name, **how).model_id)
    except MlflowException as error:
        if error.error_code != "TEMPORARILY_UNAVAILABLE":
            raise _unloggable(name, flavor, error) from None
        _keep_as_artifact(run_id, module, model, name, how)
        return None
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise _unloggable(name, flavor, error) from None


def _keep_as_artifact(run_id: str, module: Any, model: Any, name: str, how: Mapping[str, Any]) -> None:
    """A logged model is made by the server; its files can be had without."""
    import tempfile
    from pathlib import Path

    import mlflow

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        module.save_model(model, str(path), **how)
        mlflow.MlflowClient().log_artifacts(run_id, str(path), name)


def _unloggable(name: str, flavor: str, error: Exception) -> Refused:
    return Refused(
        f"{name} cannot be logged as a {flavor} model: {error}",
        hint="models hold no lambdas or local classes; or save a file and use %track artifact",
    )


def find_example(model: Any, namespace: Mapping[str, Any]) -> Any:
    """The first rows of a frame or array in `namespace` that fits what the model was fitted on, or None."""
    names = getattr(model, "feature_names_in_", None)
    width = getattr(model, "n_features_in_", None)
    for value in list(namespace.values()):
        columns = getattr(value, "columns", None)
        if names is not None and columns is not None and hasattr(value, "iloc"):
            if list(columns) == list(names) and len(value):
                return value.head(EXAMPLE_ROWS)
        elif names is None and width is not None and _width(value) == width and len(value):
            return value[:EXAMPLE_ROWS] if columns is None else value.head(EXAMPLE_ROWS)
    return None


def _width(value: Any) -> int | None:
    """The number of columns of a frame or array; None of anything else."""
    shape = getattr(value, "shape", None)  # a module may have a function of that name
    return shape[1] if isinstance(shape, tuple) and len(shape) == 2 else None


def model_requirements(model: Any, example: Any = None) -> list[str]:
    """``name==version`` of every package that the model's pickle names, what they need of the packages
    imported here, and MLflow itself."""
    modules = {type(part).__module__.partition(".")[0] for part in (model, example) if part is not None}
    modules |= {name.partition(".")[0] for name in model_modules(model)} | {"cloudpickle"}
    named = imported(modules)
    loaded = imported()
    needed = {name: version for name, version in closure(named).items() if name in loaded or name in named}
    return requirements({"mlflow", *needed})


def _flavor(model: Any) -> str:
    for base in type(model).__mro__:
        flavor = _FLAVORS.get(base.__module__.partition(".")[0])
        if flavor:
            return flavor
    raise Refused(
        f"MLflow has no flavor for a {type(model).__module__}.{type(model).__qualname__}",
        hint="save it to a file and record that: %track artifact FILE",
    )


def _sklearn_format(model: Any) -> dict[str, Any]:
    """MLflow saves scikit-learn models by skops, which refuses types that it does not know, trees among
    them: name those of importable modules, which the user just fitted; else save by cloudpickle."""
    import skops.io

    try:
        types = skops.io.get_untrusted_types(data=skops.io.dumps(model))
    except Exception:  # skops cannot write it at all, e.g. it holds a function of the notebook
        return {"serialization_format": "cloudpickle"}
    if any(name.startswith("__main__.") for name in types):
        return {"serialization_format": "cloudpickle"}
    return {"skops_trusted_types": types}


def _signature(model: Any, example: Any) -> Any:
    if example is None or not hasattr(model, "predict"):
        return None
    import warnings

    from mlflow.models import infer_signature

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # "integer columns cannot hold missing values": the user cannot act on it
        return infer_signature(example, model.predict(example))
