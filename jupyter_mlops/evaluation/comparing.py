"""Two models on the same rows: which is better, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import Comparison, MetricComparison, SliceComparison
from jupyter_mlops.evaluation.metrics import MAIN, METRICS
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.paired import Answers, Paired, measure
from jupyter_mlops.evaluation.significance import FEW_ROWS, holm
from jupyter_mlops.evaluation.slicing import left_out, slices_of
from jupyter_mlops.evaluation.targets import parted
from jupyter_mlops.evaluation.verdicts import better_side, judged
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean

if TYPE_CHECKING:
    import pandas


def compare_models(
    left: Model,
    right: Model,
    frame: pandas.DataFrame,
    *,
    data: str,
    target: str | None = None,
    slices: Sequence[str] = (),
    metric: str | None = None,
    key: Sequence[str] = (),
) -> Comparison:
    """Every metric of both models on the rows that have a label, each difference with its 95 % interval
    (paired bootstrap) and a paired test: McNemar's for accuracy, an exchange of answers at random for
    precision, recall and F1, DeLong's for ROC AUC, the paired t-test or Wilcoxon's for errors.

    Args:
        left: one model.
        right: the other; differences are its metrics less those of the left one.
        frame: the data, with the true labels.
        data: what messages call the data.
        target: the column of the labels; by default the only one that neither model takes.
        slices: columns within whose values they are compared, too. Values of fewer than 30 rows are not;
            p-values are corrected for the number of slices (Holm).
        metric: the one that the verdict is on; by default accuracy, or MAE.
        key: columns that tell rows apart, and so are no target.

    Raises:
        NotFound: no such column or metric.
        Refused: the models cannot be compared, or not on these data.
    """
    main = main_metric(left, right, metric)
    frame = frame.reset_index(drop=True)
    features, y = parted(frame, target, left, right, key=key)
    paired = Paired(left.task, y, _answers(left, features), _answers(right, features))
    _check_kinds(paired, left, right)
    labels = left.label, right.label
    metrics = _judged(paired, labels)
    kept = frame.loc[features.index]
    notes = list(_notes(left, right, len(y), len(frame) - len(y)))
    return Comparison(
        left=left.label,
        right=right.label,
        data=data,
        rows=len(y),
        task=left.task,
        metrics=tuple(sorted(metrics, key=lambda each: each.metric != main)),
        slices=tuple(_slices(kept, slices, paired, labels, notes)),
        verdict=next(each.verdict for each in metrics if each.metric == main),
        notes=tuple(notes),
    )


def main_metric(left: Model, right: Model, metric: str | None) -> str:
    """The metric that the verdict is on: the named one, or by default accuracy, or MAE.

    Raises:
        NotFound: there is no such metric of the task.
        Refused: the models are made for different tasks.
    """
    if left.task != right.task:
        raise Refused(
            f"{left.label} is made for {left.task}, {right.label} for {right.task}",
            hint="compare models of one task",
        )
    names = [known.name for known in METRICS.values() if known.task == left.task]
    if metric is not None and metric not in names:
        raise NotFound(f"no metric {metric!r} of {left.task}", hint=did_you_mean(metric, names))
    return metric or MAIN[left.task]


def _answers(model: Model, features: pandas.DataFrame) -> Answers:
    import numpy as np

    predicted = model.predict(features)
    if model.task == "regression":
        if wrong := int((~np.isfinite(predicted)).sum()):
            raise Refused(
                f"{model.label} predicts no finite number in {wrong:,} of {len(predicted):,} rows",
                hint="look at its predictions there",
            )
        return Answers(predicted)
    if predicted.dtype.kind in "US":
        predicted = predicted.astype(object)
    return Answers(predicted, model.probabilities(features), model.classes)


def _check_kinds(paired: Paired, left: Model, right: Model) -> None:
    """Models that do not tell their classes may still predict others than the labels."""
    if paired.task == "regression":
        return
    text = isinstance(paired.y[0], str)
    for model, answers in ((left, paired.left), (right, paired.right)):
        if any(isinstance(label, str) is not text for label in set(answers.predicted.tolist())):
            example = answers.predicted.tolist()[0]
            raise Refused(
                f"the labels are {'texts' if text else 'numbers'}, e.g. {paired.y.tolist()[0]!r}; "
                f"{model.label} predicts {example!r}",
                hint="bring the labels to the model's, or name another --target",
            )


def _judged(paired: Paired, labels: tuple[str, str]) -> list[MetricComparison]:
    rows = len(paired.y)
    return [judged(each, rows, *labels, identical=paired.identical) for each in measure(paired)]


def _notes(left: Model, right: Model, rows: int, unlabelled: int) -> Iterator[str]:
    if rows < FEW_ROWS:
        yield f"too few rows (under {FEW_ROWS}) for intervals and tests to be relied upon"
    if left.label == right.label:
        yield "both sides are the same version"
    if unlabelled:
        yield f"{unlabelled:,} rows without a label were left out"
    if left.task == "classification" and set(left.classes) != set(right.classes):
        yield "the models know different classes"


def _slices(
    frame: pandas.DataFrame,
    columns: Sequence[str],
    paired: Paired,
    labels: tuple[str, str],
    notes: list[str],
) -> list[SliceComparison]:
    import numpy as np

    by_name: dict[str, Any] = {str(column): column for column in frame.columns}
    found = []
    for name in columns:
        if name not in by_name:
            raise NotFound(f"the data have no column {name!r} to slice by", hint=did_you_mean(name, by_name))
        parts = slices_of(frame[by_name[name]])
        if others := left_out(frame[by_name[name]], len(parts)):
            notes.append(f"{name}: {others:,} rarer values are not shown")
        for value, mask in parts:
            found.append(_slice(name, value, paired.of(np.flatnonzero(mask)), labels))
    if sum(bool(part.metrics) for part in found) > 1:
        notes.append("p-values of slices are corrected for the number of slices (Holm)")
    return _corrected(found)


def _slice(column: str, value: str, part: Paired, labels: tuple[str, str]) -> SliceComparison:
    rows = len(part.y)
    if rows < FEW_ROWS:
        return SliceComparison(column=column, value=value, rows=rows, note=f"too few rows (under {FEW_ROWS})")
    return SliceComparison(column=column, value=value, rows=rows, metrics=tuple(_judged(part, labels)))


def _corrected(found: Sequence[SliceComparison]) -> list[SliceComparison]:
    """Each metric's p-values corrected for the number of slices; what is then no longer shown is not told."""
    by_metric: dict[str, dict[int, float]] = {}
    for place, part in enumerate(found):
        for each in part.metrics:
            if each.p_value is not None:
                by_metric.setdefault(each.metric, {})[place] = each.p_value
    corrected = {m: dict(zip(p, holm(list(p.values())), strict=True)) for m, p in by_metric.items()}

    def of(place: int, each: MetricComparison) -> MetricComparison:
        p_value = corrected.get(each.metric, {}).get(place)
        better = better_side(each.difference, each.low, each.high, p_value, higher=each.higher_is_better)
        lost = each.better is not None and better is None
        verdict = "no difference shown among so many slices" if lost else each.verdict
        return each.model_copy(update={"p_value": p_value, "better": better, "verdict": verdict})

    return [
        part.model_copy(update={"metrics": tuple(of(place, each) for each in part.metrics)})
        for place, part in enumerate(found)
    ]
