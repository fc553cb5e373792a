"""What separates two tables is told as a person would tell it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.data.diff import diff_tables
from jupyter_mlops.data.difference import reading
from jupyter_mlops.data.difference.spill import Spill
from jupyter_mlops.data.reading import CHUNK, FrameTable
from jupyter_mlops.data.tables import open_table
from jupyter_mlops.entities import ColumnDiff, DataDiff, RowDiff
from jupyter_mlops.exceptions import NotFound, Refused

patient = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
BASE = pd.DataFrame(
    {"id": [1, 2, 3, 4], "name": ["ann", "bob", "cyd", None], "score": [0.5, 1.0, np.nan, 2.5]}
)


class Small(FrameTable):
    """A table that comes in several chunks however few rows it has."""

    def __init__(self, frame: pd.DataFrame, size: int) -> None:
        super().__init__(frame, "data")
        self._rows = size

    def chunks(self, size: int = CHUNK) -> Iterator[pd.DataFrame]:
        return super().chunks(self._rows)


def diff(left: pd.DataFrame, right: pd.DataFrame, *key: str) -> DataDiff:
    return diff_tables(Small(left, 3), Small(right, 2), key=key, labels=("a.csv", "b.csv"))


def column(found: DataDiff, name: str) -> ColumnDiff:
    return next(column for column in found.columns if column.name == name)


def test_the_same_table_is_identical() -> None:
    for key in ((), ("id",)):
        found = diff(BASE, BASE.copy(), *key)
        assert found.identical
        assert (found.added, found.removed, found.changed) == (0, 0, 0 if key else None)
        assert not found.reordered
        assert [(each.change, each.changed) for each in found.columns] == [("same", 0)] * 3
        assert found.examples == found.notes == ()


def test_rows_are_matched_by_key() -> None:
    right = BASE.iloc[[3, 0, 2]].assign(score=[2.5, 0.75, np.nan])
    right = pd.concat([right, pd.DataFrame({"id": [9], "name": ["zoe"], "score": [1.5]})])
    found = diff(BASE, right, "id")
    assert (found.left_rows, found.right_rows) == (4, 4)
    assert (found.added, found.removed, found.changed) == (1, 1, 1)
    assert (column(found, "score").change, column(found, "score").changed) == ("changed", 1)
    assert (column(found, "name").change, column(found, "name").changed) == ("same", 0)
    assert found.examples == (
        RowDiff(change="changed", key={"id": "1"}, left={"score": "0.5"}, right={"score": "0.75"}),
        RowDiff(change="added", key={"id": "9"}, right={"name": "zoe", "score": "1.5"}),
        RowDiff(change="removed", key={"id": "2"}, left={"name": "bob", "score": "1.0"}),
    )
    assert not found.identical


def test_a_key_of_two_columns() -> None:
    left = pd.DataFrame({"shop": ["x", "x", "y"], "day": [1, 2, 1], "sold": [5, 6, 7]})
    found = diff(left, left.assign(sold=[5, 8, 7]), "shop", "day")
    assert found.key == ("shop", "day")
    assert found.examples == (
        RowDiff(change="changed", key={"shop": "x", "day": "2"}, left={"sold": "6"}, right={"sold": "8"}),
    )


def test_the_same_rows_in_another_order() -> None:
    for key in ((), ("id",)):
        found = diff(BASE, BASE.iloc[::-1], *key)
        assert found.reordered
        assert not found.identical
        assert (found.added, found.removed) == (0, 0)
        assert {each.change for each in found.columns} == {"same"}


def test_without_a_key_rows_are_the_same_if_all_values_are() -> None:
    left = pd.DataFrame({"a": [1, 1, 1, 2], "b": ["x", "x", "x", "y"]})
    right = pd.DataFrame({"a": [3, 2, 1], "b": ["z", "y", "x"]})
    found = diff(left, right)
    assert (found.added, found.removed, found.changed) == (1, 2, None)
    assert [each.key for each in found.examples] == [{"row": "1"}, {"row": "2"}, {"row": "3"}]
    assert found.examples[0].right == {"a": "3", "b": "z"}
    assert [(each.change, each.changed) for each in found.columns] == [("changed", None)] * 2
    assert found.notes == ("without a key, a changed row counts as one removed and one added",)


def test_rows_put_in_change_no_value() -> None:
    found = diff(BASE, pd.concat([BASE.iloc[:1].assign(id=0), BASE]))
    assert (found.added, found.removed) == (1, 0)
    assert [(each.change, each.changed) for each in found.columns] == [("same", 0)] * 3


def test_without_a_key_few_changes_are_told_by_place() -> None:
    left = pd.DataFrame({"a": range(20), "b": list("abcdefghijklmnopqrst")})
    right = left.assign(b=["!", *left["b"][1:]])
    found = diff(left, right)
    assert (found.added, found.removed, found.changed) == (1, 1, None)
    assert (column(found, "a").changed, column(found, "b").changed) == (0, 1)
    assert found.notes == ("without a key, rows are compared by their place: 1 row differs; a may be a key",)
    assert found.examples == (RowDiff(change="changed", key={"row": "1"}, left={"b": "a"}, right={"b": "!"}),)


def test_a_column_that_was_computed_anew_is_told_by_place() -> None:
    left = pd.DataFrame({"a": range(20), "b": range(20, 40), "flag": [True] * 20})
    found = diff(left, left.assign(b=left["b"] / 3))
    assert (column(found, "a").changed, column(found, "b").changed) == (0, 20)


def test_rows_that_do_not_belong_together_are_not_compared_by_place() -> None:
    left = pd.DataFrame({"a": range(50), "flag": [True] * 50})
    found = diff(left, left.assign(a=left["a"] + 1))  # the first is gone, and one more at the end
    assert (found.added, found.removed) == (1, 1)
    assert column(found, "a").changed is None
    assert found.examples[0] == RowDiff(change="added", key={"row": "50"}, right={"a": "50", "flag": "True"})


def test_columns_added_dropped_and_retyped() -> None:
    right = BASE.drop(columns="name").assign(id=BASE["id"].astype(float), extra=1)
    found = diff(BASE, right, "id")
    assert [(each.name, each.change) for each in found.columns] == [
        ("id", "retyped"),
        ("name", "dropped"),
        ("score", "same"),
        ("extra", "added"),
    ]
    assert (column(found, "id").left_dtype, column(found, "id").right_dtype) == ("int64", "float64")
    assert (column(found, "name").right_dtype, column(found, "extra").left_dtype) == (None, None)
    assert (found.added, found.removed, found.changed) == (0, 0, 0)
    assert not found.identical


def test_a_retyped_column_changes_rows_only_where_values_differ() -> None:
    left = pd.DataFrame({"id": [1, 2, 3], "n": [1, 2, 2**53 + 1]})
    found = diff(left, left.astype({"n": "float64"}), "id")
    assert (column(found, "n").change, column(found, "n").changed, found.changed) == ("retyped", 1, 1)
    assert found.examples[0].left == {"n": "9007199254740993"}


def test_numbers_as_text_are_told_apart_and_named() -> None:
    left = pd.DataFrame({"id": [1, 2], "n": [1, 2]})
    found = diff(left, left.astype({"n": str}), "id")
    assert (column(found, "n").change, found.changed) == ("retyped", 2)
    assert (found.examples[0].left, found.examples[0].right) == ({"n": "np.int64(1)"}, {"n": "'1'"})
    assert found.notes[0].startswith("n is number (int64) in a.csv but text (str) in b.csv: no value")


def test_ways_to_hold_text_are_no_other_type() -> None:
    found = diff(BASE, BASE.astype({"name": object}), "id")
    assert found.identical
    assert column(diff(BASE, BASE.astype({"name": "category"}), "id"), "name").change == "retyped"


def test_times_without_a_zone_are_taken_as_utc_and_that_is_said() -> None:
    left = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=3, unit="s")})
    right = left.assign(t=left["t"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.as_unit("ns"))
    found = diff(left, right)
    assert (found.added, found.removed) == (0, 0)
    assert column(found, "t").change == "retyped"
    assert found.notes == ("t has a time zone in b.csv only; the other is taken as UTC",)


def test_texts_are_compared_with_times_and_that_is_said() -> None:
    left = pd.DataFrame({"day": ["2024-01-01", "2024-01-02", "?"], "n": [1, 2, 3]})
    right = left.assign(day=pd.to_datetime(["2024-01-01", "2024-01-03", None]))
    found = diff(left, right)
    assert (found.added, found.removed, column(found, "day").change) == (2, 2, "retyped")
    assert found.notes[0] == "day is text in a.csv, compared as the time that it tells in ISO 8601"
    assert diff(left[:2], right[:2].assign(n=[4, 5]), "day").added == 1


def test_floats_of_two_sizes_are_compared_as_the_smaller_and_that_is_said() -> None:
    left = pd.DataFrame({"x": [0.1, 0.2]})
    found = diff(left, left.astype("float32"))
    assert (found.added, column(found, "x").change) == (0, "retyped")
    assert found.notes == ("x is compared as float32, the coarser of the two",)


def test_values_that_pandas_cannot_compare() -> None:
    left = pd.DataFrame({"id": [1, 2, 3], "v": [[1, 2], {"a": np.array([1])}, Decimal("1.10")]})
    right = pd.DataFrame({"id": [1, 2, 3], "v": [np.array([1, 2]), {"a": [1]}, Decimal("1.1")]})
    assert diff(left, right, "id").changed == 0
    right["v"] = [[1, 3], {"b": 1}, Decimal("1.11")]
    assert diff(left, right, "id").changed == 3


def test_columns_in_another_order() -> None:
    found = diff(BASE, BASE[["score", "id", "name"]], "id")
    assert not found.identical
    assert found.changed == 0
    assert found.notes == ("the columns are in another order",)


def test_duplicate_and_odd_column_names() -> None:
    left = pd.DataFrame([[1, 2, 3.0], [3, 4, 5.0]], columns=["a", "a", 0])
    right = pd.DataFrame([[1, 2, 3.0], [3, 9, 5.0]], columns=["a", "a", "0"])
    found = diff(left, right, "a")
    assert [each.name for each in found.columns] == ["a", "a.1", "0"]
    assert (column(found, "a.1").changed, column(found, "0").changed) == (1, 0)


def test_tables_without_rows_or_columns() -> None:
    none, no_rows = pd.DataFrame(), pd.DataFrame({"id": [], "name": [], "score": []}, dtype=object)
    assert diff(none, none).identical
    assert diff(no_rows, no_rows, "id").identical
    found = diff(no_rows, BASE, "id")
    assert (found.added, found.removed, found.left_rows) == (4, 0, 0)
    assert {each.change for each in found.columns} == {"same"}
    assert diff(BASE, no_rows).removed == 4
    found = diff(none, BASE)
    assert (found.added, found.removed, {each.change for each in found.columns}) == (None, None, {"added"})
    assert not found.identical
    found = diff(BASE[["id"]], BASE[["name"]])
    assert found.notes == ("no column is in both, so no row can be matched",)


def test_columns_that_hold_nothing() -> None:
    left = pd.DataFrame({"id": [1, 2], "v": [np.nan, np.nan]})
    found = diff(left, left.assign(v=pd.Series([None, None], dtype="str")), "id")
    assert found.identical
    found = diff(left, left.assign(v=["x", None]), "id")
    assert (found.changed, column(found, "v").change) == (1, "changed")


def test_texts_that_differ_far_behind_are_shown_where_they_do() -> None:
    left = pd.DataFrame({"id": [1], "t": ["x" * 1000 + "left" + "y" * 1000]})
    found = diff(left, left.assign(t=["x" * 1000 + "right" + "y" * 1000]), "id")
    assert "xleft" in found.examples[0].left["t"]
    assert "xright" in found.examples[0].right["t"]
    assert max(map(len, found.examples[0].left.values())) <= 202


def test_no_more_than_ten_examples_of_all_sorts() -> None:
    left = pd.DataFrame({"id": range(100), "v": range(100)})
    found = diff(left, left.assign(id=left["id"] + 30, v=left["v"] + 31), "id")
    assert Counter(example.change for example in found.examples) == {"changed": 4, "added": 3, "removed": 3}
    assert [example.key["id"] for example in found.examples][:4] == ["30", "31", "32", "33"]


def test_files_of_folders_are_matched_by_their_paths(tmp_path: Path) -> None:
    for side, files in (
        ("left", {"a": "1", "b": "2", "c": "3"}),
        ("right", {"a": "1", "b": "4", "sub/c": "3"}),
    ):
        for name, text in files.items():
            (tmp_path / side / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / side / name).write_text(text)
    left, right = (open_table(tmp_path / side, name=side) for side in ("left", "right"))
    found = diff_tables(left, right, labels=("left", "right"))
    assert (found.key, found.added, found.removed, found.changed) == (("path",), 1, 1, 1)
    assert [(each.change, each.key["path"]) for each in found.examples] == [
        ("changed", "b"),
        ("added", "sub/c"),
        ("removed", "c"),
    ]
    assert set(found.examples[0].left) == {"digest"}


def test_a_file_is_the_same_in_any_format(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", None], "price": [1.5, np.nan], "open": [True, False]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    tables = [open_table(tmp_path / f"a.{ending}", name=ending) for ending in ("csv", "parquet", "jsonl")]
    for other in tables:
        assert diff_tables(tables[0], other, key=["id"]).identical


def refused(left: pd.DataFrame, right: pd.DataFrame, *key: str) -> Refused:
    with pytest.raises(Refused) as caught:
        diff(left, right, *key)
    assert caught.value.hint
    return caught.value


def test_a_key_that_a_side_lacks() -> None:
    error = refused(BASE, BASE.rename(columns={"id": "ids"}), "id")
    assert isinstance(error, NotFound)
    assert str(error) == "b.csv has no column 'id' to be a key"
    assert error.hint == "did you mean 'ids'?"


def test_a_key_that_is_named_twice() -> None:
    assert str(refused(BASE, BASE, "id", "id")) == "key 'id' is named twice"


def test_a_key_that_is_missing_in_a_row() -> None:
    assert str(refused(BASE, BASE, "name")) == "a.csv: key 'name' is missing in row 4"
    right = BASE.assign(id=[1, None, None, None])
    assert str(refused(BASE, right, "id")) == "b.csv: key 'id' is missing in row 2"


def test_a_key_that_is_in_several_rows() -> None:
    right = BASE.assign(id=[7, 7, 3, 7])
    message = str(refused(BASE, right, "id"))
    assert message == "b.csv: key id=7 is in rows 1, 2, 4"
    many = pd.DataFrame({"id": [1, 2, 1, 2, 1, 1], "day": "d"})
    message = str(refused(many, BASE, "id"))
    assert message == "a.csv: key id=1 is in rows 1, 3, 5 and others; 2 more rows share theirs with another"


def test_a_key_of_another_type_on_either_side() -> None:
    error = refused(BASE, BASE.astype({"id": str}), "id")
    assert str(error) == "key 'id' is number (int64) in a.csv but text (str) in b.csv"
    assert "astype('int64')" in str(error.hint)


VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(0, 3),
    "float": st.sampled_from([0.0, -0.0, 0.5, 1.0, float("nan"), float("inf")]),
    "text": st.sampled_from(["", "1", "nan", "x", None]),
    "time": st.sampled_from([datetime.datetime(2024, 1, day) for day in (1, 2)] + [None]),
    "mixed": st.sampled_from([1, "1", None, 2.5, True]),
}


def frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["id", *VALUES], dtype=object)
    return made.astype({"id": "int64", "whole": "int64", "float": "float64", "time": "datetime64[us]"})


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables, the right made of the left by adding, removing and changing rows."""
    row = st.tuples(*VALUES.values())
    left = draw(st.dictionaries(st.integers(0, 20), row, max_size=8))
    kept = {key: values for key, values in left.items() if draw(st.integers(0, 4))}
    right = {key: values if draw(st.booleans()) else draw(row) for key, values in kept.items()}
    right |= draw(st.dictionaries(st.integers(10, 30), row, max_size=3))
    order = draw(st.permutations(list(right)))
    return (
        frame([(key, *values) for key, values in left.items()]),
        frame([(key, *right[key]) for key in order]),
    )


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return ("text", value)
    return None if pd.isna(value) else value


