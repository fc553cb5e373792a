"""Two models' answers for the same rows: each metric on either side, with the interval of the difference and
a test of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.evaluation import resampling, significance
from jupyter_mlops.evaluation.areas import difference_of_areas
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
)
from jupyter_mlops.evaluation.models import Task

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]


@dataclass(frozen=True)
class Answers:
    """What one side says of each row; `probabilities` has a column for each of `classes`."""

    predicted: Array
    probabilities: Array | None = None
    classes: tuple[Any, ...] = ()

    def of(self, rows: Array) -> Answers:
        """Those of some rows."""
        chances = None if self.probabilities is None else self.probabilities[rows]
        return Answers(self.predicted[rows], chances, self.classes)


@dataclass(frozen=True)
class Paired:
    """The true values `y` and what two sides say of the same rows."""

    task: Task
    y: Array
    left: Answers
    right: Answers

    def of(self, rows: Array) -> Paired:
        """Some rows, by place or mask."""
        return Paired(self.task, self.y[rows], self.left.of(rows), self.right.of(rows))

    @property
    def classes(self) -> tuple[Any, ...]:
        """Labels that either side knows, the left one's first."""
        return tuple(dict.fromkeys((*self.left.classes, *self.right.classes)))

    @property
    def identical(self) -> bool:
        """Both sides predict the same for every row."""
        return bool((self.left.predicted == self.right.predicted).all())


@dataclass(frozen=True)
class Measured:
    """One metric on either side; None where it is not defined. `difference` is right less left, `low` to
    `high` its 95 % interval, `deviation` its standard error times the root of the number of rows: what one
    row contributes. `discordant` is the share of rows that one side alone gets right; `differing` counts
    those that decide the metric: that one side alone gets right, or to which they give different labels."""

    metric: str
    left: float | None = None
    right: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    test: str = ""
    deviation: float = 0.0
    discordant: float | None = None
    differing: int | None = None


def measure(paired: Paired) -> list[Measured]:
    """All metrics of the task, in the order of `METRICS`."""
    left, right = (_scores(paired, side) for side in (paired.left, paired.right))
    found = _of_labels(paired) if paired.task == "classification" else _of_numbers(paired)
    names = [metric.name for metric in METRICS.values() if metric.task == paired.task]
    return [_joined(name, left.get(name), right.get(name), found.get(name)) for name in names]


@dataclass(frozen=True)
class _Found:
    """What is known of the difference in one metric: what it is in resamples, or its standard error."""

    test: str
    p_value: float | None
    low: float
    high: float
    deviation: float
    discordant: float | None = None
    differing: int | None = None


def _joined(name: str, left: float | None, right: float | None, found: _Found | None) -> Measured:
    if left is None or right is None:
        return Measured(name, left, right)
    if found is None:
        return Measured(name, left, right, right - left)
    return Measured(
        name,
        left,
        right,
        right - left,
        found.low,
        found.high,
        found.p_value,
        found.test,
        found.deviation,
        found.discordant,
        found.differing,
    )


def _scores(paired: Paired, side: Answers) -> dict[str, float]:
    """The metrics of one side; over the classes of both, so that they mean the same."""
    found = scores(paired.task, paired.y, side.predicted, None, paired.classes)
    area = scores(paired.task, paired.y, side.predicted, side.probabilities, side.classes).get("roc_auc")
    return found if area is None else {**found, "roc_auc": area}


def _of_labels(paired: Paired) -> dict[str, _Found]:
    rows = len(paired.y)
    if rows < 2:
        return {}
    cells = _Cells.of(paired)
    drawn = _differences(cells.resampled())
    swapped = _differences(cells.exchanged())
    observed = {name: values[0] for name, values in _differences(iter([cells.observed()])).items()}
    found = {}
    for name, values in drawn.items():
        extreme = (abs(swapped[name]) >= abs(observed[name]) - 1e-12).sum()
        found[name] = _Found(
            "randomisation",
            float((1 + extreme) / (1 + len(swapped[name]))),
            *resampling.interval(values),
            deviation=float(values.std() * rows**0.5),
            differing=int((paired.left.predicted != paired.right.predicted).sum()),
        )
    found["accuracy"] = _accuracy(paired, found["accuracy"])
    area = difference_of_areas(paired.y, *((s.probabilities, s.classes) for s in (paired.left, paired.right)))
    if area is not None:
        found["roc_auc"] = _Found("DeLong", area.p_value, area.low, area.high, area.error * rows**0.5)
    return found


