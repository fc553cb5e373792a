"""Versions that answered rows between them, each judged by its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from jupyter_mlops.cli import main
from jupyter_mlops.config import Config
from jupyter_mlops.entities import Comparison
from jupyter_mlops.evaluation.metrics import scores
from jupyter_mlops.evaluation.models import open_model
from jupyter_mlops.exceptions import NotFound, Refused, UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.serving.answered import compare_answers
from tests.evaluation.registered import customers, python_model, register
from tests.serving.scoring import NUMBERS, loaded, saved

pytestmark = pytest.mark.usefixtures("local")
ROWS = customers(1500, 2).assign(id=range(1500))


@pytest.fixture(scope="module")
def project(shared_project: Project) -> Project:
    """churn@1 says what most do, churn@2 and churn@3 look; spent@1 is wrong by 20, spent@2 is not; bits@1
    and 2 predict whole numbers and tell no classes."""
    train = customers(400, 1)
    X = train[NUMBERS]
    for model in (DummyClassifier(), LogisticRegression(), LogisticRegression(C=0.5)):
        register(shared_project, "churn", model.fit(X, train["churned"]), X.head())
    for added in (20, 0):
        register(shared_project, "spent", LinearRegression().fit(X, train["spent"] + added), X.head())
    for border in (30, 50):
        python_model(shared_project, "bits", lambda f, b=border: (f["age"] > b).astype(int), X.head())
    client = shared_project.store.client()
    client.set_registered_model_alias("churn", "champion", "1")
    client.set_registered_model_alias("churn", "challenger", "2")
    return shared_project


def scored(
    project: Project, path: Path, model: str, other: str, frame: pd.DataFrame = ROWS, **how: Any
) -> Path:
    share = how.pop("share", 0.3)
    project.predict(model, frame, path, split={other: share}, key=["id"], record=False, **how)
    return path


@pytest.mark.parametrize("form", [".csv", ".parquet", ".jsonl"])
def test_each_version_is_judged_by_the_rows_that_it_answered(
    project: Project, tmp_path: Path, form: str
) -> None:
    path = scored(project, tmp_path / f"scored{form}", "churn@champion", "challenger")
    found = project.compare("churn@1", "churn@challenger", data=str(path), target="churned", answered=True)
    assert (found.left, found.right, found.rows, found.task) == ("churn@1", "churn@2", 1500, "classification")
    assert [each.metric for each in found.metrics] == ["accuracy", "precision", "recall", "f1", "roc_auc"]
    rows = loaded(path)
    for side, label in (("left", "churn@1"), ("right", "churn@2")):
        own = rows[rows["model_version"] == label]
        chances = own[["probability_no", "probability_yes"]].to_numpy()
        said = own["churned"].to_numpy(object), own["prediction"].to_numpy(object)
        expected = scores("classification", *said, chances, ("no", "yes"))
        for each in found.metrics:
            assert getattr(each, side) == pytest.approx(expected[each.metric])
    accuracy = found.metrics[0]
    assert accuracy.better == "right"
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low < accuracy.right - accuracy.left < accuracy.high  # type: ignore[operator]
    assert found.verdict.startswith("churn@2 better by ")
    assert (accuracy.test, found.metrics[-1].test) == ("permutation", "DeLong")
    counts = rows["model_version"].value_counts()
    told = f"churn@1 {counts['churn@1']:,} and churn@2 {counts['churn@2']:,}; the test is unpaired"
    assert found.notes[0].endswith(told)


def test_labels_may_come_later_and_are_joined_by_the_key_of_whatever_type(
    project: Project, tmp_path: Path
) -> None:
    asked = ROWS.drop(columns=["churned", "spent"])
    path = scored(project, tmp_path / "scored.parquet", "churn@1", "2", asked)
    truth = ROWS[["id", "churned"]].iloc[::-1].iloc[:1200]
    labels = saved(truth.assign(id=truth["id"].map("{:06d}".format)), tmp_path / "truth.parquet")
    how: dict[str, Any] = {"answered": True, "labels": str(labels)}
    found = project.compare("churn@1", "churn@2", data=str(path), key=["id"], **how)
    assert found.rows == 1200
    assert "300 rows without a label were left out" in found.notes
    whole = scored(project, tmp_path / "whole.parquet", "churn@1", "2", ROWS.tail(1200))
    direct = project.compare("churn@1", "churn@2", data=str(whole), target="churned", answered=True)
    assert found.metrics == direct.metrics

    with pytest.raises(Refused, match="nothing tells which row of") as caught:
        project.compare("churn@1", "churn@2", data=str(path), **how)
    assert "--key" in str(caught.value.hint)
    with pytest.raises(NotFound, match="no column 'ID' to join by"):
        project.compare("churn@1", "churn@2", data=str(path), key=["ID"], **how)
    for content, problem in (
        (pd.concat([truth, truth.head(1)]), r"has the key '1499' twice, in rows 1, 1,201"),
        (truth.assign(id=truth["id"] + 5000), "have no id in common"),
        (truth.assign(more=1), "which column of .* holds the labels"),
        (truth[["id"]], "there is none"),
    ):
        with pytest.raises(Refused, match=problem):
            how["labels"] = content
            project.compare("churn@1", "churn@2", data=str(path), key=["id"], **how)


def test_two_alike_are_told_apart_no_more_often_than_chance_would(project: Project, tmp_path: Path) -> None:
    path = scored(project, tmp_path / "scored.parquet", "churn@2", "3", share=0.5)
    rows = loaded(path)
    sides = [open_model(project.store, reference) for reference in ("churn@2", "churn@3")]
    random = np.random.default_rng(4)
    wrong, shown = random.random((60, len(rows))) < 0.25, 0
    for flipped in wrong:  # the same share of errors on either side
        said = rows["churned"].where(~flipped, np.where(rows["churned"] == "yes", "no", "yes"))
        content = rows.assign(prediction=said)
        found = compare_answers(*sides, content, data="scored", config=Config(), target="churned")
        shown += found.metrics[0].better is not None
    assert shown <= 9  # of 60 at 5 %, more in 1 of 700 such draws
    real = project.compare("churn@2", "churn@3", data=str(path), target="churned", answered=True)
    assert real.metrics[0].better is None
    assert real.verdict.startswith("no difference shown; to see 1 pp you need about ")


def test_numbers_are_compared_too_and_labels_of_models_that_tell_no_classes(
    project: Project, tmp_path: Path
) -> None:
    path = scored(project, tmp_path / "spent.csv", "spent@1", "2")
    found = project.compare("spent@1", "spent@2", data=str(path), target="spent", answered=True)
    assert [each.metric for each in found.metrics] == ["mae", "rmse", "r2"]
    assert [each.better for each in found.metrics] == ["right"] * 3
    assert found.verdict.startswith("spent@2 better by ")
    rmse = project.compare("spent@1", "spent@2", data=str(path), target="spent", answered=True, metric="rmse")
    assert rmse.metrics[0].metric == "rmse"
    bits = ROWS.assign(churned=(ROWS["churned"] == "yes").astype(int))
    path = scored(project, tmp_path / "bits.csv", "bits@1", "2", bits)
    found = project.compare("bits@1", "bits@2", data=str(path), target="churned", answered=True)
    assert [each.metric for each in found.metrics] == ["accuracy", "precision", "recall", "f1"]
    assert found.metrics[0].better == "right"


def test_too_few_rows_are_told_and_none_is_refused(project: Project, tmp_path: Path) -> None:
    path = scored(project, tmp_path / "scored.csv", "churn@1", "2", share=0.01)
    found = project.compare("churn@1", "churn@2", data=str(path), target="churned", answered=True)
    few = int((loaded(path)["model_version"] == "churn@2").sum())
    assert 0 < few < 30
    assert found.verdict == f"too few rows ({few}) to tell"
    assert found.metrics[0].p_value is None
    assert found.metrics[0].right is not None
    assert "too few rows (under 30) of a side for intervals and tests" in found.notes
    with pytest.raises(Refused, match="churn@3 answered no row of .*scored.csv") as caught:
        project.compare("churn@1", "churn@3", data=str(path), target="churned", answered=True)
    assert caught.value.hint == "these did: churn@1, churn@2"


def test_what_does_not_tell_who_answered_is_refused(project: Project, tmp_path: Path) -> None:
    path = scored(project, tmp_path / "scored.csv", "churn@1", "2")
    rows = loaded(path)

    def compared(data: Any, *sides: str, **how: Any) -> Comparison:
        how = {"target": "churned", "answered": True, **how}
        return project.compare(*(sides or ("churn@1", "churn@2")), data=data, **how)

    with pytest.raises(NotFound, match="no column 'model_version'") as caught:
        compared(ROWS)
    assert "predict" in str(caught.value.hint)
    with pytest.raises(NotFound, match="no column 'prediction'"):
        compared(rows.drop(columns="prediction"))
    gap = rows.assign(prediction=rows["prediction"].where(rows.index != 6))
    with pytest.raises(Refused, match="the prediction is missing in row 7$"):
        compared(gap)
    with pytest.raises(Refused, match="both sides are churn@1"):
        compared(rows, "churn@1", "churn@champion")
    with pytest.raises(Refused, match="is made for classification, spent@1 for regression"):
        compared(rows, "churn@1", "spent@1")
    with pytest.raises(NotFound, match="no metric 'mae' of classification"):
        compared(rows, metric="mae")
    with pytest.raises(UsageError, match="--slice does not go with --answered"):
        compared(rows, slices=["region"])
    with pytest.raises(UsageError, match="go with --answered"):
        project.compare("churn@1", "churn@2", data=rows, target="churned", key=["id"])


def test_a_prefix_is_found_again_and_several_rows_of_a_key_are_told(project: Project, tmp_path: Path) -> None:
    doubled = pd.concat([ROWS, ROWS.head(300)])
    path = scored(project, tmp_path / "scored.csv", "churn@1", "2", doubled, prefix="we_")
    found = project.compare("churn@1", "churn@2", data=str(path), target="churned", answered=True, key=["id"])
    assert (found.rows, found.metrics[0].better) == (1800, "right")
    assert any(note.startswith("one key has up to 2 rows") for note in found.notes)


def test_the_command_tells_it_and_predictions_on_record_will_do(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    data = saved(ROWS.drop(columns="spent"), tmp_path / "new.csv")
    words = ["--in", str(data), "--out", str(tmp_path / "scored.parquet"), "--key", "id"]
    assert main(["predict", "churn@champion", *words, "--split", "challenger=0.3"]) == 0
    capsys.readouterr()
    words = ["compare", "churn@1", "churn@2", "--data", "churn-predictions", "--answered"]
    assert main([*words, "--target", "churned"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith("churn@1 and churn@2 on churn-predictions@1, 1,500 rows")
    assert "accuracy: churn@2 better by " in shown
    assert "the test is unpaired" in shown
    assert main([*words[:4], str(data), "--answered"]) == 2
    assert "no column 'model_version'" in capsys.readouterr().err
    assert main(["compare", "train.ipynb", "--data", "a", "b", "--answered"]) == 2
    assert "--answered does not go with a notebook" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"prediction": "junk"},
            "churn@1 does not predict what is there; it predicts no, yes; e.g. 'junk' in row",
        ),
        ({"prediction": 0.5}, "churn@1 does not predict what is there"),
        ({"probability_yes": 7.0}, "probability_yes holds what is no probability; e.g. '7.0' in row"),
        ({"probability_no": "x"}, "probability_no holds what is no number; e.g. 'x' in row"),
    ],
)
def test_answers_that_the_versions_cannot_have_given_are_refused(
    project: Project, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    rows = loaded(scored(project, tmp_path / "scored.csv", "churn@1", "2")).assign(**change)
    path = saved(rows, tmp_path / "changed.csv")
    with pytest.raises(Refused, match=told):
        project.compare("churn@1", "churn@2", data=str(path), target="churned", answered=True)


def test_answers_of_models_that_tell_no_classes_are_of_the_labels_kind(
    project: Project, tmp_path: Path
) -> None:
    bits = ROWS.assign(churned=(ROWS["churned"] == "yes").astype(int))
    rows = loaded(scored(project, tmp_path / "bits.parquet", "bits@1", "2", bits))
    with pytest.raises(Refused, match="predictions are not numbers, as the labels are; e.g. 'junk' in row"):
        project.compare(
            "bits@1", "bits@2", data=rows.assign(prediction="junk"), target="churned", answered=True
        )
    spent = loaded(scored(project, tmp_path / "spent.parquet", "spent@1", "2"))
    for value in ("junk", np.inf):
        with pytest.raises(Refused, match="prediction holds what is no number"):
            changed = spent.assign(prediction=value)
            project.compare("spent@1", "spent@2", data=changed, target="spent", answered=True)


def test_classes_that_look_like_numbers_stay_texts_in_a_csv_file(project: Project, tmp_path: Path) -> None:
    named = ROWS.assign(churned=ROWS["churned"].map({"no": "00", "yes": "01"})).drop(columns="spent")
    for cost in (1e-4, 1.0):
        model = LogisticRegression(C=cost).fit(named[NUMBERS], named["churned"])
        register(project, "coded", model, named[NUMBERS].head())
    found = {
        form: project.compare(
            "coded@1",
            "coded@2",
            data=str(scored(project, tmp_path / f"coded{form}", "coded@1", "2", named)),
            target="churned",
            answered=True,
        ).metrics
        for form in (".csv", ".parquet")
    }
    assert found[".csv"] == found[".parquet"]
