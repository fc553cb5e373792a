"""Data against a schema: every demand is judged, in chunks as in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.checks.inference import infer_schema
from jupyter_mlops.checks.schema import check_schema
from jupyter_mlops.checks.schema_file import read_schema
from jupyter_mlops.entities import CheckStatus

PASSED, FAILED, ERROR, SKIPPED = (
    CheckStatus.PASSED,
    CheckStatus.FAILED,
    CheckStatus.ERROR,
    CheckStatus.SKIPPED,
)


class Rows:
    """A frame in chunks of so many rows, each with an index of its own."""

    def __init__(self, frame: pd.DataFrame, size: int) -> None:
        self._frame, self._size = frame, size

    @property
    def rows(self) -> int | None:
        return len(self._frame)

    def chunks(self, size: int = 0) -> Iterator[pd.DataFrame]:
        for start in range(0, len(self._frame), self._size):
            yield self._frame.iloc[start : start + self._size].reset_index(drop=True)

    def frame(self) -> pd.DataFrame:
        return self._frame


def judged(
    tmp_path: Path, text: str, frame: pd.DataFrame, size: int = 2
) -> dict[str, tuple[CheckStatus, str]]:
    path = tmp_path / "customers.yaml"
    path.write_text(text, encoding="utf-8")
    results, _ = check_schema(read_schema(path), Rows(frame, size), "checks/customers.yaml")
    return {result.name: (result.status, result.message) for result in results}


SCHEMA = """
columns:
  id: {dtype: int64, unique: true}
  age:
    dtype: int64
    checks: {greater_than_or_equal_to: 0, in_range: {min_value: 0, max_value: 99}}
  region: {dtype: str, nullable: true, isin: [north, south]}
  code: {str_length: {max_value: 3}}
  gone: {dtype: bool}