def dicts(table: pd.DataFrame) -> dict[int, tuple[Any, ...]]:
    return {row[0]: tuple(map(plain, row[1:])) for row in table.itertuples(index=False)}


@patient
@given(pair=tables())
def test_with_a_key_it_says_what_dicts_say(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    left, right = map(dicts, pair)
    found, back = diff(*pair, "id"), diff(*reversed(pair), "id")
    both = left.keys() & right.keys()
    assert found.added == len(right.keys() - left.keys()) == back.removed
    assert found.removed == len(left.keys() - right.keys()) == back.added
    assert found.changed == sum(left[key] != right[key] for key in both) == back.changed
    for place, name in enumerate(VALUES):
        changed = sum(left[key][place] != right[key][place] for key in both)
        assert column(found, name).changed == changed == column(back, name).changed
    assert found.reordered == (left.keys() == right.keys() and list(left) != list(right))
    assert found.identical == (list(left.items()) == list(right.items()))
    for example in found.examples:
        key = int(example.key["id"])
        assert (key in left, key in right) == (example.change != "added", example.change != "removed")


@patient
@given(pair=tables())
def test_without_a_key_it_says_what_multisets_say(pair: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    one, other = (table.drop(columns="id") for table in pair)
    left, right = (
        [tuple(map(plain, row)) for row in table.itertuples(index=False)] for table in (one, other)
    )
    found, back = diff(one, other), diff(other, one)
    assert found.added == (Counter(right) - Counter(left)).total() == back.removed
    assert found.removed == (Counter(left) - Counter(right)).total() == back.added
    assert found.reordered == (Counter(left) == Counter(right) and left != right)
    assert found.identical == (left == right)


@patient
@given(pair=tables(), key=st.sampled_from([(), ("id",)]))
def test_files_and_memory_lead_to_the_same(
    pair: tuple[pd.DataFrame, pd.DataFrame], key: tuple[str, ...]
) -> None:
    def in_files(*given: Any, **options: Any) -> Spill:
        return Spill(*given, memory=0, **options)

    in_memory = diff(*pair, *key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "Spill", in_files)
        assert diff(*pair, *key) == in_memory
