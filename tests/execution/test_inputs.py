"""The same source reading the same plain values is the same work."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.execution.inputs import work_digest

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda inner: st.tuples(inner, inner),
    max_leaves=4,
)


@settings(deadline=None)
@given(plain, plain)
def test_a_plain_value_that_is_read_counts(left: Any, right: Any) -> None:
    same = repr(left) == repr(right)
    assert (work_digest("y = x", {"x": left}) == work_digest("y = x", {"x": right})) == same


@pytest.mark.parametrize(
    "source",
    [
        "y = 1",
        "x = 1\ny = x",
        "for x in [1]:\n    y = x",
        "[x for x in y]",
        "# x",
        "'x'",
        "a.x",
        "f(x=1)",
        "not python x (",
    ],
)
def test_a_name_that_is_not_read_or_assigned_here_does_not_count(source: str) -> None:
    assert work_digest(source, {"x": 1}) == work_digest(source, {"x": 2}) == work_digest(source, {})


@pytest.mark.parametrize(
    "source",
    [
        "x",
        "f(x)",
        "y = [x]",
        "%matplotlib inline\ny = x",
        "def f():\n    return x",
        "f'{x}'",
        "d[x] = 1",
        "y += x",
        "lambda: x",
    ],
)
def test_a_name_that_is_read_counts(source: str) -> None:
    assert work_digest(source, {"x": 1}) != work_digest(source, {"x": 2})


def test_types_are_told_apart() -> None:
    values = [1, 1.0, True, "1", b"1", (1,), None, "None", math.nan]
    assert len({work_digest("x", {"x": value}) for value in values}) == len(values)


@pytest.mark.parametrize("value", [[1], {"a": 1}, object(), (1, [2]), len])
def test_what_is_not_plain_does_not_count(value: Any) -> None:
    assert work_digest("x", {"x": value}) == work_digest("x", {})


def test_the_source_counts_but_for_white_space_at_the_end() -> None:
    assert work_digest("y = x  \n\n", {"x": 1}) == work_digest("y = x", {"x": 1})
    assert work_digest("y = x # c", {"x": 1}) != work_digest("y = x", {"x": 1})


@settings(deadline=None)
@given(st.text(st.characters(), max_size=20))
def test_any_source_has_a_digest(source: str) -> None:
    assert len(work_digest(source, {"x": 1})) == 32
