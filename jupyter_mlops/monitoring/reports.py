"""A drift report of data in the catalogue or elsewhere, and of what a registered model makes of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.config import DriftConfig
from jupyter_mlops.entities import Decay, DriftReport
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.targets import find_target, parted
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused, did_you_mean
from jupyter_mlops.monitoring.decision import Thresholds
from jupyter_mlops.monitoring.drift import SAMPLE, Prediction, check_threshold, detect_drift
from jupyter_mlops.monitoring.performance import FEWEST, Scored, find_decay

if TYPE_CHECKING:
    import pandas as pd


def thresholds_of(
    config: DriftConfig, columns: Collection[str], threshold: float | None, given: Mapping[str, float]
) -> Thresholds:
    """What was `given` for this report, else what ``mlops.yaml`` says of those `columns`, else 0.1.

    Raises:
        Refused: one is not a positive number.
    """
    usual = threshold if threshold is not None else config.threshold
    kept = {name: value for name, value in config.columns.items() if name in columns}
    for name, value in {"": usual, **kept, **given}.items():
        check_threshold(name or "threshold", value)
    return Thresholds(usual, usual, {**kept, **given})


def report_drift(
    reference: Data,
    current: Data,
    *,
    config: DriftConfig,
    model: Model | None = None,
    trained: Collection[str] = (),
    target: str | None = None,
    threshold: float | None = None,
    thresholds: Mapping[str, float] | None = None,
    ignore: Collection[str] = (),
) -> DriftReport:
    """Compare the current data with the reference; with a model its predictions too, and its metrics where
    the `target`, or the one column that the model does not take, holds the true values on both sides. Columns
    of the reference's key are left out. `trained` are the digests of the data that the model was trained on:
    its metrics on these say little.

    Raises:
        NotFound: a column that is named is on neither side.
        Refused: the data are no table or have no rows, or the model can predict on neither side.
    """
    text = frozenset() if model is None else model.texts
    left, right = reference.frame(text), current.frame(text)
    for side, data, frame in (("reference", reference, left), ("current", current, right)):
        if not len(frame):
            raise Refused(f"{side} {data.label} has no rows", hint="name data that have some")
    known = {str(name) for name in [*left.columns, *right.columns]}
    if target is not None and target not in known:
        raise NotFound(f"neither side has a column {target!r}", hint=did_you_mean(target, known))
    key = reference.version.key
    said = _judged(model, left, right, target, key) if model else _Judgement(labels=target)
    if model is not None and said.decay and reference.version.digest in trained:
        note = f"{model.label} was trained on {reference.label}: its metrics are worse elsewhere"
        said = replace(said, notes=(*said.notes, note))
    names = known | {prediction.name for prediction in said.predictions}
    left_out = [name for name in config.ignore if name in known and name not in ignore]
    return detect_drift(
        left,
        right,
        thresholds=thresholds_of(config, names, threshold, thresholds or {}),
        key=key,
        ignore=[*ignore, *left_out],
        labels=said.labels,
        predictions=said.predictions,
        decay=said.decay,
        names=(reference.label, current.label),
        model=model.label if model else None,
        notes=[*reference.notes, *current.notes, *said.notes],
    )


@dataclass(frozen=True)
class _Judgement:
    """What a model makes of both sides."""

    labels: str | None = None
    predictions: tuple[Prediction, ...] = ()
    decay: tuple[Decay, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Side:
    """Rows with what the model says of each: predictions of shape (rows,), and the probabilities of its
    classes, shape (rows, classes), where it tells them."""

    frame: pd.DataFrame
    predicted: Any
    probabilities: Any


def _judged(
    model: Model, left: pd.DataFrame, right: pd.DataFrame, target: str | None, key: Sequence[str]
) -> _Judgement:
    labels = _label(model, left, right, target, key)
    sides, notes = [], []
    for name, frame in (("reference", left), ("current", right)):
        try:
            sides.append(predicted_side(model, frame))
        except Refused as error:
            notes.append(f"no predictions on the {name} data: {error}")
            refusal = error
    if not sides:
        raise refusal
    if len(sides) < 2:
        return _Judgement(labels, notes=tuple(notes))
    one, other = sides
    decay, said = _decay(model, one, other, labels)
    return _Judgement(labels, tuple(prediction_pairs(model, one, other)), decay, (*notes, *said))


def _label(
    model: Model, left: pd.DataFrame, right: pd.DataFrame, target: str | None, key: Sequence[str]
) -> str | None:
    """The column of the true values: named, or found in the reference, or else in the current data."""
    if target is not None:
        return target
    for frame in (left, right):
        try:
            return str(find_target(frame, None, model, key=key))
        except Refused:
            continue
    return None


def predicted_side(model: Model, frame: pd.DataFrame) -> Side:
    """The model, asked of so many rows as are compared anyway.

    Raises:
        Refused: there are no rows, or it cannot predict on them.
    """
    if not len(frame):
        raise Refused("there are no rows", hint="give it data")
    if len(frame) > SAMPLE:
        frame = frame.sample(SAMPLE, random_state=0)
    frame = frame.reset_index(drop=True)
    return Side(frame, model.predict(frame), model.probabilities(frame))


def prediction_pairs(model: Model, left: Side, right: Side) -> list[Prediction]:
    """What is compared of two sides: predictions, and where both tell them probabilities."""
    found = [Prediction("prediction", left.predicted, right.predicted)]
    if left.probabilities is None or right.probabilities is None:
        return found
    if len(model.classes) == 2:
        name = f"probability of {model.classes[1]}"
        return [*found, Prediction(name, left.probabilities[:, 1], right.probabilities[:, 1])]
    name = "probability of the likeliest class"
    return [*found, Prediction(name, left.probabilities.max(axis=1), right.probabilities.max(axis=1))]


def _decay(
    model: Model, left: Side, right: Side, labels: str | None
) -> tuple[tuple[Decay, ...], tuple[str, ...]]:
    """The metrics on either side, or why there are none."""
    if labels is None or any(labels not in map(str, side.frame.columns) for side in (left, right)):
        return (), () if labels else (
            "performance is not compared: no column is known to hold the true values; name it: --target",
        )
    try:
        one, other = (labelled_rows(model, side, labels) for side in (left, right))
    except MLOpsError as error:
        return (), (f"performance is not compared: {error}",)
    fewest = min(len(one.y), len(other.y))
    if fewest < FEWEST:
        return (), (f"performance is not compared: {fewest} rows with {labels}, {FEWEST} are needed",)
    return find_decay(model.task, one, other, model.classes), ()


def labelled_rows(model: Model, side: Side, labels: str) -> Scored:
    """The rows that have a label in the column `labels`, with what was predicted for them.

    Raises:
        Refused: none has, they are of another kind than the model's, or it predicts infinite values.
    """
    import numpy as np

    features, y = parted(side.frame, labels, model)
    if model.task == "regression" and not np.isfinite(side.predicted).all():
        raise Refused(f"{model.label} predicts values that are not finite", hint="mend the model")
    rows = features.index.to_numpy()
    probabilities = None if side.probabilities is None else side.probabilities[rows]
    return Scored(y, side.predicted[rows], probabilities)
