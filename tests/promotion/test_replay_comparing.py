"""When numbers agree, and what is said of a replay by them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import CellReplay, MetricReplay, ReplayVerdict, Run, RunKind, RunStatus
from jupyter_mlops.promotion.replaying.comparing import EXACT, agree, metrics_of, verdict_of

CELL = CellReplay(index=0, number=1, source="x")


def row(left: float | None, right: float | None) -> MetricReplay:
    return MetricReplay(metric="m", original=left, replayed=right)


def run(name: str, **metrics: float) -> Run:
    known = {"status": RunStatus.FINISHED, "kind": RunKind.HEADLESS, "started": None, "ended": None}
    return Run(run_id=f"id of {name}", name=name, experiment="e", metrics=metrics, **known)


@pytest.mark.parametrize(
    ("rows", "tolerance", "verdict"),
    [
        ([row(1.0, 1.0)], 0.0, ReplayVerdict.REPRODUCED),
        ([row(1.0, 1.0 + 1e-14)], 0.0, ReplayVerdict.REPRODUCED),
        ([row(math.nan, math.nan), row(math.inf, math.inf)], 0.0, ReplayVerdict.REPRODUCED),
        ([row(1.0, 1.001)], 0.01, ReplayVerdict.WITHIN),
        ([row(1.0, 1.001)], 0.0, ReplayVerdict.DIFFERENT),
        ([row(1.0, 1.1), row(2.0, 2.0)], 0.01, ReplayVerdict.DIFFERENT),
        ([row(math.nan, 1.0)], 9.0, ReplayVerdict.DIFFERENT),
        ([row(math.inf, -math.inf)], 9.0, ReplayVerdict.DIFFERENT),
        ([row(1.0, None)], 9.0, ReplayVerdict.DIFFERENT),
        ([row(None, 1.0)], 9.0, ReplayVerdict.DIFFERENT),
    ],
)
def test_the_verdict_is_by_metrics(
    rows: list[MetricReplay], tolerance: float, verdict: ReplayVerdict
) -> None:
    assert verdict_of(rows, [], tolerance) is verdict
    assert verdict_of(rows, [CELL], tolerance) is verdict  # whatever cells showed


def test_without_metrics_it_is_by_what_cells_showed() -> None:
    assert verdict_of([], [], 1.0) is ReplayVerdict.REPRODUCED
    assert verdict_of([], [CELL], 1.0) is ReplayVerdict.DIFFERENT


@given(st.floats(), st.floats(), st.floats(0, 10))
def test_agreeing_is_mutual_and_more_tolerance_agrees_more(left: float, right: float, more: float) -> None:
    assert agree(left, right, more) is agree(right, left, more)
    assert agree(left, left, EXACT)
    if agree(left, right, EXACT):
        assert agree(left, right, max(more, EXACT))


def test_metrics_of_parts_are_told_apart_by_the_parts_names() -> None:
    found = metrics_of([run("whole", a=1.0), run("part", a=2.0), run("part", a=3.0), run("other", b=4.0)])
    assert {name: value for name, (_, _, value) in found.items()} == {
        "a": 1.0,
        "part/a": 2.0,
        "part #2/a": 3.0,
        "other/b": 4.0,
    }
