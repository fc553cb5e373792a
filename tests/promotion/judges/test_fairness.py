"""Groups are served alike, or the gate names those that are not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from jupyter_mlops.entities import GateStatus
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Verdict
from jupyter_mlops.promotion.judges.fairness import judge_fairness, key_fairness
from tests.promotion.judging import context_of, gate

PASSED, FAILED = GateStatus.PASSED, GateStatus.FAILED


@pytest.fixture(scope="module")
def project(churn_shared: Project) -> Project:
    """``skewed.csv``: the same customers, nearly all of those predicted to churn being called ``f``."""
    frame = pd.read_csv(churn_shared.root / "customers.csv")
    said = churn_shared.load_model("churn@2").predict(frame[["age", "tenure"]])
    first = pd.Series(range(len(frame))) < 40
    frame["gender"] = pd.Series(said == "yes").map({True: "f", False: "m"}).where(~first, "m")
    frame["few"] = ["x"] * 480 + ["y"] * 20
    frame["hostile"] = ["<script>alert(1)</script>\n[red]"] * 250 + ["b"] * 250
    frame.to_csv(churn_shared.root / "skewed.csv", index=False)
    right = pd.Series(said).isin(["yes"])
    frame = pd.concat([frame] * 2, ignore_index=True)
    frame["shop"] = [number % 25 for number in range(1000)]
    wrong = frame["shop"] == 24
    frame["churned"] = pd.concat([right] * 2, ignore_index=True).ne(wrong).map({True: "yes", False: "no"})
    frame["region"] = "r" + frame["shop"].astype(str)
    frame.loc[frame["shop"] == 7, "churned"] = None
    frame.loc[frame.index[frame["shop"] == 8][:15], "churned"] = None
    frame.to_csv(churn_shared.root / "shops.csv", index=False)
    return churn_shared


def judged(project: Project, **options: Any) -> Verdict:
    return judge_fairness(gate("fairness", {"by": "gender", **options}), context_of(project, "churn@2"))


def table(project: Project, name: str) -> pd.DataFrame:
    frame = pd.read_csv(project.root / name)
    return frame.assign(said=project.load_model("churn@2").predict(frame[["age", "tenure"]]))


def test_the_largest_difference_between_groups_decides(project: Project) -> None:
    found = judged(project, metric="accuracy", within=0.5)
    frame = table(project, "customers.csv")
    by_group = (frame["said"] == frame["churned"]).groupby(frame["gender"]).mean()
    difference = by_group.max() - by_group.min()
    assert found.status is PASSED
    assert float(found.evidence["accuracy difference"]) == pytest.approx(difference, rel=1e-4)
    assert found.message.startswith(f"accuracy differs by {difference:.4g} between gender ")
    rows = int((frame["gender"] == by_group.idxmin()).sum())
    assert found.details[0] == f"accuracy of gender {by_group.idxmin()}: {by_group.min():.4g} ({rows} rows)"
    assert judged(project, within=difference * 0.99).status is FAILED


def test_rates_are_those_of_demographic_parity_and_equalized_odds(project: Project) -> None:
    frame = table(project, "skewed.csv")
    said, yes = frame["said"] == "yes", frame["churned"] == "yes"
    expected = {
        "selection_rate": said.groupby(frame["gender"]).mean(),
        "true_positive_rate": said[yes].groupby(frame["gender"]).mean(),
        "false_positive_rate": said[~yes].groupby(frame["gender"]).mean(),
    }
    found = judged(project, metric=list(expected), within="5%", data="skewed.csv")
    assert found.status is FAILED
    assert found.message.count("not within 0.05") == 3
    for metric, rates in expected.items():
        given = float(found.evidence[f"{metric} difference"])
        assert given == pytest.approx(rates.max() - rates.min(), rel=1e-4)
    other = judged(project, metric="selection_rate", within=0.99, data="skewed.csv", positive="no")
    assert "gender f (0)" in other.message


def test_each_group_must_reach_what_is_demanded(project: Project) -> None:
    assert judged(project, at_least=0.5).status is PASSED
    found = judged(project, at_least=0.99, within=0.99)
    assert found.status is FAILED
    assert "accuracy is lowest in gender " in found.message
    assert found.message.endswith("not >= 0.99")


def test_small_groups_are_told_and_not_judged(project: Project) -> None:
    found = judged(project, by="few", at_least=0.1, data="skewed.csv")
    assert found.status is PASSED
    assert found.details[-1] == "few y: not judged, 20 rows are too few"
    with pytest.raises(Refused, match="1 of 2 groups by few: few y: not judged"):
        judged(project, by="few", within=0.1, data="skewed.csv")
    undefined = judged(project, by="churned", metric="true_positive_rate", at_least=0.01, data="skewed.csv")
    assert undefined.details[-1].startswith("churned no: not judged, true_positive_rate is not defined")


@pytest.mark.parametrize(("by", "worst"), [("shop", "24"), ("region", "r24")])
def test_no_group_that_has_enough_rows_is_overlooked(project: Project, by: str, worst: str) -> None:
    found = judged(project, by=by, at_least=0.5, data="shops.csv")
    assert found.status is FAILED
    assert found.message == (
        f"accuracy is lowest in {by} {worst} (0), not >= 0.5; 2 of 25 groups were not judged: "
        "1 no row with a label, 1 fewer than 30 rows; 55 of 1,000 rows have no churned"
    )
    rest = {f"{by} {worst[:-2]}7: not judged, none of its 40 rows has a label"}
    assert rest | {f"{by} {worst[:-2]}8: not judged, 25 rows are too few"} == set(found.details[23:])


def test_texts_out_of_the_data_stay_in_one_line(project: Project) -> None:
    found = judged(project, by="hostile", within=0.99, data="skewed.csv")
    assert all("\n" not in line for line in (found.message, *found.details))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"within": 0.99, "by": "gendr"}, NotFound, "'gendr'"),
        ({"within": 0.99, "metric": "rmse"}, NotFound, "no metric 'rmse' of classification"),
        ({"within": 0.99, "metric": "selection_rate", "positive": "maybe"}, NotFound, "no label 'maybe'"),
        ({"within": 0.99, "data": "gone"}, NotFound, "'gone'"),
        ({}, ConfigError, "demands nothing"),
        ({"within": "a lot"}, ConfigError, "within: "),
        ({"within": 0.1, "by": None}, ConfigError, "by: "),
    ],
)
def test_what_cannot_be_judged_is_told_with_the_mend(
    project: Project, options: dict[str, Any], error: type[MLOpsError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        judged(project, **options)
    assert caught.value.hint


def test_its_key_is_over_the_options_and_the_data(project: Project) -> None:
    def key(**options: Any) -> str:
        return key_fairness(gate("fairness", {"by": "gender", **options}), context_of(project, "churn@2"))

    assert key(within=0.1) == key(within=0.1)
    assert len({key(within=0.1), key(within=0.2), key(within=0.1, data="skewed.csv")}) == 3
    usual = gate("fairness", {"by": "gender", "within": 0.1})
    moved = context_of(project, "churn@2", "churn@1")  # another champion changes nothing
    assert key_fairness(usual, moved) == key(within=0.1)
    assert key() == ""  # it demands nothing: the judge says so
