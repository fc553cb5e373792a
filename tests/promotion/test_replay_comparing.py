"""When numbers agree, and what is said of a replay by them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import CellReplay, MetricReplay, ReplayVerdict, Run, RunKind, RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.replaying.comparing import agree, compare_metrics, notes_on, verdict_of
from jupyter_mlops.promotion.replaying.pairing import Pair, paired
from jupyter_mlops.tracking.recorder import Recorder

CELL = CellReplay(index=0, number=1, source="x")


def row(left: float | None, right: float | None) -> MetricReplay:
    return MetricReplay(metric="m", original=left, replayed=right)


def run(name: str, C: str = "", **metrics: float) -> Run:
    known = {"status": RunStatus.FINISHED, "kind": RunKind.HEADLESS, "started": None, "ended": None}
    parameters = {"C": C} if C else {}
    run_id = f"id of some {name}"
    named = name or run_id[:8]
    return Run(run_id=run_id, name=named, experiment="e", metrics=metrics, parameters=parameters, **known)


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
    assert agree(left, left)
    if agree(left, right):
        assert agree(left, right, more)


def test_numbers_that_are_small_do_not_agree_because_they_are() -> None:
    assert not agree(1e-250, 9e-194)
    assert not agree(0.0, 1e-13)
    assert agree(1e-250, 1e-250 * (1 + 1e-15))
    assert agree(0.0, 1e-13, 1e-12)  # as far apart as was allowed


def test_of_numbers_that_are_none_cells_decide() -> None:
    rows = [row(math.nan, math.nan)]
    assert verdict_of(rows, [], 0.0) is ReplayVerdict.REPRODUCED
    assert verdict_of(rows, [CELL], 0.0) is ReplayVerdict.DIFFERENT


def test_parts_are_told_apart_by_their_names_and_of_one_name_by_their_order() -> None:
    sides = [[run("whole"), run("part", a=a), run("part", a=3.0), run("other")] for a in (1.0, 2.0)]
    found = paired(*sides)
    assert [pair.label for pair in found] == ["", "part", "part #2", "other"]
    assert [pair.original and pair.original.metrics for pair in found] == [{}, {"a": 1.0}, {"a": 3.0}, {}]
    assert paired(sides[0], sides[1][:1])[1].replayed is None


@settings(deadline=None)  # the first example imports MLflow
@given(st.permutations([("angry-ant-1", "1"), ("bald-asp-23", "1"), ("calm-bat-456", "2"), ("", "3")]))
def test_parts_that_nobody_named_are_told_apart_by_their_parameters(found: list[tuple[str, str]]) -> None:
    names = ["wise-yak-9", "wistful-owl-10", "abundant-ape-0", "able-auk-1000"]
    original = [run(name, C=C) for name, C in zip(names, "1123", strict=True)]
    replayed = [run(name, C=C) for name, C in found]
    pairs = paired([run("whole"), *original], [run("replay of whole"), *replayed])[1:]
    assert [pair.label for pair in pairs] == ["part 1", "part 2", "part 3", "part 4"]
    assert all(one and other and one.parameters == other.parameters for one, other in map(sides_of, pairs))


def test_a_part_that_somebody_named_is_none_that_nobody_did() -> None:
    (_, named, unnamed) = paired([run("whole"), run("train-fold-1"), run("angry-ant-1")], [run("whole")])
    assert (named.label, unnamed.label) == ("train-fold-1", "part 1")


def sides_of(pair: Pair) -> tuple[Run | None, Run | None]:
    return pair.original, pair.replayed


class Logging:
    """Two runs in one store, and a part of each."""

    def __init__(self, project: Project) -> None:
        self.store = project.store
        self.sides, self.closed = [], False
        for _ in range(2):
            whole = Recorder.start(self.store, experiment="e", name="w", kind=RunKind.HEADLESS)
            part = Recorder.start(
                self.store, experiment="e", name="fold", kind=RunKind.USER, parent=whole.run_id
            )
            self.sides.append((whole, part))

    def compared(self, tolerance: float = 0.0) -> dict[str, tuple[float | None, float | None, bool]]:
        for each in (recorder for side in self.sides for recorder in reversed(side) if not self.closed):
            each.close(RunStatus.FINISHED, exit_code=0)
        self.closed = True
        original, replayed = ([each.snapshot() for each in side] for side in self.sides)
        rows = compare_metrics(self.store, original, replayed, [], tolerance)
        self.notes = notes_on(self.store, original, replayed, rows)
        return {row.metric: (row.original, row.replayed, row.within) for row in rows}


@pytest.fixture
def logging(folder: Path, local: None) -> Logging:
    return Logging(Project(folder))


def test_each_point_of_a_metric_is_compared(logging: Logging) -> None:
    for side, middle in zip(logging.sides, (0.5, 0.7), strict=True):
        for step, value in enumerate((0.9, middle, math.nan, 0.1)):
            side[0].metrics({"loss": value, "same": float(step)}, step)
    logging.sides[0][0].metrics({"more": 3.0}, 0)
    for step in (0, 9):
        logging.sides[1][0].metrics({"more": 3.0}, step)
    assert logging.compared() == {
        "loss (step 1)": (0.5, 0.7, False),
        "more (step 9)": (None, 3.0, False),
        "same": (3.0, 3.0, True),
    }
    assert logging.compared(0.5)["loss (step 1)"] == (0.5, 0.7, True)
    assert logging.notes == []


def test_steps_that_are_times_are_compared_in_order(logging: Logging) -> None:
    for side, start in zip(logging.sides, (1_000, 2_000), strict=True):
        for value in (3.0, 1.0, 2.0):
            side[0].metrics({"loss": value}, start)
        side[0].metrics({"loss": 0.5}, start + 7)
    assert logging.compared() == {"loss": (0.5, 0.5, True)}


def test_metrics_of_a_part_and_of_the_whole_are_never_one(logging: Logging) -> None:
    for (whole, part), value in zip(logging.sides, (1.0, 2.0), strict=True):
        whole.metrics({"fold/acc": value})
        part.metrics({"acc": 0.5})
    found = logging.compared()
    assert found == {"fold/acc": (1.0, 2.0, False), "acc of fold": (0.5, 0.5, True)}


def test_durations_are_left_out_and_what_is_no_number_is_told(logging: Logging) -> None:
    for (whole, part), value in zip(logging.sides, (1.0, 2.0), strict=True):
        whole.metrics({"loss": math.nan})
        part.metrics({"std_fit_time": value, "mean_score_time": value, "acc": 0.5})
    assert set(logging.compared()) == {"loss", "fold/acc"}
    assert logging.notes == [
        "durations are not compared: mean_score_time, std_fit_time",
        "not a number in either run: loss",
    ]
