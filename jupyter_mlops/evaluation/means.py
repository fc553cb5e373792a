"""Means of few numbers and their differences, with 95 % intervals by Student's t."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mean:
    """A mean, or difference of means, with its 95 % interval; without where the numbers are too few, or all
    `alike`, so that they do not tell how much chance there is. `p_value` is of its being 0."""

    value: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    alike: bool = False


def mean(values: Sequence[float]) -> Mean:
    """The mean of at least one number; of pairs' differences it is the paired t-test's."""
    average = _average(values)
    spread = _variance(values)
    if spread == 0:
        return Mean(average, alike=len(values) > 1)
    return _interval(average, math.sqrt(spread / len(values)), len(values) - 1)


def difference(left: Sequence[float], right: Sequence[float]) -> Mean:
    """The mean of `right` less that of `left`, their spreads being different (Welch, Biometrika 34:28-35,
    1947)."""
    value = _average(right) - _average(left)
    if min(len(left), len(right)) < 2:
        return Mean(value)
    parts = [_variance(values) / len(values) for values in (left, right)]
    if not sum(parts):
        return Mean(value, alike=True)
    weighted = zip(parts, (left, right), strict=True)
    freedom = sum(parts) ** 2 / sum(part**2 / (len(values) - 1) for part, values in weighted)
    return _interval(value, math.sqrt(sum(parts)), freedom)


def _interval(value: float, error: float, freedom: float) -> Mean:
    from scipy.stats import t

    reach = float(t.ppf(0.975, freedom)) * error
    return Mean(value, value - reach, value + reach, float(2 * t.sf(abs(value) / error, freedom)))


def _average(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    """Of the population the numbers are from; 0 where they are all alike but for rounding."""
    if len(values) < 2:
        return 0.0
    average = _average(values)
    found = math.fsum((value - average) ** 2 for value in values) / (len(values) - 1)
    return found if found > (1e-12 * max(map(abs, values))) ** 2 else 0.0
