"""How good one model is on some rows, and how sure that is: each metric with its 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.evaluation import resampling
from jupyter_mlops.evaluation.areas import Z, interval_of_area
from jupyter_mlops.evaluation.metrics import (
    METRICS,
    coded,
    error_terms,
    label_set,
    of_errors,
    of_labels,
    positive_class,
    scale_of,
    scores,
    tallies,
)
from jupyter_mlops.evaluation.models import Task

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

_Span = tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95 % interval; that is None where the rows do not tell one, such as F1 where every
    answer is right."""

    metric: str
    value: float
    low: float | None = None
    high: float | None = None


def estimates(
    task: Task,
    y: Array,
    predicted: Array,
    probabilities: Array | None = None,
    classes: Sequence[Any] = (),
) -> list[Estimate]:
    """All metrics of the task that are defined on these rows, in the order of `METRICS`.

    Intervals of shares, which are accuracy, and of two classes precision and recall, are Wilson's (J. Am.
    Stat. Assoc. 22, 1927), that of ROC AUC is the bootstrap's, or of many rows DeLong's, all others are the
    bootstrap's (percentiles).

    Args:
        task: decides which metrics.
        y: true labels, or numbers: shape (rows,).
        predicted: what the model says, likewise.
        probabilities: shape (rows, classes); None leaves ROC AUC out.
        classes: labels in the order of the columns of `probabilities`.

    Raises:
        ValueError: there are no rows.
    """
    found = scores(task, y, predicted, probabilities, classes)
    if task == "regression":
        spans = _of_numbers(y, predicted)
    else:
        spans = _of_labels(y, predicted, classes)
        area = interval_of_area(y, probabilities, classes)
        spans |= {} if area is None else {"roc_auc": area}
    return [Estimate(name, found[name], *spans.get(name, (None, None))) for name in METRICS if name in found]


def _of_labels(y: Array, predicted: Array, classes: Sequence[Any]) -> dict[str, _Span]:
    import numpy as np

    labels = label_set(classes, y, predicted)
    truth, said = coded(y, labels), coded(predicted, labels)
    positive = positive_class(labels, classes)
    spans = _drawn(truth, said, len(labels), positive) if len(y) > 1 else {}
    spans["accuracy"] = wilson(int((truth == said).sum()), len(y))
    if positive is not None:
        there, called, hits = (int(count[0, positive]) for count in tallies(truth, said, len(labels)))
        for name, whole in (("precision", called), ("recall", there)):
            spans.pop(name, None)
            if whole:
                spans[name] = wilson(hits, whole)
    return {name: span for name, span in spans.items() if np.isfinite(span).all()}


def _drawn(truth: Array, said: Array, size: int, positive: int | None) -> dict[str, _Span]:
    """Intervals by the bootstrap: rows that are alike in label and answer are drawn together."""
    import numpy as np

    cells, counts = np.unique(np.column_stack([truth, said]), axis=0, return_counts=True)
    of_truth, of_said = (np.eye(size)[cells[:, side]] for side in (0, 1))
    right = of_truth * (cells[:, 0] == cells[:, 1])[:, None]
    parts = [
        of_labels(drawn @ of_truth, drawn @ of_said, drawn @ right, positive=positive)
        for drawn in resampling.draws_of_cells(counts)
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: resampling.interval(values) for name, values in joined.items() if np.ptp(values) > 0}


def _of_numbers(y: Array, predicted: Array) -> dict[str, _Span]:
    import numpy as np

    if len(y) < 2:
        return {}
    scale = scale_of(y, predicted)
    drawn = of_errors(resampling.means(error_terms(y, predicted, scale)), scale)
    return {
        name: resampling.interval(values)
        for name, values in drawn.items()
        if np.isfinite(values).any() and np.nanmax(values) > np.nanmin(values)
    }


def wilson(hits: int, rows: int) -> _Span:
    """The 95 % interval of a share: `hits` of `rows`, which are not 0."""
    share, room = hits / rows, Z**2 / rows
    middle = (share + room / 2) / (1 + room)
    half = Z / (1 + room) * (share * (1 - share) / rows + room / rows / 4) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)