strict: true
unique: [age, region]
"""
FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 2, 1],
        "age": [30, -1, 30, 200, 30],
        "region": ["north", None, "east", "south", "north"],
        "code": [1, 2, 3, 4, 5],
        "extra": [0, 0, 0, 0, 0],
    }
)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_every_failing_demand_is_told_whatever_the_chunks(tmp_path: Path, size: int) -> None:
    found = judged(tmp_path, SCHEMA, FRAME, size)
    error = found.pop("code: str_length(max_value=3)")
    assert error[0] is ERROR
    assert {name: result for name, result in found.items() if result[0] is not PASSED} == {
        "no other columns": (FAILED, "there is extra"),
        "age: >= 0": (FAILED, "not so in 1 row, first row 2: -1"),
        "age: in 0..99": (FAILED, "not so in 2 rows, first row 2: -1"),
        "region: one of 'north', 'south'": (FAILED, "not so in 1 row, first row 3: east"),
        "gone: there": (FAILED, "the column is missing"),
        "gone: dtype bool": (SKIPPED, "the column is missing"),
        "gone: not null": (SKIPPED, "the column is missing"),
        "id: unique": (FAILED, "2 values more than once, in 4 rows, first 1 in rows 1, 5"),
        "unique age, region": (FAILED, "1 value more than once, in 2 rows, first 30, north in rows 1, 5"),
    }
    assert {name for name, result in found.items() if result[0] is PASSED} == {
        *("id: there", "id: dtype int64", "id: not null", "age: there", "age: dtype int64", "age: not null"),
        *("region: there", "region: dtype str", "code: there", "code: not null"),
    }


def test_results_name_the_column_and_the_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("columns:\n  age: {lt: 10, dtype: int64}\n", encoding="utf-8")
    frame = pd.DataFrame({"age": range(1000)})
    results, _ = check_schema(read_schema(path), Rows(frame, 300), "checks/s.yaml")
    failed = next(result for result in results if result.status is FAILED)
    assert (failed.name, failed.place) == ("age: < 10", "checks/s.yaml age")
    assert failed.message == "not so in 990 rows, first row 11: 10"
    assert failed.details == ("row 11: 10", "row 12: 11", "row 13: 12", "row 14: 13", "row 15: 14")


def test_a_missing_value_that_makes_another_dtype(tmp_path: Path) -> None:
    found = judged(
        tmp_path, "columns: {age: {dtype: int64, ge: 0}}", pd.DataFrame({"age": [1.0, None, -2.0]})
    )
    assert found == {
        "age: there": (PASSED, ""),
        "age: dtype int64": (FAILED, "it is float64"),
        "age: not null": (FAILED, "not so in 1 row, first row 2: nan"),
        "age: >= 0": (FAILED, "not so in 1 row, first row 3: -2.0"),
    }


def test_a_demand_on_all_values_together_sees_all_rows(tmp_path: Path) -> None:
    text = "columns: {side: {unique_values_eq: [a, b]}}"
    frame = pd.DataFrame({"side": ["a", "a", "b"]})
    assert {status for status, _ in judged(tmp_path, text, frame, 1).values()} == {PASSED}
    assert [status for status, _ in judged(tmp_path, text, frame[:2], 1).values()].count(FAILED) == 1


def test_a_table_without_rows_still_has_columns(tmp_path: Path) -> None:
    found = judged(
        tmp_path, "columns: {a: {dtype: int64}, b: {}}", pd.DataFrame({"a": pd.array([], "int64")})
    )
    assert found["a: dtype int64"] == (PASSED, "")
    assert found["b: there"] == (FAILED, "the column is missing")


def test_nothing_is_dropped_or_warned_of_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "columns:\n  a: {ge: {value: 0, raise_warning: true}, lt: 5}\n"
        "index: [{dtype: int64}]\ndrop_invalid_rows: true\n",
        encoding="utf-8",
    )
    results, notes = check_schema(read_schema(path), Rows(pd.DataFrame({"a": [-1, 9]}), 1), "s.yaml")
    assert {r.name: r.status for r in results}["a: < 5"] is FAILED
    assert notes[0] == "s.yaml: what it demands of the index is passed over: rows have numbers only"
    assert "greater_than_or_equal_to(0)" in notes[1]


values = st.one_of(
    st.lists(st.integers(-(2**40), 2**40), min_size=6, max_size=6),
    st.lists(st.floats(allow_nan=True), min_size=6, max_size=6),
    st.lists(st.text(max_size=4), min_size=6, max_size=6),
    st.lists(st.sampled_from(["yes", "no", "1", "null", "a: b", "é"]), min_size=6, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.integers(0, 3), st.text(max_size=2)), min_size=6, max_size=6),
    st.lists(st.datetimes(pd.Timestamp(1980, 1, 1), pd.Timestamp(2100, 1, 1)), min_size=6, max_size=6),
)
names = st.one_of(
    st.text(min_size=1, max_size=6), st.sampled_from(["on", "id", "y", "no", "1", "~", "- a", "#"])
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, values, min_size=1, max_size=3))
def test_data_fulfil_the_schema_that_is_made_of_them(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[Any]]
) -> None:
    frame = pd.concat([pd.DataFrame(columns)] * 5, ignore_index=True)
    table = Rows(frame, 4)
    path = tmp_path_factory.mktemp("schema") / "s.yaml"
    path.write_text(infer_schema(table, "data", "data@1"), encoding="utf-8")
    results, notes = check_schema(read_schema(path), table, "s.yaml")
    assert [result for result in results if result.status is not PASSED] == []
    assert notes == []


def test_what_is_made_of_data_is_pandera_s_own(tmp_path: Path) -> None:
    from pandera.io import pandas_io

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "customer_id": range(100),
            "age": rng.integers(18, 90, 100),
            "spent": rng.normal(size=100),
            "plan": ["yes", "no"] * 50,
            "note": [f"text {number}" for number in range(99)] + [None],
            "since": pd.date_range("2020", periods=100),
        }
    )
    text = infer_schema(Rows(frame, 30), "customers", "customers@2")
    assert text.startswith("# What customers must look like")
    path = tmp_path / "customers.yaml"
    path.write_text(text, encoding="utf-8")
    schema = pandas_io.from_yaml(path)
    schema.validate(frame)
    assert {name: column.nullable for name, column in schema.columns.items()} == {
        **dict.fromkeys(frame.columns, False),
        "note": True,
    }
    assert schema.columns["customer_id"].unique
    assert not schema.columns["customer_id"].checks
    assert [check.statistics for check in schema.columns["plan"].checks] == [
        {"allowed_values": ["no", "yes"]}
    ]
    low, high = schema.columns["age"].checks
    assert (low.statistics, high.statistics) == (
        {"min_value": frame["age"].min()},
        {"max_value": frame["age"].max()},
    )


def test_a_key_of_several_columns_is_unique(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"]})
    path = tmp_path / "s.yaml"
    path.write_text(infer_schema(Rows(frame, 2), "d", "d", key=("a", "b")), encoding="utf-8")
    results, _ = check_schema(read_schema(path), Rows(pd.concat([frame, frame[1:2]]), 2), "s.yaml")
    failed = [(r.name, r.message) for r in results if r.status is FAILED]
    assert failed == [("unique a, b", "1 value more than once, in 2 rows, first 1, y in rows 2, 4")]


def test_columns_by_pattern_optional_or_converted(tmp_path: Path) -> None:
    text = """
columns:
  'n_.*': {regex: true, ge: 0}
  'm_.*': {regex: true, ge: 0}
  code: {dtype: int64, coerce: true}
  perhaps: {required: false, dtype: int64, unique: true}
"""
    frame = pd.DataFrame({"n_1": [1, -1, 2], "n_2": [5, 5, 5], "code": ["1", "2", "x"]})
    found = judged(tmp_path, text, frame)
    assert {name: result for name, result in found.items() if result[0] is not PASSED} == {
        "n_.*: >= 0": (FAILED, "not so in 1 row, first row 2: -1"),
        "m_.*: there": (FAILED, "no column is called so"),
        "m_.*: not null": (SKIPPED, "the column is missing"),
        "m_.*: >= 0": (SKIPPED, "the column is missing"),
        "code: dtype int64": (FAILED, "not so in 1 row, first row 3: x"),
        "perhaps: dtype int64": (SKIPPED, "the column is missing"),
        "perhaps: not null": (SKIPPED, "the column is missing"),
        "perhaps: unique": (SKIPPED, "missing: perhaps"),
    }


def test_several_columns_of_one_name(tmp_path: Path) -> None:
    frame = pd.DataFrame([["x", 1]], columns=["a", "a"])
    text = "columns: {a: {dtype: int64}}\nunique_column_names: true"
    found = judged(tmp_path, text, frame)
    assert sum(status is FAILED for status, _ in found.values()) >= 1
