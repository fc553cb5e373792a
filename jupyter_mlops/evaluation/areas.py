"""The difference of two areas under the ROC curve on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.evaluation import resampling
from jupyter_mlops.evaluation.metrics import areas_of
from jupyter_mlops.evaluation.significance import influence_on_area, normal_p

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

    Chances = tuple[Array | None, Sequence[Any]]  # probabilities, and the class of each column

MOST_ROWS = 2000  # times classes, of which resamples are drawn
Z = 1.959964  # within so many standard errors lie 95 % of normal values


@dataclass(frozen=True)
class AreaDifference:
    """Standard error, 95 % interval and p-value of a difference."""

    error: float
    low: float
    high: float
    p_value: float


def difference_of_areas(y: Array, left: Chances, right: Chances) -> AreaDifference | None:
    """What is known of the right area less the left one; None where either is not defined.

    The p-value is DeLong's (Biometrics 44:837-845, 1988). The interval is the paired bootstrap's, or of many
    rows, where the two agree, DeLong's.

    Args:
        y: true labels: shape (rows,).
        left: probabilities, of shape (rows, classes), and the classes.
        right: likewise.
    """
    import numpy as np

    sides = [_curves(y, *left), _curves(y, *right)]
    if not all(sides):
        return None
    difference = float(np.mean([c.area for c in sides[1]]) - np.mean([c.area for c in sides[0]]))
    parts = [np.mean([influence_on_area(c.positive, c.score) for c in curves], axis=0) for curves in sides]
    error = float(np.sqrt(((parts[1] - parts[0]) ** 2).sum()))
    p_value = normal_p(difference, error)
    if len(y) * max(map(len, sides)) > MOST_ROWS:
        return AreaDifference(error, difference - Z * error, difference + Z * error, p_value)
    drawn = [
        np.mean([curve.areas(weights) for curve in sides[1]], axis=0)
        - np.mean([curve.areas(weights) for curve in sides[0]], axis=0)
        for weights in resampling.weights(len(y))
    ]
    return AreaDifference(error, *resampling.interval(np.concatenate(drawn)), p_value)


def interval_of_area(
    y: Array, probabilities: Array | None, classes: Sequence[Any]
) -> tuple[float, float] | None:
    """The 95 % interval of the area itself, by the bootstrap, or of many rows DeLong's; None where it is not
    defined."""
    import numpy as np

    curves = _curves(y, probabilities, classes)
    if not curves:
        return None
    if len(y) * len(curves) > MOST_ROWS:
        area = float(np.mean([curve.area for curve in curves]))
        parts = np.mean([influence_on_area(curve.positive, curve.score) for curve in curves], axis=0)
        error = float(np.sqrt((parts**2).sum()))
        return max(area - Z * error, 0.0), min(area + Z * error, 1.0)
    drawn = [
        np.mean([curve.areas(weights) for curve in curves], axis=0) for weights in resampling.weights(len(y))
    ]
    low, high = resampling.interval(np.concatenate(drawn))
    return (low, high) if low < high else None


@dataclass(frozen=True)
class _Curve:
    """One class against the rest."""

    positive: Array
    score: Array
    area: float

    def areas(self, weights: Array) -> Array:
        """The area in each resample, in which rows count `weights` times: shape (resamples,); nan where the
        class, or the rest, is not in it."""
        import numpy as np

        order = np.argsort(self.score, kind="stable")
        sorted_scores = self.score[order]
        starts = np.flatnonzero(np.r_[True, sorted_scores[1:] != sorted_scores[:-1]])
        ordered, positive = weights[:, order], self.positive[order]
        hits = np.add.reduceat(ordered * positive, starts, axis=1)
        others = np.add.reduceat(ordered * ~positive, starts, axis=1)
        below = np.cumsum(others, axis=1) - others / 2  # ties count half
        pairs = hits.sum(axis=1) * others.sum(axis=1)
        won = (hits * below).sum(axis=1)
        return np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def _curves(y: Array, probabilities: Array | None, classes: Sequence[Any]) -> list[_Curve]:
    import numpy as np

    found = areas_of(y, probabilities, classes)
    if probabilities is None:
        return []
    return [_Curve(np.asarray(y == classes[k]), probabilities[:, k], area) for k, area in found]
