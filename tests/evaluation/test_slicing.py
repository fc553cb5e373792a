"""Slices: every row in one at most, values as a person reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.evaluation.slicing import left_out, slices_of


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
