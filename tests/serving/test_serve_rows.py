"""Requests and answers as rows: MLflow's formats, all values kept, nothing else let through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.serving.server.rows import Exchange, NotRows, rows_of

WHEN = datetime(2026, 1, 2, 3, 4, 5, 600, UTC)
OWN = {"model_version": "churn@3", "time": "2026-01-02T03:04:05.000600Z"}
names = st.text(max_size=5)
scalars = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(max_size=5)
scalars |= st.floats(allow_nan=False, allow_infinity=False)
tables = st.lists(names, unique=True, min_size=1, max_size=4).flatmap(
    lambda columns: st.lists(st.fixed_dictionaries(dict.fromkeys(columns, scalars)), min_size=1, max_size=4)
)


def exchange(asked: Any, predictions: Any, kind: str = "application/json", **inputs: str) -> Exchange:
    """As it came and went; what is no bytes, as JSON."""
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    answer = json.dumps({"predictions": predictions}).encode()
    return Exchange(WHEN, "churn@3", kind, body, answer, inputs)


@given(tables)
def test_every_format_gives_the_rows_that_were_asked(table: list[dict[str, Any]]) -> None:
    columns = list(table[0])
    split = {"columns": columns, "index": [7] * len(table), "data": [[r[c] for c in columns] for r in table]}
    inputs = {name: [row[name] for row in table] for name in columns}
    predictions = list(range(len(table)))
    for asked in (
        {"dataframe_split": split},
        {"dataframe_records": table, "params": {"x": 1}},
        {"instances": table},
        {"inputs": inputs},
    ):
        rows = rows_of(exchange(asked, predictions, "application/json; charset=utf-8"))
        assert [{name: row[name] for name in columns} for row in rows] == table
        assert [len(row) for row in rows] == [len(columns) + 3] * len(table)
        for row, prediction in zip(rows, predictions, strict=True):
            assert prediction in row.values()
            json.dumps(row, allow_nan=False)


def test_ours_come_after_and_give_way_to_columns_of_their_names() -> None:
    rows = rows_of(exchange({"instances": [{"time": 1, "prediction": "a"}]}, ["b"]))
    assert rows == [
        {"time": 1, "prediction": "a", "prediction_": "b", "model_version": "churn@3", "time_": OWN["time"]}
    ]


@pytest.mark.parametrize(
    ("predictions", "told"),
    [
        (["yes"], {"prediction": "yes"}),
        ([[0.25]], {"prediction": 0.25}),
        ([[0.25, 0.75]], {"prediction.0": 0.25, "prediction.1": 0.75}),
        ([{"low": 1, "high": 2}], {"prediction.low": 1, "prediction.high": 2}),
        ([{"0": 3}], {"prediction.0": 3}),
    ],
)
def test_an_answer_of_several_values_has_several_columns(predictions: Any, told: dict[str, Any]) -> None:
    assert rows_of(exchange({"inputs": [[5]]}, predictions)) == [{"0": 5, **told, **OWN}]


def test_tensors_have_columns_by_their_place() -> None:
    asked = [[1, 2], [3, 4]]
    for name in ("inputs", "instances"):
        rows = rows_of(exchange({name: asked}, [0, 1]))
        assert [(row["0"], row["1"]) for row in rows] == [(1, 2), (3, 4)]
    assert [row["0"] for row in rows_of(exchange({"inputs": [1.5, 2.5]}, [0, 1]))] == [1.5, 2.5]
    assert [row["a"] for row in rows_of(exchange({"inputs": {"a": 5}}, [0]))] == [5]


def test_csv_is_read_as_the_signature_has_it() -> None:
    body = pd.DataFrame({"zip": ["01234", "9"], "age": [0.1 + 0.2, None], "n": [1, 2]}).to_csv(index=False)
    types = {"zip": "string", "age": "double", "n": "long"}
    rows = rows_of(exchange(body.encode(), ["a", "b"], "text/csv; charset=utf-8", **types))
    assert rows[0] == {"zip": "01234", "age": 0.1 + 0.2, "n": 1, "prediction": "a", **OWN}
    assert rows[1]["age"] is None
    assert type(rows[1]["n"]) is int


def test_numbers_that_no_table_could_hold_are_made_to_fit() -> None:
    body = b'{"instances": [{"a": NaN, "b": Infinity, "c": 1000000000000000000000, "d": true}]}'
    assert rows_of(exchange(body, [0]))[0] == {
        "a": None,
        "b": None,
        "c": 1e21,
        "d": True,
        "prediction": 0,
        **OWN,
    }


@pytest.mark.parametrize(
    ("asked", "predictions", "kind"),
    [
        (b"{", [0], "application/json"),
        (b"\xff\xfe", [0], "application/json"),
        (b"[" * 100_000, [0], "application/json"),
        ([1], [0], "application/json"),
        ("inputs", [0], "application/json"),
        ({"messages": [{"role": "user"}]}, [0], "application/json"),
        ({"inputs": [1], "instances": [1]}, [0], "application/json"),
        ({"inputs": [1, 2]}, [0], "application/json"),
        ({"inputs": [1]}, "yes", "application/json"),
        ({"inputs": [1]}, {"a": 1}, "application/json"),
        ({"inputs": [[[1]]]}, [0], "application/json"),
        ({"inputs": [1, [2]]}, [0, 1], "application/json"),
        ({"inputs": {"a": [1, 2], "b": [1]}}, [0, 1], "application/json"),
        ({"instances": "text"}, [0], "application/json"),
        ({"dataframe_records": [{"a": {"b": 1}}]}, [0], "application/json"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, [0], "application/json"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, [0], "application/json"),
        ({"dataframe_split": [1]}, [0], "application/json"),
        ({"inputs": [1]}, [0], "application/vnd.apache.parquet"),
        (b"", [0], "text/csv"),
        (b"a,b\n1,2,3,4\n1\n", [0], "text/csv"),
    ],
)
def test_what_is_no_table_is_no_rows(asked: Any, predictions: Any, kind: str) -> None:
    with pytest.raises(NotRows):
        rows_of(exchange(asked, predictions, kind))


json_values = st.recursive(
    scalars | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)
keys = st.sampled_from(["dataframe_split", "dataframe_records", "inputs", "instances", "columns", "data"])


@given(
    st.dictionaries(keys, json_values | st.dictionaries(keys, json_values, max_size=3), max_size=2),
    json_values,
    st.sampled_from(["application/json", "text/csv", "APPLICATION/JSON;charset=utf-8", ""]),
)
def test_whatever_was_sent_is_rows_that_can_be_written_or_none(asked: Any, answer: Any, kind: str) -> None:
    try:
        rows = rows_of(exchange(asked, answer, kind))
    except NotRows:
        return
    for row in rows:
        assert OWN.items() <= row.items() or "time_" in row or "model_version_" in row
        json.dumps(row, allow_nan=False)


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(["application/json", "text/csv"]))
def test_any_bytes_are_rows_or_none(asked: bytes, answer: bytes, kind: str) -> None:
    try:
        rows_of(Exchange(WHEN, "churn@3", kind, asked, answer))
    except NotRows:
        return
