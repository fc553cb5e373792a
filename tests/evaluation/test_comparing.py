"""Two registered models compared on data: metrics, slices, verdicts."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.entities import Comparison
from jupyter_mlops.evaluation.comparing import compare_models
from jupyter_mlops.evaluation.metrics import scores
from jupyter_mlops.evaluation.models import open_model
from jupyter_mlops.evaluation.paired import Answers, Measured, Paired, measure
from jupyter_mlops.evaluation.verdicts import judged, rounded
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.recorder import Recorder
from tests.evaluation.registered import customers, python_model, register

pytestmark = pytest.mark.usefixtures("local")

TRAIN, TEST = customers(600, 1), customers(1000, 2)
X = TRAIN[["age", "tenure"]]


@pytest.fixture(scope="module", autouse=True)
def models(project: Project) -> None:
    """churn@1 says what most do, churn@2 and churn@3 look; spent@1 says the mean, spent@2 looks."""
    for model in (DummyClassifier(), LogisticRegression(), LogisticRegression(C=0.5)):
        register(project, "churn", model.fit(X, TRAIN["churned"]), X.head())
    for number in (DummyRegressor(), LinearRegression()):
        register(project, "spent", number.fit(X, TRAIN["spent"]), X.head())
    said = python_model(project, "rules", lambda f: np.where(f["age"] > 50, "yes", "no"), X.head())
    assert said.version == "1"
    python_model(project, "bits", lambda f: (f["age"] > 50).astype(int), X.head())


def compared(
    project: Project, left: str, right: str, frame: pd.DataFrame = TEST, **how: object
) -> Comparison:
    sides = [open_model(project.store, reference) for reference in (left, right)]
    how = {"target": "churned", **how}
    return compare_models(*sides, frame, data="test", **how)


def test_the_better_model_is_named_with_the_interval(project: Project) -> None:
    found = compared(project, "churn@1", "churn@2")
    assert (found.left, found.right, found.rows, found.task) == ("churn@1", "churn@2", 1000, "classification")
    assert [each.metric for each in found.metrics] == ["accuracy", "precision", "recall", "f1", "roc_auc"]
    said = re.fullmatch(
        r"churn@2 better by (\d+\.\d) pp, 95 % interval (\d+\.\d) to (\d+\.\d)", found.verdict
    )
    assert said
    by, low, high = map(float, said.groups())
    assert low < by < high
    accuracy = found.metrics[0]
    right = open_model(project.store, "churn@2")
    expected = scores("classification", TEST["churned"].to_numpy(), right.predict(TEST))
    assert accuracy.right == pytest.approx(expected["accuracy"])
    assert accuracy.better == "right"
    swapped = compared(project, "churn@2", "churn@1")
    assert swapped.verdict.startswith(f"churn@2 better by {by} pp, 95 % interval ")
    assert swapped.metrics[0].difference == pytest.approx(-by / 100, abs=5e-4)


@pytest.mark.parametrize(
    ("measured", "rows", "said"),
    [
        (("accuracy", 0.8, 0.814, 0.014, 0.006, 0.022, 0.001), 9000,
         "b better by 1.4 pp, 95 % interval 0.6 to 2.2"),
        (("accuracy", 0.814, 0.8, -0.014, -0.022, -0.006, 0.001), 9000,
         "a better by 1.4 pp, 95 % interval 0.6 to 2.2"),
        (("mae", 2.0, 1.5, -0.5, -0.75, -0.25, 0.001), 9, "b better by 0.5, 95 % interval 0.25 to 0.75"),
        (("mae", 2e6, 15e5, -5e5, -75e4, -25e4, 0.001), 9,
         "b better by 500,000, 95 % interval 250,000 to 750,000"),
        (("accuracy", 0.8, 0.805, 0.005, -0.01, 0.02, 0.5, "", 0.34, 0.115), 1000,
         "no difference shown; to see 1 pp you need about 9,100 rows"),
        (("accuracy", 0.8, 0.805, 0.005, 0.001, 0.009, 0.06, "", 0.34, 0.115), 20000,
         "no difference shown; one of 1 pp would have been seen"),
        (("accuracy", 0.8, 0.84, 0.04, 0.0, 0.12, 1.0, "", 0.2, 0.04, 1), 25,
         "no difference shown; too few rows to tell how many it would take"),
        (("f1", 0.8, 0.805, 0.005, -0.1, 0.2, 0.5, "", 0.34, None, 9), 25,
         "no difference shown; too few rows to tell how many it would take"),
        (("rmse", 5.0, 5.1, 0.1, -0.1, 0.3, 0.3, "", 1.0), 100,
         "no difference shown; to see 0.05 (1 %) you need about 3,200 rows"),
        (("roc_auc", 0.7, 0.71, 0.01, -0.1, 0.1, 0.3, "", 1.0), 100,
         "no difference shown; to see 0.01 you need about 79,000 rows"),
        (("r2", 0.7, 0.7, 0.0, 0.0, 0.0, 1.0), 100, "no difference shown"),
        (("accuracy", 1.0, 0.0, -1.0), 1, "too few rows (1) to tell"),
        (("roc_auc", None, 0.5), 100, "not defined on these rows"),
    ],
)  # fmt: skip
def test_verdicts_in_words(measured: tuple[Any, ...], rows: int, said: str) -> None:
    found = judged(Measured(*measured), rows, "a", "b", identical=False)
    assert found.verdict == said
    assert (found.better is not None) is ("better" in said)


def test_models_that_hardly_differ_show_no_difference(project: Project) -> None:
    near = compared(project, "churn@2", "churn@3", TEST.head(200))
    assert near.metrics[0].better is None
    assert near.verdict.startswith("no difference")


def test_errors_are_compared_and_less_is_better(project: Project) -> None:
    found = compared(project, "spent@1", "spent@2", target="spent")
    assert [each.metric for each in found.metrics] == ["mae", "rmse", "r2"]
    assert all(each.better == "right" for each in found.metrics)
    assert re.fullmatch(r"spent@2 better by [\d.]+, 95 % interval [\d.]+ to [\d.]+", found.verdict)
    chosen = compared(project, "spent@1", "spent@2", target="spent", metric="r2")
    assert chosen.metrics[0].metric == "r2"
    assert chosen.verdict == chosen.metrics[0].verdict
    small = compared(project, "spent@2", "spent@2", target="spent")
    assert small.verdict == "no difference: both predict the same in all 1,000 rows"
    assert small.notes == ("both sides are the same version",)


def test_one_row_and_one_class_are_told_as_such(project: Project) -> None:
    one = compared(project, "churn@1", "churn@2", TEST.head(1))
    assert {each.verdict for each in one.metrics} <= {
        "too few rows (1) to tell",
        "not defined on these rows",
        "no difference: both predict the same in the one row",
    }
    constant = compared(project, "churn@1", "churn@2", TEST[TEST["churned"] == "no"])
    by_name = {each.metric: each for each in constant.metrics}
    assert by_name["roc_auc"].verdict == "not defined on these rows"
    assert (by_name["roc_auc"].left, by_name["roc_auc"].difference) == (None, None)
    few = "too few rows (under 30) for intervals and tests to be relied upon"
    assert few in one.notes
    assert few not in constant.notes
    with pytest.raises(Refused, match="^the data have no rows$"):
        compared(project, "churn@1", "churn@2", TEST.head(0))


def test_few_rows_on_which_models_differ_tell_no_number_of_rows() -> None:
    y = np.tile([0, 1], 100)
    once = np.where(np.arange(200) == 7, 0, y)
    for each in measure(Paired("classification", y, Answers(y, None, (0, 1)), Answers(once, None, (0, 1)))):
        if each.metric in {"accuracy", "recall", "f1"}:
            assert each.differing == 1
            verdict = judged(each, 200, "a", "b", identical=False).verdict
            assert verdict == "no difference shown; too few rows to tell how many it would take"


def test_the_target_is_what_the_configuration_says(project: Project) -> None:
    twice = TEST.assign(other=TEST["churned"].to_numpy()[::-1])
    with pytest.raises(Refused, match="churn@1 and churn@2 leave several"):
        project.compare("churn@1", "churn@2", data=twice)
    (project.root / "mlops.yaml").write_text("models: {churn: {target: churned}}\n", encoding="utf-8")
    try:
        known = Project(project.root)
    finally:
        (project.root / "mlops.yaml").write_text("", encoding="utf-8")
    found = known.compare("churn@1", "churn@2", data=twice)
    assert found.metrics == compared(project, "churn@1", "churn@2").metrics
    other = known.compare("churn@1", "churn@2", data=twice, target="other")
    assert other.metrics != found.metrics
    assert known.explain("churn@2", data=twice).score == found.metrics[0].right
    assert [each.metric for each in known.drift(twice, twice, model="churn@2").decay] == [
        each.metric for each in found.metrics
    ]
    assert known.explain("churn@2", data=twice.drop(columns=["other", "region", "spent"])).score


def test_slices_are_compared_and_small_ones_are_not(project: Project) -> None:
    frame = TEST.assign(region=["tiny"] * 20 + ["north"] * 480 + ["south"] * 499 + [None])
    frame.loc[5, "churned"] = None
    found = compared(project, "churn@1", "churn@2", frame, slices=["region", "age"])
    told = {(part.column, part.value): part for part in found.slices}
    assert [(part.value, part.rows) for part in found.slices[:4]] == [
        ("south", 499),
        ("north", 480),
        ("tiny", 19),
        ("missing", 1),
    ]
    assert told["region", "tiny"].note == "too few rows (under 30)"
    assert told["region", "tiny"].metrics == ()
    assert sum(part.rows for part in found.slices if part.column == "age") == 999
    assert len([part for part in found.slices if part.column == "age"]) == 4
    alone = compared(project, "churn@1", "churn@2", frame[frame["region"] == "north"])
    slice_, whole = told["region", "north"].metrics[0], alone.metrics[0]
    assert (slice_.left, slice_.right, slice_.low) == (whole.left, whole.right, whole.low)
    assert slice_.p_value is not None
    assert whole.p_value is not None
    assert slice_.p_value >= whole.p_value
    assert found.notes == (
        "1 rows without a label were left out",
        "p-values of slices are corrected for the number of slices (Holm)",
    )


def test_models_judged_on_what_they_were_trained_on_are_told_so(project: Project) -> None:
    version = project.datasets.add(TRAIN, name="train")
    run_id = open_model(project.store, "churn@2").version.run_id
    assert run_id is not None
    link(Recorder(project.store, run_id), version, "training")
    note = "churn@2 was trained on train@1: its metrics are worse elsewhere"
    for found in (
        project.compare("churn@1", "churn@2", data="train@1", target="churned"),
        project.explain("churn@2", data="train@1", target="churned"),
    ):
        assert note in found.notes
    assert note not in project.compare("churn@1", "churn@2", data=TEST, target="churned").notes
    assert note not in project.compare("churn@1", "churn@3", data="train@1", target="churned").notes


def test_models_that_tell_no_classes_are_compared_by_what_they_say(project: Project) -> None:
    found = compared(project, "rules", "churn@2")
    assert found.metrics[-1].metric == "roc_auc"
    assert found.metrics[-1].left is None
    assert "the models know different classes" in found.notes
    with pytest.raises(Refused, match="the labels are texts, e.g. '\\w+'; bits@1 predicts"):
        compared(project, "bits", "rules")


@pytest.mark.parametrize(
    ("right", "how", "error", "said"),
    [
        ("spent@1", {}, Refused, "churn@1 is made for classification, spent@1 for regression"),
        ("churn@2", {"metric": "rmse"}, NotFound, "no metric 'rmse' of classification"),
        ("churn@2", {"slices": ["regin"]}, NotFound, "no column 'regin' to slice by"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    project: Project, right: str, how: dict[str, object], error: type[Refused], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        compared(project, "churn@1", right, **how)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("number", "told"), [(0, 0), (7, 7), (99, 99), (101, 110), (9020, 9100), (9991, 10000)]
)
def test_estimates_are_told_with_two_digits(number: int, told: int) -> None:
    assert rounded(number) == told
