"""Digests: whatever changes, they change; whatever does not, they do not."""

from __future__ import annotations

import datetime
import decimal
import enum
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jupyter_mlops.data.digest import array_digest, file_digest, folder_digest, frame_digest
from jupyter_mlops.exceptions import NotFound, Refused

NAN = float("nan")
TEXT = st.text("an01é世😀 ", max_size=4)
# the machine may be busy
patient = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

# kinds of columns: how to draw a value, and the dtype that holds it
KINDS: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "int": (st.integers(-(2**63), 2**63 - 1), "int64"),
    "small": (st.integers(0, 255), "uint8"),
    "float": (st.floats(), "float64"),
    "half": (st.floats(width=16), "float16"),
    "bool": (st.booleans(), "bool"),
    "text": (TEXT | st.none(), "str"),
    "nullable": (st.integers(0, 9) | st.none(), "Int64"),
    "category": (st.sampled_from("abc"), pd.CategoricalDtype(list("abc"))),
    "time": (st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2100, 1, 1)), "datetime64[us]"),
    "object": (
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=3),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
            max_leaves=4,
        ),
        object,
    ),
}


def column(kind: str, values: list[Any]) -> pd.Series[Any]:
    dtype = KINDS[kind][1]
    if dtype is object:
        boxed = np.empty(len(values), dtype=object)
        for index, value in enumerate(values):
            boxed[index] = value
        return pd.Series(boxed, dtype=object)
    return pd.Series(values, dtype=dtype)


@st.composite
def columns(draw: st.DrawFn) -> tuple[list[str], list[list[Any]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4))
    rows = draw(st.integers(1, 6))
    return kinds, [draw(st.lists(KINDS[kind][0], min_size=rows, max_size=rows)) for kind in kinds]