def _accuracy(paired: Paired, found: _Found) -> _Found:
    left, right = paired.left.predicted == paired.y, paired.right.predicted == paired.y
    only_left, only_right = int((left & ~right).sum()), int((right & ~left).sum())
    name, p_value = significance.mcnemar(only_left, only_right)
    differing = only_left + only_right
    share = differing / len(paired.y)
    return _Found(name, p_value, found.low, found.high, found.deviation, share, differing)


@dataclass(frozen=True)
class _Cells:
    """Rows that are alike in the true label and in both answers, as places of labels, and how many of each.

    The metrics know of rows no more than that."""

    truth: Array
    left: Array
    right: Array
    counts: Array
    size: int
    positive: int | None

    @classmethod
    def of(cls, paired: Paired) -> _Cells:
        import numpy as np

        labels = label_set(paired.classes, paired.y, paired.left.predicted, paired.right.predicted)
        values = (paired.y, paired.left.predicted, paired.right.predicted)
        rows = np.column_stack([coded(value, labels) for value in values])
        cells, counts = np.unique(rows, axis=0, return_counts=True)
        positive = positive_class(labels, paired.classes)
        return cls(cells[:, 0], cells[:, 1], cells[:, 2], counts, len(labels), positive)

    def observed(self) -> tuple[dict[str, Array], dict[str, Array]]:
        return self._sides(self.counts[None], self.counts[None] * 0)

    def resampled(self) -> Iterator[tuple[dict[str, Array], dict[str, Array]]]:
        for drawn in resampling.draws_of_cells(self.counts):
            yield self._sides(drawn, drawn * 0)

    def exchanged(self) -> Iterator[tuple[dict[str, Array], dict[str, Array]]]:
        """As if the answers had been the other side's, row by row at random (Noreen, Computer-Intensive
        Methods, 1989; of F1 Yeh, COLING 2000)."""
        for swapped in resampling.swaps_of_cells(self.counts):
            yield self._sides(self.counts[None] - swapped, swapped)

    def _sides(self, kept: Array, swapped: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """The metrics of both sides, where so many rows of each cell keep their answers and so many have the
        other side's."""
        return self._side(self.left, kept, self.right, swapped), self._side(
            self.right, kept, self.left, swapped
        )

    def _side(self, said: Array, kept: Array, other: Array, swapped: Array) -> dict[str, Array]:
        truth = self._summed(kept + swapped, self.truth)
        predicted = self._summed(kept, said) + self._summed(swapped, other)
        right = kept * (said == self.truth) + swapped * (other == self.truth)
        return of_labels(truth, predicted, self._summed(right, self.truth), positive=self.positive)

    def _summed(self, numbers: Array, places: Array) -> Array:
        """Sums over the cells of each label: shape (samples, labels)."""
        import numpy as np

        member = places[:, None] == np.arange(self.size)
        return numbers.astype(np.float64) @ member.astype(np.float64)


def _differences(sides: Iterator[tuple[dict[str, Array], dict[str, Array]]]) -> dict[str, Array]:
    import numpy as np

    parts = [{name: right[name] - left[name] for name in left} for left, right in sides]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_numbers(paired: Paired) -> dict[str, _Found]:
    import numpy as np

    rows = len(paired.y)
    if rows < 2:
        return {}
    scale = scale_of(paired.y, paired.left.predicted, paired.right.predicted)
    left, right = (error_terms(paired.y, side.predicted, scale) for side in (paired.left, paired.right))
    drawn = resampling.means(np.column_stack([left, right[:, :2]]))
    sides = of_errors(drawn[:, :4], scale), of_errors(drawn[:, [4, 5, 2, 3]], scale)
    tests = {
        "mae": significance.paired_test(right[:, 0] - left[:, 0]),
        "rmse": significance.paired_test(right[:, 1] - left[:, 1]),
    }
    tests["r2"] = tests["rmse"]  # on the same rows it says the same
    found = {}
    for name, (test, p_value) in tests.items():
        values = sides[1][name] - sides[0][name]
        if not np.isnan(values).all():
            low, high = resampling.interval(values)
            largest = float(np.nanmax(np.abs(values))) or 1.0  # whose square may be more than a float holds
            deviation = float(np.nanstd(values / largest)) * largest * rows**0.5
            found[name] = _Found(test, p_value, low, high, deviation)
    return found
