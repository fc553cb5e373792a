"""Values are equal where a person takes them for equal, and only there."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.data.difference.hashing import fold, hash_values

BERLIN = datetime.timezone(datetime.timedelta(hours=1))


def column(*values: Any, dtype: Any = object) -> pd.Series[Any]:
    return pd.Series(list(values), dtype=dtype)


def arrow(*values: Any, type: pa.DataType) -> pd.Series[Any]:  # noqa: A002
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(list(values), type)))


NOON = datetime.datetime(2024, 1, 1, 12)
SAME = {
    "a missing value": [
        column(None),
        column(np.nan),
        column(pd.NaT),
        column(pd.NA),
        column(Decimal("NaN")),
        column(np.nan, dtype="float32"),
        column(None, dtype="Int64"),
        column(None, dtype="str"),
        column(None, dtype="category"),
        column("NaT", dtype="datetime64[ns]"),
        column("NaT", dtype="timedelta64[s]"),
        column(None, dtype="datetime64[ns, UTC]"),
        arrow(None, type=pa.decimal128(5, 2)),
        arrow(None, type=pa.string()),
        pd.Series(pd.array([0.0], "Float64")) / pd.Series(pd.array([0.0], "Float64")),
    ],
    "one": [
        column(1),
        column(1.0),
        column(True),
        column(Decimal("1.00")),
        column(np.int8(1)),
        column(1, dtype="int64"),
        column(1, dtype="uint64"),
        column(1, dtype="float32"),
        column(1, dtype="Int8"),
        column(1, dtype="Float32"),
        column(True, dtype="bool"),
        column(True, dtype="boolean"),
        column(1, dtype="category"),
        column(1.0, dtype=pd.SparseDtype("float64")),
        arrow(1, type=pa.int16()),
        arrow(1, type=pa.uint64()),
        arrow(1, type=pa.float32()),
        arrow(True, type=pa.bool_()),
        arrow(Decimal("1.0"), type=pa.decimal128(5, 2)),
    ],
    "zero": [column(0), column(-0.0), column(-0.0, dtype="float64"), column(False, dtype="bool")],
    "a price": [column(19.99, dtype="float64"), column(19.99), column(Decimal("19.990"))],
    "the text one": [
        column("1"),
        column("1", dtype="str"),
        column("1", dtype="string"),
        column("1", dtype="category"),
        arrow("1", type=pa.string()),
        arrow("1", type=pa.large_string()),
    ],
    "the text nan": [column("nan"), column("nan", dtype="str")],
    "no text": [column(""), column("", dtype="str")],
    "bytes": [column(b"1"), arrow(b"1", type=pa.binary())],
    "2**53 + 1": [column(2**53 + 1), column(2**53 + 1, dtype="int64"), column(Decimal(2**53 + 1))],
    "2**53": [column(2**53, dtype="int64"), column(2.0**53), column(2**53, dtype="uint64")],
    "2**63": [column(2**63), column(2**63, dtype="uint64"), column(2.0**63), column(Decimal(2**63))],
    "2**63 + 1": [column(2**63 + 1), column(2**63 + 1, dtype="uint64"), column(Decimal(2**63 + 1))],
    "2**64 - 1": [column(2**64 - 1), column(2**64 - 1, dtype="uint64")],
    "2**64": [column(2**64), column(2.0**64, dtype="float64"), column(Decimal(2**64))],
    "2**64 + 1": [column(2**64 + 1), column(Decimal(2**64 + 1))],
    "-2**63": [column(-(2**63), dtype="int64"), column(-(2.0**63)), column(-(2**63))],
    "10**400": [column(10**400), column(Decimal(10**400))],
    "noon in UTC": [
        column(NOON),
        column(NOON.replace(tzinfo=datetime.UTC)),
        column(NOON.replace(hour=13, tzinfo=BERLIN)),
        column(pd.Timestamp(NOON)),
        column(pd.Timestamp(NOON, tz="UTC").tz_convert("Asia/Tokyo")),
        column(np.datetime64(NOON, "s")),
        *(column(NOON, dtype=f"datetime64[{unit}]") for unit in ("s", "ms", "us", "ns")),
        column(pd.Timestamp(NOON, tz="UTC"), dtype="datetime64[us, Europe/Berlin]"),
        arrow(NOON, type=pa.timestamp("ms")),
        arrow(NOON.replace(tzinfo=datetime.UTC), type=pa.timestamp("us", "Asia/Tokyo")),
        column(pd.Timestamp(NOON), dtype="category"),
    ],
    "noon and a nanosecond": [
        column(pd.Timestamp(NOON) + pd.Timedelta(1)),
        column(pd.Timestamp(NOON) + pd.Timedelta(1), dtype="datetime64[ns]"),
    ],
    "a day": [
        column(datetime.date(2024, 1, 1)),
        column(datetime.datetime(2024, 1, 1), dtype="datetime64[s]"),
        arrow(datetime.date(2024, 1, 1), type=pa.date32()),
    ],
    "long ago": [
        column(datetime.datetime(1, 1, 1), dtype="datetime64[s]"),
        column(datetime.date(1, 1, 1)),
        column(datetime.datetime(1, 1, 1)),
    ],
    "before 1970": [
        column("1969-12-31 23:59:58.500", dtype="datetime64[ms]"),
        column("1969-12-31 23:59:58.500", dtype="datetime64[ns]"),
        column(datetime.datetime(1969, 12, 31, 23, 59, 58, 500_000)),
    ],
    "a duration": [
        column(datetime.timedelta(seconds=-1.5)),
        column(pd.Timedelta(seconds=-1.5)),
        column(pd.Timedelta(seconds=-1.5), dtype="timedelta64[ms]"),
        column(pd.Timedelta(seconds=-1.5), dtype="timedelta64[ns]"),
    ],
    "a list": [column([1, 2]), column((1, 2)), column(np.array([1, 2]))],
    "a mapping": [column({"a": 1, "b": [2]}), column({"b": np.array([2]), "a": 1})],
    "half a pair": [column("\ud800")],
    "written half a pair": [column("'\\ud800'")],
    "tagged text": [column("number:10000000000000001")],
    "infinity": [column(np.inf), column(np.inf, dtype="float32"), column(Decimal("Infinity"))],
    "a month": [pd.Series(pd.period_range("2024-01", periods=1, freq="M"))],
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_value_is_equal_of_whatever_dtype(name: str) -> None:
    hashes = {int(hash_values(values)[0]) for values in SAME[name]}
    assert len(hashes) == 1


def test_no_two_values_are_equal() -> None:
    for seed in (0, 1):
        hashes = [int(hash_values(columns[0], seed=seed)[0]) for columns in SAME.values()]
        assert len(set(hashes)) == len(SAME)


def test_the_two_seeds_have_nothing_in_common() -> None:
    for name, columns in SAME.items():
        one, other = (int(hash_values(columns[0], seed=seed)[0]) for seed in (0, 1))
        assert one != other or name == "a missing value"


def test_values_keep_their_place_in_a_mixed_column() -> None:
    mixed = [
        1,
        "1",
        None,
        2.5,
        Decimal("0.1"),
        b"x",
        [1],
        NOON,
        datetime.date(2024, 1, 1),
        2**70,
        "\ud800",
        "",
    ]
    together = hash_values(column(*mixed))
    apart = [int(hash_values(column(value))[0]) for value in mixed]
    assert together.tolist() == apart


def test_texts_that_come_often_are_hashed_as_rare_ones() -> None:
    often = ["a", "", None, "nan", "\ud800"] * 500
    rare = [f"{text}{place}" for place, text in enumerate(often)]
    for texts in (often, rare):
        apart = np.concatenate([hash_values(column(text)) for text in texts])
        assert (hash_values(column(*texts, dtype=pd.StringDtype("python"))) == apart).all()
        assert (hash_values(column(*texts)) == apart).all()


def test_a_smaller_float_is_compared_as_what_it_can_hold() -> None:
    large, small = column(0.1, 1e-9, dtype="float64"), column(0.1, 1e-9, dtype="float32")
    assert (hash_values(large) != hash_values(small)).all()
    assert (hash_values(large, compared_as="float32") == hash_values(small, compared_as="float32")).all()


def test_longer_floats_are_compared_to_their_last_digit() -> None:
    long = np.array(["0.5", "inf", "0.1"], dtype=np.longdouble)
    hashes = hash_values(pd.Series(long))
    assert (hashes[:2] == hash_values(column(0.5, np.inf))).all()
    if np.finfo(np.longdouble).nmant > 52:  # not on every processor
        assert hashes[2] != hash_values(pd.Series(np.nextafter(long, np.longdouble(1))))[2]


def test_complex_numbers_of_long_doubles_and_lists_of_them() -> None:
    one, other = np.clongdouble(0.1), np.clongdouble(0.1) + np.finfo(np.longdouble).eps
    for wrap in (lambda value: value, lambda value: [value]):
        hashes = hash_values(column(wrap(one), wrap(one), wrap(other)))
        assert (hashes[0] == hashes[1], hashes[0] == hashes[2]) == (True, False)
        assert hashes[2] != hash_values(column(0.1))[0]


def test_texts_that_tell_a_time_are_compared_as_it() -> None:
    texts = ["2024-01-01T12:00:00Z", "2024-01-01 13:00:00+01:00", "2024-01-01 12:00", None, "noon", "", 5]
    hashes = hash_values(column(*texts), compared_as="time")
    noon = hash_values(column(NOON, dtype="datetime64[s]"), compared_as="time")[0]
    assert (hashes[:3] == noon).all()
    assert (hashes[3:] == hash_values(column(*texts))[3:]).all()
    assert hash_values(column("2024-01-01 12:00", dtype="str"), compared_as="time")[0] == noon
    assert hash_values(column("2024-01-01 12:00", dtype="category"), compared_as="time")[0] == noon


VALUE = (
    st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text(max_size=3)
    | st.binary(max_size=2)
    | st.decimals(allow_nan=False)
    | st.none()
    | st.booleans()
)


def same(one: Any, other: Any) -> bool:
    """What a person says."""
    missing = [value is None or (isinstance(value, float) and np.isnan(value)) for value in (one, other)]
    if any(missing):
        return all(missing)
    if isinstance(one, str | bytes) or isinstance(other, str | bytes):
        return type(one) is type(other) and one == other
    if {type(one), type(other)} == {float, Decimal}:
        number, exact = (one, other) if isinstance(one, float) else (other, one)
        is_whole = not exact.is_finite() or exact == exact.to_integral_value()
        return bool(number == exact) if is_whole else Decimal(repr(number)) == exact
    return bool(one == other)


@settings(deadline=None)
@given(one=VALUE, other=VALUE)
def test_hashes_are_equal_where_values_are(one: Any, other: Any) -> None:
    left, right = hash_values(column(one)), hash_values(column(other))
    assert (left[0] == right[0]) == same(one, other)


def test_a_row_differs_where_its_values_change_places() -> None:
    one, other = hash_values(column(1)), hash_values(column(2))
    assert fold([one, other], 1) != fold([other, one], 1)
    assert fold([one], 1) != fold([one], 1, seed=1)
