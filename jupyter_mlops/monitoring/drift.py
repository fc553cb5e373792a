"""Whether current data are still like the reference: column by column, and the verdict over all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import kind_of, unique
from jupyter_mlops.entities import ColumnDrift, ColumnKind, Decay, DriftReport, DriftState
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.monitoring import words
from jupyter_mlops.monitoring.decision import Thresholds, decide
from jupyter_mlops.monitoring.pairs import Pair, pair

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 200_000  # rows of a side that are compared; which, where there are more, is drawn by a fixed seed
NAMED = 5  # columns that the verdict names


@dataclass(frozen=True)
class Prediction:
    """What a model says of each row of either side, by name: its predictions, or the probability of a class.
    Values belong to the rows of the two frames, in their order."""

    name: str
    reference: Any
    current: Any


def detect_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 - it is frozen
    key: Collection[str] = (),
    ignore: Collection[str] = (),
    labels: str | None = None,
    predictions: Sequence[Prediction] = (),
    decay: Sequence[Decay] = (),
    names: tuple[str, str] = ("reference", "current"),
    model: str | None = None,
    notes: Sequence[str] = (),
) -> DriftReport:
    """Compare every column of the current data with that of the reference.

    A column drifted if an effect is beyond its threshold and a test, corrected for their number (Holm), says
    at the level of 1 % that it is no chance: with many rows a test finds differences that do not matter, with
    few an effect may be great by chance. Moments that are but later, nearly all of them after all of the
    reference's and over a like span, are no drift unless the column has a threshold of its own. Compared are
    the values (numbers with few different ones also as categories), how many are missing, and how many lie
    far out. Of more than 200,000 rows of a side so many, drawn at random by a fixed seed, are compared.

    Args:
        reference: what the data were, e.g. those that a model was trained on.
        current: what they are now.
        thresholds: effects beyond which a column drifted.
        key: columns that tell rows apart: they are left out.
        ignore: columns to leave out.
        labels: the column of true values: it, or some of them, may be missing of a side.
        predictions: what a model says of either side, compared in the same way.
        decay: what was found of the model's performance.
        names: what to call the two sides.
        model: what to call the model.
        notes: what else is to be told.

    Raises:
        NotFound: `ignore` or the thresholds name a column that neither side has.
    """
    left, right = _named(reference), _named(current)
    columns = list(dict.fromkeys([*left.columns, *right.columns]))
    _check_names(ignore, thresholds.columns, [*columns, *(prediction.name for prediction in predictions)])
    said = list(notes)
    left_out = [name for name in columns if name in key or name in ignore]
    if left_out:
        said.append(f"left out: {', '.join(f'{n} (key)' if n in key else n for n in left_out)}")
    one_sided = _one_sided(left, right, left_out, labels)
    if labels is not None and (labels in left) != (labels in right):
        side = "current" if labels in left else "reference"
        said.append(f"the {side} data have no {labels}: neither it nor the performance is compared")
    shared = [name for name in columns if name in left and name in right and name not in left_out]
    if max(len(left), len(right)) > SAMPLE:
        said.append(f"of more than {SAMPLE:,} rows of a side so many, drawn at random, are compared")
    pairs = [
        # true values come in late: that some are missing yet is no drift
        _pair(name, *(side[name].dropna() if name == labels else side[name] for side in (left, right)))
        for name in shared
    ]
    judged = [_pair(p.name, *_series(p)) for p in predictions]
    decided = decide([*pairs, *judged], thresholds)
    found = [*decided[: len(pairs)], *one_sided]
    return _report(
        left, right, found, decided[len(pairs) :], decay, names=names, model=model, notes=tuple(said)
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(unique(frame.columns), axis="columns")


def _check_names(ignore: Collection[str], thresholds: Mapping[str, float], known: Sequence[str]) -> None:
    for name in [*ignore, *thresholds]:
        if name not in known:
            raise NotFound(f"neither side has a column {name!r}", hint=did_you_mean(name, known))
    for name, threshold in thresholds.items():
        check_threshold(name, threshold)


def check_threshold(name: str, threshold: float) -> None:
    """Whether an effect could be greater than it.

    Raises:
        Refused: it is not a positive number.
    """
    if not 0 < threshold < float("inf"):
        raise Refused(f"threshold {name}={threshold:g} is none", hint="give a positive number, such as 0.1")


def _one_sided(
    left: pd.DataFrame, right: pd.DataFrame, left_out: Collection[str], labels: str | None
) -> list[ColumnDrift]:
    found = []
    for frame, other, state in ((left, right, DriftState.DROPPED), (right, left, DriftState.ADDED)):
        for name in frame.columns:
            if name in other or name in left_out or name == labels:
                continue
            column, gone = frame[name], int(frame[name].isna().sum())
            side = "reference" if frame is left else "current"
            counts = {f"{side}_count": len(column) - gone, f"{side}_missing": gone}
            found.append(
                ColumnDrift(
                    name=name, kind=_kind(column), state=state, why=f"only in the {side} data", **counts
                )
            )
    return found


def _kind(column: pd.Series[Any]) -> ColumnKind:
    return kind_of(column.iloc[:SAMPLE])


@lru_cache(maxsize=4)
def _places(rows: int) -> Any:
    """Which rows of more than can be compared are, in their order."""
    import numpy as np

    return np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))


def _pair(name: str, left: pd.Series[Any], right: pd.Series[Any]) -> Pair:
    one, other = (side if len(side) <= SAMPLE else side.iloc[_places(len(side))] for side in (left, right))
    return pair(name, left, right, samples=(one, other))


def _series(prediction: Prediction) -> tuple[pd.Series[Any], pd.Series[Any]]:
    import pandas as pd

    return pd.Series(prediction.reference), pd.Series(prediction.current)


def _report(
    left: pd.DataFrame,
    right: pd.DataFrame,
    columns: Sequence[ColumnDrift],
    predictions: Sequence[ColumnDrift],
    decay: Sequence[Decay],
    *,
    names: tuple[str, str],
    model: str | None,
    notes: tuple[str, ...],
) -> DriftReport:
    worse = [metric for metric in decay if metric.decayed]
    return DriftReport(
        reference=names[0],
        current=names[1],
        reference_rows=len(left),
        current_rows=len(right),
        drifted=bool(worse) or any(column.drifted for column in [*columns, *predictions]),
        verdict=_verdict(columns, predictions, worse),
        columns=tuple(columns),
        predictions=tuple(predictions),
        decay=tuple(decay),
        model=model,
        notes=notes,
    )


def _verdict(
    columns: Sequence[ColumnDrift], predictions: Sequence[ColumnDrift], worse: Sequence[Decay]
) -> str:
    parts = []
    drifted = [column.name for column in columns if column.drifted]
    if drifted:
        of = f"{len(drifted)} of {words.counted(len(columns), 'column')}"
        more = f" and {len(drifted) - NAMED} more" if len(drifted) > NAMED else ""
        parts.append(f"drift in {of}: {', '.join(drifted[:NAMED])}{more}")
    if any(prediction.drifted for prediction in predictions):
        parts.append("the predictions drifted")
    parts += [f"{m.metric} went from {m.reference:.3g} to {m.current:.3g}" for m in worse]
    if parts:
        return "; ".join(parts)
    return _undrifted(columns) if columns else "there is no column to compare"


def _undrifted(columns: Sequence[ColumnDrift]) -> str:
    """How many columns were compared, and why others were not."""
    unknown = sum(column.state is DriftState.TOO_FEW for column in columns)
    gone = sum(column.state is DriftState.MISSING for column in columns)
    reasons = [(unknown, "too few values to tell"), (gone, "no values")]
    reasons = [(number, reason) for number, reason in reasons if number]
    compared = len(columns) - unknown - gone
    if not compared and len(reasons) == 1:
        return reasons[0][1]
    parts = [f"no drift in {words.counted(compared, 'column')}"] if compared else []
    parts += [f"{reason} in {words.counted(number, 'column')}" for number, reason in reasons]
    return "; ".join(parts)
