"""Metrics of one model with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import f1_score, roc_auc_score

from jupyter_mlops.evaluation.certainty import Estimate, estimates, wilson


def by_name(found: list[Estimate]) -> dict[str, Estimate]:
    return {each.metric: each for each in found}


def answers(rows: int, seed: int, right: float = 0.8) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, rows)
    return y, np.where(random.random(rows) < right, y, 1 - y)


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_shares_have_wilsons_interval(counts: tuple[int, int]) -> None:
    hits, rows = counts
    known = binomtest(hits, rows).proportion_ci(method="wilson")
    assert wilson(hits, rows) == pytest.approx((known.low, known.high), abs=1e-6)


def test_shares_of_two_classes() -> None:
    y, said = answers(200, 1)
    found = by_name(estimates("classification", y, said, None, (0, 1)))
    called, hits = int((said == 1).sum()), int(((said == 1) & (y == 1)).sum())
    assert (found["precision"].low, found["precision"].high) == wilson(hits, called)
    assert (found["accuracy"].low, found["accuracy"].high) == wilson(int((y == said).sum()), 200)
    assert found["f1"].value == pytest.approx(f1_score(y, said))
    assert "roc_auc" not in found


def test_intervals_hold_what_is_true_about_as_often_as_they_say() -> None:
    """F1 of answers that are right in 80 % of rows is 0.8."""
    held = 0
    for seed in range(200):
        found = by_name(estimates("classification", *answers(150, seed), None, (0, 1)))["f1"]
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.8 <= found.high
    assert 180 <= held <= 199  # 190 are to be expected


def test_area_under_the_curve_by_bootstrap_and_by_delong_agree() -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 2400)
    score = 1 / (1 + np.exp(-(y - 0.5 + random.normal(0, 1, 2400))))
    chances = np.column_stack([1 - score, score])
    many = by_name(estimates("classification", y, (score > 0.5).astype(int), chances, (0, 1)))["roc_auc"]
    few = by_name(
        estimates("classification", y[:1900], (score[:1900] > 0.5).astype(int), chances[:1900], (0, 1))
    )["roc_auc"]
    assert many.value == pytest.approx(roc_auc_score(y, score))
    assert many.low is not None
    assert many.high is not None
    assert few.low is not None
    assert few.high is not None
    assert many.low < many.value < many.high
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx((2400 / 1900) ** 0.5, rel=0.1)


def test_numbers() -> None:
    random = np.random.default_rng(0)
    y = random.normal(0, 3, 400)
    found = by_name(estimates("regression", y, y + random.normal(0, 1, 400)))
    for each in found.values():
        assert each.low is not None
        assert each.high is not None
        assert each.low < each.value < each.high
    assert list(found) == ["mae", "rmse", "r2"]


@pytest.mark.parametrize(("task", "y"), [("classification", ["a"] * 40), ("regression", [1.0] * 40)])
def test_where_nothing_varies_there_is_no_interval_but_of_shares(task: Any, y: list[Any]) -> None:
    found = by_name(estimates(task, np.asarray(y), np.asarray(y)))
    without = {name for name, each in found.items() if each.low is None}
    assert without == ({"precision", "recall", "f1"} if task == "classification" else {"mae", "rmse"})


def test_one_row_and_none() -> None:
    one = by_name(estimates("regression", np.asarray([1.0]), np.asarray([2.0])))
    assert one["mae"] == Estimate("mae", 1.0)
    with pytest.raises(ValueError, match="no rows"):
        estimates("regression", np.asarray([]), np.asarray([]))
