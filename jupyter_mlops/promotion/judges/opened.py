"""Models and data that gates are judged on, opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue.finding import look_up
from jupyter_mlops.catalogue.linking import training_data
from jupyter_mlops.catalogue.opening import Data, open_data, open_version
from jupyter_mlops.config import CONFIG_NAME, ModelConfig
from jupyter_mlops.data.sources import is_url
from jupyter_mlops.entities import DatasetVersion, ModelVersion
from jupyter_mlops.evaluation.models import Model, open_model
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.model_content import check_complete

if TYPE_CHECKING:
    import pandas

LONGEST = 80  # characters of a value that a message tells
_PATHLIKE = ("/", "\\")


def settings(context: Context) -> ModelConfig:
    """What ``mlops.yaml`` says of the model."""
    return context.config.models.get(context.version.name, ModelConfig())


def located(context: Context, what: str) -> str | Path:
    """The name of a dataset or a URL as it is; a file or folder by its path from the project's root.

    Raises:
        NotFound: there is nothing like that.
    """
    if is_url(what) or what in context.config.datasets or look_up(context.store, what) is not None:
        return what
    path = context.store.root / what
    if path.exists():
        return path
    if Path(what).suffix or any(mark in what for mark in _PATHLIKE):
        raise NotFound(f"there is no {what} in the project", hint="name a dataset, or a path from its root")
    return what


def open_named(context: Context, what: str) -> Data:
    """The data that a gate names; paths are from the project's root.

    Raises:
        NotFound: there is nothing like that.
        Refused: it cannot be read, or the content of that version is gone.
    """
    place = located(context, what)
    data = open_data(context.store, context.config, place)
    return data if isinstance(place, str) else replace(data, label=display_path(context.store.root, place))


def named_data(context: Context, given: str | None) -> str:
    """What is given, else what ``mlops.yaml`` says of the model.

    Raises:
        Refused: neither says anything.
    """
    what = given or settings(context).data
    if what is None:
        name = context.version.name
        raise Refused(
            f"nothing tells on which data {context.label} is to be judged",
            hint=f"data: DATASET in the gate, or below models.{name} in {CONFIG_NAME}",
        )
    return what


@dataclass(frozen=True)
class Trained:
    """What a version's run read as training data; `assumed` tells that it did not say so, but read nothing
    else."""

    versions: tuple[DatasetVersion, ...]
    assumed: bool = False


def trained_on(context: Context) -> Trained:
    """The training data of the version, as its run recorded them."""
    run_id = context.version.run_id
    found = training_data(context.store, run_id)
    if found or run_id is None:
        return Trained(tuple(found))
    links = [link.version for link in datasets.links_of_runs(context.store, [run_id])]
    read = {version.digest: version for version in links if not version.wrote}
    return Trained(tuple(read.values()), assumed=True) if len(read) == 1 else Trained(())


def open_trained(context: Context) -> Data:
    """The data that the version was trained on.

    Raises:
        Refused: its run tells of none, or of several, or their content is gone.
    """
    found = trained_on(context)
    if len(found.versions) != 1:
        many = ", ".join(version.label for version in found.versions)
        raise Refused(
            f"the run of {context.label} tells of {'several' if many else 'no'} training data"
            + (f": {many}" if many else ""),
            hint="name one in the gate"
            if many
            else "name data in the gate, or %track data NAME --context training",
        )
    (version,) = found.versions
    entry = datasets.of_digest(datasets.entries(context.store), version.digest)
    if entry is None:
        raise Refused(
            f"the training data {version.label} of {context.label} are not in the catalogue",
            hint=f"add them, as they were: jupyter mlops dataset add FILE --name {version.name}",
        )
    data = open_version(context.store, entry, context.config)
    said = f"{data.label} are taken for its training data: its run read nothing else"
    return replace(data, notes=(*data.notes, said)) if found.assumed else data


def open_judged(context: Context, version: ModelVersion | None = None) -> Model:
    """The version, or another one, in memory.

    Raises:
        Refused: its files are gone, or it cannot be loaded.
    """
    wanted = version or context.version
    check_files(context, wanted)
    return open_model(context.store, f"{wanted.name}@{wanted.version}")


def check_files(context: Context, version: ModelVersion) -> None:
    """Return if the version still has all of its files.

    Raises:
        Refused: they are gone.
    """
    label = f"{version.name}@{version.version}"
    try:
        check_complete(context.store, version)
    except NotFound as error:
        raise Refused(
            f"the files of {label} are gone: {error}",
            hint="restore them, or take another version: jupyter mlops models",
        ) from None


def short(value: Any) -> str:
    """A value out of the data, in one line that is not too long."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def column_named(frame: pandas.DataFrame, name: str) -> Any:
    """The column's values.

    Raises:
        NotFound: there is none of that name.
        Refused: there are several.
    """
    by_name = {str(column): column for column in frame.columns}
    if name not in by_name:
        raise NotFound(f"the data have no column {short(name)!r}", hint=did_you_mean(name, by_name))
    column = frame[by_name[name]]
    if column.ndim > 1:
        raise Refused(f"the data have several columns {short(name)!r}", hint="rename or drop all but one")
    return column
