"""How good predictions are: the metrics by name, of one model on one set of rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.evaluation.models import Task

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]


@dataclass(frozen=True)
class Metric:
    """What is known of a metric. `in_points` tells that differences are told in percentage points."""

    name: str
    task: Task
    higher: bool = True
    in_points: bool = False


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "classification", in_points=True),
        Metric("precision", "classification", in_points=True),
        Metric("recall", "classification", in_points=True),
        Metric("f1", "classification", in_points=True),
        Metric("roc_auc", "classification"),
        Metric("mae", "regression", higher=False),
        Metric("rmse", "regression", higher=False),
        Metric("r2", "regression"),
    )
}
MAIN: Mapping[Task, str] = {"classification": "accuracy", "regression": "mae"}

_LOWER = frozenset(
    (
        *(
            "loss",
            "losses",
            "logloss",
            "nll",
            "err",
            "error",
            "errors",
            "mae",
            "mse",
            "rmse",
            "mape",
            "smape",
        ),
        *("msle", "rmsle", "mad", "residual", "residuals", "deviance", "perplexity", "brier", "hinge"),
        *(
            "hamming",
            "wer",
            "cer",
            "ece",
            "fpr",
            "fnr",
            "fdr",
            "false",
            "miss",
            "missed",
            "misses",
            "mistakes",
        ),
        *("misclassified", "misclassification", "wrong", "aic", "bic", "rmsd", "inertia"),
        *("time", "latency", "seconds", "duration", "milliseconds", "ms", "cost", "regret"),
    )
)
_HIGHER = frozenset(
    (
        *(
            "accuracy",
            "acc",
            "precision",
            "recall",
            "f1",
            "f2",
            "fbeta",
            "auc",
            "auroc",
            "auprc",
            "roc",
            "prc",
        ),
        *("ap", "map", "ndcg", "mrr", "r2", "tpr", "tnr", "ppv", "npv", "sensitivity", "specificity"),
        *("kappa", "mcc", "jaccard", "iou", "dice", "bleu", "rouge", "explained", "likelihood"),
        *("silhouette", "purity", "hit", "hits", "throughput", "correct"),
    )
)
_STAGES = frozenset(("train", "training", "val", "valid", "validation", "test", "cv", "best", "mean", "dev"))
_POINTS = frozenset(["accuracy", "acc", "precision", "recall", "f1"])


def higher_is_better(metric: str) -> bool | None:
    """Whether more of it is better; of a name that is not one of `METRICS` told by its words, such as
    ``val_loss`` or ``test.rmse``, and None where these say nothing, as in ``churn_rate``."""
    if metric in METRICS:
        return METRICS[metric].higher
    words = _words(metric)
    negated = bool(words & {"neg", "negative"}) and not words & {"rate", "true", "false"}
    if words & _LOWER:
        return negated
    if words & _HIGHER or ("true" in words and words & {"positive", "negative"}):
        return not negated
    if "score" in words and words <= {"score", *_STAGES}:
        return True
    return None


def in_points(metric: str) -> bool:
    """Whether it is a share, whose differences are told in percentage points."""
    return METRICS[metric].in_points if metric in METRICS else bool(_words(metric) & _POINTS)


def scores(
    task: Task,
    y: Array,
    predicted: Array,
    probabilities: Array | None = None,
    classes: Sequence[Any] = (),
) -> dict[str, float]:
    """The metrics of a model's predictions, by name.

    Precision, recall and F1 are those of the class ``classes[1]`` where there are two classes, else the plain
    mean over the classes that occur in `y` ("macro"); 0 where nothing was predicted as the class. ROC AUC is
    that of each class against the rest, averaged so (Hand & Till 2001 call it the one-against-all measure).

    Args:
        task: decides which metrics.
        y: true labels, or numbers: shape (rows,).
        predicted: what the model says, likewise.
        probabilities: shape (rows, classes); None leaves ROC AUC out.
        classes: labels in the order of the columns of `probabilities`.

    Returns:
        What is defined: ``roc_auc`` needs rows of more than one class, ``r2`` values that differ.

    Raises:
        ValueError: there are no rows.
    """
    if not len(y):
        raise ValueError("there are no rows")
    if task == "regression":
        return _of_numbers(y, predicted)
    labels = label_set(classes, y, predicted)
    truth, said = coded(y, labels), coded(predicted, labels)
    counted = of_labels(*tallies(truth, said, len(labels)), positive=positive_class(labels, classes))
    found = {name: float(values[0]) for name, values in counted.items()}
    area = roc_auc(y, probabilities, classes)
    return found if area is None else {**found, "roc_auc": area}


def label_set(classes: Sequence[Any], *seen: Array) -> list[Any]:
    """All labels: the model's, then others that occur, in order."""
    others = {value for values in seen for value in values.tolist()} - set(classes)
    return [*classes, *sorted(others, key=lambda value: (isinstance(value, str), value))]


