"""Kinds of columns."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from jupyter_mlops.data.columns import kind_of, kind_of_labels
from jupyter_mlops.entities.data import ColumnKind

K = ColumnKind
DAY = datetime.datetime(2020, 1, 1)


def objects(*values: Any) -> pd.Series[Any]:
    held = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        held[place] = value
    return pd.Series(held)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pd.Series([1, 2]), K.NUMBER),
        (pd.Series([1.5, None]), K.NUMBER),
        (pd.Series([1, None], dtype="Int64"), K.NUMBER),
        (pd.Series([None, None], dtype="float64"), K.NUMBER),
        (pd.Series(pd.arrays.SparseArray([0, 1])), K.NUMBER),
        (objects(decimal.Decimal(1), None), K.NUMBER),
        (objects(10**30, 1), K.NUMBER),
        (pd.Series([True, False]), K.BOOLEAN),
        (pd.Series([True, None], dtype="boolean"), K.BOOLEAN),
        (objects(True, None), K.BOOLEAN),
        (pd.Series([DAY]), K.TIME),
        (pd.Series([DAY]).dt.tz_localize("UTC"), K.TIME),
        (pd.Series([datetime.timedelta(1)]), K.TIME),
        (pd.Series(pd.period_range("2020", periods=2, freq="M")), K.TIME),
        (objects(DAY.date(), None), K.TIME),
        (objects(DAY, None), K.TIME),
        (objects(datetime.timedelta(1)), K.TIME),
        (pd.Series(["a", None]), K.CATEGORY),
        (objects("a", 1), K.CATEGORY),
        (objects(None, None), K.CATEGORY),
        (objects(), K.CATEGORY),
        (pd.Series([1, 2], dtype="category"), K.CATEGORY),
        (pd.Series(range(5000)).astype(str).astype("category"), K.CATEGORY),
        (pd.Series(pd.interval_range(0, 2)), K.CATEGORY),
        (pd.Series([f"name {n}" for n in range(60)]), K.TEXT),
        (pd.Series([f"name {n}" for n in range(60)] * 2), K.CATEGORY),
        (pd.Series([f"name {n}" for n in range(50)]), K.CATEGORY),
        (pd.Series([f"name {n % 1001}" for n in range(30_000)]), K.TEXT),
        (objects([1], [2]), K.OTHER),
        (objects({"a": 1}), K.OTHER),
        (objects("a", [1]), K.OTHER),
        (objects((1,)), K.OTHER),
        (objects(b"a"), K.OTHER),
        (objects(np.array([1])), K.OTHER),
        (pd.Series([1j]), K.OTHER),
        (pd.Series([1, None], dtype=pd.ArrowDtype(pa.int64())), K.NUMBER),
        (pd.Series([DAY], dtype=pd.ArrowDtype(pa.timestamp("us"))), K.TIME),
        (pd.Series([DAY.date()], dtype=pd.ArrowDtype(pa.date32())), K.TIME),
        (pd.Series(["a"], dtype=pd.ArrowDtype(pa.string())), K.CATEGORY),
        (pd.Series([[1]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))), K.OTHER),
    ],
)
def test_what_the_values_are(column: pd.Series[Any], kind: ColumnKind) -> None:
    assert kind_of(column) is kind


def test_many_labels_are_text() -> None:
    assert kind_of_labels(1000, 2000) is K.CATEGORY
    assert kind_of_labels(1001, 10**6) is K.TEXT
    assert kind_of_labels(51, 100) is K.TEXT
    assert kind_of_labels(50, 50) is K.CATEGORY
