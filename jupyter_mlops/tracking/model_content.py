"""What the files of a registered model's version hold, and whether all of them are there."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.tracking.model_files import files_below, place_of
from jupyter_mlops.tracking.store import Store

_DESCRIPTION = "MLmodel"
# below a flavor, what names a file or folder of the model
_NAMING = ("model_path", "pickled_model", "python_model", "model_data", "data", "code", "env")


def content_digest(store: Store, version: ModelVersion) -> str:
    """sha256 over names and content of all files of the version. Those in a remote artifact store are
    fetched for it.

    Raises:
        NotFound: they are not there.
    """
    found = hashlib.sha256()
    with _fetched(store, version) as folder:
        for path in [folder] if folder.is_file() else files_below(folder):
            name = path.relative_to(folder).as_posix()
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            found.update(f"{len(name)} {name} {content}\n".encode())
    return found.hexdigest()


def check_complete(store: Store, version: ModelVersion) -> None:
    """Return if the version has all files that its ``MLmodel`` names; what is no model needs to have one.

    Raises:
        NotFound: one is not there.
    """
    with _fetched(store, version) as folder:
        if folder.is_file():
            return
        label = f"{version.name}@{version.version}"
        known = {path.relative_to(folder).as_posix() for path in files_below(folder)}
        if not known:
            raise NotFound(f"there are no files of {label}", hint="register it again")
        described = folder / _DESCRIPTION
        if not described.exists() and version.source.startswith("models:/"):
            raise NotFound(f"{label} lacks its file {_DESCRIPTION}", hint="register it again")
        for name in _named(described):
            if not any(each.startswith(name) for each in known):  # a folder, or what several files begin with
                raise NotFound(f"{label} lacks its file {name}", hint="restore it, or register it again")


@contextlib.contextmanager
def _fetched(store: Store, version: ModelVersion) -> Iterator[Path]:
    """The folder, or the one file, of the version on this machine."""
    import mlflow
    from mlflow.exceptions import MlflowException

    label = f"{version.name}@{version.version}"
    with contextlib.ExitStack() as stack:
        try:
            place, folder = place_of(store, version)
            if folder is None:
                into = stack.enter_context(tempfile.TemporaryDirectory())
                folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=place, dst_path=into))
        except (MlflowException, OSError) as error:
            raise NotFound(f"the files of {label} cannot be had: {error}", hint="see its source") from None
        if not folder.exists():
            raise NotFound(f"there are no files of {label} at {place}", hint="register it again")
        yield folder


def _named(described: Path) -> Iterator[str]:
    """The files and folders that an ``MLmodel`` names."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told = YAML(typ="safe", pure=True).load(described.read_text(encoding="utf-8"))
        flavors = [flavor for flavor in told["flavors"].values() if isinstance(flavor, Mapping)]
    except (OSError, ValueError, YAMLError, KeyError, TypeError, AttributeError):
        return  # loading it tells
    for flavor in flavors:
        for key in _NAMING:
            yield from _paths(flavor.get(key))


def _paths(value: Any) -> Iterator[str]:
    for each in value.values() if isinstance(value, Mapping) else (value,):
        if isinstance(each, str) and each and not Path(each).is_absolute():
            yield Path(each).as_posix()
