"""What versions of a dataset did to the runs built on them."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from scipy import stats

from jupyter_mlops.catalogue.named import Datasets
from jupyter_mlops.entities import DatasetVersion, RecordedParameter, RunKind, RunStatus
from jupyter_mlops.evaluation.means import Mean, difference, mean
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")

LEFT, RIGHT = [0.80, 0.82, 0.79, 0.84], [0.83, 0.84, 0.82, 0.88]


def versions(project: Project, name: str, count: int = 2) -> list[DatasetVersion]:
    """So many versions of a dataset, each with one row more."""
    datasets = Datasets(project.store, project.config)
    frames = [pd.DataFrame({"id": range(rows), name: "x"}) for rows in range(1, count + 1)]
    return [datasets.add(frame, name=name) for frame in frames]


def run(
    project: Project,
    *read: DatasetVersion,
    parent: str | None = None,
    status: RunStatus = RunStatus.FINISHED,
    metrics: dict[str, float] | None = None,
    **parameters: object,
) -> str:
    """A run that read these versions."""
    recorder = Recorder.start(
        project.store,
        experiment="e",
        name="n",
        kind=RunKind.HEADLESS,
        notebook="train.ipynb",
        parent=parent,
    )
    for version in read:
        recorder.dataset(version)
    values = [RecordedParameter(name=k, value=repr(v), type="") for k, v in parameters.items()]
    recorder.parameters(values)
    recorder.metrics(metrics or {})
    recorder.close(status, exit_code=0 if status is RunStatus.FINISHED else 1)
    return recorder.run_id


def test_runs_with_the_same_parameters_are_paired(project: Project) -> None:
    first, second = versions(project, "paired")
    for version, values in ((first, LEFT), (second, RIGHT)):
        for C, value in enumerate(values):
            run(project, version, metrics={"accuracy": value}, C=C, data=f"data/{version.number}.csv")
    found = project.impact("paired", "accuracy")
    [change] = found.differences
    expected = stats.ttest_rel(RIGHT, LEFT).confidence_interval()
    assert (change.left, change.right, change.pairs) == ("paired@1", "paired@2", 4)
    assert change.difference == pytest.approx(0.03)
    assert (change.low, change.high) == pytest.approx((expected.low, expected.high))
    assert change.verdict == (
        "paired@2 better by 3.0 pp, 95 % interval 1.7 to 4.3 (4 pairs of runs with the same parameters)"
    )
    mean_ = stats.ttest_1samp(LEFT, 0).confidence_interval()
    side = found.versions[0]
    assert (side.mean, side.low, side.high) == pytest.approx((0.8125, mean_.low, mean_.high))
    assert len(side.runs) == 4


def test_runs_with_other_parameters_are_compared_as_welch_does(project: Project) -> None:
    first, second = versions(project, "welch")
    for version, values in ((first, LEFT), (second, RIGHT[:3])):
        for value in values:
            run(project, version, metrics={"loss": value}, C=(version.number, value))
    [change] = project.impact("welch", "loss").differences
    expected = stats.ttest_ind(RIGHT[:3], LEFT, equal_var=False).confidence_interval()
    assert change.pairs == 0
    assert (change.low, change.high) == pytest.approx((expected.low, expected.high))
    assert change.verdict.startswith("no difference shown: +0.0175, 95 % interval -0.")
    assert change.verdict.endswith("(4 and 3 runs with other parameters)")


def test_repeats_of_one_run_and_single_pairs_say_what_they_are(project: Project) -> None:
    first, second = versions(project, "single")
    run(project, first, metrics={"accuracy": 0.8, "rmse": 1.0}, C=1)
    run(project, second, metrics={"accuracy": 0.9, "rmse": 2.0}, C=1)
    [change] = project.impact("single", "accuracy").differences
    assert (change.pairs, change.low) == (1, None)
    assert change.verdict == (
        "accuracy is 10.0 pp higher on single@2 in one run on each; that shows nothing (one pair of runs)"
    )
    [change] = project.impact("single", "rmse").differences
    assert change.verdict.startswith("rmse is 1 higher on single@2 in one run ")
    for version, value in ((first, 0.8), (second, 0.9)):
        run(project, version, metrics={"accuracy": value}, C=1)
    [change] = project.impact("single", "accuracy").differences
    assert change.verdict == (
        "accuracy is 10.0 pp higher on single@2; the repeats are all alike, so nothing tells chance: "
        "vary a parameter such as the seed "
        "(2 and 2 runs with the same parameters)"
    )


def test_repeats_of_one_run_are_no_further_evidence(project: Project) -> None:
    first, second = versions(project, "again")
    for C, value in enumerate([0.8, 0.82, 0.84]):
        for _ in range(3):
            run(project, first, metrics={"accuracy": value}, C=C, data="data/again.csv")
    for C, value in enumerate([0.7, 0.74]):
        for _ in range(2):
            run(project, second, metrics={"accuracy": value}, C=10 + C)
    found = project.impact("again", "accuracy")
    once = stats.ttest_1samp([0.8, 0.82, 0.84], 0).confidence_interval()
    assert (found.versions[0].low, found.versions[0].high) == pytest.approx((once.low, once.high))
    assert len(found.versions[0].runs) == 9
    welch = stats.ttest_ind([0.7, 0.74], [0.8, 0.82, 0.84], equal_var=False).confidence_interval()
    [change] = found.differences
    assert (change.low, change.high) == pytest.approx((welch.low, welch.high))
    assert change.verdict.endswith("(9 and 4 runs with other parameters)")


def test_children_count_and_runs_that_tell_nothing_do_not(project: Project) -> None:
    first, second, third = versions(project, "family", 3)
    parent = run(project, first)
    child = run(project, parent=parent, metrics={"accuracy": 0.7}, C=1)
    grandchild = run(project, parent=child, metrics={"accuracy": 0.6}, C=2)
    run(project, first, second, metrics={"accuracy": 0.1})
    run(project, first, metrics={"accuracy": math.nan})
    run(project, first, metrics={"accuracy": 0.2}, status=RunStatus.FAILED)
    run(project, first.model_copy(update={"wrote": True}), metrics={"accuracy": 0.3})
    one = run(project, third, metrics={"accuracy": 0.9}, C=1)
    found = project.impact("family", "accuracy")
    assert [set(each.runs) for each in found.versions] == [{child, grandchild}, set(), {one}]
    assert [(each.left[-1], each.right[-1], each.verdict) for each in found.differences] == [
        ("1", "2", "no run on family@2"),
        ("2", "3", "no run on family@2"),
        (
            "1",
            "3",
            "accuracy is 20.0 pp higher on family@3 in too few runs; that shows nothing (one pair of runs)",
        ),
    ]


def test_what_is_not_there_is_told_with_what_is(project: Project) -> None:
    first, _ = versions(project, "told")
    with pytest.raises(NotFound, match="no finished run read 'told'"):
        project.impact("told", "accuracy")
    run(project, first, metrics={"accuracy": 0.8, "f1": 0.7})
    with pytest.raises(NotFound, match="logged the metric 'acuracy'") as caught:
        project.impact("told", "acuracy")
    assert caught.value.hint == "did you mean 'accuracy'?"
    with pytest.raises(NotFound, match="no dataset 'tol'"):
        project.impact("tol", "accuracy")


def test_means_of_numbers_that_tell_no_spread_have_no_interval() -> None:
    assert mean([2.0]) == Mean(2.0)
    assert mean([0.1, 0.1, 0.1]) == Mean(pytest.approx(0.1), alike=True)
    assert difference([1.0], [3.0, 4.0]) == Mean(2.5)
    assert difference([1.0, 1.0], [3.0, 3.0]) == Mean(2.0, alike=True)
