"""The files of a registered model's version, and tags on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store, local_folder

MAX_TAG = 5000  # characters that every store takes
_META = "registered_model_meta"


def model_size(store: Store, version: ModelVersion) -> int:
    """Bytes of all files of the version.

    Raises:
        NotFound: they are not there.
    """
    from mlflow.exceptions import MlflowException

    label = f"{version.name}@{version.version}"
    try:
        folder = known_folder(store, version)
        place, folder = (str(folder), folder) if folder is not None else place_of(store, version)
        size = _remote(place) if folder is None else below(folder)
    except (MlflowException, OSError) as error:
        raise NotFound(f"the files of {label} cannot be looked at: {error}", hint="see its source") from None
    if not size:
        raise NotFound(f"there are no files of {label} at {place}", hint="register it again")
    return size


def known_folder(store: Store, version: ModelVersion) -> Path | None:
    """The path of the version's files, or its one file, where that can be told without MLflow; None else."""
    direct = store.direct()
    if direct is None:
        return None
    with reading(direct) as rows:
        place = rows.version_place(version.name, version.version)
    return local_folder(place)


def place_of(store: Store, version: ModelVersion) -> tuple[str, Path | None]:
    """Where the version's files, or its one file, are: as a URI, and by path where that is on this machine.

    Raises:
        MlflowException: the registry does not tell.
    """
    place = store.client().get_model_version_download_uri(version.name, version.version)
    if place.startswith("models:/"):
        place = store.client().get_logged_model(place.removeprefix("models:/")).artifact_location
    scheme = urlsplit(place).scheme  # "mlflow-artifacts:/1/models"; of one letter it is a drive
    return place, local_folder(place) if len(scheme) > 1 else Path(place)


def files_below(folder: Path) -> Iterator[Path]:
    """Its files; not the note that MLflow writes beside them when it loads a model, nor compiled modules."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _META and "__pycache__" not in path.parts:
            yield path


def tag_version(store: Store, version: ModelVersion, values: Mapping[str, str]) -> None:
    """Set tags on the version."""
    for key, value in values.items():
        store.client().set_model_version_tag(version.name, version.version, key, value[:MAX_TAG])


def below(folder: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if folder.is_file():
        return folder.stat().st_size
    return sum(path.stat().st_size for path in files_below(folder))


def _remote(place: str) -> int:
    """Bytes below a place in an artifact store, or of the file there, which only its folder tells of."""
    import mlflow

    found = _listed(place)
    if found:
        return found
    folder, _, name = place.rstrip("/").rpartition("/")
    listed = mlflow.artifacts.list_artifacts(artifact_uri=folder)
    return sum(item.file_size or 0 for item in listed if item.path.rpartition("/")[2] == name)


def _listed(place: str) -> int:
    import mlflow

    found = mlflow.artifacts.list_artifacts(artifact_uri=place)
    return sum(
        _listed(f"{place.rstrip('/')}/{item.path.rpartition('/')[2]}") if item.is_dir else item.file_size or 0
        for item in found
    )
