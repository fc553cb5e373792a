"""Two versions that answered rows between them, each judged by what it said of its own.

The rows of one are none of the other's, so the comparison is unpaired: see `differences` in
`monitoring.performance` for interval and test. It is fair where chance dealt the rows, as `predict --split`
does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.config import Config
from jupyter_mlops.entities import Comparison
from jupyter_mlops.evaluation import metrics
from jupyter_mlops.evaluation.alignment import listed
from jupyter_mlops.evaluation.areas import Z
from jupyter_mlops.evaluation.comparing import main_metric
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.paired import Measured
from jupyter_mlops.evaluation.targets import parted, plain, wanted_target
from jupyter_mlops.evaluation.verdicts import judged
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.monitoring.performance import FEWEST, Scored, differences
from jupyter_mlops.serving.answering import PREDICTION, PROBABILITY, VERSION, class_name
from jupyter_mlops.serving.splitting import canonical, rows_named

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]


def texts(columns: Iterable[str], *models: Model) -> set[str]:
    """The columns of a file with answers, or true labels, that are to be read as texts: where all classes are
    texts, such as 01, all but probabilities."""
    classes = [value for model in models for value in model.classes]
    if not classes or not all(isinstance(value, str) for value in classes):
        return set()
    return {name for name in columns if PROBABILITY not in name}


@dataclass(frozen=True)
class Truth:
    """True labels that lie apart; `label` is what messages call them."""

    frame: pandas.DataFrame
    label: str


@dataclass(frozen=True)
class _Answers:
    """What was answered: `said` holds the columns that `predict` wrote, by their names without a prefix, and
    `rest` all others, under the same index from 0."""

    said: pandas.DataFrame
    rest: pandas.DataFrame
    data: str


def compare_answers(
    left: Model,
    right: Model,
    frame: pandas.DataFrame,
    *,
    data: str,
    config: Config,
    target: str | None = None,
    metric: str | None = None,
    truth: Truth | None = None,
    key: Sequence[str] = (),
) -> Comparison:
    """Every metric of either version on the rows that it answered, each difference with its 95 % interval by
    bootstrapping both sides and the p-value of shuffling the rows between them; for ROC AUC by DeLong's
    variance. Of fewer than 30 rows of a side none is told.

    Args:
        left: one model.
        right: the other; differences are its metrics less those of the left one.
        frame: what `predict` wrote, in one file.
        data: what messages call it.
        config: may name the target.
        target: the column of the labels; by default the only one that neither model takes.
        metric: the one that the verdict is on; by default accuracy, or MAE.
        truth: the labels, where they lie apart.
        key: the columns by which they are joined, and that tell whose row it is.

    Raises:
        NotFound: no such column or metric, or no column that tells who answered.
        Refused: the models cannot be compared; one answered no row; or there are no labels.
    """
    main = main_metric(left, right, metric)
    if left.label == right.label:
        raise Refused(f"both sides are {left.label}", hint="compare two versions")
    answers = _found(frame, data)
    known = answers.rest if truth is None else truth.frame
    target = wanted_target(config, known.columns, target, left, right)
    if truth is not None:
        answers, target = _joined(answers, truth, tuple(key), target)
    features, y = parted(answers.rest, target, left, right, key=key)
    said = answers.said.loc[features.index]
    sides = [_side(model, said, y, answers) for model in (left, right)]
    measured = list(_measured(left, right, *sides))
    rows = sum(len(side.y) for side in sides)
    fewest = min(len(side.y) for side in sides)
    few = fewest < FEWEST
    labels = left.label, right.label
    found = [judged(each, fewest if few else rows, *labels, identical=False) for each in measured]
    return Comparison(
        left=left.label,
        right=right.label,
        data=data,
        rows=rows,
        task=left.task,
        metrics=tuple(sorted(found, key=lambda each: each.metric != main)),
        verdict=next((each.verdict for each in found if each.metric == main), "not defined on these rows"),
        notes=tuple(_notes(labels, sides, said, features, len(frame), key)),
    )


def _found(frame: pandas.DataFrame, data: str) -> _Answers:
    frame = frame.reset_index(drop=True).rename(columns=str)
    ends = [name for name in frame if str(name).endswith(VERSION)]
    if VERSION in ends:
        ends = [VERSION]
    if len(ends) != 1:
        raise NotFound(
            f"{data} does not tell which version answered a row: it has no column {VERSION!r}",
            hint="give what was written by: jupyter mlops predict MODEL --split VERSION=SHARE",
        )
    prefix = str(ends[0]).removesuffix(VERSION)
    wanted = f"{prefix}{PREDICTION}"
    if wanted not in frame:
        raise NotFound(f"{data} has no column {wanted!r}", hint=did_you_mean(wanted, map(str, frame)))
    ours = [
        name
        for name in map(str, frame)
        if name in {wanted, ends[0]} or name.startswith(f"{prefix}{PROBABILITY}")
    ]
    said = frame[ours].rename(columns=lambda name: str(name).removeprefix(prefix))
    return _Answers(said, frame.drop(columns=ours), data)


def _joined(
    answers: _Answers, truth: Truth, key: tuple[str, ...], target: str | None
) -> tuple[_Answers, str]:
    """The answers with the labels that have the same key, and the labels' column."""
    if not key:
        raise Refused(
            f"nothing tells which row of {truth.label} is which of {answers.data}",
            hint="name the columns that do: --key id",
        )
    for frame, label in ((answers.rest, answers.data), (truth.frame, truth.label)):
        if absent := [name for name in key if name not in frame]:
            hint = did_you_mean(absent[0], map(str, frame))
            raise NotFound(f"{label} has no column {absent[0]!r} to join by", hint=hint)
    target = _target_of(truth, key, target)
    known = _rows_by_key(truth, key)
    places = [known.get(values, -1) for values in _keys(answers.rest, key)]
    if all(place < 0 for place in places):
        raise Refused(
            f"{truth.label} and {answers.data} have no {', '.join(key)} in common",
            hint="check that both mean the same by it",
        )
    rest = answers.rest.copy(deep=False)
    rest[target] = truth.frame[target].reset_index(drop=True).reindex(places).array
    return _Answers(answers.said, rest, answers.data), target


