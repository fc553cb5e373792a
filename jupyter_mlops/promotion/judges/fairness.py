"""A gate on fairness: whether the model serves groups of the rows alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.checks.judging import Judged, not_judged, some
from jupyter_mlops.entities import Gate
from jupyter_mlops.evaluation.metrics import METRICS, label_set, positive_class
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.targets import parted, wanted_target
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.promotion.context import Context, Verdict, decided
from jupyter_mlops.promotion.judges.keys import key_of, keyed
from jupyter_mlops.promotion.judges.opened import (
    column_named,
    named_data,
    open_judged,
    open_named,
    settings,
    short,
)
from jupyter_mlops.promotion.judges.options import FairnessOptions, options_of

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]

Rate = Callable[["Array", "Array"], float | None]


@dataclass(frozen=True)
class _Group:
    """A metric of the rows of one value of the column."""

    name: str
    rows: int
    value: float

    def __str__(self) -> str:
        return f"{self.name} ({self.value:.4g})"


def judge_fairness(gate: Gate, context: Context) -> Verdict:
    """The metric in each group of the rows by a column: the largest difference between two groups, and the
    smallest value. Groups of fewer than 30 rows are told, and not judged; see `evaluation.slicing.groups_of`.

    Of ``selection_rate`` (the share of rows that are predicted positive) that difference is the demographic
    parity difference; the larger one of ``true_positive_rate`` and ``false_positive_rate`` is the equalized
    odds difference (Hardt, Price & Srebro, Equality of Opportunity in Supervised Learning, NeurIPS 2016; both
    as Fairlearn defines them, by default between groups).

    Raises:
        NotFound: no such data, column or metric.
        Refused: the model cannot be judged on these data, or too few groups can.
    """
    options = options_of(gate, FairnessOptions)
    model = open_judged(context)
    _check_metrics(model, options.metrics)
    data = open_named(context, named_data(context, options.data))
    frame = data.frame(text=model.texts)
    target = wanted_target(context.config, frame.columns, options.target, model)
    features, y = parted(frame, target, model, key=data.version.key)
    whole = frame.reset_index(drop=True)
    column = column_named(whole, options.by)
    judged = Judged(model, features, y, whole.loc[features.index], whole)
    evidence = {"data": f"{data.label} ({len(y):,} rows)", "digest": data.version.digest, "by": options.by}
    holds, messages, details, left = True, list[str](), list[str](), list[str]()
    for metric in options.metrics:
        groups, others = _groups(judged, column, metric, options)
        passed_over = [f"{options.by} {short(value)}: not judged, {why}" for value, why in others]
        good, said = _held(metric, groups, options, passed_over)
        holds = holds and good
        messages.append(said + not_judged(len(groups), [why for _, why in others]))
        told = [f"{metric} of {g.name}: {g.value:.4g} ({g.rows:,} rows)" for g in groups]
        details += some(told, f"groups of higher {metric}")
        left += passed_over
        evidence[f"{metric} difference"] = f"{_difference(groups):.6g}"
    details += some(list(dict.fromkeys(left)), "groups not judged")
    messages += [judged.unlabelled] if judged.unlabelled else []
    return decided(holds, "; ".join(messages), (*details, *data.notes), **evidence)


@keyed
def key_fairness(gate: Gate, context: Context) -> str:
    """Over the content of the data."""
    options = options_of(gate, FairnessOptions)
    return key_of(gate, context, data=(options.data or settings(context).data,))


def _check_metrics(model: Model, metrics: Sequence[str]) -> None:
    known = [metric.name for metric in METRICS.values() if metric.task == model.task]
    known += list(RATES) if model.task == "classification" else []
    for metric in metrics:
        if metric not in known:
            raise NotFound(f"no metric {metric!r} of {model.task}", hint=did_you_mean(metric, known))


def _groups(
    judged: Judged, column: pandas.Series[Any], metric: str, options: FairnessOptions
) -> tuple[list[_Group], list[tuple[str, str]]]:
    """The metric of each group that could be judged, the lowest first; and (value, why not) of the others."""
    measure = _measure(judged, metric, options)
    found = []
    groups, others = judged.parts(column)
    for value, rows in groups:
        if (measured := measure(rows)) is None:
            others.append((value, f"{metric} is not defined on its {len(rows):,} rows"))
        else:
            found.append(_Group(f"{options.by} {short(value)}", len(rows), measured))
    return sorted(found, key=lambda group: group.value), others


def _measure(judged: Judged, metric: str, options: FairnessOptions) -> Callable[[Array], float | None]:
    if metric not in RATES:
        return lambda rows: judged.scores(rows).get(metric)
    positive = _positive(judged, options.positive)
    truth, said = judged.y == positive, judged.predicted == positive
    return lambda rows: RATES[metric](truth[rows], said[rows])


def _positive(judged: Judged, given: Any) -> Any:
    labels = label_set(judged.model.classes, judged.y, judged.predicted)
    if given is not None:
        found = next((label for label in labels if label == given or str(label) == str(given)), None)
        if found is None:
            raise NotFound(f"no label {short(given)!r}", hint=did_you_mean(str(given), map(str, labels)))
        return found
    place = positive_class(labels, judged.model.classes)
    if place is None:
        raise Refused(
            f"rates are of one of {len(labels)} labels, and the gate does not say of which",
            hint=f"positive: {short(labels[-1])}",
        )
    return labels[place]


def _held(
    metric: str, groups: Sequence[_Group], options: FairnessOptions, passed_over: Sequence[str]
) -> tuple[bool, str]:
    needed = 1 if options.within is None else 2
    if len(groups) < needed:
        told = "; ".join(passed_over[:3]) or f"{options.by} has one value"
        raise Refused(
            f"{metric} could be judged in {len(groups)} of {needed} groups by {options.by}: {told}",
            hint="give more rows, or another column",
        )
    lowest, highest = groups[0], groups[-1]
    parts, holds = [], True
    if options.within is not None:
        difference = _difference(groups)
        good = difference <= options.within
        parts.append(
            f"{metric} differs by {difference:.4g} between {lowest} and {highest}, "
            f"{'' if good else 'not '}within {options.within:g}"
        )
        holds = good
    if options.at_least is not None:
        good = lowest.value >= options.at_least
        parts.append(f"{metric} is lowest in {lowest}, {'' if good else 'not '}>= {options.at_least:g}")
        holds = holds and good
    return holds, "; ".join(parts)


def _difference(groups: Sequence[_Group]) -> float:
    return groups[-1].value - groups[0].value


def _selection_rate(truth: Array, said: Array) -> float | None:
    """The share of rows that are predicted positive."""
    return float(said.mean())


def _true_positive_rate(truth: Array, said: Array) -> float | None:
    """Of rows that are positive, the share that are predicted so."""
    return float(said[truth].mean()) if truth.any() else None


def _false_positive_rate(truth: Array, said: Array) -> float | None:
    """Of rows that are negative, the share that are predicted positive."""
    return float(said[~truth].mean()) if (~truth).any() else None


RATES: dict[str, Rate] = {
    "selection_rate": _selection_rate,
    "true_positive_rate": _true_positive_rate,
    "false_positive_rate": _false_positive_rate,
}
