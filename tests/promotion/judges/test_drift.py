"""Current data are compared with those that the version was trained on."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from jupyter_mlops.entities import GateStatus
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Verdict
from jupyter_mlops.promotion.judges.drift import judge_drift, key_drift
from tests.promotion.judging import context_of, gate
from tests.promotion.registered import add_version

PASSED, FAILED, ERROR = GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR


@pytest.fixture(scope="module")
def project(churn_shared: Project) -> Project:
    frame = pd.read_csv(churn_shared.root / "customers.csv")
    frame.assign(age=frame["age"] + 30).to_csv(churn_shared.root / "older.csv", index=False)
    frame.head(12).to_csv(churn_shared.root / "few.csv", index=False)
    sparse = frame.assign(note=pd.Series(["called"] * 5))
    sparse.to_csv(churn_shared.root / "noted.csv", index=False)
    sparse.sample(frac=1, random_state=0).to_csv(churn_shared.root / "shuffled.csv", index=False)
    frame.head(0).to_csv(churn_shared.root / "empty.csv", index=False)
    return churn_shared


def judged(project: Project, current: str, version: str = "churn@2", **options: Any) -> Verdict:
    return judge_drift(gate("drift", {"current": current, **options}), context_of(project, version))


def test_data_like_those_that_it_was_trained_on_pass(project: Project) -> None:
    found = judged(project, "customers", threshold=0.2)
    assert found.status is PASSED
    assert found.message.startswith("no drift in ")
    assert found.evidence["reference"] == "train@1 (400 rows)"
    assert found.evidence["current"] == "customers (500 rows)"
    assert any("accuracy went from " in line for line in found.details)
    assert any("was trained on train@1" in line for line in found.details)


def test_a_shift_fails_in_the_column_and_in_the_predictions(project: Project) -> None:
    found = judged(project, "older.csv", threshold=0.2)
    assert found.status is FAILED
    assert "age" in found.message
    assert "the predictions drifted" in found.message
    assert any(line.startswith("age: drift: ") for line in found.details)
    only = judged(project, "older.csv", threshold=0.2, columns=["tenure"])
    assert only.status is FAILED
    assert only.message == "the predictions drifted"
    assert judged(project, "older.csv", threshold=99, thresholds={"prediction": 9}).status is PASSED


def test_what_it_was_trained_on_does_not_decide_on_performance(project: Project) -> None:
    frame = pd.read_csv(project.root / "customers.csv")
    frame.assign(churned=frame["churned"].sample(frac=1, random_state=0).to_numpy()).to_csv(
        project.root / "noise.csv", index=False
    )
    assert judged(project, "noise.csv").status is PASSED
    measured = judged(project, "noise.csv", reference="customers")
    assert measured.status is FAILED
    assert "accuracy went from" in measured.message


def test_too_few_rows_or_values_are_no_pass(project: Project) -> None:
    few = judged(project, "few.csv")
    assert (few.status, few.message) == (ERROR, "few.csv has too few rows to tell: 12, 30 are needed")
    noted = judged(project, "noted.csv", reference="shuffled.csv")
    assert noted.status is ERROR
    assert noted.message.startswith("too few values to tell in note: ")
    assert judged(project, "noted.csv", reference="shuffled.csv", ignore=["note"]).status is PASSED
    with pytest.raises(Refused, match=r"current empty.csv has no rows"):
        judged(project, "empty.csv")


def test_data_compared_with_themselves_are_no_pass(project: Project) -> None:
    same = judged(project, "train.csv")  # those that it was trained on
    assert (same.status, same.message) == (
        ERROR,
        "compared with itself: train.csv and train@1 hold the very same data",
    )
    assert judged(project, "few.csv", reference="few.csv").message.startswith(
        "compared with itself: few.csv "
    )


def test_columns_are_compared_where_it_can_predict_on_neither_side(project: Project) -> None:
    for name in ("train", "customers"):
        frame = pd.read_csv(project.root / f"{name}.csv")
        frame.drop(columns="tenure").to_csv(project.root / f"raw_{name}.csv", index=False)
    found = judged(project, "raw_customers.csv", reference="raw_train.csv", target="churned")
    assert found.status is PASSED
    assert found.message == "no drift in 4 columns, not of what it predicts: it takes other columns"
    one = judged(project, "raw_customers.csv", ignore=["tenure"])
    assert one.status is ERROR
    assert one.message.startswith("no predictions on the current data: the data lack a column")


def test_without_one_training_data_a_reference_is_asked_for(project: Project) -> None:
    model = project.load_model("churn@2")
    untold = add_version(project, model, ["age", "tenure"], name="untold", metrics={})
    label = f"untold@{untold.version}"
    with pytest.raises(Refused, match="untold@1 tells of no training data") as caught:
        judged(project, "customers", label)
    assert "--context training" in str(caught.value.hint)
    assert judged(project, "customers", label, reference="train.csv").status is PASSED


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"current": "nowhere.csv"}, NotFound, "there is no nowhere.csv in the project"),
        ({"reference": "train@7"}, NotFound, "no version 7"),
        ({"ignore": ["agee"]}, NotFound, "'agee'"),
        ({"columns": ["agee"]}, NotFound, "'agee'"),
        ({"thresholds": {"agee": 1}}, NotFound, "'agee'"),
        ({"threshold": 0}, ConfigError, "threshold: "),
        ({"threshold": float("nan")}, ConfigError, "threshold: "),
        ({"max_psi": 0.2}, ConfigError, "drift has no option 'max_psi'"),
        ({"current": None}, ConfigError, "current: "),
    ],
)
def test_what_cannot_be_judged_is_told_with_the_mend(
    project: Project, options: dict[str, Any], error: type[MLOpsError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        judge_drift(gate("drift", {"current": "customers", **options}), context_of(project, "churn@2"))
    assert caught.value.hint


def test_its_key_is_over_both_sides(project: Project) -> None:
    def key(current: str, **options: Any) -> str:
        return key_drift(gate("drift", {"current": current, **options}), context_of(project, "churn@2"))

    keys = {key("customers"), key("older.csv"), key("customers", reference="few.csv")}
    assert len(keys) == 3
    assert key("customers") in keys
    assert key("nowhere.csv") == ""