def _target_of(truth: Truth, key: Sequence[str], target: str | None) -> str:
    """The named column, or the only one beside the key."""
    others = [str(name) for name in truth.frame if str(name) not in key]
    if target is None and len(others) != 1:
        raise Refused(
            f"which column of {truth.label} holds the labels? {listed(others) or 'there is none'}",
            hint="name it: --target COLUMN",
        )
    target = target or others[0]
    if target not in truth.frame:
        raise NotFound(f"{truth.label} has no column {target!r}", hint=did_you_mean(target, others))
    return target


def _rows_by_key(truth: Truth, key: Sequence[str]) -> dict[tuple[str, ...], int]:
    """The place of each row, from 0, by its key."""
    known: dict[tuple[str, ...], int] = {}
    for row, values in enumerate(_keys(truth.frame, key)):
        if values in known:
            told = ", ".join(values)[:60]
            where = rows_named([known[values] + 1, row + 1])
            raise Refused(f"{truth.label} has the key {told!r} twice, in {where}", hint="drop one of them")
        known[values] = row
    return known


def _keys(frame: pandas.DataFrame, key: Sequence[str]) -> Iterator[tuple[str, ...]]:
    columns = [map(canonical, frame[name].tolist()) for name in key]
    return zip(*columns, strict=True)


def _side(model: Model, said: pandas.DataFrame, y: Array, answers: _Answers) -> Scored:
    import numpy as np

    mask = (said[VERSION] == model.label).to_numpy()
    if not mask.any():
        there = sorted(set(map(str, said[VERSION].dropna())))
        raise Refused(
            f"{model.label} answered no row of {answers.data} that has a label",
            hint=f"these did: {listed(there) or 'none'}",
        )
    own = said[mask]
    if gaps := np.flatnonzero(own[PREDICTION].isna()).tolist():
        where = rows_named([int(own.index[row]) + 1 for row in gaps])
        raise Refused(f"{answers.data}: the prediction is missing in {where}", hint="score them again")
    if model.task == "regression":
        return Scored(y[mask], _numbers(own[PREDICTION], PREDICTION, answers.data))
    return Scored(
        y[mask], _labels(model, own[PREDICTION], y[mask], answers.data), _chances(model, own, answers)
    )


