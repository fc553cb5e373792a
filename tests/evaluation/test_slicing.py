"""Slices: every row in one at most, values as a person reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.evaluation.slicing import groups_of, left_out, slices_of


def named(column: pd.Series) -> list[tuple[str, int]]:
    return [(value, int(mask.sum())) for value, mask in slices_of(column)]


def test_values_are_slices_the_most_frequent_first() -> None:
    assert named(pd.Series(["b", "a", "b", None])) == [("b", 2), ("a", 1), ("missing", 1)]
    assert named(pd.Series([True, False, True])) == [("True", 2), ("False", 1)]
    assert named(pd.Series([3, 1, 3])) == [("3", 2), ("1", 1)]
    categories = pd.Series(pd.Categorical(["x", "x"], categories=["x", "unused"]))
    assert named(categories) == [("x", 2)]
    assert named(pd.Series([None, None])) == [("missing", 2)]


def test_numbers_and_times_of_many_values_are_quarters() -> None:
    assert named(pd.Series(range(18, 58))) == [
        ("18 to 27", 10),
        ("28 to 37", 10),
        ("38 to 47", 10),
        ("48 to 57", 10),
    ]
    days = pd.Series(pd.date_range("2024-01-01", periods=40))
    assert named(days)[0][0] == "2024-01-01 to 2024-01-10"
    skewed = named(pd.Series([0.0] * 80 + list(np.linspace(1, 2, 20))))
    assert sum(count for _, count in skewed) == 100


def test_rare_values_of_many_are_counted_not_shown() -> None:
    column = pd.Series([f"v{number}" for number in range(25)])
    assert len(slices_of(column)) == 20
    assert left_out(column, 20) == 5
    assert left_out(pd.Series(["a"]), 1) == 0


@given(
    st.lists(
        st.one_of(st.none(), st.floats(allow_infinity=False), st.integers(-5, 5)), min_size=1, max_size=60
    )
)
def test_no_row_is_in_two_slices(values: list[float | None]) -> None:
    column = pd.Series(values, dtype="float64")
    masks = [mask for _, mask in slices_of(column)]
    assert np.sum(masks, axis=0).max() == 1
    if column.nunique() <= 20:
        assert np.sum(masks, axis=0).min() == 1


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "string", "category"])
def test_columns_of_pandas_own_types_are_sliced(dtype: str) -> None:
    values = [True, None, False] if dtype == "boolean" else [1, None, 2]
    column = pd.Series(values, dtype="object").map(str, na_action="ignore") if dtype == "string" else values
    found = named(pd.Series(column, dtype=dtype))
    assert [count for _, count in found] == [1, 1, 1]
    assert found[-1][0] == "missing"


def grouped(column: pd.Series, few: int = 30) -> list[tuple[str, int]]:
    return [(name, len(rows)) for name, rows in groups_of(column, few).parts]


def test_every_value_that_has_enough_rows_is_a_group_of_its_own() -> None:
    regions = pd.Series([f"r{number}" for number in range(250) for _ in range(32)])
    assert grouped(regions) == [(f"r{number}", 32) for number in range(250)]
    many = groups_of(pd.Series([f"r{number}" for number in range(1010)]), 30)
    assert (len(many.parts), many.beyond) == (1000, 10)


def test_whole_numbers_may_be_names_and_only_rare_ones_are_cut() -> None:
    shops = pd.Series([shop for shop in range(1, 15) for _ in range(40)])
    assert grouped(shops) == [(str(shop), 40) for shop in range(1, 15)]
    missing = pd.concat([shops, pd.Series([None] * 3)]).astype(float)
    assert grouped(missing) == [*((str(shop), 40) for shop in range(1, 15)), ("missing", 3)]
    ages = pd.Series([30] * 50 + [age for age in range(40, 80) for _ in range(3)])
    assert grouped(ages) == [
        ("30", 50),
        ("40 to 49, rarer values", 30),
        ("50 to 59, rarer values", 30),
        ("60 to 69, rarer values", 30),
        ("70 to 79, rarer values", 30),
    ]
    assert grouped(pd.Series([shop for shop in range(11) for _ in range(40)] + [99]))[-1] == (
        "99, rarer values",
        1,
    )
    assert [count for _, count in grouped(pd.Series(range(1000)))] == [250] * 4
    assert [count for _, count in grouped(pd.Series(np.linspace(0, 1, 80)))] == [20] * 4
    assert [count for _, count in grouped(pd.Series(pd.date_range("2024-01-01", periods=40)))] == [10] * 4


@given(
    st.lists(
        st.one_of(st.none(), st.floats(allow_infinity=False), st.integers(-50, 50)), min_size=1, max_size=90
    ),
    st.integers(1, 5),
)
def test_every_row_is_in_one_group(values: list[float | None], few: int) -> None:
    found = groups_of(pd.Series(values, dtype="float64"), few)
    rows = np.concatenate([rows for _, rows in found.parts])
    assert sorted(rows) == list(range(len(values)))


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "string", "category"])
def test_columns_of_pandas_own_types_are_grouped(dtype: str) -> None:
    values = [True, None, False] if dtype == "boolean" else [1, None, 2]
    column = pd.Series(values, dtype="object").map(str, na_action="ignore") if dtype == "string" else values
    found = grouped(pd.Series(column, dtype=dtype))
    assert [count for _, count in found] == [1, 1, 1]
    assert found[-1][0] == "missing"
