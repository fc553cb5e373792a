"""Models and data that gates are judged on, opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue import opening, training
from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.catalogue.training import Trained
from jupyter_mlops.config import CONFIG_NAME, ModelConfig
from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.evaluation.models import Model, open_model
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.tracking.model_content import check_complete

if TYPE_CHECKING:
    import pandas

LONGEST = 80  # characters of a value that a message tells


def settings(context: Context) -> ModelConfig:
    """What ``mlops.yaml`` says of the model."""
    return context.config.models.get(context.version.name, ModelConfig())


def located(context: Context, what: str) -> str | Path:
    """See `catalogue.opening.located`.

    Raises:
        NotFound: there is nothing like that.
    """
    return opening.located(context.store, context.config, what)


def open_named(context: Context, what: str) -> Data:
    """The data that a gate names; paths are from the project's root.

    Raises:
        NotFound: there is nothing like that.
        Refused: it cannot be read, or the content of that version is gone.
    """
    return opening.open_located(context.store, context.config, what)


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


def trained_on(context: Context) -> Trained:
    """The training data of the version, as its run recorded them."""
    return training.trained_on(context.store, context.version.run_id)


def open_trained(context: Context) -> Data:
    """The data that the version was trained on.

    Raises:
        Refused: its run tells of none, or of several, or their content is gone.
    """
    return training.open_trained(context.store, context.config, context.version, otherwise="in the gate")


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
