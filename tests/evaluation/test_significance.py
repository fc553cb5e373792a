"""Tests and sample sizes, against scipy, formulas in print and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from jupyter_mlops.evaluation.significance import (
    holm,
    influence_on_area,
    mcnemar,
    normal_p,
    paired_test,
    rows_for_mean,
    rows_for_shares,
)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_exact_for_few_pairs_and_chi_square_for_many(left: int, right: int) -> None:
    name, p_value = mcnemar(left, right)
    if left + right >= 25:
        assert name == "McNemar"
        assert p_value == pytest.approx(stats.chi2.sf((left - right) ** 2 / (left + right), 1))
    else:
        assert name == "McNemar exact"
        # twice the tail, as statsmodels computes it
        tail = 2 * stats.binom.cdf(min(left, right), left + right, 0.5)
        assert p_value == pytest.approx(min(1.0, tail))
    assert mcnemar(right, left)[1] == pytest.approx(p_value)


def test_paired_errors_are_tested_by_t_or_where_few_by_ranks() -> None:
    random = np.random.default_rng(0)
    many, few = random.normal(0.2, 1, 200), random.normal(0.2, 1, 12)
    assert paired_test(many) == ("paired t", pytest.approx(stats.ttest_1samp(many, 0).pvalue))
    assert paired_test(few) == ("Wilcoxon", pytest.approx(stats.wilcoxon(few).pvalue))
    assert paired_test(np.zeros(50)) == ("paired t", 1.0)
    assert paired_test(np.ones(1)) == ("Wilcoxon", 1.0)
    name, p_value = paired_test(np.full(50, 0.1))  # alike: t would be endless
    assert (name, p_value < 1e-6) == ("Wilcoxon", True)


def test_influence_has_delongs_variance() -> None:
    random = np.random.default_rng(1)
    positive = random.random(60) < 0.4
    score = (random.normal(positive, 1)).round(1)  # with ties
    hits, others = score[positive], score[~positive]
    wins = (hits[:, None] > others).astype(float) + 0.5 * (hits[:, None] == others)
    v10, v01 = wins.mean(axis=1), wins.mean(axis=0)
    expected = v10.var(ddof=1) / len(hits) + v01.var(ddof=1) / len(others)
    assert (influence_on_area(positive, score) ** 2).sum() == pytest.approx(expected)
    assert normal_p(0.0, 0.0) == 1
    assert normal_p(0.1, 0.0) == 0
    assert normal_p(1.96, 1.0) == pytest.approx(0.05, abs=1e-4)


def test_holm_is_the_printed_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(("discordant", "difference"), [(0.115, 0.04), (0.3, 0.05), (0.06, 0.06)])
def test_so_many_rows_show_the_difference_of_shares_in_four_of_five_samples(
    discordant: float, difference: float
) -> None:
    rows = rows_for_shares(discordant, difference)
    random = np.random.default_rng(2)
    right = (discordant + difference) / 2
    drawn = random.multinomial(rows, [discordant - right, right, 1 - discordant], size=2000)
    shown = [mcnemar(left, right)[1] < 0.05 for left, right, _ in drawn.tolist()]
    assert 0.76 <= np.mean(shown) <= 0.88


def test_the_printed_sample_size_of_connor() -> None:
    # z² for 5 % and 80 %: 7.85; to see 1 pp where 11.5 % of rows are discordant
    assert rows_for_shares(0.115, 0.01) == pytest.approx(9_020, abs=20)
    assert rows_for_shares(0.0, 0.01) == rows_for_shares(0.01, 0.01)


def test_so_many_rows_show_the_mean_in_four_of_five_samples() -> None:
    rows = rows_for_mean(3.0, 0.5)
    assert rows == 283
    drawn = np.random.default_rng(3).normal(0.5, 3.0, (2000, rows))
    shown = stats.ttest_1samp(drawn, 0, axis=1).pvalue < 0.05
    assert 0.77 <= shown.mean() <= 0.83
    assert rows_for_mean(0.0, 1.0) == 2
