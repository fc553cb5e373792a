"""Digests of rows in any order, and of rows that come in chunks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jupyter_mlops.data import describe, frame_digest
from jupyter_mlops.data.columns import text_dtype
from jupyter_mlops.data.rows import RowsDigest
from jupyter_mlops.data.tables import open_table
from jupyter_mlops.exceptions import NotFound, Refused

NAN = float("nan")
patient = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

# how to draw a value, and the dtype that holds it
KINDS: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "int": (st.integers(-(2**63), 2**63 - 1), "int64"),
    "small": (st.integers(-3, 3), "int8"),
    "float": (st.floats(), "float64"),
    "bool": (st.booleans(), "bool"),
    "text": (st.text("an01é ", max_size=3) | st.none(), "str"),
    "nullable": (st.integers(0, 9) | st.none(), "Int64"),
    "category": (st.sampled_from("abc"), pd.CategoricalDtype(list("abc"))),
    "object": (st.none() | st.just(NAN) | st.integers(0, 3) | st.text("a\ud800", max_size=2), object),
}
Drawn = tuple[list[str], list[tuple[Any, ...]]]


@st.composite
def tables(draw: st.DrawFn) -> Drawn:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
    row = st.tuples(*(KINDS[kind][0] for kind in kinds))
    return kinds, draw(st.lists(row, min_size=1, max_size=6))


def frame(kinds: list[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            f"c{place}": pd.Series([row[place] for row in rows], dtype=KINDS[kind][1])
            for place, kind in enumerate(kinds)
        }
    )


def free(frame: pd.DataFrame) -> str:
    return frame_digest(frame, ordered=False)


@given(tables(), st.data())
@patient
def test_it_is_that_of_the_rows_whatever_their_order(drawn: Drawn, data: st.DataObject) -> None:
    kinds, rows = drawn
    made = frame(kinds, rows)
    order = data.draw(st.permutations(range(len(rows))))
    assert free(made.iloc[order]) == free(made.iloc[order].reset_index(drop=True)) == free(made)
    place, row = data.draw(st.integers(0, len(kinds) - 1)), data.draw(st.integers(0, len(rows) - 1))
    new = data.draw(KINDS[kinds[place]][0])
    changed = [*rows]
    changed[row] = (*rows[row][:place], new, *rows[row][place + 1 :])
    same = sorted(map(repr, rows)) == sorted(map(repr, changed))
    assert (free(frame(kinds, changed)) == free(made)) == same


@given(tables(), st.data())
@patient
def test_values_that_swap_rows_are_told(drawn: Drawn, data: st.DataObject) -> None:
    kinds, rows = drawn
    assume(len(kinds) > 1)
    one, other = data.draw(st.tuples(*[st.integers(0, len(rows) - 1)] * 2))
    swapped = [*rows]
    swapped[one], swapped[other] = (rows[other][0], *rows[one][1:]), (rows[one][0], *rows[other][1:])
    same = sorted(map(repr, rows)) == sorted(map(repr, swapped))
    assert (free(frame(kinds, swapped)) == free(frame(kinds, rows))) == same


@given(tables(), st.booleans(), st.integers(1, 6))
@patient
def test_chunks_do_not_count(drawn: Drawn, ordered: bool, size: int) -> None:
    made = frame(*drawn)
    whole, parts = RowsDigest(ordered), RowsDigest(ordered)
    whole.add(made)
    for start in range(0, len(made), size):
        parts.add(made.iloc[start : start + size])
    assert whole.hexdigest() == parts.hexdigest()


def test_what_counts_beside_values() -> None:
    base = pd.DataFrame({"a": [0, 1], "b": pd.Categorical(["x", "y"])})
    others = [
        base.rename(columns={"a": 1}),
        base.rename(columns={"a": "1"}),
        base[["b", "a"]],
        base.astype({"a": "int32"}),
        base.astype({"a": "float64"}),
        base.astype({"b": "str"}),
        base.assign(b=base["b"].cat.set_categories(["y", "x"])),
        base.assign(b=base["b"].cat.add_categories("z")),
        base.assign(b=base["b"].cat.as_ordered()),
        base.set_axis([1, 2]),
        base.rename_axis("id"),
        base.set_axis(["u", "v"]),
        pd.concat([base, base], ignore_index=True),
        base[:0],
        base[["a"]][:0],
    ]
    digests = {free(base), *map(free, others), frame_digest(base)}
    assert len(digests) == len(others) + 2
    twice = pd.concat([base, base[:1]], ignore_index=True)
    assert free(twice) != free(pd.concat([base, base[1:]], ignore_index=True))


def test_a_change_deep_in_a_large_frame() -> None:
    random = np.random.default_rng(0)
    large = pd.DataFrame(
        {"n": random.integers(0, 9, 200_000), "s": random.integers(0, 99, 200_000).astype(str)}
    )
    shuffled = large.sample(frac=1, random_state=1)
    assert free(shuffled) == free(large)
    shuffled.iloc[150_000, 0] += 1
    assert free(shuffled) != free(large)


SHARED: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "int": (st.integers(-(2**63), 2**63 - 1), "int64"),
    "float": (st.floats(allow_nan=False), "float64"),
    "gaps": (st.floats(allow_nan=False) | st.just(NAN), "float64"),
    "bool": (st.booleans(), "bool"),
    "text": (st.text("xyzé ,\"'\n", min_size=1, max_size=4).map(lambda text: f"t{text}"), text_dtype()),
}


@given(st.lists(st.tuples(*(drawn for drawn, _ in SHARED.values())), min_size=1, max_size=6))
@settings(patient, max_examples=50)
def test_csv_and_parquet_of_the_same_content_have_one_digest(tmp_path: Path, rows: list[Any]) -> None:
    made = pd.DataFrame(rows, columns=[*SHARED]).astype({name: dtype for name, (_, dtype) in SHARED.items()})
    made["float"] += 0.5  # or a file of nothing but whole ones is read as such
    assume(np.isfinite(made["float"]).all() and (made["float"] % 1 != 0).any())
    as_csv, as_parquet = tmp_path / "t.csv", tmp_path / "t.parquet"
    made.to_csv(as_csv, index=False)
    made.to_parquet(as_parquet)
    left, right = open_table(as_csv, name="l"), open_table(as_parquet, name="r")
    assert left.schema == right.schema
    assert frame_digest(left.frame()) == frame_digest(right.frame()) == frame_digest(made)
    exact: Any = {} if pd.__version__ >= "3.1" else {"float_precision": "round_trip"}
    assert frame_digest(pd.read_csv(as_csv, **exact)) == frame_digest(pd.read_parquet(as_parquet))
    of_csv, of_parquet = (describe(path, name="t", ordered=False) for path in (as_csv, as_parquet))
    assert of_csv.digest == of_parquet.digest == free(made)
    assert describe(as_csv, name="t").digest != describe(as_parquet, name="t").digest


def test_versions_of_files_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,v\n1,x\n2,y\n")
    first = describe(path, name="t", ordered=False)
    assert (first.ordered, first.size, first.rows) == (False, 13, 2)
    path.write_text("id,v\n2,y\n1,x\n")
    assert describe(path, name="t", ordered=False).digest == first.digest
    path.write_text("id,v\n2,x\n1,y\n")
    assert describe(path, name="t", ordered=False).digest != first.digest
    array = np.arange(6).reshape(3, 2)
    assert (
        describe(array, name="t", ordered=False).digest
        == describe(array[::-1], name="t", ordered=False).digest
    )


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", None])
def test_keys_tell_rows_apart(suffix: str | None, tmp_path: Path) -> None:
    def opened(made: pd.DataFrame) -> Any:
        if suffix is None:
            return made
        path = tmp_path / f"t.{suffix}"
        writers = {"csv": made.to_csv, "parquet": made.to_parquet}
        if suffix == "jsonl":
            made.to_json(path, orient="records", lines=True)
        else:
            writers[suffix](path, index=False)
        return path

    good = pd.DataFrame({"id": [1, 2, 3, 1], "day": ["a", "a", "a", "b"], "v": [0, 0, 0, 0]})
    assert describe(opened(good), name="t", key=["id", "day"]).key == ("id", "day")
    with pytest.raises(Refused, match=r"1 key occurs more than once: rows 1, 4 \(id = 1\)"):
        describe(opened(good), name="t", key=["id"])
    with pytest.raises(Refused, match=r"2 keys occur more than once: rows 1, 2, 3 \.\.\. \(v = 0, day = a\)"):
        twice = pd.concat([good, good], ignore_index=True)
        describe(opened(twice), name="t", key=["v", "day"])
    with pytest.raises(NotFound, match="no column 'idd'") as refusal:
        describe(opened(good), name="t", key=["idd"])
    assert refusal.value.hint == "did you mean 'id'?"
    gaps = good.assign(day=["a", None, "c", "d"])
    with pytest.raises(Refused, match="row 2 has no 'day'"):
        describe(opened(gaps), name="t", key=["day"])


def test_keys_of_what_has_none(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"1")
    with pytest.raises(Refused, match="no table"):
        describe(tmp_path / "x.bin", name="t", key=["id"])
    with pytest.raises(Refused, match="more than once"):
        describe(pd.DataFrame({"a": [[1], [1]]}), name="t", key=["a"])


def test_a_key_that_was_found_good_is_checked_anew_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id\n1\n2\n")
    assert describe(path, name="t", key=["id"], memo=tmp_path).rows == 2
    path.write_text("id\n1\n1\n")
    with pytest.raises(Refused, match="more than once"):
        describe(path, name="t", key=["id"], memo=tmp_path)
