"""Source gives every value back, of the same type; what it could not give back is refused."""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict, namedtuple
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from zoneinfo import ZoneInfo

import dateutil.tz
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.literals import to_source


class Number(int):
    pass


Point = namedtuple("Point", "x y")
CIRCULAR: list[Any] = []
CIRCULAR.append(CIRCULAR)
DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def back(value: Any) -> Any:
    """What a kernel that imported nothing makes of the source."""
    return eval(to_source(value), {"Colour": Colour})


def same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, set | frozenset):
        return sorted(map(repr, left)) == sorted(map(repr, right))
    return repr(left) == repr(right)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
keys = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
        st.sets(keys, max_size=3),
        st.frozensets(keys, max_size=3),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(values)
def test_source_gives_the_same_value_of_the_same_type(value: Any) -> None:
    assert same(back(value), value)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        -0.0,
        5e-324,
        10**30,
        "\ud800",
        "'\"\\\n\r\0\u2028",
        (),
        (1,),
        set(),
        frozenset(),
        {},
        b"\xff",
        True,
        [float("nan")],
    ],
    ids=ascii,
)
def test_source_gives_back_what_is_easily_lost(value: Any) -> None:
    assert same(back(value), value)


def test_source_of_text_is_one_line_of_printable_characters() -> None:
    assert to_source("a\nb\r\x85\u2028\u202e").isprintable()


@settings(deadline=None)
@given(st.decimals() | st.dates() | st.times() | st.timedeltas() | st.datetimes())
def test_source_gives_decimals_and_times_back(value: Any) -> None:
    assert same(back(value), value)


@pytest.mark.parametrize("path", [".", "/a b/c.csv", 'it\'s "quoted"', "ü/世"])
def test_source_gives_paths_back(path: str) -> None:
    assert same(back(Path(path)), Path(path))


offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23))


@settings(deadline=None)
@given(st.datetimes(timezones=offsets.map(timezone)))
def test_source_gives_moments_of_a_fixed_offset_back(moment: datetime) -> None:
    found = back(moment)
    assert found == moment
    assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 5, 6, 7, tzinfo=UTC),
        datetime(2024, 5, 6, 7, tzinfo=timezone(timedelta(hours=2))),
        datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        time(1, 2, tzinfo=timezone(timedelta(hours=-3))),
    ],
    ids=["utc", "offset", "zone", "time"],
)
def test_source_gives_zoned_moments_back(moment: Any) -> None:
    found = back(moment)
    assert (found, found.utcoffset(), type(found)) == (moment, moment.utcoffset(), type(moment))


def test_an_enum_member_is_written_by_its_name() -> None:
    assert back([Colour.RED]) == [Colour.RED]


@pytest.mark.parametrize(
    "value",
    [
        *(
            object(),
            1j,
            np.zeros(2),
            np.array(1),
            pd.DataFrame(),
            lambda: 0,
            [object()],
            {"a": object()},
            np.complex64(1),
        ),
        *(
            Number(1),
            [Number(1)],
            Point(1, 2),
            defaultdict(int),
            bytearray(b"a"),
            {Number(1)},
            CIRCULAR,
            DEEP,
        ),
        datetime(2024, 1, 1, tzinfo=dateutil.tz.gettz("Europe/Berlin")),
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_cannot_be_written_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="cannot be passed to a notebook") as caught:
        to_source(value)
    assert caught.value.hint
    assert len(str(caught.value)) < 200


def test_a_value_that_shares_its_parts_a_billion_times_is_refused() -> None:
    value: list[Any] = [1]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(ParameterError, match="items"):
        to_source(value)


def test_a_whole_number_beyond_what_python_prints_is_written_or_refused() -> None:
    try:
        assert back(10**5000) == 10**5000
    except ParameterError as error:
        assert error.hint


@pytest.mark.parametrize(
    "value",
    [
        np.float16(0.1),
        np.longdouble(1) / 3,
        np.float64("-inf"),
        np.uint64(2**64 - 1),
        np.str_("a\0"),
        np.bytes_(b"a\0"),
        np.datetime64("2024-05-06T07", "25s"),
        np.datetime64(2**62, "s"),
        np.timedelta64(3, "M"),
        pd.Timestamp("2024-10-27 02:30+01:00").tz_convert("Europe/Berlin"),
        pd.Timestamp("2024").as_unit("s"),
        pd.Timedelta("1ns"),
        OrderedDict([(1, [2])]),
        PurePosixPath("a"),
        PureWindowsPath("c:/a"),
        Decimal("sNaN"),
        {math.nan: {frozenset({frozenset()})}},
        datetime(2024, 1, 1, tzinfo=timezone(timedelta(), "a'b")),
    ],
    ids=repr,
)
def test_source_gives_back_what_others_change(value: Any) -> None:
    assert same(back(value), value)


def test_a_value_is_written_down_to_fifty_levels() -> None:
    value: Any = math.inf
    for level in range(50):
        value = OrderedDict({frozenset(): value}) if level % 2 else [value]
    assert same(back(value), value)
    with pytest.raises(ParameterError, match="deeper than 50"):
        to_source([value])