def frame(kinds: list[str], values: list[list[Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        {f"c{n}": column(kind, one) for n, (kind, one) in enumerate(zip(kinds, values, strict=True))}
    )


def exact(kind: str, value: Any) -> str:
    """Text that is the same only for values that the column cannot tell apart."""
    return repr(np.float16(value)) if kind == "half" else repr(value)


@given(columns())
@patient
def test_the_same_content_has_the_same_digest(drawn: tuple[list[str], list[list[Any]]]) -> None:
    assert frame_digest(frame(*drawn)) == frame_digest(frame(*drawn).copy())


@given(columns(), st.data())
@patient
def test_one_changed_value_changes_it(drawn: tuple[list[str], list[list[Any]]], data: st.DataObject) -> None:
    kinds, values = drawn
    where = data.draw(st.integers(0, len(kinds) - 1))
    row = data.draw(st.integers(0, len(values[0]) - 1))
    new = data.draw(KINDS[kinds[where]][0])
    assume(exact(kinds[where], new) != exact(kinds[where], values[where][row]))
    before = frame_digest(frame(kinds, values))
    values[where][row] = new
    assert frame_digest(frame(kinds, values)) != before


@given(columns(), st.data())
@patient
def test_row_order_counts(drawn: tuple[list[str], list[list[Any]]], data: st.DataObject) -> None:
    kinds, values = drawn
    order = data.draw(st.permutations(range(len(values[0]))))
    moved = [[one[index] for index in order] for one in values]
    same = all(
        exact(kind, a) == exact(kind, b)
        for kind, old, new in zip(kinds, values, moved, strict=True)
        for a, b in zip(old, new, strict=True)
    )
    assert (frame_digest(frame(kinds, values)) == frame_digest(frame(kinds, moved))) == same


@given(columns(), st.text(max_size=3) | st.integers() | st.booleans())
@patient
def test_column_names_count(drawn: tuple[list[str], list[list[Any]]], name: Any) -> None:
    before = frame(*drawn)
    after = before.copy()
    after.columns = pd.Index([name, *before.columns[1:]], dtype=object)
    assert frame_digest(before) != frame_digest(after)


@given(st.lists(st.integers(0, 100), min_size=0, max_size=5), st.data())
@patient
def test_dtypes_count(values: list[int], data: st.DataObject) -> None:
    dtypes = ["int64", "int32", "uint8", "float64", "Int64", "Float64", "str", "object", "category", ">i8"]
    one, other = data.draw(st.permutations(dtypes))[:2]
    assert frame_digest(pd.DataFrame({"a": pd.Series(values, dtype=one)})) != frame_digest(
        pd.DataFrame({"a": pd.Series(values, dtype=other)})
    )


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Point:
    def __init__(self, x: float) -> None:
        self.x = x

    def __repr__(self) -> str:
        return "Point"


OBJECTS: list[Any] = [
    1,
    1.0,
    True,
    "1",
    b"1",
    np.int64(1),
    np.float64(1),
    np.float32(1),
    np.str_("1x"),
    1 + 0j,
    decimal.Decimal(1),
    0,
    0.0,
    -0.0,
    False,
    None,
    NAN,
    pd.NaT,
    pd.NA,
    "None",
    "nan",
    "",
    [],
    (),
    {},
    set(),
    frozenset(),
    [1],
    [1.0],
    ["1"],
    [[1]],
    (1,),
    {1},
    {1: 1},
    {"1": 1},
    {1: None},
    [None],
    [NAN],
    ["a", "b"],
    ["a', 'b"],
    np.array([1]),
    np.array([1.0]),
    np.arange(5000),
    np.array([[1]]),
    np.arange(5000) + (np.arange(5000) == 2500),
    datetime.date(2020, 1, 1),
    datetime.datetime(2020, 1, 1),
    pd.Timestamp("2020-01-01"),
    pd.Timestamp("2020-01-01", tz="UTC"),
    datetime.timedelta(1),
    pd.Timedelta(1, "D"),
    pd.Period("2020-01", "M"),
    np.datetime64("2020-01-01"),
    np.datetime64("2020-01-01", "ns"),
    Colour.RED,
    Colour.BLUE,
    Point(1),
    Point(2),
    pd.Series([1]),
    pd.DataFrame({"a": [1]}),
    "\ud800",
    "\ud801",
    int,
    float,
    len,
]


def boxed(*values: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": column("object", list(values))})


def test_objects_that_are_alike_are_told_apart() -> None:
    digests: dict[str, Any] = {}
    for value in OBJECTS:
        digest = frame_digest(boxed(value, "x"))
        assert digest == frame_digest(boxed(value, "x"))
        assert digest not in digests, (value, digests.get(digest))
        digests[digest] = value


def test_texts_beside_missing_values() -> None:
    for dtype in ("str", "string", "category", object):
        digests = {
            frame_digest(pd.DataFrame({"a": pd.Series(["x", value], dtype=dtype)}))
            for value in ("nan", None, "None", "")
        }
        assert len(digests) == 4, dtype
    assert frame_digest(boxed("x", None)) != frame_digest(boxed("x", NAN))


def test_objects_do_not_borrow_from_their_neighbours() -> None:
    assert frame_digest(boxed(["a"], ["b", "c"])) != frame_digest(boxed(["a", "b"], ["c"]))
    assert frame_digest(boxed("ab", "c")) != frame_digest(boxed("a", "bc"))
    one = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert frame_digest(one) != frame_digest(one.rename(columns={"a": "b", "b": "a"}))
    assert frame_digest(one) != frame_digest(one[["b", "a"]])
    assert frame_digest(one.iloc[:, :0]) != frame_digest(one.iloc[:0, :0])


def test_it_is_the_same_in_another_process() -> None:
    code = (
        "import pandas as pd; from jupyter_mlops.data.digest import frame_digest;"
        "print(frame_digest(pd.DataFrame({'a': [{'x', 'y', 'z', 'long'}, 1], 'b': ['u', 'v']})))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_the_index_counts() -> None:
    base = pd.DataFrame({"a": [1, 2]})
    digests = [
        frame_digest(base),
        frame_digest(base.set_axis([1, 2])),
        frame_digest(base.set_axis(["0", "1"])),
        frame_digest(base.rename_axis("id")),
        frame_digest(base.rename_axis("id", axis=1)),
        frame_digest(base.set_axis(pd.MultiIndex.from_tuples([(0, 0), (1, 1)]))),
        frame_digest(base.set_axis(pd.MultiIndex.from_tuples([(0, 0), (1, 2)]))),
        frame_digest(base.set_axis(pd.MultiIndex.from_tuples([(0, 0), (1, 1)], names=["x", "y"]))),
    ]
    assert len(set(digests)) == len(digests)
    assert frame_digest(base) == frame_digest(base.set_axis(pd.Index([0, 1])))


def test_extension_dtypes() -> None:
    import pyarrow as pa

    for one, other in (
        (pd.interval_range(0, 3), pd.interval_range(0, 3).set_closed("left")),
        (pd.period_range("2020", periods=3, freq="M"), pd.period_range("2020", periods=3, freq="D")),
        (pd.date_range("2020", periods=3, tz="UTC"), pd.date_range("2020", periods=3, tz="Europe/Berlin")),
        (pd.Categorical(list("aba")), pd.Categorical(list("aba"), categories=["b", "a"])),
        (pd.Categorical(list("aba")), pd.Categorical(list("aba"), ordered=True)),
        (pd.Categorical([1, 2, 1]), pd.Categorical(["1", "2", "1"])),
        (pd.arrays.SparseArray([0, 0, 1]), pd.arrays.SparseArray([0, 1, 0])),
        (
            pd.arrays.ArrowExtensionArray(pa.array([[1], None, [2, 3]])),
            pd.arrays.ArrowExtensionArray(pa.array([[1], [], [2, 3]])),
        ),
        (
            pd.arrays.ArrowExtensionArray(pa.array([1.0, None, NAN])),
            pd.arrays.ArrowExtensionArray(pa.array([1.0, NAN, NAN])),
        ),
        (pd.arrays.SparseArray([0.0, 1.0]), pd.arrays.SparseArray([1.0, 0.0])),
    ):
        left, right = pd.DataFrame({"a": one}), pd.DataFrame({"a": other})
        assert frame_digest(left) == frame_digest(left.copy())
        assert frame_digest(left) != frame_digest(right), one


@pytest.mark.parametrize("ordered", [True, False])
def test_floats_that_may_be_missing(ordered: bool) -> None:
    import pyarrow as pa

    arrow, floats = pd.arrays.ArrowExtensionArray, pd.arrays.FloatingArray
    there, missing = np.array([False, False]), np.array([False, True])
    columns = [
        *(pd.array([1.0, value], dtype) for dtype in ("Float64", "Float32") for value in (0.0, -0.0, pd.NA)),
        *(arrow(pa.array([1.0, value])) for value in (0.0, -0.0, NAN, None)),
        floats(np.array([1.0, NAN]), there),
    ]
    digests = [frame_digest(pd.DataFrame({"a": column}), ordered=ordered) for column in columns]
    assert len(set(digests)) == len(digests)
    # what lies beneath a missing one does not count
    beneath = pd.DataFrame({"a": floats(np.array([1.0, 5.0]), missing)})
    assert frame_digest(beneath, ordered=ordered) == digests[2]


@pytest.mark.parametrize("dtype", [np.longdouble, np.clongdouble])
@pytest.mark.parametrize("ordered", [True, False])
def test_long_doubles(dtype: Any, ordered: bool) -> None:
    step = np.finfo(np.longdouble).eps

    def digest(values: list[Any]) -> str:
        return frame_digest(pd.DataFrame({"a": np.array(values, dtype=dtype)}), ordered=ordered)

    assert digest([1, NAN]) == digest([1, NAN])
    assert len({digest([1]), digest([1 + step]), digest([-0.0]), digest([0.0]), digest([])}) == 5


def test_the_sign_of_nan_does_not_count_and_that_of_zero_does() -> None:
    minus = pd.DataFrame({"a": np.array([0xFFF8000000000000], "u8").view("f8")})
    assert frame_digest(minus) == frame_digest(pd.DataFrame({"a": [NAN]}))
    assert frame_digest(pd.DataFrame({"a": [-0.0]})) != frame_digest(pd.DataFrame({"a": [0.0]}))


def test_a_change_deep_in_a_large_frame() -> None:
    large = pd.DataFrame({"n": np.arange(200_000), "s": np.arange(200_000).astype(str)})
    before = frame_digest(large)
    large.loc[150_000, "s"] = "x"
    assert frame_digest(large) != before


def test_values_without_content_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (threading.Lock(), lambda: 1, endless, (n for n in ()), sys):
        with pytest.raises(Refused, match="column 'a'") as refusal:
            frame_digest(boxed(value))
        assert refusal.value.hint


def test_arrays() -> None:
    base = np.arange(6, dtype="i8").reshape(2, 3)
    assert array_digest(base) == array_digest(np.asfortranarray(base)) == array_digest(base[:, ::1].copy())
    padded = np.zeros(2, np.dtype([("x", "u1"), ("y", "f8")], align=True))
    others = [
        base.reshape(3, 2),
        base.T,
        base.astype("i4"),
        base.astype(">i8"),
        base + 1,
        base.astype(object),
        base.ravel(),
        np.array(1),
        np.array([1]),
        np.array([]),
        np.zeros((0, 3)),
        np.zeros((3, 0)),
        np.array(["a"]),
        np.array(["a "]),
        np.array([1, "1"], dtype=object),
        np.array(["1", 1], dtype=object),
        np.array(["2020"], "M8[D]"),
        padded,
        np.array([1], "m8[s]"),
        np.array([1 + 2j]),
        np.array([1], "longdouble"),
        np.array([2], "longdouble"),
        np.ma.array([1, 2], mask=[0, 1]),
        np.ma.array([1, 2], mask=[1, 0]),
        np.array([b"a"]),
        np.array([True]),
    ]
    digests = [array_digest(base), *map(array_digest, others)]
    assert len(set(digests)) == len(digests)
    noisy = padded.copy()
    noisy.view("u1")[1] = 7
    assert array_digest(noisy) == array_digest(padded)


@given(st.binary(max_size=100), st.binary(max_size=100))
@patient
def test_files(tmp_path: Path, one: bytes, other: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(one)
    before = file_digest(path)
    path.write_bytes(other)
    assert (file_digest(path) == before) == (one == other)


def test_a_file_that_grows_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\0" * (50 << 20))
    done = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not done.wait(0.001):
                file.write(b"1")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(Refused, match="changed while it was read"):
            for _ in range(1000):  # a reading may end before the writer's turn comes
                file_digest(path)
    finally:
        done.set()
        writer.join()


def test_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        file_digest(tmp_path / "missing")
    with pytest.raises(Refused, match="regular"):
        file_digest(tmp_path)
    with pytest.raises(NotFound):
        folder_digest(tmp_path / "missing")


def test_folders(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "b").write_text("1")
    (folder / "a").write_text("2")
    seen = [folder_digest(folder)]
    (folder / "empty").mkdir()
    assert folder_digest(folder) == seen[0]
    (folder / "a").rename(folder / "c")
    seen.append(folder_digest(folder))
    (folder / "c").write_text("3")
    seen.append(folder_digest(folder))
    (folder / "deep" / "b").rename(folder / "b")
    seen.append(folder_digest(folder))
    (folder / "loop").symlink_to(folder)
    seen.append(folder_digest(folder))
    (folder / "broken").symlink_to("nowhere")
    seen.append(folder_digest(folder))
    assert len(set(seen)) == len(seen)
