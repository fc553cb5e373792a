"""Shifts and histograms of the columns of both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.data.diff import diff_tables
from jupyter_mlops.data.difference import sampling
from jupyter_mlops.data.difference.sampling import Sample
from jupyter_mlops.data.difference.statistics import common_kind
from jupyter_mlops.data.histograms import histograms
from jupyter_mlops.data.tables import open_table
from jupyter_mlops.entities import ColumnDiff, ColumnKind

RANDOM = np.random.default_rng(2)
LEFT = pd.DataFrame(
    {
        "id": range(600),
        "age": RANDOM.normal(40, 10, 600).round(1),
        "plan": RANDOM.choice(["free", "pro"], 600),
        "since": pd.date_range("2024-01-01", periods=600, freq="h"),
        "paid": RANDOM.choice([True, False], 600),
        "extra": [[1]] * 600,
    }
)


def columns(left: pd.DataFrame, right: pd.DataFrame, *key: str) -> dict[str, ColumnDiff]:
    tables = [open_table(frame, name="data") for frame in (left, right)]
    return {column.name: column for column in diff_tables(*tables, key=key, labels=("a", "b")).columns}


def test_a_shifted_column_is_told_with_its_effect() -> None:
    found = columns(LEFT, LEFT.assign(age=LEFT["age"] + 10, plan="pro"), "id")
    shift = found["age"].shift
    assert shift is not None
    assert (shift.measure, shift.size) == ("normed Wasserstein", "large")
    assert shift.effect == pytest.approx(1, abs=0.1)  # by one standard deviation
    assert found["plan"].shift is not None
    assert found["plan"].shift.size == "large"
    for name in ("since", "paid"):
        same = found[name].shift
        assert same is not None
        assert (same.effect, same.size) == (0, "none")
    assert found["id"].shift is None
    assert found["extra"].shift is None


def test_histograms_of_both_sides_have_the_same_edges_and_hold_all_values() -> None:
    right = LEFT.assign(age=[np.nan, 1e6, *(LEFT["age"][2:] + 20)])
    found = columns(LEFT, right)
    for name in ("id", "age", "since"):
        one, other = found[name].left, found[name].right
        assert one is not None
        assert other is not None
        assert one.histogram is not None
        assert other.histogram is not None
        assert one.histogram.edges == other.histogram.edges
        assert (sum(one.histogram.counts), sum(other.histogram.counts)) == (one.count, other.count)
    assert (found["age"].right.missing, found["age"].right.count) == (1, 599)  # type: ignore[union-attr]
    # one value far out does not press all others into one bin
    assert sum(count > 0 for count in found["age"].left.histogram.counts) > 3  # type: ignore[union-attr]


def test_the_same_values_are_counted_on_both_sides() -> None:
    left = pd.DataFrame({"c": ["x"] * 6 + ["y"] * 2 + [None]})
    found = columns(left, pd.DataFrame({"c": ["y"] * 5 + ["z"] * 2}))["c"]
    assert found.left is not None
    assert found.right is not None
    assert found.left.top == (("y", 2), ("x", 6), ("z", 0))
    assert found.right.top == (("y", 5), ("x", 0), ("z", 2))


def test_a_column_of_one_side_is_described() -> None:
    found = columns(LEFT[["id", "age"]], LEFT[["id", "plan"]])
    assert found["age"].left is not None
    assert found["age"].right is found["plan"].left is None
    assert found["plan"].right is not None
    assert found["plan"].right.count == 600


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ([1, 2], [1.5, 2], ColumnKind.NUMBER),
        ([True, False], [1, 0], ColumnKind.NUMBER),
        ([True, False], [False, None], ColumnKind.BOOLEAN),
        ([1, 2], ["1", "2"], None),
        ([1, 2], [None, None], ColumnKind.NUMBER),
        ([None], [None], None),
        (["a"], [f"text {place}" for place in range(200)], ColumnKind.TEXT),
        ([[1]], [[2]], None),
        ([b"a"], [b"b"], None),
    ],
)
def test_what_two_columns_are_compared_as(left: list[Any], right: list[Any], kind: ColumnKind | None) -> None:
    assert common_kind(pd.Series(left), pd.Series(right)) is kind


@pytest.mark.parametrize("values", [[np.inf, -np.inf], [np.nan], [1e308, -1e308], [2.0**60, 2.0**60 + 256]])
def test_numbers_that_bins_cannot_part_have_no_histogram_or_a_whole_one(values: list[float]) -> None:
    column = pd.Series(values)
    made = histograms(column, column, ColumnKind.NUMBER)
    assert made is None or sum(made[0].counts) == len(values)


def test_a_sample_holds_the_same_rows_of_two_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_MOST", 50)
    monkeypatch.setattr(sampling, "_LEAST", 10)
    numbers = RANDOM.permutation(1000).astype(np.uint64)
    order = RANDOM.permutation(1000)
    samples = []
    for places in (np.arange(1000), order):
        sample = Sample(2)
        for start in range(0, 1000, 70):
            chosen = places[start : start + 70]
            sample.add(pd.DataFrame({"row": chosen}), numbers[chosen])
        frame = sample.frame()
        assert frame is not None
        samples.append(frame["row"].tolist())
    assert set(samples[0]) == set(samples[1]) == set(np.flatnonzero(numbers < 50))
    assert samples[0] == sorted(samples[0])


def test_shifts_of_a_sample_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_MOST", 100)
    monkeypatch.setattr(sampling, "_LEAST", 100)
    tables = [open_table(frame, name="data") for frame in (LEFT, LEFT.iloc[50:])]
    found = diff_tables(*tables, key=["id"], labels=("a", "b"))
    assert found.notes == ("shifts, histograms and frequent values are of a sample of 100 rows of each side",)
    assert found.added == 0
    assert found.removed == 50
