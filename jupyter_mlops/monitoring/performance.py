"""Whether a model still performs as it did, where the true values are known on both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.divergence import holm
from jupyter_mlops.entities import Decay
from jupyter_mlops.evaluation import metrics
from jupyter_mlops.evaluation.areas import Z
from jupyter_mlops.evaluation.models import Task
from jupyter_mlops.evaluation.significance import influence_on_area, normal_p

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]
    # the metrics by name, of many samples at once: each of shape (samples,)
    Scores = Mapping[str, Array]

LEVEL = 0.04  # chance of any metric to be taken for worse where nothing has changed
DRAWS = 1_999  # samples that the interval and the p-value come from
FEWEST = 30  # labelled rows of a side
WHOLE = 2_000  # rows of the smaller side up to which rows are shuffled one by one


@dataclass(frozen=True)
class Scored:
    """A side's labelled rows: the true values `y`, what the model says, and the probabilities of its classes,
    shape (rows, classes), where it tells them."""

    y: Array
    predicted: Array
    probabilities: Array | None = None


def find_decay(
    task: Task, reference: Scored, current: Scored, classes: Sequence[Any] = ()
) -> tuple[Decay, ...]:
    """Each metric on either side, as `differences` tells them. A metric decayed that is worse, significantly
    so at 4 % after Holm's correction over all metrics.

    Raises:
        ValueError: a side has fewer than 30 rows.
    """
    found = differences(task, reference, current, classes)
    corrected = iter(holm([p for *_, p in found]))
    return tuple(_judged(*values, corrected=next(corrected)) for values in found)


# name, reference, current, low and high of the difference, p-value
Found = tuple[str, float, float, float, float, float]


def differences(task: Task, reference: Scored, current: Scored, classes: Sequence[Any] = ()) -> list[Found]:
    """Each metric on either side, whose rows are others. The difference, current less reference, has its 95 %
    interval by bootstrapping both sides. The p-value is of shuffling the rows between the sides: how often a
    difference as great comes about so (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
    chapters 15 and 16); rows of both sides pooled tell how a metric varies, so that a few current rows that
    are all right, and vary not at all, do not alarm. For ROC AUC both are normal, with DeLong's variance.

    Raises:
        ValueError: a side has fewer than 30 rows.
    """
    if min(len(reference.y), len(current.y)) < FEWEST:
        raise ValueError(f"fewer than {FEWEST} rows")
    if task == "regression":
        return _of_numbers(reference, current)
    return [*_of_labels(reference, current, classes), *_of_areas(reference, current, classes)]


def _judged(
    name: str, before: float, now: float, low: float, high: float, p_value: float, *, corrected: float
) -> Decay:
    worse = now < before if metrics.higher_is_better(name) else now > before
    return Decay(
        metric=name,
        reference=before,
        current=now,
        difference=now - before,
        low=low,
        high=high,
        p_value=p_value,
        decayed=worse and corrected <= LEVEL,
    )


def _of_labels(reference: Scored, current: Scored, classes: Sequence[Any]) -> list[Found]:
    """Accuracy and the like depend on how often each pair of true and predicted label occurs: these counts
    are drawn, not the rows."""
    import numpy as np

    labels = metrics.label_set(classes, reference.y, current.y, reference.predicted, current.predicted)
    size, positive = len(labels), metrics.positive_class(labels, classes)
    places = [
        metrics.coded(side.y, labels) * size + metrics.coded(side.predicted, labels)
        for side in (reference, current)
    ]
    cells = np.unique(np.concatenate(places))
    left, right = (np.bincount(np.searchsorted(cells, at), minlength=len(cells)) for at in places)

    def score(counts: Array) -> Scores:
        return metrics.of_labels(*_tallies(counts, cells, size), positive=positive)

    random = np.random.default_rng(0)
    dealt = random.multivariate_hypergeometric(left + right, right.sum(), size=DRAWS, method="marginals")
    drawn = [random.multinomial(side.sum(), side / side.sum(), size=DRAWS) for side in (left, right)]
    return _compared(score, (left[None], right[None]), (left + right - dealt, dealt), drawn)


def _tallies(counts: Array, cells: Array, size: int) -> tuple[Array, Array, Array]:
    """How many rows are of each class, were said to be, and rightly so, of samples that are given as counts
    of the cells (true label times `size` plus predicted one): each of shape (samples, size)."""
    from scipy.sparse import csr_array

    def summed(columns: Array, of: Array) -> Array:
        places = csr_array((of, (range(len(cells)), columns)), shape=(len(cells), size))
        found: Array = counts @ places
        return found

    truth, said = cells // size, cells % size
    one = (cells == cells) * 1
    return summed(truth, one), summed(said, one), summed(truth, (truth == said) * 1)


def _of_numbers(reference: Scored, current: Scored) -> list[Found]:
    """MAE, RMSE and R² depend on the means of four terms of each row: these are drawn."""
    import numpy as np

    y = np.concatenate([reference.y, current.y])
    predicted = np.concatenate([reference.predicted, current.predicted])
    scale = metrics.scale_of(y, predicted)
    terms = metrics.error_terms(y, predicted, scale)
    left, right = terms[: len(reference.y)], terms[len(reference.y) :]

    def score(means: Array) -> Scores:
        return metrics.of_errors(means, scale)

    random = np.random.default_rng(0)
    fewer, more = sorted((len(left), len(right)))
    dealt = _dealt_means(terms, fewer, random)
    rest = (terms.sum(axis=0) - dealt * fewer) / more
    drawn = [_drawn_means(side, random) for side in (left, right)]
    return _compared(score, (left.mean(axis=0)[None], right.mean(axis=0)[None]), (rest, dealt), drawn)


def _dealt_means(terms: Array, rows: int, random: numpy.random.Generator) -> Array:
    """Means of so many of the rows, drawn without putting back; of many rows these are normal."""
    import numpy as np

    if rows > WHOLE:
        return _normal_means(terms, 1 / rows - 1 / len(terms), random)
    chosen = (random.choice(len(terms), rows, replace=False, shuffle=False) for _ in range(DRAWS))
    return np.array([terms[places].mean(axis=0) for places in chosen])


def _drawn_means(terms: Array, random: numpy.random.Generator) -> Array:
    """Means of as many rows as there are, drawn with putting back."""
    import numpy as np

    rows = len(terms)
    if rows > WHOLE:
        return _normal_means(terms, 1 / rows, random)
    return np.asarray(random.multinomial(rows, np.full(rows, 1 / rows), size=DRAWS) @ terms) / rows


def _normal_means(terms: Array, share: float, random: numpy.random.Generator) -> Array:
    import numpy as np

    covariance = np.cov(terms, rowvar=False) * share
    drawn = random.multivariate_normal(terms.mean(axis=0), covariance, size=DRAWS, method="eigh")
    drawn[:, [0, 1, 3]] = np.maximum(drawn[:, [0, 1, 3]], 0)  # means of what is never negative
    return drawn


def _compared(
    score: Callable[[Array], Scores],
    sides: tuple[Array, Array],
    shuffled: tuple[Array, Array],
    drawn: Sequence[Array],
) -> list[Found]:
    import numpy as np

    before, now = score(sides[0]), score(sides[1])
    by_chance = score(shuffled[0]), score(shuffled[1])
    resampled = score(drawn[0]), score(drawn[1])
    found = []
    for name in before:
        one, other = float(before[name][0]), float(now[name][0])
        if np.isnan(one) or np.isnan(other):
            continue
        chance = np.abs(by_chance[1][name] - by_chance[0][name])
        reached = int((chance >= abs(other - one) - 1e-12).sum())
        low, high = np.nanquantile(resampled[1][name] - resampled[0][name], [0.025, 0.975])
        p_value = (reached + 1) / (DRAWS + 1)
        found.append((name, one, other, float(low), float(high), p_value))
    return found


def _of_areas(reference: Scored, current: Scored, classes: Sequence[Any]) -> list[Found]:
    """ROC AUC, normal with the variance of DeLong, DeLong and Clarke-Pearson ("Comparing the Areas under Two
    or More Correlated Receiver Operating Characteristic Curves", 1988): each side's own for the interval,
    that of the rows of both sides pooled for the test."""
    import numpy as np

    if reference.probabilities is None or current.probabilities is None or len(classes) < 2:
        return []
    both = Scored(
        np.concatenate([reference.y, current.y]),
        np.concatenate([reference.predicted, current.predicted]),
        np.concatenate([reference.probabilities, current.probabilities]),
    )
    areas = [metrics.areas_of(side.y, side.probabilities, classes) for side in (reference, current)]
    places = [place for place, _ in areas[0]]
    if not places or places != [place for place, _ in areas[1]]:  # not of the same classes
        return []
    before, now = (float(np.mean([area for _, area in side])) for side in areas)
    one, other, pooled = (_area_variance(side, classes, places) for side in (reference, current, both))
    rows = len(reference.y), len(current.y)
    own = (one / rows[0] + other / rows[1]) ** 0.5
    error = (pooled * (1 / rows[0] + 1 / rows[1])) ** 0.5
    difference = now - before
    interval = difference - Z * own, difference + Z * own
    return [("roc_auc", before, now, *interval, normal_p(difference, error))]


def _area_variance(side: Scored, classes: Sequence[Any], places: Sequence[int]) -> float:
    """The variance of the mean area of the classes at `places`, times the number of rows."""
    import numpy as np

    assert side.probabilities is not None
    added = [influence_on_area(side.y == classes[at], side.probabilities[:, at]) for at in places]
    return float((np.mean(added, axis=0) ** 2).sum()) * len(side.y)
