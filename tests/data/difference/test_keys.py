"""A column that might be a key is named, others are not."""

from __future__ import annotations

import pandas as pd
import pytest

from jupyter_mlops.data.diff import diff_tables
from jupyter_mlops.data.tables import open_table

LEFT = pd.DataFrame(
    {
        "score": [0.1, 0.2, 0.3, 0.4],
        "day": [1, 1, 2, 2],
        "code": ["a", "b", None, "d"],
        "id": [4, 5, 6, 7],
        "name": ["p", "q", "r", "s"],
    }
)


def notes(left: pd.DataFrame, right: pd.DataFrame, *key: str) -> str:
    tables = [open_table(frame, name="data") for frame in (left, right)]
    return "; ".join(diff_tables(*tables, key=key, labels=("a", "b")).notes)


def test_the_first_column_that_tells_rows_apart_on_both_sides_is_named() -> None:
    right = LEFT.assign(score=[0.1, 0.5, 0.3, 0.4])
    assert notes(LEFT, right).endswith("; id may be a key")
    assert notes(LEFT, right.assign(id=[4, 4, 6, 7])).endswith("; name may be a key")
    assert notes(LEFT, right.assign(id=right["id"] + 100)).endswith("; name may be a key")
    assert "may be" not in notes(LEFT.drop(columns=["id", "name"]), right.drop(columns=["id", "name"]))


def test_nothing_is_named_where_it_is_of_no_use() -> None:
    assert "may be" not in notes(LEFT, LEFT.iloc[::-1])
    assert "may be" not in notes(LEFT, LEFT.assign(score=1.0), "id")
    assert "may be" not in notes(LEFT, LEFT.iloc[:0])


@pytest.mark.parametrize("value", [[[1], [2]], [{"a": 1}, {"a": 2}]])
def test_values_that_cannot_be_counted_are_no_key(value: list[object]) -> None:
    left = pd.DataFrame({"v": value, "x": [1.0, 2.0]})
    assert "may be" not in notes(left, left.assign(x=[1.0, 3.0]))
