"""Every statistic against scipy's, on free input; what columns of all kinds come out as."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from jupyter_mlops.data import divergence
from jupyter_mlops.data.shift import Aspect, aspects, missing_aspect, shift
from jupyter_mlops.entities import ColumnKind

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=60)
COUNTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=2, max_size=12)
RANDOM = np.random.default_rng(5)


def sorted_array(values: list[float]) -> Any:
    return np.sort(np.array(values))


@given(NUMBERS, NUMBERS)
@settings(deadline=None)
def test_wasserstein_and_kolmogorov_smirnov_are_scipys(left: list[float], right: list[float]) -> None:
    one, other = sorted_array(left), sorted_array(right)
    points, gap = divergence.gaps(one, other)
    assert math.isclose(
        divergence.wasserstein(points, gap),
        stats.wasserstein_distance(one, other),
        rel_tol=1e-9,
        abs_tol=1e-6,
    )
    with warnings.catch_warnings():  # scipy's exact way fails for some, and it takes the other
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = stats.ks_2samp(one, other, method="exact")
    assert divergence.kolmogorov_smirnov(one, other, gap) == pytest.approx(
        (expected.statistic, expected.pvalue), rel=1e-9
    )


@pytest.mark.parametrize("sizes", [(1000, 1000), (200, 5000)])
def test_kolmogorov_smirnov_of_many_values_is_scipys(sizes: tuple[int, int]) -> None:
    one, other = np.sort(RANDOM.normal(size=sizes[0])), np.sort(RANDOM.normal(0.1, size=sizes[1]))
    expected = stats.ks_2samp(one, other, method="asymp")
    found = divergence.kolmogorov_smirnov(one, other, divergence.gaps(one, other)[1])
    assert found == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)


@given(COUNTS)
def test_jensen_shannon_is_scipys(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array(side) + (0 if sum(side) else 1) for side in zip(*pairs, strict=True))
    found = divergence.jensen_shannon(left, right)
    # scipy's root magnifies rounding near 0
    assert math.isclose(
        found, float(np.nan_to_num(distance.jensenshannon(left, right, base=2))), abs_tol=1e-7
    )
    assert 0 <= found <= 1


@given(st.lists(st.tuples(st.integers(60, 200), st.integers(60, 200)), min_size=2, max_size=12))
def test_chi_square_is_scipys_where_no_bin_is_rare(pairs: list[tuple[int, int]]) -> None:
    left, right = map(np.array, zip(*pairs, strict=True))
    expected = stats.chi2_contingency([left, right], correction=False)
    assert divergence.independence(left, right) == pytest.approx((expected.statistic, expected.pvalue))


@given(COUNTS)
@settings(max_examples=50, deadline=None)
def test_rare_bins_are_merged_until_a_test_can_be_made(pairs: list[tuple[int, int]]) -> None:
    left, right = map(np.array, zip(*pairs, strict=True))
    one, other = divergence.merge_rare(left, right)
    assert len(one) == 0 or (one.sum(), other.sum()) == (left.sum(), right.sum())
    if len(one) > 2:
        share = min(one.sum(), other.sum()) / (one.sum() + other.sum())
        assert ((one + other) * share >= divergence.EXPECTED).all()
    _, p_value = divergence.independence(left, right)
    assert p_value is None or 0 <= p_value <= 1


def test_few_expected_values_get_an_exact_p_value() -> None:
    left, right = np.array([3, 97]), np.array([14, 86])
    assert divergence.independence(left, right)[1] == stats.fisher_exact([left, right]).pvalue
    left, right = np.array([30, 4, 30]), np.array([30, 21, 30])
    drawn = divergence.independence(left, right)[1]
    assert drawn is not None
    # over all tables with these margins, by their probabilities
    total, chance = left + right, stats.multivariate_hypergeom
    tables = [(a, b, 81 - a - b) for a in range(61) for b in range(26) if 0 <= 81 - a - b <= 60]
    statistic = divergence.independence(left, right)[0]
    exact = sum(
        chance.pmf(table, total, 81)
        for table in tables
        if stats.chi2_contingency([total - table, np.array(table)], correction=False).statistic
        >= statistic - 1e-9
    )
    assert drawn == pytest.approx(exact, rel=0.5)


@given(COUNTS)
def test_stability_index_is_symmetric_and_0_only_for_equal_shares(pairs: list[tuple[int, int]]) -> None:
    left, right = map(np.array, zip(*pairs, strict=True))
    found = divergence.stability_index(left, right)
    assert found >= 0
    assert math.isclose(found, divergence.stability_index(right, left), abs_tol=1e-12)
    assert divergence.stability_index(left, left) == 0
    one = (left + 0.5) / (left + 0.5).sum()
    other = (right + 0.5) / (right + 0.5).sum()
    expected = stats.entropy(one, other) + stats.entropy(other, one)
    assert math.isclose(found, expected, abs_tol=1e-9)


def test_stability_index_uses_the_deciles_of_the_reference() -> None:
    one, other = divergence.decile_counts(np.arange(100.0), np.arange(50.0, 150.0))
    assert one.tolist() == [10] * 10
    assert other.tolist() == [0] * 5 + [10] * 4 + [60]


def test_unseen_values_are_expected_as_dealing_the_rows_anew_brings_them() -> None:
    copies = RANDOM.integers(1, 6, 300)
    rows = np.repeat(np.arange(300), copies)
    shares = []
    for _ in range(2000):
        right = np.bincount(RANDOM.permutation(rows)[:400], minlength=300)
        shares.append(right[right == copies].sum() / 400)
    dealt = np.bincount(RANDOM.permutation(rows)[:400], minlength=300)
    observed, expected, p_value = divergence.unseen(copies - dealt, dealt)
    assert expected == pytest.approx(np.mean(shares), abs=4 * np.std(shares) / 2000**0.5)
    assert p_value == pytest.approx(stats.norm.sf(observed, np.mean(shares), np.std(shares)), rel=0.15)


def test_where_no_value_occurs_twice_unseen_ones_tell_nothing() -> None:
    assert divergence.unseen(np.array([1] * 40 + [0] * 40), np.array([0] * 40 + [1] * 40))[2] is None


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_by_its_definition(p_values: list[float]) -> None:
    corrected = divergence.holm(p_values)
    for level in (0.01, 0.05, 0.5):
        rejected: set[int] = set()
        for step, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
            if p_values[place] * (len(p_values) - step) > level:
                break
            rejected.add(place)
        assert {i for i, value in enumerate(corrected) if value <= level} == rejected


def test_a_shift_of_half_a_standard_deviation() -> None:
    found = shift(series(RANDOM.normal(size=1000)), series(RANDOM.normal(0.5, size=1000)), ColumnKind.NUMBER)
    assert found.measure == "normed Wasserstein"
    assert found.effect == pytest.approx(0.5, abs=0.15)
    assert found.p_value is not None
    assert found.p_value < 1e-10
    assert {"psi", "ks", "wasserstein"} <= set(found.statistics)


def test_the_effect_does_not_grow_with_the_rows() -> None:
    left, right = (series(RANDOM.normal(mean, size=100_000)) for mean in (0, 0.02))
    found = shift(left, right, ColumnKind.NUMBER)
    assert found.effect < 0.05
    assert found.size == "none"


def series(values: Any, dtype: Any = None) -> pd.Series:
    return pd.Series(values, dtype=dtype)


def rare(count: int, dtype: Any) -> pd.Series:
    return series([1] * count + [0] * (1000 - count), dtype)


@pytest.mark.parametrize("dtype", ["int64", "float64", "bool", "Int8", "boolean", "object"])
def test_a_rare_flag_that_gets_frequent_is_seen_in_every_dtype(dtype: str) -> None:
    kind = ColumnKind.BOOLEAN if dtype in {"bool", "boolean"} else ColumnKind.NUMBER
    found = {aspect.name: aspect for aspect in aspects(rare(10, dtype), rare(60, dtype), kind)}
    flag = found["values as categories"]
    assert flag.effect > 0.1
    assert flag.p_value is not None
    assert flag.p_value < 1e-6


def test_huge_integers_and_floats_are_told_apart() -> None:
    for base in (2**53, 2**62, 2**63, 2**70, -(2**63), -(2**70)):
        found = shift(series([base] * 40), series([base + 1] * 40), ColumnKind.NUMBER)
        assert found.effect == 2
    signed, unsigned = series([-(2**63), 2**63 - 1] * 40), series([2**63, 2**63 + 1] * 40, "uint64")
    assert shift(signed, signed, ColumnKind.NUMBER).effect == 0
    assert shift(signed, unsigned, ColumnKind.NUMBER).effect == pytest.approx(1)
    found = shift(series([1e308] * 40), series([-1e308] * 40), ColumnKind.NUMBER)
    assert found.effect == 2
    assert shift(series([5e-324] * 40), series([1e-323] * 40), ColumnKind.NUMBER).effect == 2
    assert shift(series([2**2000] * 40, object), series([1] * 40), ColumnKind.NUMBER).size == "large"


def test_infinities_do_not_hide_what_the_rest_does() -> None:
    values = RANDOM.normal(size=1000)
    left, right = values.copy(), values + 0.5
    left[:5], right[:5] = np.inf, -np.inf
    found = aspects(series(left), series(right), ColumnKind.NUMBER)
    assert found[0].effect == pytest.approx(0.5, abs=0.1)
    assert [aspect.name for aspect in found] == ["values", "far values"]
    only = shift(series([np.inf] * 40), series([-np.inf] * 40), ColumnKind.NUMBER)
    assert (only.measure, only.effect) == ("Jensen-Shannon", 1)


def test_one_far_value_does_not_hide_a_shift_of_the_others() -> None:
    left, right = RANDOM.normal(40, 10, size=1000), RANDOM.normal(46, 10, size=1000)
    left[0] = 999_999
    assert shift(series(left), series(right), ColumnKind.NUMBER).effect > 0.4


def test_a_placeholder_that_comes_in_is_seen_as_far_values() -> None:
    left, right = RANDOM.normal(size=1000), RANDOM.normal(size=1000)
    right[:30] = -999
    far = {aspect.name: aspect for aspect in aspects(series(left), series(right), ColumnKind.NUMBER)}[
        "far values"
    ]
    assert far.effect > 0.1
    assert far.p_value is not None
    assert far.p_value < 1e-6


def test_times_in_every_dtype_are_the_same_moments() -> None:
    naive = series(pd.date_range("2024-01-01", periods=100, freq="h"))
    others = [
        naive.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
        naive.astype("datetime64[s]"),
        naive.astype(object),
        series(list(naive.dt.to_pydatetime()), object),
        series(pd.PeriodIndex(naive, freq="h")),
    ]
    for other in others:
        assert shift(naive, other, ColumnKind.TIME).effect == 0
    assert shift(naive, naive + pd.Timedelta(days=30), ColumnKind.TIME).size == "large"
    days = naive - naive.iloc[0]
    assert shift(days, days, ColumnKind.NUMBER).effect == 0


def test_categories_of_every_dtype_are_the_same_values() -> None:
    plain = series(["a", "b", "c", None] * 20, object)
    for dtype in ("str", "category", pd.CategoricalDtype(["c", "b", "a"], ordered=True)):
        found = shift(plain, plain.astype(dtype), ColumnKind.CATEGORY)
        assert (found.effect, found.statistics["missing"]) == (0, 0)


def test_mixed_types_are_told_apart_and_lists_are_compared() -> None:
    mixed = shift(series([1, "1", True] * 30), series([1, "1", "1"] * 30), ColumnKind.OTHER)
    assert mixed.effect > 0.4
    lists = shift(series([[1], [2]] * 30), series([[1], [3]] * 30), ColumnKind.OTHER)
    assert lists.effect == pytest.approx(0.5**0.5)


def codes(prefix: str, count: int = 1000) -> pd.Series:
    return series([f"{prefix}{number}" for number in RANDOM.integers(10**5, 10**6, count)])


def named(left: pd.Series, right: pd.Series) -> dict[str, Aspect]:
    return {aspect.name: aspect for aspect in aspects(left, right, ColumnKind.TEXT)}


def test_texts_of_another_pattern_or_length_are_seen() -> None:
    assert shift(codes("AB-"), codes("AB-"), ColumnKind.TEXT).size == "none"
    other = named(codes("AB-"), codes("ab-"))["patterns"]
    assert (other.effect, other.p_value) == (1, pytest.approx(0, abs=1e-4))
    longer = shift(codes("AB-"), codes("AB-0"), ColumnKind.TEXT)
    assert (longer.measure, longer.size) == ("normed Wasserstein of lengths", "large")


def test_texts_on_another_subject_are_seen() -> None:
    def said(word: str) -> pd.Series:
        return series([f"the {word} {number} is on" for number in RANDOM.integers(0, 10**5, 500)])

    assert named(said("delivery"), said("delivery"))["longest words"].effect == 0
    assert named(said("delivery"), said("complain"))["longest words"].effect == 1


def test_texts_that_the_reference_has_not_are_seen() -> None:
    def users(low: int, high: int) -> pd.Series:
        return series([f"user{number:05}" for number in RANDOM.integers(low, high, 1000)])

    same, new = (named(users(0, 300), users(low, low + 300))["unseen values"] for low in (0, 250))
    assert same.effect < 0.05
    assert new.effect > 0.5
    assert new.p_value is not None
    assert new.p_value < 1e-6


def test_texts_that_are_gone_are_seen() -> None:
    def users(high: int) -> pd.Series:
        return series([f"user{number:05}" for number in RANDOM.integers(0, high, 2000)])

    same, gone = (named(users(1000), users(high))["values that are gone"] for high in (1000, 500))
    assert same.effect < 0.05
    assert gone.effect > 0.3
    assert gone.p_value is not None
    assert gone.p_value < 1e-6


@given(st.integers(40, 600), st.integers(40, 600), st.integers(20, 400), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_neither_the_first_side_nor_the_first_rows_decide_what_is_found(
    rows: int, others: int, different: int, random: Any
) -> None:
    def said(count: int) -> list[str]:
        numbers = [random.randrange(different) for _ in range(count)]
        return [f"the word{n:03} is {'A-' * (n % 7)}{'b.' * (n % 31)}" for n in numbers]

    one, other = said(rows), said(others)
    found = named(series(one), series(other))
    shuffled = named(*(series(random.sample(side, len(side))) for side in (one, other)))
    swapped = named(series(other), series(one))
    for name in ("patterns", "longest words"):
        assert found[name].levels is not None
        assert swapped[name].levels is not None
        assert found[name].effect == pytest.approx(swapped[name].effect)
        assert (found[name].effect, found[name].p_value) == pytest.approx(
            (shuffled[name].effect, shuffled[name].p_value)
        )
        assert found[name].statistics.keys() == swapped[name].statistics.keys()
        one_way = dict(zip(found[name].levels.values, found[name].levels.right, strict=True))
        other_way = dict(zip(swapped[name].levels.values, swapped[name].levels.left, strict=True))
        assert one_way == other_way


def test_words_that_occur_once_are_not_told_apart_by_their_side() -> None:
    def notes(start: int) -> pd.Series:
        return series([f"note {number} {number + 10**6}" for number in range(start, start + 400)])

    assert named(notes(0), notes(400))["longest words"].effect == 0


def test_missing_values_are_a_respect_of_their_own() -> None:
    left, right = series([1.0] * 1000), series([1.0] * 950 + [None] * 50)
    found = missing_aspect((1000, 1000), (0, 50))
    assert found is not None
    assert found.statistics["missing"] == 0.05
    pooled = 50 / 2000
    z = 0.05 / (pooled * (1 - pooled) * 2 / 1000) ** 0.5
    assert found.p_value == pytest.approx(2 * stats.norm.sf(z))
    assert missing_aspect((1000, 1000), (0, 0)) is None
    assert shift(left, right, ColumnKind.NUMBER).statistics["missing"] == 0.05


@pytest.mark.parametrize("kind", list(ColumnKind))
def test_a_side_without_values_has_no_shift(kind: ColumnKind) -> None:
    empty, some = series([None] * 5, object), series(["2024-01-01"] * 5)
    for left, right in ((empty, empty), (empty, some), (some, empty), (some.iloc[:0], some)):
        found = shift(left, right, kind)
        assert (found.effect, found.p_value, found.size) == (0, None, "none")


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.datetimes(), st.binary()
)


@given(st.lists(ANYTHING, max_size=50), st.lists(ANYTHING, max_size=50), st.sampled_from(list(ColumnKind)))
@settings(deadline=None)
def test_any_values_of_any_kind_have_a_shift(left: list[Any], right: list[Any], kind: ColumnKind) -> None:
    found = shift(series(left, object), series(right, object), kind)
    assert found.effect >= 0
    assert math.isfinite(found.effect)
    assert found.p_value is None or 0 <= found.p_value <= 1
