"""What a registered model says of itself without being loaded, and what people told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.tracking.loading import quiet
from jupyter_mlops.tracking.model_files import MAX_TAG, below, known_folder, model_size
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store

_TYPES = frozenset(
    ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime", "tensor")
)  # of columns, that are told by their names


@dataclass(frozen=True)
class Described:
    """`library` is MLflow's name of it, such as ``sklearn``, and `library_version` its version when it was
    logged. `inputs` maps columns to types, `outputs` likewise; those without a name are numbered. `size` is
    in bytes."""

    library: str = ""
    library_version: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    tabular: bool = False
    size: int | None = None


def describe(store: Store, version: ModelVersion) -> Described | None:
    """What the version's files say; None where they are gone, or are those of no model."""
    folder = known_folder(store, version)
    if folder is None:
        return _by_mlflow(store, version)
    try:
        return _read(folder / "MLmodel", below(folder))
    except OSError:
        return None
    except (KeyError, TypeError, ValueError):  # written otherwise than usual
        return _by_mlflow(store, version)


def _read(path: Path, size: int) -> Described:
    """What a model's own description says, where it is one as most are: MLflow takes seconds to import."""
    from ruamel.yaml import YAML

    told = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    library = next((name for name in told["flavors"] if name != "python_function"), "")
    signature = told.get("signature") or {}
    inputs, outputs = (json.loads(signature.get(side) or "[]") for side in ("inputs", "outputs"))
    return Described(
        library=library,
        library_version=str(told["flavors"].get(library, {}).get(f"{library}_version", "")),
        inputs=dict(map(_column, range(len(inputs)), inputs)),
        outputs=dict(map(_column, range(len(outputs)), outputs)),
        tabular=bool(inputs) and "name" in inputs[0] and inputs[0]["type"] != "tensor",
        size=size or None,
    )


def _column(place: int, column: Mapping[str, Any]) -> tuple[str, str]:
    kind = column["tensor-spec"]["dtype"] if column["type"] == "tensor" else column["type"]
    if column["type"] not in _TYPES or not re.fullmatch(r"[a-z]+\d*", kind):
        raise ValueError(kind)
    return str(column.get("name", place)), kind


def _by_mlflow(store: Store, version: ModelVersion) -> Described | None:
    import mlflow
    from mlflow.exceptions import MlflowException

    store.client()
    try:
        with quiet():
            known = mlflow.models.get_model_info(f"models:/{version.name}/{version.version}")
    except (MlflowException, OSError):
        return None
    library = next((name for name in known.flavors if name != "python_function"), "")
    told = known.flavors.get(library, {})
    signature = known.signature
    inputs = None if signature is None else signature.inputs
    return Described(
        library=library,
        library_version=str(told.get(f"{library}_version", "")),
        inputs=_columns(inputs),
        outputs=_columns(None if signature is None else signature.outputs),
        tabular=inputs is not None and inputs.has_input_names() and not inputs.is_tensor_spec(),
        size=_size(store, version),
    )


def told_of(store: Store, name: str) -> Mapping[str, str]:
    """The tags of the registered model; its description, where there is one, as ``description``."""
    direct = store.direct()
    if direct is not None:
        with reading(direct) as rows:
            found, description = rows.model(name), rows.description(name)
        return {**({"description": description} if description else {}), **(found[1] if found else {})}
    model = store.client().get_registered_model(name)
    return {**({"description": model.description} if model.description else {}), **model.tags}


def tell(store: Store, name: str, key: str, value: str) -> None:
    """Set a tag of the registered model.

    Raises:
        Refused: it is longer than every store takes.
    """
    if len(value) > MAX_TAG:
        raise Refused(
            f"{len(value):,} characters are too many to be kept with model {name!r}",
            hint=f"say it in {MAX_TAG:,}, or in mlops.yaml",
        )
    store.client().set_registered_model_tag(name, key, value)


def _size(store: Store, version: ModelVersion) -> int | None:
    try:
        return model_size(store, version)
    except NotFound:
        return None


def _columns(schema: Any) -> dict[str, str]:
    if schema is None:
        return {}
    return {
        str(column.name if column.name is not None else place): str(getattr(column.type, "name", column.type))
        for place, column in enumerate(schema.inputs)
    }
