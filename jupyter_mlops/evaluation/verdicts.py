"""Comparisons in words."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.entities import MetricComparison
from jupyter_mlops.evaluation.means import Mean
from jupyter_mlops.evaluation.metrics import METRICS, higher_is_better, in_points
from jupyter_mlops.evaluation.paired import Measured
from jupyter_mlops.evaluation.significance import (
    ALPHA,
    FEW_DISCORDANT,
    FEW_ROWS,
    rows_for_mean,
    rows_for_shares,
)

_WORTH = 0.01  # the difference that one would want to see: of a share, or of the left side's value


def judged(measured: Measured, rows: int, left: str, right: str, *, identical: bool) -> MetricComparison:
    """What was measured of a metric on so many `rows`, with its verdict; `left` and `right` name the sides.

    A side is better only where both the interval and the test say so."""
    higher = higher_is_better(measured.metric)
    better = better_side(measured.difference, measured.low, measured.high, measured.p_value, higher=higher)
    return MetricComparison(
        metric=measured.metric,
        left=measured.left,
        right=measured.right,
        difference=measured.difference,
        low=measured.low,
        high=measured.high,
        p_value=measured.p_value,
        test=measured.test,
        rows=rows,
        higher_is_better=higher,
        better=better,
        verdict=_verdict(measured, rows, better, left, right, identical),
    )


def better_side(
    difference: float | None,
    low: float | None,
    high: float | None,
    p_value: float | None,
    *,
    higher: bool | None,
) -> Literal["left", "right"] | None:
    """The side that is better, `difference` being right less left; None where chance may have made it, or
    where nothing tells whether `higher` is better."""
    if higher is None or difference is None or not _is_shown(low, high, p_value):
        return None
    return "right" if (difference > 0) is higher else "left"


def _is_shown(low: float | None, high: float | None, p_value: float | None) -> bool:
    """Neither the interval nor the test says that chance may have made the difference."""
    if low is None or high is None or low <= 0 <= high:
        return False
    return p_value is None or p_value < ALPHA


def better_words(
    metric: str, difference: float, low: float, high: float, name: str, word: str = "better"
) -> str:
    """``churn@2 better by 1.4 pp, 95 % interval 0.6 to 2.2``; another `word` where more of the metric may be
    good or bad."""
    size, ends = abs(difference), sorted((abs(low), abs(high)))
    told = " to ".join(_plain(metric, end) for end in ends)
    return f"{name} {word} by {amount(metric, size)}, 95 % interval {told}"


def of_means(metric: str, found: Mean, labels: tuple[str, str], runs: tuple[int, int]) -> str:
    """Which of two sides is better in the mean of so many `runs` of each, `found` being the right one's less
    the left one's. Without an interval it only says on which the metric is higher."""
    if found.low is None or found.high is None:
        return _without_interval(metric, found, labels, runs)
    if not _is_shown(found.low, found.high, found.p_value):
        ends = " to ".join(_signed(metric, end) for end in (found.low, found.high))
        return f"no difference shown: {_signed(metric, found.value)}, 95 % interval {ends}"
    better = better_side(found.value, found.low, found.high, found.p_value, higher=higher_is_better(metric))
    if better is None:
        word = "higher" if found.value > 0 else "lower"
        return better_words(metric, found.value, found.low, found.high, labels[1], word)
    name = labels[1] if better == "right" else labels[0]
    return better_words(metric, found.value, found.low, found.high, name)


def _without_interval(metric: str, found: Mean, labels: tuple[str, str], runs: tuple[int, int]) -> str:
    if found.value:
        name = labels[1] if found.value > 0 else labels[0]
        told = f"{metric} is {amount(metric, abs(found.value))} higher on {name}"
    else:
        told = "no difference"
    if found.alike:
        return (
            f"{told}; the repeats are all alike, so nothing tells chance: vary a parameter such as the seed"
        )
    few = "one run on each" if runs == (1, 1) else "too few runs"
    return f"{told} in {few}; that shows nothing"


def _signed(metric: str, value: float) -> str:
    return f"{'+' if value > 0 else ''}{amount(metric, value)}"


def amount(metric: str, value: float) -> str:
    """A difference with its unit: shares in percentage points."""
    return f"{_plain(metric, value)} pp" if in_points(metric) else _plain(metric, value)


def _plain(metric: str, value: float) -> str:
    if not in_points(metric):
        return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"
    points = 100 * value
    return f"{points:.1f}" if abs(points) >= 0.1 or points == 0 else f"{points:.1g}"


def _verdict(
    measured: Measured,
    rows: int,
    better: Literal["left", "right"] | None,
    left: str,
    right: str,
    identical: bool,
) -> str:
    if measured.left is None or measured.right is None or measured.difference is None:
        return "not defined on these rows"
    if identical and not measured.difference:
        return f"no difference: both predict the same in {_rows(rows, 'all ')}"
    if measured.low is None or measured.high is None:
        return f"too few rows ({rows:,}) to tell"
    if better is not None:
        name = right if better == "right" else left
        return better_words(measured.metric, measured.difference, measured.low, measured.high, name)
    return f"no difference shown{_needed(measured, rows)}"


def _rows(rows: int, prefix: str = "") -> str:
    return "the one row" if rows == 1 else f"{prefix}{rows:,} rows"


def _needed(measured: Measured, rows: int) -> str:
    """How many rows would show a difference that matters."""
    metric = METRICS[measured.metric]
    worth = _WORTH if metric.higher else _WORTH * abs(measured.left or 0.0)
    if not worth or not measured.deviation:
        return ""
    few = measured.differing is not None and measured.differing < FEW_DISCORDANT
    if few or rows < FEW_ROWS:
        return "; too few rows to tell how many it would take"
    if measured.discordant is not None:
        needed = rows_for_shares(measured.discordant, worth)
    else:
        needed = rows_for_mean(measured.deviation, worth)
    told = "1 pp" if metric.in_points else _plain(metric.name, worth)
    told = told if metric.higher else f"{told} (1 %)"
    if needed > rows:
        return f"; to see {told} you need about {rounded(needed):,} rows"
    return f"; one of {told} would have been seen"


def rounded(number: int) -> int:
    """Two digits of it, for it is an estimate."""
    digits = max(len(str(number)) - 2, 0)
    return -(-number // 10**digits) * 10**digits