def _numbers(column: pandas.Series[Any], name: str, data: str) -> Array:
    """The column as float64.

    Raises:
        Refused: a value is no finite number.
    """
    import numpy as np
    import pandas as pd

    found = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse_first(~np.isfinite(found), column, f"{data}: {name} holds what is no number")
    return found


def _labels(model: Model, column: pandas.Series[Any], y: Array, data: str) -> Array:
    """The predictions as the model spells its classes.

    Raises:
        Refused: one is none of them or, where the model tells none, no text where labels are, or the reverse.
    """
    import numpy as np

    spelt = {class_name(value): plain(value) for value in model.classes}
    values = [spelt.get(class_name(value), plain(value)) for value in column.tolist()]
    if spelt:
        wrong = [value not in spelt.values() for value in values]
        told = f"{data}: {model.label} does not predict what is there; it predicts {listed([*spelt])}"
    else:
        texts = isinstance(plain(y[0]), str)
        wrong = [isinstance(value, str) != texts for value in values]
        told = f"{data}: predictions are not {'texts' if texts else 'numbers'}, as the labels are"
    _refuse_first(np.asarray(wrong), column, told)
    return np.asarray(values, dtype=object if isinstance(values[0], str) else None)


def _refuse_first(wrong: Array, column: pandas.Series[Any], told: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            f"{told}; e.g. {str(column.iloc[row])[:40]!r} in row {int(column.index[row]) + 1:,}",
            hint="give what predict wrote, as it wrote it",
        )


def _chances(model: Model, own: pandas.DataFrame, answers: _Answers) -> Array | None:
    """The probabilities of the model's classes; None where some are missing.

    Raises:
        Refused: one is not from 0 to 1.
    """
    import numpy as np

    names = [f"{PROBABILITY}{class_name(value)}" for value in model.classes]
    if not names or any(name not in own or own[name].isna().any() for name in names):
        return None
    columns = []
    for name in names:
        found = _numbers(own[name], name, answers.data)
        beyond = (found < 0) | (found > 1)
        _refuse_first(beyond, own[name], f"{answers.data}: {name} holds what is no probability")
        columns.append(found)
    return np.column_stack(columns)


def _measured(left: Model, right: Model, one: Scored, other: Scored) -> Iterator[Measured]:
    """Each metric of both; without an interval where a side has too few rows."""
    same = list(left.classes) == list(right.classes)
    classes = [plain(value) for value in left.classes] if same else []
    if not same:  # each area is of the side's own classes
        one, other = Scored(one.y, one.predicted), Scored(other.y, other.predicted)
    if min(len(one.y), len(other.y)) < FEWEST:
        task = left.task
        few = [metrics.scores(task, s.y, s.predicted, s.probabilities, classes) for s in (one, other)]
        for name in few[0]:
            if name in few[1]:
                yield Measured(name, few[0][name], few[1][name], few[1][name] - few[0][name])
        return
    root = math.sqrt(len(one.y) + len(other.y))
    for name, before, now, low, high, p_value in differences(left.task, one, other, classes):
        yield Measured(
            metric=name,
            left=before,
            right=now,
            difference=now - before,
            low=low,
            high=high,
            p_value=p_value,
            test="DeLong" if name == "roc_auc" else "permutation",
            deviation=(high - low) / (2 * Z) * root,
        )


def _notes(
    labels: tuple[str, str],
    sides: Sequence[Scored],
    said: pandas.DataFrame,
    features: pandas.DataFrame,
    rows: int,
    key: Sequence[str],
) -> Iterator[str]:
    counts = [len(side.y) for side in sides]
    told = " and ".join(f"{label} {n:,}" for label, n in zip(labels, counts, strict=True))
    yield f"each is judged by the rows that it answered: {told}; the test is unpaired"
    if min(counts) < FEWEST:
        yield f"too few rows (under {FEWEST}) of a side for intervals and tests"
    if others := len(said) - sum(counts):
        yield f"{others:,} rows that another version answered were left out"
    if unlabelled := rows - len(said):
        yield f"{unlabelled:,} rows without a label were left out"
    if key and all(name in features for name in key):
        often = Counter(_keys(features, key)).most_common(1)[0][1]
        if often > 1:
            yield f"one key has up to {often:,} rows: these are not independent, so intervals are too narrow"
