"""Tables of everything that is opened: one set of dtypes over all chunks, nothing lost, clear refusals."""

from __future__ import annotations

import csv
import datetime
import decimal
import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.data import describe
from jupyter_mlops.data.columns import text_dtype
from jupyter_mlops.data.tables import Query, open_table
from jupyter_mlops.exceptions import NotFound, Refused

patient = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
LARGE = 2**53 + 1
TEXT = str(text_dtype())
SPLIT = 1_000  # rows that are read at once, see `parted`


def read(value: Any, size: int = 2) -> pd.DataFrame:
    """All rows, after a look at whether the table keeps its promises."""
    table = open_table(value, name="t")
    whole = table.frame()
    assert dict(table.schema) == {name: str(dtype) for name, dtype in whole.dtypes.items()}
    assert table.rows == len(whole)
    assert whole.index.equals(pd.RangeIndex(len(whole)))
    chunks = list(table.chunks(size))
    for chunk in chunks:
        assert len(chunk) <= size
        assert chunk.dtypes.to_dict() == whole.dtypes.to_dict()
        assert chunk.index.equals(pd.RangeIndex(len(chunk)))
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), whole)
    return whole


@pytest.fixture
def parted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few rows are read at once as ever are, as of a table with very many columns."""
    monkeypatch.setattr("jupyter_mlops.data.reading._CELLS", 1)


def csv_of(path: Path, columns: dict[str, Sequence[object]]) -> Path:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


WRITTEN = st.sampled_from(
    ["1", "-2", "", "0.5", "1e3", "007", "x", "True", "FALSE", "NA", "inf", "1.0", '"a\nb"', '"p,q"', "é"]
) | st.sampled_from([LARGE, 10**20, -(2**63) + 1])


def expect_as_pandas(path: Path, size: int) -> None:
    """As `pandas.read_csv` has it but for what would be lost."""
    ours, theirs = read(path, size), pd.read_csv(path, low_memory=False)
    for name in theirs:
        if ours[name].dtype == TEXT:  # beside numbers too large for it, pandas takes "" and NA for texts
            theirs[name] = theirs[name].where(~theirs[name].isin(["", "NA"]))
        if ours[name].dtype == theirs[name].dtype:
            pd.testing.assert_series_equal(ours[name], theirs[name])
        elif ours[name].dtype in ("Int64", "boolean"):
            assert theirs[name].dtype in ("float64", object)
            assert ours[name].isna().equals(theirs[name].isna())
        else:  # whole numbers that no integer holds, as they are written
            assert (str(ours[name].dtype), theirs[name].dtype in (object, float)) == (TEXT, True)
            numbers = theirs[name].dropna()
            assert list(map(type(numbers.iloc[0]), ours[name].dropna())) == list(numbers)


@given(st.lists(st.tuples(WRITTEN, WRITTEN), min_size=1, max_size=7))
@patient
def test_csv(tmp_path: Path, rows: list[Any]) -> None:
    a, b = zip(*rows, strict=True)
    expect_as_pandas(csv_of(tmp_path / "t.csv", {"a": a, "b": b, "c": [1] * len(rows)}), 2)


@pytest.mark.usefixtures("parted")
@given(st.lists(WRITTEN, min_size=2, max_size=4))
@settings(patient, max_examples=40)
def test_csv_that_is_read_in_parts(tmp_path: Path, values: list[Any]) -> None:
    column = [value for value in values for _ in range(SPLIT)]
    expect_as_pandas(csv_of(tmp_path / "t.csv", {"a": column, "c": [1] * len(column)}), SPLIT + 1)


@pytest.mark.usefixtures("parted")
@pytest.mark.parametrize(
    ("first", "then", "dtype", "values"),
    [
        ("1", "", "float64", [1.0, np.nan]),
        ("1", "2", "int64", [1, 2]),
        ("1", "0.5", "float64", [1.0, 0.5]),
        ("007", "x", TEXT, ["007", "x"]),
        ("007", "", "float64", [7.0, np.nan]),
        ("True", "", "boolean", [True, pd.NA]),
        ("TRUE", "x", TEXT, ["TRUE", "x"]),
        ("True", "1", TEXT, ["True", "1"]),
        ("", "x", TEXT, [np.nan, "x"]),
        ("", "", "float64", [np.nan, np.nan]),
        (str(LARGE), "", "Int64", [LARGE, pd.NA]),
        (str(LARGE), "0.5", "float64", [float(LARGE), 0.5]),
        ("1", str(2**63), "uint64", [1, 2**63]),
        ("-1", str(2**63), TEXT, ["-1", str(2**63)]),
        (str(10**20), "", TEXT, [str(10**20), np.nan]),
    ],
)
def test_the_dtype_of_a_csv_column_is_decided_over_all_of_it(
    first: str, then: str, dtype: str, values: list[Any], tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "t.csv", {"a": [first] * SPLIT + [then], "b": ["y"] * (SPLIT + 1)})
    table = open_table(path, name="t")
    assert dict(table.schema) == {"a": dtype, "b": TEXT}
    chunks = list(table.chunks(SPLIT))
    assert [str(chunk["a"].dtype) for chunk in chunks] == [dtype, dtype]
    ends = pd.concat([chunk["a"].iloc[:1] for chunk in chunks], ignore_index=True)
    pd.testing.assert_series_equal(ends, pd.Series(values, dtype=dtype, name="a"))


def test_csv_written_by_others(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n2,z\r\n')
    assert read(path).to_dict("list") == {"a": [1, 2], "b": ["x\r\ny", "z"]}
    path.write_bytes(b"a,b\n")
    assert list(read(path)) == ["a", "b"]
    path.write_bytes(b",a\n0,5\n")
    assert list(read(path)) == ["Unnamed: 0", "a"]
    tabs = tmp_path / "t.tsv"
    tabs.write_text("a\tb\n1\tx,y\n")
    assert read(tabs).to_dict("list") == {"a": [1], "b": ["x,y"]}


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_csv_parted_by_others(separator: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = ["\ufeffa,b", '1,"x,y"', "", "2,z"]
    path.write_text("\n".join(row.replace(",", separator) for row in rows))
    assert read(path).to_dict("list") == {"a": [1, 2], "b": [f"x{separator}y", "z"]}
    path.write_text(separator.join("ab") + "\n" + separator.join(["1,5", "2"]) + "\n")
    assert read(path).to_dict("list") == {"a": ["1,5"], "b": [2]}


FIELDS = st.text('a1;|\t,"\n é', max_size=4)


@given(st.integers(1, 3), st.data())
@patient
def test_csv_parted_by_commas_is_never_parted_otherwise(
    tmp_path: Path, width: int, data: st.DataObject
) -> None:
    drawn = st.text("ab1é" if width == 1 else 'ab;|\t,"é', min_size=1, max_size=4)
    names = drawn.filter(lambda name: name == name.strip())
    header = data.draw(st.lists(names, min_size=width, max_size=width, unique=True))
    rows = data.draw(st.lists(st.lists(FIELDS, min_size=width, max_size=width), max_size=4))
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    assert list(read(path)) == header


def test_csv_of_one_column_whose_rows_another_separator_parts_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;2\n3\n")
    assert read(path).to_dict("list") == {"a;b": ["1;2", "3"]}
    path.write_text("a;b|c\n1;2|3\n")
    assert list(read(path)) == ["a;b|c"]


def test_long_documents_in_csv(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", {"a": ["x" * 200_000, "y"], "b": ["", 1]})
    assert read(path)["a"].str.len().tolist() == [200_000, 1]


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("t.csv", b"a,b\n1,2\n1,2,3\n", "line 3: expected 2 fields, saw 3"),
        ("t.csv", b'a,b\n"x\ny",2\n3\n', "line 4: expected 2 fields, saw 1"),
        ("t.csv", b"a,b\n1,99999999999999999999\n3\n4,0.5\n", "line 3: expected 2 fields, saw 1"),
        ("t.csv", b"a,b\n1,x\n1,caf\xe9\n", "line 3: byte 0xe9 at offset 13"),
        ("t.csv", b"caf\xe9,b\n1,x\n", "line 1: byte 0xe9 at offset 3"),
        # each first field counts, as an index does
        ("t.csv", b"a,b\n0,1,2\n1,3,4\n", "line 2: expected 2 fields, saw 3"),
        ("t.csv", b"a,b\n \n0,1,2\n1,3,4\n", "line 3: expected 2 fields, saw 3"),
        ("t.tsv", b"a\tb\n0\t1\t2\n", "line 2: expected 2 fields, saw 3"),
        ("t.csv", b"a;b\n0;1;2\n1;3;4,5\n", "line 3: expected 1 fields, saw 2"),
        ("t.csv", b"a;b\n" + b"1;2\n" * 30 + b"3;4;5\n", "line 32: expected 2 fields, saw 3"),
        ("t.csv", b"", "empty"),
        ("t.csv", b"id,id,b,b\n1,2,3,4\n", "line 1 names more than one column 'b', 'id'"),
        ("t.parquet", b"", "empty"),
        ("t.parquet", b"PAR1nothing", "t.parquet"),
        ("t.jsonl", b"", "empty"),
        ("t.jsonl", b'{"a": 1}\n{"a": \n', "line 2"),
        ("t.jsonl", b'{"a": 1}\n{"a": "caf\xe9"}\n', "line 2: byte 0xe9 at offset 19"),
        ("t.jsonl", b'{"a": 1}\n\n{"a": null}\n{"a": "x"}\n', "line 4: column 'a' holds a text"),
        ("t.jsonl", b'{"a": true}\n{"a": 1}\n', "line 2: column 'a' holds a number"),
        ("t.json", b'[{"a": [1]}, {"a": {}}]', "record 2: column 'a' holds a record"),
        ("t.jsonl", b'{"a": "x"}\n{"a": "\\ud800"}\n', "line 2: it holds half of a surrogate pair"),
        ("t.jsonl", b'{"\\uDfff": 1}\n', "line 1: it holds half of a surrogate pair"),
        ("t.json", b'[{"a": "x"}, {"a": ["\\ud800"]}]', "record 2: it holds half of a surrogate pair"),
        ("t.json", b'{"a": 1}', "no table"),
        ("t.json", b"[1, 2]", "no table"),
        ("t.json", b"[" * 100_000, "t.json"),
        ("t.bin", b"x", "no table"),
    ],
)
def test_what_is_broken_is_refused_with_file_and_place(
    name: str, content: bytes, place: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Refused) as refusal:
        open_table(path, name="t").frame()
    assert str(path) in str(refusal.value)
    assert place in str(refusal.value)
    assert refusal.value.hint


def test_a_file_that_changes_between_two_looks_is_refused(tmp_path: Path) -> None:
    for name, content in (("t.csv", "a\n1\n2\n"), ("t.jsonl", '{"a": 1}\n{"a": 2}\n')):
        path = tmp_path / name
        path.write_text(content)
        table = open_table(path, name="t")
        assert table.rows == 2
        path.write_text(content * 2)
        with pytest.raises(Refused, match="changed while it was read"):
            list(table.chunks())


PIECES = [
    b"a,b",
    b"\n",
    b"\r",
    b'"',
    b",",
    b"1",
    b"x",
    b"\0",
    b"\xe9",
    b"\xef\xbb\xbf",
    b"[",
    b"]",
    b'{"a":',
    b"}",
    b"1e999",
]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "json", "parquet"])
@given(content=st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join) | st.binary(max_size=30))
@patient
def test_any_bytes_are_read_or_refused(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"t.{suffix}"
    path.write_bytes(content)
    try:
        read(path)
    except Refused as refusal:
        assert str(path) in str(refusal)
        assert refusal.hint


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name in ("x" * 300, "a\0b"):
        for read in (open_table, describe):
            with pytest.raises(Refused, match="cannot be read"):
                read(tmp_path / name, name="t")
    with pytest.raises(NotFound, match=r"x\.csv"):
        open_table(tmp_path / "x.csv", name="t")
    os.symlink(tmp_path / "nowhere", tmp_path / "l.csv")
    with pytest.raises(NotFound):
        open_table(tmp_path / "l.csv", name="t")


PARQUET = {
    "whole": pa.array([1, None, 3], pa.int32()),
    "large": pa.array([LARGE, None, 1], pa.int64()),
    "unsigned": pa.array([2**64 - 1, None, 1], pa.uint64()),
    "full": pa.array([LARGE, 2, 3], pa.int64()),
    "flag": pa.array([True, None, False]),
    "text": pa.array(["a", None, "c"]),
    "none": pa.nulls(3),
    "time": pa.array([0, None, 2], pa.timestamp("us", "UTC")),
    "date": pa.array([datetime.date(2020, 1, 1), None, datetime.date(2020, 1, 2)]),
    "money": pa.array([decimal.Decimal("1.10"), None, decimal.Decimal("2.00")]),
    "list": pa.array([[1], None, [2, 3]]),
    "label": pa.array(["x", None, "y"]).dictionary_encode(),
}


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("nested", [True, False])
def test_parquet(statistics: bool, nested: bool, tmp_path: Path) -> None:
    columns = {name: column for name, column in PARQUET.items() if nested or name != "list"}
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=1, write_statistics=statistics)
    found = read(path, 1)
    dtypes = {name: str(dtype) for name, dtype in found.dtypes.items()}
    assert [dtypes[name] for name in ("whole", "large", "unsigned", "full", "flag")] == [
        "float64",
        "Int64",
        "UInt64",
        "int64",
        "boolean",
    ]
    assert found["large"].iloc[0] == LARGE
    assert found["unsigned"].iloc[0] == 2**64 - 1
    theirs = pd.read_parquet(path)
    for name in columns.keys() - {"large", "unsigned", "flag"}:
        pd.testing.assert_series_equal(found[name], theirs[name])


def test_parquet_of_pandas_keeps_its_dtypes_and_its_index(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None, 3], "Int64"),
            "b": pd.array([True, None, False], "boolean"),
            "c": pd.Categorical(["x", "y", "x"], categories=["z", "y", "x"], ordered=True),
            "t": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "p": pd.period_range("2020", periods=3, freq="M"),
        },
        index=pd.Index([5, 6, 7], name="id"),
    )
    path = tmp_path / "t.parquet"
    frame.to_parquet(path, row_group_size=2)
    pd.testing.assert_frame_equal(read(path), frame.reset_index())
    pd.testing.assert_frame_equal(read(path), read(frame))
    frame.set_axis(list("uvw")).to_parquet(path)
    assert list(read(path)) == ["index", *frame.columns]
    frame.reset_index(drop=True)[["i"]][1:].to_parquet(path)
    assert list(read(path)) == ["i"]


def test_parquet_with_two_columns_of_one_name_and_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table([pa.array([1, None]), pa.array(["x", "y"])], names=["a", "a"]), path)
    assert {name: str(dtype) for name, dtype in read(path).dtypes.items()} == {"a": "float64", "a.1": TEXT}
    pq.write_table(pa.table(PARQUET).slice(0, 0), path)
    assert list(read(path)) == list(PARQUET)


def test_json_lines_keep_what_each_value_is(tmp_path: Path) -> None:
    records = [
        {"id": "007", "n": LARGE, "f": 1, "b": True, "d": "2020-01-01", "l": [1], "huge": 10**30},
        {"id": "8", "n": None, "f": 0.5, "b": None, "d": "x", "l": None, "huge": 1},
        {"id": "9", "late": "é"},
    ]
    lines, listed = tmp_path / "t.jsonl", tmp_path / "t.json"
    lines.write_text("\n".join(map(json.dumps, records)))
    listed.write_text(json.dumps(records))
    found = read(lines)
    pd.testing.assert_frame_equal(found, read(listed))
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {
        "id": TEXT,
        "n": "Int64",
        "f": "float64",
        "b": "boolean",
        "d": TEXT,
        "l": "object",
        "huge": "object",
        "late": TEXT,
    }
    assert found["id"].tolist() == ["007", "8", "9"]
    assert (found["n"].iloc[0], found["huge"].iloc[0]) == (LARGE, 10**30)


def test_frames_and_what_becomes_one() -> None:
    frame = pd.DataFrame({1: [1, 2], "1": ["x", "y"]}, index=pd.Index(["u", "v"], name="1"))
    assert list(read(frame)) == ["1", "1.1", "1.2"]
    assert list(read(pd.DataFrame({("a", "b"): [1]}))) == ["('a', 'b')"]
    two = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", None])
    assert list(read(pd.DataFrame({"v": [1, 2]}, index=two))) == ["x", "level_1", "v"]
    assert list(read(pd.DataFrame({"v": [1, 2, 3]})[1:])) == ["v"]
    assert read(pd.Series([1, 2], name="s")).to_dict("list") == {"s": [1, 2]}
    assert read(pa.table({"a": [1, 2, 3]}))["a"].tolist() == [1, 2, 3]
    assert read([{"a": 1}, {"b": "x"}]).shape == (2, 2)
    assert read({"a": [1, 2]}).shape == (2, 1)
    assert read(pd.DataFrame()).shape == (0, 0)


def test_arrays() -> None:
    assert read(np.arange(3)).to_dict("list") == {"values": [0, 1, 2]}
    assert list(read(np.zeros((3, 2)))) == ["0", "1"]
    assert read(np.zeros((3, 2, 2))).shape == (3, 4)
    assert read(np.zeros((0, 2))).shape == (0, 2)
    assert list(read(np.zeros(2, [("x", "i4"), ("y", "f8")]))) == ["x", "y"]
    with pytest.raises(Refused, match="dimensions"):
        open_table(np.array(1), name="t")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.txt").write_text("xyz")
    (tmp_path / "a.csv").write_text("")
    os.symlink("nowhere", tmp_path / "link")
    found = read(tmp_path)
    assert found[["path", "size"]].values.tolist() == [["a.csv", 0], ["deep/b.txt", 3], ["link", 0]]
    assert found["digest"].nunique() == 3
    assert open_table(tmp_path, name="t").size == 3


def test_a_folder_of_images(tmp_path: Path) -> None:
    from PIL import Image

    for name, size in (("train/cat/1.png", (4, 3)), ("test/dog/1.jpg", (2, 2)), ("test/dog/2.jpg", (5, 1))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size).save(tmp_path / name)
    (tmp_path / ".DS_Store").write_text("")
    (tmp_path / "metadata.csv").write_text("file_name\n")
    found = read(tmp_path)
    assert list(found) == ["path", "split", "label", "width", "height", "format", "size", "digest"]
    assert found.iloc[2, :6].tolist() == ["train/cat/1.png", "train", "cat", 4, 3, "PNG"]
    assert list(found["size"]) == [(tmp_path / path).stat().st_size for path in found["path"]]
    (tmp_path / "test" / "dog" / "3.jpg").symlink_to("nowhere")
    labelled = read(tmp_path / "test")
    assert list(labelled) == ["path", "label", "width", "height", "format", "size", "digest"]
    assert labelled["label"].tolist() == ["dog", "dog", "dog"]
    assert labelled.iloc[2, [2, 3, 5, 6]].tolist() == [0, 0, 0, "-> nowhere"]
    flat = read(tmp_path / "train" / "cat")
    assert list(flat) == ["path", "width", "height", "format", "size", "digest"]
    assert flat.iloc[0, :4].tolist() == ["1.png", 4, 3, "PNG"]
    (tmp_path / "test" / "dog" / "2.jpg").write_text("no image")
    with pytest.raises(Refused, match=r"2\.jpg"):
        open_table(tmp_path, name="t").frame()


def test_a_url(tmp_path: Path) -> None:
    import fsspec

    files = fsspec.filesystem("memory")
    with files.open("/tables/t.csv", "w") as file:
        file.write("a\n1\n2\n")
    table = open_table("memory://tables/t.csv", name="t")
    assert (table.frame()["a"].tolist(), table.rows) == ([1, 2], 2)
    found = describe("memory://tables/t.csv", name="t")
    assert (found.rows, found.source, found.source_type, found.size) == (
        2,
        "memory://tables/t.csv",
        "memory",
        6,
    )
    files.pipe("/folder/deep/x.bin", b"123")
    assert read("memory://folder")["path"].tolist() == ["deep/x.bin"]
    local = tmp_path / "a b.csv"
    local.write_text("a\n1\n2\n")
    assert describe(local.as_uri(), name="t").digest == describe(local, name="t").digest == found.digest
    with pytest.raises(NotFound, match="nothing at memory://tables/no.csv"):
        open_table("memory://tables/no.csv", name="t")
    with pytest.raises(Refused, match="nosuch://"):
        open_table("nosuch://x/t.csv", name="t")
    with files.open("/tables/bad.csv", "w") as file:
        file.write("a,b\n1\n")
    with pytest.raises(Refused, match=r"memory://tables/bad\.csv: line 2"):
        open_table("memory://tables/bad.csv", name="t").frame()


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, price REAL, note, data BLOB)")
        rows = [(LARGE, 0.5, "007", b"\0"), (None, None, None, None), (3, 1.5, "x:y % z", b"z")]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{path}"


def test_a_query(database: str) -> None:
    query = Query(database, "SELECT *, id FROM orders WHERE note IS NULL OR note != ':x %s'")
    found = read(query)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {
        "id": "Int64",
        "price": "float64",
        "note": TEXT,
        "data": "object",
        "id.1": "Int64",
    }
    assert (found["id"].iloc[0], found["note"].iloc[0]) == (LARGE, "007")
    assert list(read(Query(database, "-- none\nSELECT id FROM orders WHERE id = 7"))) == ["id"]
    version = describe(query, name="orders")
    assert (version.rows, version.source_type) == (3, "sqlite")
    assert version.source == f"{database} {query.sql}"


def test_a_query_that_cannot_be(database: str, tmp_path: Path) -> None:
    for query, said in (
        (Query(database, "SELECT nosuch FROM orders"), "no such column"),
        (Query(database, "DELETE FROM orders"), "no statement that only reads"),
        (Query(database, "WITH a AS (SELECT 1) DELETE FROM orders"), "refused"),
        (
            Query(database, "SELECT 1 AS a UNION ALL SELECT 'x'"),
            "row 2 of the answer: column 'a' holds a text",
        ),
        (Query(f"sqlite:///{tmp_path}/typo.db", "SELECT 1"), "no such file"),
        (Query("no url", "SELECT 1"), "no SQLAlchemy URL"),
        (Query("nosuch://u:geheim@h/d", "SELECT 1"), "no known kind"),
        (Query("mssql+pyodbc://u:geheim@h/d", "SELECT 1"), "pyodbc"),
    ):
        with pytest.raises(Refused, match=said) as refusal:
            open_table(query, name="t").frame()
        assert "geheim" not in str(refusal.value) + repr(query) + (refusal.value.hint or "")
    assert not (tmp_path / "typo.db").exists()
    assert open_table(Query(database, "SELECT * FROM orders"), name="t").rows == 3


@given(
    st.lists(
        st.sampled_from(["007", "7", "1e5", "1.50", "", "NA", "True", " 3", "36893488147419103232", "x"]),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 7),
)
@patient
def test_a_csv_column_that_is_asked_for_as_text_is_as_it_is_written(
    tmp_path: Path, values: list[str], size: int
) -> None:
    path = csv_of(tmp_path / "codes.csv", {"code": values, "n": range(len(values))})
    guessed = open_table(path, name="t")
    table = guessed.as_text({"code", "nothing"})
    assert dict(table.schema) == {"code": TEXT, "n": "int64"}
    frame = pd.concat(table.chunks(size), ignore_index=True)
    written = [None if value in ("", "NA") else value for value in values]
    assert frame["code"].astype(object).where(frame["code"].notna(), None).tolist() == written
    assert frame["n"].tolist() == list(range(len(values)))
    assert guessed.schema == open_table(path, name="t").schema  # it is as it was


def test_only_files_without_types_have_texts_to_tell(tmp_path: Path) -> None:
    frame = pd.DataFrame({"code": [7, 8]})
    frame.to_parquet(tmp_path / "codes.parquet")
    for value in (frame, tmp_path / "codes.parquet"):
        assert dict(open_table(value, name="t").as_text({"code"}).schema) == {"code": "int64"}
