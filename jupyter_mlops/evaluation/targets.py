"""The labels in the data: which column holds them, and whether they are such as the model predicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.config import Config
from jupyter_mlops.evaluation.alignment import listed
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean

if TYPE_CHECKING:
    import numpy
    import pandas


def wanted_target(
    config: Config, columns: Collection[object], given: str | None, *models: Model
) -> str | None:
    """The column of the labels: the `given` one, else what ``mlops.yaml`` says of the models, where the data
    have such a column; None if it is to be found.

    Raises:
        Refused: it says different columns of different models.
    """
    if given is not None:
        return given
    there = {str(column) for column in columns}
    names = dict.fromkeys(model.version.name for model in models)
    said = [config.models[name].target for name in names if name in config.models]
    found = list(dict.fromkeys(target for target in said if target is not None and target in there))
    if len(found) > 1:
        raise Refused(
            f"mlops.yaml names several targets of {' and '.join(names)}: {listed(found)}",
            hint="name one: --target COLUMN",
        )
    return found[0] if found else None


def parted(
    frame: pandas.DataFrame, target: str | None, model: Model, *others: Model, key: Sequence[str] = ()
) -> tuple[pandas.DataFrame, numpy.ndarray[Any, Any]]:
    """Features and labels of the rows that have a label.

    Args:
        frame: the data.
        target: the column that holds the labels; None for the one column that no model takes.
        model: the model to be judged.
        others: more of them, on the same rows.
        key: columns that tell rows apart, and so are no target.

    Returns:
        All columns but the target's, with the number of the row in `frame`, from 0, as index, which so shows
        the rows that had no label; and the labels, of the type of the model's classes, or float64.

    Raises:
        NotFound: no such column.
        Refused: which column it is cannot be told, there are no rows or none has a label, or labels are of
            another kind than the model's, such as text where it predicts numbers.
    """
    if not len(frame):
        raise Refused("the data have no rows", hint="give rows with the true values")
    models = (model, *others)
    column = find_target(frame, target, *models, key=key)
    if frame.columns.tolist().count(column) > 1:
        raise Refused(f"the data have several columns {str(column)!r}", hint="rename or drop all but one")
    frame = frame.reset_index(drop=True)
    kept = frame[frame[column].notna()]
    if not len(kept):
        raise Refused(f"no row has a label: column {str(column)!r} is empty", hint="name another --target")
    labels = kept[column]
    y = _numbers(labels, models) if model.task == "regression" else _labels(labels, models)
    return kept.drop(columns=[column]), y


def find_target(frame: pandas.DataFrame, target: str | None, *models: Model, key: Sequence[str] = ()) -> Any:
    """The column of `frame` that holds the labels: the named one, else the only one that no model takes and
    that is not of the `key`; of several the only one that holds nothing but classes of the models.

    Raises:
        NotFound: no such column.
        Refused: none is left, or several are.
    """
    by_name = {str(column): column for column in frame.columns}
    if target is not None:
        if target not in by_name:
            raise NotFound(f"the data have no column {target!r}", hint=did_you_mean(target, by_name))
        return by_name[target]
    names = list(dict.fromkeys(model.label for model in models))
    labels, many = " and ".join(names), len(names) > 1
    taken = {feature for model in models for feature in model.features}
    if not all(model.features for model in models):
        raise Refused(
            f"{labels}: a model does not tell its features, so the target cannot be found",
            hint="name it: --target COLUMN",
        )
    left = [name for name in by_name if name not in taken and name not in key]
    if len(left) == 1:
        return by_name[left[0]]
    if not left:
        raise Refused(
            f"the data have no labels: {labels} {'take' if many else 'takes'} every column as a feature",
            hint="add the column with the true values, or name it: --target COLUMN",
        )
    fitting = [name for name in left if all(_holds_classes(frame[by_name[name]], model) for model in models)]
    if len(fitting) == 1:
        return by_name[fitting[0]]
    raise Refused(
        f"which column is the target? {labels} {'leave' if many else 'leaves'} several: {listed(left)}",
        hint=f"name it: --target {_likely(frame, left, fitting, models[0])}",
    )


def _likely(frame: pandas.DataFrame, left: Sequence[str], fitting: Sequence[str], model: Model) -> str:
    """One of the columns that are left, for a hint: such as the model could predict."""
    if model.task == "regression":
        numeric = {str(column) for column in frame.columns if _is_numeric(frame[column])}
        return next((name for name in reversed(left) if name in numeric), "COLUMN")
    return (fitting or left)[-1]


def _is_numeric(column: Any) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if getattr(column, "ndim", 1) != 1:  # several columns of that name
        return False
    return is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)


def _holds_classes(column: Any, model: Model) -> bool:
    """Whether the values, two different ones at least, are all classes of the model."""
    if getattr(column, "ndim", 1) != 1:  # several columns of that name
        return False
    found = column.dropna().drop_duplicates().head(len(model.classes) + 1)
    return len(found) > 1 and set(map(plain, found.tolist())) <= set(map(plain, model.classes))


def _numbers(labels: pandas.Series[Any], models: Sequence[Model]) -> numpy.ndarray[Any, Any]:
    import numpy as np

    if not _is_numeric(labels):
        raise Refused(
            f"column {str(labels.name)!r} holds {_kind(labels.tolist())}, e.g. {_shown(labels.tolist())}; "
            f"{models[0].label} predicts numbers",
            hint="name another --target, or turn it into numbers",
        )
    y = labels.to_numpy(dtype=np.float64)
    if not np.isfinite(y).all():
        raise Refused(f"column {str(labels.name)!r} holds infinite values", hint="mend or drop these rows")
    return y


def _labels(labels: pandas.Series[Any], models: Sequence[Model]) -> numpy.ndarray[Any, Any]:
    import numpy as np

    values = [plain(value) for value in labels.tolist()]
    for model in models:
        values = _matched(values, model, str(labels.name))
    kinds = {_kind([value]) for value in values}
    if len(kinds) > 1:
        raise Refused(
            f"column {str(labels.name)!r} mixes texts and numbers, e.g. {_shown(values)}",
            hint="bring its labels to one kind",
        )
    return np.asarray(values, dtype=object) if kinds == {"text"} else np.asarray(values)


def _matched(values: list[Any], model: Model, column: str) -> list[Any]:
    """The labels as the model spells its classes; those it does not know stay as they are."""
    classes = [plain(value) for value in model.classes]
    if not classes:
        return values
    known, seen = {_kind([c]) for c in classes}, {_kind([v]) for v in values}
    if known != seen:
        raise Refused(
            f"column {column!r} holds {_kind(values)}, {_shown(values)}; "
            f"{model.label} predicts {_kind(classes)}, {_shown(classes)}",
            hint="bring the labels to the model's, or name another --target",
        )
    exact = dict(zip(classes, model.classes, strict=True))  # 1.0 and True are found under 1
    folded = {c.strip().casefold(): c for c in classes if isinstance(c, str)}
    for value in dict.fromkeys(v for v in values if v not in exact):
        spelt = folded.get(value.strip().casefold()) if isinstance(value, str) else None
        if spelt is not None:
            raise Refused(
                f"column {column!r} spells a label {value!r}; {model.label} predicts {spelt!r}",
                hint="bring the labels to the model's spelling",
            )
    if not any(value in exact for value in values):
        raise Refused(
            f"column {column!r} holds {_shown(values)}; {model.label} predicts none of these, "
            f"but {_shown(classes)}",
            hint="bring the labels to the model's, or name another --target",
        )
    return [plain(exact.get(value, value)) for value in values]


def plain(value: Any) -> Any:
    """A label in Python's own type; whole numbers, which missing labels make floats, as such again."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return str(value)


def _kind(values: Sequence[Any]) -> str:
    kinds = {"text" if isinstance(value, str) else "numbers" for value in values}
    return " and ".join(sorted(kinds, reverse=True))


def _shown(values: Sequence[Any]) -> str:
    different = list(dict.fromkeys(values))
    more = ", ..." if len(different) > 4 else ""
    return ", ".join(repr(value)[:40] for value in different[:4]) + more
