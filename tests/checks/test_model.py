"""Real models held against what is demanded of them, on real data."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from jupyter_mlops.checks.model import check_model
from jupyter_mlops.cli import main
from jupyter_mlops.config import load_config
from jupyter_mlops.entities import CheckReport, CheckStatus, RunKind, RunStatus
from jupyter_mlops.exceptions import ConfigError, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import registry
from jupyter_mlops.tracking.recorder import Recorder
from tests.evaluation.registered import customers, register

pytestmark = pytest.mark.usefixtures("local")

PASSED, FAILED = CheckStatus.PASSED, CheckStatus.FAILED
ERROR, SKIPPED = CheckStatus.ERROR, CheckStatus.SKIPPED
TRAIN, TEST = customers(400, 1), customers(500, 2)
NUMBERS, FEATURES = ["age", "tenure"], ["age", "tenure", "region"]


@pytest.fixture(scope="module", autouse=True)
def models(project: Project) -> None:
    """churn@1 says what most do, churn@2 looks at age and tenure and is trained on train@1; leaky@1 is given
    all, and its region matters; spent@1 predicts a number."""
    X = TRAIN[NUMBERS]
    register(project, "churn", DummyClassifier().fit(X, TRAIN["churned"]), X.head())
    good = register(project, "churn", LogisticRegression(max_iter=1000).fit(X, TRAIN["churned"]), X.head())
    trained = project.datasets.add(TRAIN, name="train")
    recorder = Recorder(project.store, str(good.run_id))
    recorder.dataset(trained.model_copy(update={"context": "training"}))
    odd = make_pipeline(OrdinalEncoder(), LogisticRegression(max_iter=1000))
    answers = np.where(TRAIN["region"] == "north", TRAIN["churned"], "no")
    register(project, "leaky", odd.fit(TRAIN[["region", "age"]].head(30), answers[:30]))
    register(project, "spent", LinearRegression().fit(X, TRAIN["spent"]), X.head())


def checked(project: Project, model: str, checks: list[str], data: Any = TEST, **how: Any) -> CheckReport:
    name = model.partition("@")[0]
    listed = "".join(f"\n    - {check!r}" for check in checks)
    (project.root / "mlops.yaml").write_text(f"models:\n  {name}:\n    checks:{listed or ' []'}\n")
    how = {"target": "spent" if name == "spent" else "churned", **how}
    return check_model(project.store, load_config(project.root), model, data=data, **how)


def outcomes(report: CheckReport) -> dict[str, tuple[CheckStatus, str]]:
    return {result.name: (result.status, result.message) for result in report.results}


def test_metrics_are_held_against_numbers_and_versions(project: Project) -> None:
    registry.set_alias(project.store, "churn", "champion", "1")
    report = checked(
        project,
        "churn@2",
        [
            "accuracy >= 0.7",
            "accuracy >= 0.99",
            "roc_auc >= 70% by region",
            "accuracy >= 0.99 by age",
            "accuracy >= champion.accuracy - 0.005",
            "accuracy >= 2.accuracy",
            "accuracy >= challenger.accuracy",
            "accuracy >= campion.accuracy",
            "f1 >= 0.1 by town",
        ],
    )
    found = outcomes(report)
    assert [status for status, _ in found.values()] == [
        *(PASSED, FAILED, PASSED, FAILED, PASSED, SKIPPED, SKIPPED, ERROR, ERROR)
    ]
    accuracy = (LogisticRegression(max_iter=1000).fit(TRAIN[NUMBERS], TRAIN["churned"])).score(
        TEST[NUMBERS], TEST["churned"]
    )
    assert found["accuracy >= 0.99"][1] == f"accuracy is {accuracy:.4g}, not >= 0.99"
    most = TRAIN["churned"].mode()[0]
    reference = (TEST["churned"] == most).mean()
    assert found["accuracy >= champion.accuracy - 0.005"][1] == (
        f"accuracy is {accuracy:.4g}, >= {reference:.4g} - 0.005 of churn@1"
    )
    parts = next(r for r in report.results if r.name == "accuracy >= 0.99 by age")
    assert len(parts.details) == 4
    assert parts.message.startswith(f"4 of 4 parts fail, worst {parts.details[0]}")
    assert found["accuracy >= 2.accuracy"][1] == "this version is 2 itself"
    assert found["accuracy >= challenger.accuracy"][1] == "there is no challenger yet"
    assert found["f1 >= 0.1 by town"][1] == "the data have no column 'town'"
    assert {result.place for result in report.results} == {"mlops.yaml models.churn.checks"}


def test_what_was_found_is_on_the_run_and_on_the_version(project: Project) -> None:
    report = checked(project, "churn@2", ["accuracy >= 0.99", "size <= 100MB"])
    assert report.exit_code == 3
    details = project.show(str(report.run_id))
    assert (details.run.kind, details.run.status, details.run.exit_code) == (
        RunKind.CHECK,
        RunStatus.FAILED,
        3,
    )
    assert details.run.error is not None
    assert details.run.error.startswith("1 of 2 checks failed: accuracy >= 0.99: accuracy is")
    assert details.run.metrics.keys() >= {"accuracy", "roc_auc"}
    assert [(d.context, d.rows) for d in details.datasets] == [("check", 500)]
    version = next(v for v in project.models("churn") if v.version == "2")
    assert version.tags["mlops.check.failed"] == "1"
    assert version.tags["mlops.check.run"] == report.run_id


def test_small_parts_are_passed_over_in_words(project: Project) -> None:
    frame = TEST.assign(region=["north"] * 490 + ["south"] * 10)
    report = checked(project, "churn@2", ["accuracy >= 0.1 by region"], frame)
    (result,) = report.results
    assert result.status is PASSED
    assert result.message.endswith("(490 rows); 1 of 2 groups was not judged: fewer than 30 rows")
    assert result.details[1] == "region south: not judged, 10 rows are too few"
    few = checked(project, "churn@2", ["accuracy >= 0.1 by region"], TEST[:20])
    assert few.results[0].status is ERROR
    assert not few.passed


def test_no_part_that_has_enough_rows_is_overlooked(project: Project) -> None:
    frame = pd.concat([TEST] * 2, ignore_index=True)
    said = np.where(project.load_model("churn@2").predict(frame[NUMBERS]) == "yes", "yes", "no")
    shop = np.array([number % 25 for number in range(1000)])
    frame["churned"] = np.where(shop == 24, np.where(said == "yes", "no", "yes"), said)  # all wrong in one
    frame["shop"], frame["region"] = shop, [f"r{number}" for number in shop]
    for by, name in (("shop", "24"), ("region", "r24")):
        (result,) = checked(project, "churn@2", [f"accuracy >= 0.5 by {by}"], frame).results
        assert result.status is FAILED
        assert result.message == (
            f"1 of 25 parts fail, worst {by} {name}: accuracy is 0, not >= 0.5 (40 rows)"
        )


def test_rows_without_a_label_are_told_and_so_is_a_part_of_them_only(project: Project) -> None:
    frame = TEST.assign(region=["north"] * 300 + ["south"] * 180 + ["west"] * 20)
    frame.loc[300:, "churned"] = None
    report = checked(project, "churn@2", ["accuracy >= 0.1 by region"], frame)
    (result,) = report.results
    assert result.message.endswith("(300 rows); 2 of 3 groups were not judged: no row with a label")
    assert result.details[1] == "region south: not judged, none of its 180 rows has a label"
    assert "200 of 500 rows have no churned: they are not judged" in report.notes


def test_predictions_must_not_change_with_a_column(project: Project) -> None:
    frame = TEST.assign(one="x")
    report = checked(
        project,
        "leaky",
        [
            "invariant to region",
            "invariant to region within 100%",
            "invariant to age within 100%",
            "invariant to tenure",
            "invariant to one",
            "invariant to nothing",
        ],
        frame[frame["age"].isin(TRAIN["age"][:30])],
    )
    found = outcomes(report)
    assert found["invariant to region"][0] is FAILED
    assert "predictions" in found["invariant to region"][1]
    assert len(report.results[0].details) == 2  # all north, all south
    assert found["invariant to region within 100%"][0] is PASSED
    assert len(report.results[2].details) == 3  # of many values: shuffled
    assert found["invariant to tenure"] == (PASSED, "the model is not given tenure")
    assert found["invariant to one"] == (PASSED, "the model is not given one")
    assert found["invariant to nothing"] == (ERROR, "the data have no column 'nothing'")


def test_latency_and_size(project: Project) -> None:
    report = checked(
        project,
        "churn@2",
        ["latency <= 60s", "latency < 0.001us", "latency of 200 rows <= 60s", "size <= 100MB", "size < 10B"],
    )
    assert [r.status for r in report.results] == [PASSED, FAILED, PASSED, PASSED, FAILED]
    assert "for one row (median of" in report.results[1].message
    assert "for 200 rows" in report.results[2].message
    only_size = checked(project, "churn@2", ["size <= 100MB"], None)
    assert only_size.passed


@pytest.mark.parametrize(
    ("leak", "said"),
    [
        (lambda f: f["churned"], "tenure is the target itself"),
        (lambda f: (f["churned"] == "yes") * 2.5, "tenure predicts the target nearly perfectly alone"),
        (lambda f: f["churned"].map({"yes": "left", "no": "stayed"}), "tenure predicts the target nearly"),
        (
            lambda f: pd.Series(pd.Timestamp("2026-01-01"), f.index).where(f["churned"] == "yes"),
            "tenure predicts the target nearly",
        ),
        (lambda f: f["tenure"], ""),
        (lambda f: [f"customer {number}" for number in range(len(f))], ""),
        (lambda f: np.arange(len(f)), ""),
    ],
)
def test_a_feature_that_tells_the_target_is_named(project: Project, leak: Any, said: str) -> None:
    from jupyter_mlops.checks.judging import Judged
    from jupyter_mlops.checks.leakage import judge_leakage
    from jupyter_mlops.evaluation.models import open_model

    frame = TEST.assign(tenure=leak(TEST))
    model = open_model(project.store, "churn@2")
    judged = Judged(model, frame[FEATURES], TEST["churned"].to_numpy(dtype=object), frame)
    verdict = judge_leakage(judged)
    assert verdict.holds is not bool(said)
    assert verdict.message.startswith(said or "none of 2 features")


def test_a_number_that_tells_a_number(project: Project) -> None:
    frame = TEST.assign(tenure=TEST["spent"] ** 3)
    report = checked(project, "spent", ["no leakage"], frame)
    assert outcomes(report)["no leakage"][1].startswith(
        "tenure predicts the target nearly perfectly alone (R²"
    )
    assert checked(project, "spent", ["no leakage", "r2 >= 0.9"], TEST).passed


def test_rows_that_were_trained_on(project: Project) -> None:
    mixed = pd.concat([TEST[:90], TRAIN[:10].astype({"age": "float64"})[["spent", "churned", *FEATURES]]])
    report = checked(project, "churn@2", ["no overlap", "overlap <= 10%"], mixed)
    told = "10 of 100 rows (10.0%) are among the training data"
    assert outcomes(report) == {"no overlap": (FAILED, told), "overlap <= 10%": (PASSED, told)}
    assert report.results[0].details == ("train@1: 10 rows are the same in 3 columns",)
    same = checked(project, "churn@2", ["no overlap"], "train@1")
    assert same.results[0].details == ("train@1: these are the same data",)
    assert same.results[0].message == "400 of 400 rows (100.0%) are among the training data"
    untold = checked(project, "churn@1", ["no overlap"])
    assert untold.results[0].status is ERROR
    assert "no training data" in untold.results[0].message


def test_without_a_list_what_always_makes_sense_is_checked(project: Project) -> None:
    report = checked(project, "spent@1", [])
    assert [(r.name, r.status, r.place) for r in report.results] == [
        ("no leakage", PASSED, "default checks"),
        ("overlap <= 1%", SKIPPED, "default checks"),
        ("r2 >= champion.r2 - 0.01", SKIPPED, "default checks"),
    ]
    assert report.passed
    assert report.notes == (
        "on 500 rows of data",
        "mlops.yaml lists no checks for spent; these always make sense",
    )
    fewer = checked(project, "spent@1", [], rows=40)
    assert fewer.notes[0] == "on 40 rows of data"


def test_another_version_in_the_champions_place(project: Project) -> None:
    registry.set_alias(project.store, "churn", "champion", "1")
    report = checked(project, "churn@1", ["accuracy >= champion.accuracy - 0.005"], against="2")
    ((name, (status, message)),) = outcomes(report).items()
    assert (name, status) == ("accuracy >= 2.accuracy - 0.005", FAILED)
    assert message.endswith("of churn@2")
    added = checked(project, "churn@2", ["no leakage"], against="champion")
    assert [r.name for r in added.results] == ["no leakage", "accuracy >= champion.accuracy - 0.01"]
    with pytest.raises(NotFound, match="'nobody'"):
        checked(project, "churn@2", [], against="nobody")


def test_what_cannot_be_checked_is_refused_before_anything_is_recorded(project: Project) -> None:
    before = len(project.runs(limit=None))
    with pytest.raises(
        ConfigError, match=r"mlops.yaml: line 5: models.churn.checks.1: .*no metric 'acuracy'"
    ):
        checked(project, "churn@2", ["no leakage", "acuracy >= 1"])
    with pytest.raises(Refused, match="needs data with true labels"):
        checked(project, "churn@2", ["no leakage"], None)
    with pytest.raises(NotFound, match="'churnd'"):
        checked(project, "churn@2", ["no leakage"], target="churnd")
    with pytest.raises(Refused, match="age"):
        checked(project, "churn@2", ["no leakage"], TEST.drop(columns="age"))
    with pytest.raises(NotFound):
        checked(project, "churn@9", ["no leakage"])
    assert len(project.runs(limit=None)) == before


def test_a_name_of_both_data_and_a_model_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    project.datasets.add(TEST, name="spent")
    with pytest.raises(Refused, match="'spent' is both data and a model") as caught:
        project.check("spent")
    assert "model:spent" in str(caught.value.hint)
    fresh = Project(project.root)
    assert fresh.check("model:spent", data=TEST, target="spent").subject == "spent@1"
    with pytest.raises(NotFound, match="there is no schema"):
        fresh.check("dataset:spent")
    with pytest.raises(NotFound, match="did you mean 'churn'|no notebook"):
        fresh.check("chrun")


def test_a_model_from_the_command_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    TEST.to_csv("test.csv", index=False)
    (project.root / "mlops.yaml").write_text(
        "models:\n  churn: {data: test.csv, target: churned, checks: [accuracy >= 0.99, size <= 1GB]}\n"
    )
    assert main(["check", "churn@2", "--rows", "abc"]) == 2
    assert "'abc' is not a whole number above 0" in capsys.readouterr().err
    assert main(["check", "churn@2", "--rows", "100", "--junit", "model.xml"]) == 3
    shown = capsys.readouterr().out
    assert "accuracy >= 0.99" in shown
    assert "on 100 rows of test.csv" in shown
    assert "churn@2: 1 passed, 1 failed" in shown
    (suite,) = ElementTree.parse("model.xml").getroot()
    assert [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")] == [
        ("churn@2", "accuracy >= 0.99"),
        ("churn@2", "size <= 1GB"),
    ]
