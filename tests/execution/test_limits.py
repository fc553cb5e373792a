"""Lengths of time as people write them; a cell's own limit; the steps that stop a cell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.limits import GRACE, Escalation, Limits, seconds


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5m", 90),
        ("2 min", 120),
        (" 2h ", 7200),
        ("1d", 86400),
        (3, 3),
        (0.5, 0.5),
    ],
)
def test_a_length_of_time(text: Any, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "5y", "1:30", "nan", "inf", "1e3", "s", "0s"])
def test_no_length_of_time(text: str) -> None:
    with pytest.raises(Refused, match="length of time"):
        seconds(text)


def test_a_cells_own_limit_counts_more() -> None:
    limits = Limits(cell=60)
    assert limits.of({"metadata": {}}) == 60
    assert limits.of({"metadata": {"tags": ["x", "timeout:2m"]}}) == 120
    assert limits.of({"metadata": {"mlops": {"timeout": 5}}}) == 5
    assert limits.of({"metadata": {"tags": ["timeout:1s"], "mlops": {"timeout": 5}}}) == 1
    assert limits.of({"metadata": {"mlops": "odd", "tags": ["timeouts:1s", 3]}}) == 60
    assert Limits().of({}) is None
    with pytest.raises(Refused):
        limits.of({"metadata": {"tags": ["timeout:soon"]}})


@given(st.lists(st.floats(0, 4 * GRACE), max_size=12))
def test_each_step_comes_once_in_order_and_when_it_is_due(times: list[float]) -> None:
    done: list[str] = []
    stop = Escalation(*[lambda step=step: done.append(step) for step in "ITK"])  # type: ignore[misc]
    stop.advance(100.0)
    assert done == []
    stop.begin(0.0)
    assert done == ["I"]
    for now in sorted(times):
        stop.begin(now)  # said again it changes nothing
        stop.advance(now)
        assert done == list("ITK")[: 1 + min(2, int(now / GRACE))]


def test_at_once_kills_and_nothing_comes_after() -> None:
    done: list[str] = []
    stop = Escalation(*[lambda step=step: done.append(step) for step in "ITK"])  # type: ignore[misc]
    stop.begin(0.0)
    stop.at_once()
    stop.advance(100.0)
    assert done == ["I", "K"]
