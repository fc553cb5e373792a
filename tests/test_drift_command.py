"""``jupyter mlops drift`` and `Project.drift`, on files, datasets and a registered model."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.entities import DriftState
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from tests.evaluation.registered import register

ROWS = 400


def people(age: float, seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Who churned; the older, the likelier."""
    random = np.random.default_rng(seed)
    ages, incomes = random.normal(age, 10, rows), random.normal(size=rows)
    churned = ages + random.normal(0, 4, rows) > 40
    return pd.DataFrame({"age": ages, "income": incomes, "churned": np.where(churned, "yes", "no")})


@pytest.fixture
def files(folder: Path) -> Path:
    people(40, 1).to_csv("old.csv", index=False)
    people(40, 2).to_csv("same.csv", index=False)
    people(50, 3).to_csv("new.csv", index=False)
    return folder


def drift(*words: str) -> int:
    return main(["drift", "--reference", "old.csv", *words])


def test_no_drift_exits_0_and_drift_3(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift("--current", "same.csv") == 0
    assert "no drift in 3 columns" in capsys.readouterr().out
    assert drift("--current", "new.csv") == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "drift in 2 of 3 columns: age, churned"
    assert lines[1] == "old.csv -> new.csv, 400 and 400 rows"
    drifting = next(line for line in lines if line.startswith("age"))
    assert "> 0.1" in drifting
    assert "mean 40" in drifting.replace("39.", "40.")
    assert not files.joinpath("mlops.db").exists()


def test_json_is_the_report(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift("--current", "new.csv", "--json") == 3
    found = json.loads(capsys.readouterr().out)
    assert found["drifted"] is True
    assert found["columns"][0]["name"] == "age"
    assert len(found["columns"][0]["reference_histogram"]["counts"]) == 20


def test_thresholds_and_columns_left_out(files: Path) -> None:
    assert drift("--current", "new.csv", "--threshold", "9") == 0
    assert drift("--current", "new.csv", "--threshold", "age=9", "--threshold", "churned=9") == 0
    assert drift("--current", "new.csv", "--threshold", "9", "--threshold", "age=0.1") == 3
    assert drift("--current", "new.csv", "--ignore", "age", "--ignore", "churned") == 0


def test_thresholds_of_the_project(files: Path) -> None:
    config = files / "mlops.yaml"
    config.write_text("drift: {columns: {age: 9, other: 1}, ignore: [churned, elsewhere]}\n")
    assert drift("--current", "new.csv") == 0
    assert drift("--current", "new.csv", "--threshold", "age=0.5") == 3
    config.write_text("drift: {threshold: 9}\n")
    assert drift("--current", "new.csv") == 0
    config.write_text("drift: {threshold: 0}\n")
    assert drift("--current", "new.csv") == 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--current", "nope.csv"], "nope.csv"),
        (["--current", "new.csv", "--threshold", "age=x"], "'x' is no number"),
        (["--current", "new.csv", "--threshold", "0"], "threshold"),
        (["--current", "new.csv", "--threshold", "agee=1"], "did you mean 'age'?"),
        (["--current", "new.csv", "--ignore", "agee"], "did you mean 'age'?"),
        (["--current", "new.csv", "--target", "agee"], "did you mean 'age'?"),
        (["--current", "new.csv", "--html", "nowhere/report.html"], "cannot be written"),
        (["--current", "new.csv", "--html", "."], "cannot be written"),
        (["--current", "new.csv", "--model", "nope@1"], "nope"),
    ],
)
def test_mistakes_are_told_and_exit_2(
    files: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    assert drift(*words) == 2
    said = capsys.readouterr()
    assert problem in said.err
    assert not said.out


def test_an_empty_side_is_told_and_exits_2(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people(40, 1).iloc[:0].to_csv("empty.csv", index=False)
    assert drift("--current", "empty.csv") == 2
    assert "current empty.csv has no rows" in capsys.readouterr().err
    with pytest.raises(Refused, match="reference empty.csv has no rows"):
        Project().drift("empty.csv", "new.csv")


def test_the_report_as_a_page(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift("--current", "new.csv", "--html", "report.html") == 3
    assert "written: report.html" in capsys.readouterr().err
    page = (files / "report.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert "drift in 2 of 3 columns" in page


def test_names_of_columns_are_shown_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "[red]<script>alert(1)</script>"
    pd.DataFrame({name: range(50)}).to_csv("old.csv", index=False)
    pd.DataFrame({name: range(100, 150)}).to_csv("new.csv", index=False)
    assert drift("--current", "new.csv", "--html", "report.html") == 3
    assert "[red]" in capsys.readouterr().out
    assert "<script>" not in (folder / "report.html").read_text(encoding="utf-8")


def test_the_key_of_a_dataset_is_left_out(folder: Path) -> None:
    (folder / "mlops.yaml").write_text("datasets: {customers: {source: old.csv, key: [id]}}\n")
    people(40, 1).assign(id=range(ROWS)).to_csv("old.csv", index=False)
    people(40, 2).assign(id=range(1000, 1000 + ROWS)).to_csv("new.csv", index=False)
    found = Project().drift("customers", "new.csv")
    assert "id" not in [column.name for column in found.columns]
    assert "left out: id (key)" in found.notes
    assert not found.drifted


def registered(data: pd.DataFrame, estimator: Any, target: str) -> None:
    """Version 1 of `churn`, fitted on these data."""
    features = data.drop(columns=target)
    register(Project(), "churn", estimator.fit(features, data[target]), features)


def test_predictions_and_performance_of_a_model(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sklearn.linear_model import LogisticRegression

    registered(people(40, 9), LogisticRegression(), "churned")
    same = Project().drift("old.csv", "same.csv", model="churn@1")
    assert (same.drifted, same.model) == (False, "churn@1")
    assert [p.name for p in same.predictions] == ["prediction", "probability of yes"]
    assert {metric.metric for metric in same.decay} >= {"accuracy", "f1", "roc_auc"}

    # the same people, but who churns is no longer what it was
    changed = people(40, 2).assign(
        churned=lambda frame: frame["churned"].sample(frac=1, random_state=0).values
    )
    worse = Project().drift("old.csv", changed, model="churn@1", target="churned")
    assert worse.drifted
    assert not any(column.drifted for column in [*worse.columns, *worse.predictions])
    assert "accuracy went from" in worse.verdict

    moved = Project().drift("old.csv", people(55, 2).drop(columns="churned"), model="churn@1")
    assert [p.state for p in moved.predictions] == [DriftState.DRIFTED] * 2
    assert not moved.decay
    assert any("no churned" in note for note in moved.notes)
    assert "churned" not in [column.name for column in moved.columns]

    lacking = Project().drift("old.csv", people(40, 2).drop(columns="income"), model="churn@1")
    assert lacking.drifted
    assert any("no predictions on the current data" in note for note in lacking.notes)
    with pytest.raises(Refused, match="income"):
        Project().drift(*[people(40, 2).drop(columns="income")] * 2, model="churn@1")

    few = Project().drift("old.csv", people(40, 2, 12), model="churn@1")
    assert any("12 rows with churned, 30 are needed" in note for note in few.notes)
    assert main(["drift", "--reference", "old.csv", "--current", "same.csv", "--model", "churn"]) == 0
    out = capsys.readouterr().out
    assert "PREDICTIONS OF churn@1" in out
    assert "no decay shown" in out


def test_a_model_of_numbers(folder: Path) -> None:
    from sklearn.linear_model import LinearRegression

    def flats(noise: float, seed: int) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        size = random.normal(60, 20, ROWS)
        return pd.DataFrame({"size": size, "rent": 10 * size + random.normal(0, noise, ROWS)})

    registered(flats(50, 1), LinearRegression(), "rent")
    same = Project().drift(flats(50, 2), flats(50, 3), model="churn")
    assert not same.drifted
    assert {metric.metric for metric in same.decay} == {"mae", "rmse", "r2"}
    worse = Project().drift(flats(50, 2), flats(150, 3), model="churn")
    assert [metric.metric for metric in worse.decay if metric.decayed] == ["mae", "rmse", "r2"]


def test_evidently_is_asked_for_where_it_is_not_installed(files: Path) -> None:
    pytest.importorskip
    if find_spec("evidently") is not None:
        pytest.skip("it is installed")
    with pytest.raises(Refused, match="Evidently is not installed") as refusal:
        Project().drift("old.csv", "new.csv", evidently=files / "evidently.html")
    assert refusal.value.hint == "pip install 'jupyter-mlops[evidently]'"


def test_unknown_data_are_told(folder: Path) -> None:
    with pytest.raises(NotFound):
        Project().drift("customers@7", "customers@8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told_first(files: Path) -> None:
    closed = files / "closed"
    closed.mkdir(mode=0o500)
    assert drift("--current", "new.csv", "--html", "closed/report.html") == 2
