"""Profiles: right to the digit on what fits in memory, the same in any chunks, and of any column."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.data.columns import kind_of
from jupyter_mlops.data.profile import profile
from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.data import ColumnKind, ColumnProfile, Profile

DAY = datetime.datetime(2020, 1, 1)


def of(values: Any, dtype: Any = None, size: int = 3) -> ColumnProfile:
    """The profile of one column, whose parts say the same as the whole."""
    frame = pd.DataFrame({"a": values if isinstance(values, pd.Series) else pd.Series(values, dtype=dtype)})
    (whole,) = profile([frame]).columns
    (parts,) = profile(frame[start : start + size] for start in range(0, max(len(frame), 1), size)).columns
    assert whole.model_copy(update={"mean": 0, "std": 0}) == parts.model_copy(update={"mean": 0, "std": 0})
    for one, other in ((whole.mean, parts.mean), (whole.std, parts.std)):
        assert (one is None and other is None) or one == pytest.approx(other, rel=1e-9, abs=1e-9)
    assert (whole.name, whole.dtype, whole.kind) == ("a", str(frame["a"].dtype), kind_of(frame["a"]))
    assert whole.count + whole.missing == len(frame)
    return whole


@given(st.lists(st.floats(-1e9, 1e9) | st.none() | st.integers(-5, 5), min_size=1, max_size=30))
@settings(deadline=None)
def test_numbers_are_as_pandas_has_them(values: list[float | None]) -> None:
    column = pd.Series(values, dtype="float64")
    found = of(column, size=7)
    present = column.dropna()
    assert (found.count, found.missing) == (len(present), column.isna().sum())
    assert found.distinct == present.nunique()
    if not len(present):
        assert (found.minimum, found.mean, found.histogram, found.quantiles) == (None, None, None, {})
        return
    assert (float(str(found.minimum)), float(str(found.maximum))) == (present.min(), present.max())
    assert found.mean == pytest.approx(present.mean(), rel=1e-9, abs=1e-6)
    if len(present) > 1:
        assert found.std == pytest.approx(present.std(), rel=1e-6, abs=1e-6)
    for share, value in found.quantiles.items():
        assert value == pytest.approx(present.quantile(float(share)), rel=1e-9, abs=1e-9)
    assert found.histogram is not None
    assert sum(found.histogram.counts) == len(present)
    assert len(found.histogram.edges) == len(found.histogram.counts) + 1
    assert list(found.histogram.edges) == sorted(found.histogram.edges)


def test_numbers_that_are_hard() -> None:
    found = of([1.0, np.inf, -np.inf, np.nan, 3.0])
    assert (found.minimum, found.maximum, found.mean, found.count) == ("-inf", "inf", 2.0, 4)
    assert of([np.inf, np.inf]).histogram is None
    assert of([2**63 - 1, 5], "int64").maximum == str(2**63 - 1)
    assert of([2**64 - 1, 5], "uint64").maximum == str(2**64 - 1)
    assert of([2**60 + 1, None], "Int64").minimum == str(2**60 + 1)
    assert of([10**400, 1], object).maximum == str(10**400)[:79] + "…"
    assert of([decimal.Decimal("1.10"), None, decimal.Decimal("2")], object).minimum == "1.10"
    assert of([0.0, -0.0]).minimum == of([-0.0, 0.0]).maximum == "0.0"
    constant = of([7, 7, 7, 7])
    assert (constant.std, constant.distinct, constant.top) == (0.0, 1, (("7", 4),))
    assert constant.histogram is not None
    assert constant.histogram.counts == (4,)
    for wide in ([1.7e308, -1.7e308, 0.0], [1e16, 1e16 + 2], [1e300, 1e300], [5e-324, 0.0]):
        found = of(wide)
        assert found.histogram is not None
        assert sum(found.histogram.counts) == len(wide)
    assert of([0.1], "float32").minimum == "0.1"
    assert of([1.0], "float16").mean == 1.0


def test_std_where_the_mean_is_large() -> None:
    values = 1e9 + np.arange(1000) % 3
    assert of(pd.Series(values), size=100).std == pytest.approx(np.std(values, ddof=1), rel=1e-9)


def test_times() -> None:
    found = of([DAY, None, DAY + datetime.timedelta(days=2)])
    assert (found.minimum, found.maximum) == ("2020-01-01T00:00:00", "2020-01-03T00:00:00")
    assert found.mean == found.quantiles["0.5"] == DAY.replace(tzinfo=datetime.UTC).timestamp() + 86_400
    zoned = of(pd.Series([DAY]).dt.tz_localize("Europe/Berlin"))
    assert (zoned.minimum, zoned.mean) == ("2020-01-01T00:00:00+01:00", 1577833200.0)
    lasting = of([datetime.timedelta(hours=1), datetime.timedelta(hours=3)])
    assert (lasting.minimum, lasting.mean) == ("0 days 01:00:00", 7200.0)
    for values, dtype in (
        ([DAY.date(), None, DAY.date()], object),
        ([DAY, None, DAY], object),
        ([DAY, None, DAY], "datetime64[ns]"),
        (["2020-01", None, "2020-01"], "period[M]"),
    ):
        column = of(values, dtype)
        assert (column.kind, column.count, column.distinct) == (ColumnKind.TIME, 2, 1), dtype
        assert column.mean == 1577836800.0
    aware = pd.Timestamp(DAY, tz="UTC").to_pydatetime()
    assert of([DAY, aware], object).count == 2


def test_booleans_and_labels() -> None:
    for dtype in ("bool", "boolean", object):
        found = of([True, False, True], dtype)
        assert (found.mean, found.top, found.histogram) == (
            pytest.approx(2 / 3),
            (("True", 2), ("False", 1)),
            None,
        )
    labels = of(["x", "y", None, "x"])
    assert (labels.distinct, labels.top, labels.minimum, labels.mean) == (2, (("x", 2), ("y", 1)), None, None)
    assert of(pd.Series(["x", "x"], dtype=pd.CategoricalDtype(["z", "x"]))).top == (("x", 2),)
    assert of([1, "1", "1"], object).top == (("1", 2), ("1", 1))
    assert of(["a" * 100]).top == (("a" * 79 + "…", 1),)


def test_what_is_nested() -> None:
    found = of([[1], [1], {"a": [2]}, None], object)
    assert (found.kind, found.distinct, found.top) == (ColumnKind.OTHER, 2, (("[1]", 2), ("{'a': [2]}", 1)))
    assert of([b"x", b"x"], object).top == (("b'x'", 2),)
    assert of([1j, 1j]).distinct == 1


def test_columns_without_values() -> None:
    for dtype in ("float64", "str", object, "datetime64[us]", "boolean", "category"):
        for values in ([], [None, None]):
            found = of(values, dtype)
            assert (found.count, found.distinct, found.top, found.histogram) == (0, 0, (), None), dtype


def test_chunks_of_objects_that_hold_different_things() -> None:
    chunks = [
        pd.DataFrame({"a": pd.Series(values, dtype=object)}) for values in ([None], [1, 2], ["x"], [[1]])
    ]
    (found,) = profile(chunks).columns
    assert (found.kind, found.count, found.missing, found.mean) == (ColumnKind.OTHER, 4, 1, None)
    assert dict(found.top) == {"1": 1, "2": 1, "'x'": 1, "[1]": 1}


def test_what_is_no_table() -> None:
    assert profile([]) == Profile(rows=0)
    assert profile([pd.DataFrame(index=range(3))]).rows == 3
    twice = pd.DataFrame([[1, "x"]], columns=["a", "a"])
    assert [column.name for column in profile([twice]).columns] == ["a", "a.1"]


def test_large_tables_are_sampled_the_same_way_however_they_are_parted() -> None:
    rows = 250_000
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "n": random.normal(size=rows),
            "few": random.integers(0, 4, rows),
            "many": (np.arange(rows) % 20_000).astype(str),
            "rare": np.arange(rows).astype(str),
        }
    )
    found = profile([frame])
    parts = profile(frame[start : start + 70_000] for start in range(0, rows, 70_000))
    assert (found.rows, found.sampled) == (rows, 100_000)
    for one, other in zip(found.columns, parts.columns, strict=True):
        assert (one.quantiles, one.top, one.histogram) == (other.quantiles, other.top, other.histogram)
    numbers, few, many, rare = found.columns
    assert numbers.minimum == str(frame["n"].min())
    assert numbers.mean == pytest.approx(frame["n"].mean())
    # six standard errors of the median of a sample of 100,000
    assert abs(numbers.quantiles["0.5"] - frame["n"].median()) < 6 * 1.2533 / 100_000**0.5
    assert numbers.histogram is not None
    assert sum(numbers.histogram.counts) == 100_000
    assert dict(few.top) == {str(value): n for value, n in frame["few"].value_counts().items()}
    assert (many.distinct, many.kind, len(many.top)) == (None, ColumnKind.TEXT, 10)
    assert (rare.distinct, rare.top) == (None, ())


def test_it_goes_through_json() -> None:
    assert issubclass(Profile, Entity)
    found = profile([pd.DataFrame({"a": [1.0, np.inf, None], "b": ["x", None, "é"]})])
    assert Profile.model_validate_json(found.model_dump_json()) == found
