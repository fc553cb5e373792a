"""Dataset versions of everything that is accepted, and clear refusals of the rest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.data import describe, file_digest, folder_digest, frame_digest
from jupyter_mlops.data.columns import text_dtype
from jupyter_mlops.exceptions import NotFound, Refused

TEXT = str(text_dtype())
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 1.5]})


def test_a_frame() -> None:
    found = describe(FRAME, name="t", source="s3://bucket/t", context="training", tags={"pii": "no"})
    assert found.digest == frame_digest(FRAME)
    assert (found.name, found.rows, found.schema_) == ("t", 3, {"a": "int64", "b": "float64"})
    assert (found.source, found.source_type) == ("s3://bucket/t", "s3")
    assert (found.context, found.tags) == ("training", {"pii": "no"})


def test_a_series_an_array_and_records() -> None:
    assert describe(FRAME["a"], name="t").schema_ == {"a": "int64"}
    array = describe(np.zeros((4, 2, 3), "f4"), name="t")
    assert (array.rows, array.schema_) == (4, {"values": "float32[2, 3]"})
    assert describe(np.zeros(2, [("x", "i4"), ("y", "f8")]), name="t").schema_ == {
        "x": "int32",
        "y": "float64",
    }
    assert describe(np.array(1), name="t").rows is None
    records = describe([{"a": 1, "b": 0.5}, {"a": 2}, {"a": 3, "b": 1.5}], name="t")
    assert records.digest == describe({"a": [1, 2, 3], "b": [0.5, None, 1.5]}, name="t").digest
    assert records.digest == frame_digest(FRAME)
    assert describe([], name="t").rows == 0


def test_equal_column_names_are_all_in_the_schema() -> None:
    frame = pd.DataFrame([[1, 0.5, "x"]], columns=["a", "a", "a.1"])
    assert len(describe(frame, name="t").schema_) == 3


def test_an_arrow_table() -> None:
    import pyarrow as pa

    assert describe(pa.table({"a": [1, 2, 3]}), name="t").digest == frame_digest(FRAME[["a"]])


@pytest.mark.parametrize("value", ["data.csv", 3, None, {1, 2}, [1, 2], {"a": 1}, pd.DataFrame, object()])
def test_other_values_are_refused_with_what_is_accepted(value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        describe(value, name="orders")
    assert "'orders'" in str(refusal.value)
    assert refusal.value.hint


def test_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "t.CSV"
    FRAME.to_csv(path, index=False)
    found = describe(path, name="t")
    assert (found.rows, found.schema_) == (3, {"a": "int64", "b": "float64"})
    assert (found.digest, found.source, found.source_type) == (file_digest(path), str(path), "local")


def test_a_csv_file_longer_than_a_chunk(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n" * 250_000 + "0.5,y\n")
    assert describe(path, name="t").schema_["a"] == "float64"
    assert describe(path, name="t").rows == 250_001


def test_csv_oddities_that_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for text, rows in (
        ("\ufeffa,b\n1,2\n", 1),
        ("a,b\n\n1,\n\n", 1),
        ('a,b\n"x\ny",\n', 1),
        ("a,b\n", 0),
        ("a\n1\n\n", 1),
    ):
        path.write_text(text, encoding="utf-8")
        assert describe(path, name="t").rows == rows, text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"a,b\n1,2\n1,2,3\n", "line 3"),
        (b"a,b\n1,2,3\n1,2,3\n", "line 2"),
        (b"a,b\n1,2\n3\n", "line 3"),
        (b"a,b\n1,caf\xe9\n", "byte"),
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b,a\n1,2,3\n", "line 1 names more than one column 'a'"),
    ],
)
def test_a_broken_csv_names_file_and_place(text: bytes, place: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text)
    with pytest.raises(Refused) as refusal:
        describe(path, name="t")
    assert str(path) in str(refusal.value)
    assert place in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.hint


def test_a_parquet_file_by_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    FRAME.to_parquet(path)
    found = describe(path, name="t")
    assert (found.rows, found.schema_) == (3, {"a": "int64", "b": "float64"})
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(Refused, match=r"t\.parquet"):
        describe(path, name="t")


def test_json_lines(tmp_path: Path) -> None:
    for name in ("t.jsonl", "t.json"):
        path = tmp_path / name
        path.write_text('{"a": 1, "b": "x"}\n\n{"a": 2, "b": "y"}\n')
        found = describe(path, name="t")
        assert (found.rows, list(found.schema_)) == (2, ["a", "b"])


@pytest.mark.parametrize(("line", "place"), [('{"a": 1', "line 2"), ("[1, 2]", "line 2"), ("3", "line 2")])
def test_broken_json_lines(line: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"a": 1}}\n{line}\n')
    with pytest.raises(Refused, match=place) as refusal:
        describe(path, name="t")
    assert str(path) in str(refusal.value)


def test_json_documents(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text('[{"a": 1}, {"a": 2}]')
    assert describe(path, name="t").rows == 2
    path.write_text('{"nested": [1, 2]}')
    assert describe(path, name="t").rows is None
    path.write_text('{"nested": ')
    with pytest.raises(Refused, match="line 1"):
        describe(path, name="t")


def test_other_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"abc")
    assert describe(tmp_path / "x.bin", name="t").rows is None
    found = describe(tmp_path, name="t")
    assert (found.digest, found.rows, found.schema_) == (
        folder_digest(tmp_path),
        1,
        {"path": TEXT, "size": "int64", "digest": TEXT},
    )


def test_missing_files_come_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("a\n1\n")
    with pytest.raises(NotFound, match=r"custmers\.csv") as missing:
        describe(tmp_path / "custmers.csv", name="t")
    assert "customers.csv" in (missing.value.hint or "")
    with pytest.raises(NotFound) as missing:
        describe(tmp_path / "no" / "x.csv", name="t")
    assert str(tmp_path / "no") in (missing.value.hint or "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.csv")
    with pytest.raises(Refused, match="regular"):
        describe(tmp_path / "p.csv", name="t")