def positive_class(labels: Sequence[Any], classes: Sequence[Any]) -> int | None:
    """The place in `labels` of the class that precision, recall and F1 are of; None where they are means."""
    names = list(classes) or list(labels)
    return list(labels).index(names[1]) if len(names) == 2 else None


def coded(values: Array, labels: Sequence[Any]) -> Array:
    """The place of each value in `labels`."""
    import numpy as np

    places = {label: place for place, label in enumerate(labels)}
    unique, inverse = np.unique(values, return_inverse=True)
    return np.asarray([places[value] for value in unique.tolist()], dtype=np.int64)[inverse]


def tallies(truth: Array, said: Array, size: int) -> tuple[Array, Array, Array]:
    """How many rows are of each class, were said to be, and rightly so: each of shape (1, classes)."""
    import numpy as np

    counted = [np.bincount(places, minlength=size) for places in (truth, said, truth[truth == said])]
    return counted[0][None], counted[1][None], counted[2][None]


def of_labels(truth: Array, said: Array, hits: Array, *, positive: int | None) -> dict[str, Array]:
    """Accuracy, precision, recall and F1 of many samples at once, from tallies of shape (samples, classes);
    each of shape (samples,)."""
    import numpy as np

    def share(part: Array, whole: Array) -> Array:
        return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)

    def averaged(values: Array) -> Array:
        if positive is not None:
            return values[:, positive]
        there = truth > 0
        return np.asarray((values * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1))

    return {
        "accuracy": share(hits.sum(axis=1), truth.sum(axis=1)),
        "precision": averaged(share(hits, said)),
        "recall": averaged(share(hits, truth)),
        "f1": averaged(share(2 * hits, truth + said)),
    }


def roc_auc(y: Array, probabilities: Array | None, classes: Sequence[Any]) -> float | None:
    """The area under the ROC curve; None where it is not defined."""
    import numpy as np

    areas = [area for _, area in areas_of(y, probabilities, classes)]
    return float(np.mean(areas)) if areas else None


def areas_of(y: Array, probabilities: Array | None, classes: Sequence[Any]) -> list[tuple[int, float]]:
    """Place and area of each class that has rows and others against it; of two classes the second only.

    The area is the Mann-Whitney statistic, ties counting half."""
    import numpy as np
    from scipy.stats import rankdata

    if probabilities is None or not np.isfinite(probabilities).all():
        return []
    found = []
    for place in [1] if len(classes) == 2 else range(len(classes)):
        positive = np.asarray(y == classes[place])
        hits, others = int(positive.sum()), int((~positive).sum())
        if hits and others:
            ranks = rankdata(probabilities[:, place])
            area = (ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * others)
            found.append((place, float(area)))
    return found


def _of_numbers(y: Array, predicted: Array) -> dict[str, float]:
    scale = scale_of(y, predicted)
    terms = error_terms(y, predicted, scale)
    found = of_errors(terms.mean(axis=0)[None], scale)
    return {name: float(values[0]) for name, values in found.items() if values[0] == values[0]}


def scale_of(*values: Array) -> float:
    """The largest size among finite numbers: in units of it their squares neither vanish nor overflow."""
    import numpy as np

    return float(max(np.abs(numbers).max() for numbers in values)) or 1.0


def error_terms(y: Array, predicted: Array, scale: float) -> Array:
    """What the metrics of regression are means of, for each row: absolute error, its square, the centred true
    value, its square: shape (rows, 4), in units of `scale`."""
    import numpy as np

    true, said = y / scale, predicted / scale
    errors, centred = np.abs(true - said), true - true.mean()
    return np.column_stack([errors, errors**2, centred, centred**2])


def of_errors(means: Array, scale: float) -> dict[str, Array]:
    """MAE, RMSE and R² of many samples at once, from the means of `error_terms`: shape (samples, 4); R² is
    nan where the true values do not differ."""
    import numpy as np

    variance = means[:, 3] - means[:, 2] ** 2
    r2 = np.full(len(means), np.nan)
    np.divide(means[:, 1], variance, out=r2, where=variance > 1e-15 * means[:, 3])
    return {"mae": means[:, 0] * scale, "rmse": np.sqrt(means[:, 1]) * scale, "r2": 1 - r2}


def _words(metric: str) -> set[str]:
    return {word for word in re.split(r"[^a-z0-9]+", metric.lower()) if word}
