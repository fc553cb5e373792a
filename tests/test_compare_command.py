"""`jupyter mlops compare` and `explain`: words, tables, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from jupyter_mlops.cli import main
from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import (
    Comparison,
    DatasetVersion,
    Entity,
    Explanation,
    FeatureImportance,
    Impact,
    ImpactDifference,
    ImpactVersion,
    MetricComparison,
    RowExplanation,
    SliceComparison,
)
from jupyter_mlops.project import Project
from jupyter_mlops.views import show
from jupyter_mlops.views.comparison import show_comparisons
from tests.conftest import no_server
from tests.evaluation.registered import customers, register

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with churn@1, churn@2 and a file of customers."""
    root = tmp_path_factory.mktemp("compared")
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    frame = customers(300)[["age", "tenure", "churned"]]
    frame.to_csv(root / "customers.csv", index=False)
    with no_server():
        project = Project(root)
        features = frame[["age", "tenure"]]
        for model in (DummyClassifier(), LogisticRegression()):
            register(project, "churn", model.fit(features, frame["churned"]), features.head())
        yield root


def call(made: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main([*words, "--project", str(made)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_models_are_compared_in_a_table(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    code, shown, _ = call(made, capsys, "compare", "churn@1", "churn@2", "--data", "customers.csv")
    assert code == 0
    lines = shown.splitlines()
    assert lines[0] == "churn@1 and churn@2 on customers.csv, 300 rows"
    assert lines[1].split()[:5] == ["METRIC", "churn@1", "churn@2", "DIFFERENCE", "95"]
    assert lines[-1].startswith("accuracy: churn@2 better by ")
    assert lines[-1].endswith(" (McNemar)")
    assert lines[2].split()[-1] == "<0.001"
    assert [line.split(":")[0] for line in lines[7:11]] == ["precision", "recall", "f1", "roc_auc"]


@pytest.mark.parametrize("name", ["churn", "customers", "customer-churn-classifier-of-the-north"])
@pytest.mark.parametrize("width", [80, 120])
def test_no_number_or_word_is_broken_in_a_narrow_terminal(name: str, width: int) -> None:
    verdict = f"{name}@2 better by 12.3 pp, 95 % interval 10.1 to 14.5"
    metric = MetricComparison(
        metric="precision", left=0.123456, right=0.234567, difference=-0.123456, low=-0.123456,
        high=-0.0123456, p_value=0.0123, test="randomisation", rows=1000, better="right", verdict=verdict,
    )  # fmt: skip
    part = SliceComparison(column="region", value="far north", rows=1000, metrics=(metric,))
    found = Comparison(
        left=f"{name}@1", right=f"{name}@2", data="customers@2", rows=1000, task="classification",
        metrics=(metric, metric), slices=(part,), verdict=verdict,
    )  # fmt: skip
    console = Console(width=width, file=StringIO())
    show_comparisons(console, [found])
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    row = "0.123456 0.234567 -0.123 -0.123 to -0.0123 0.012"
    assert text.count(f"precision {row}") == 2
    assert f"region = far north 1,000 {row.replace(' -0.123 ', ' ', 1)}" in text
    assert text.count(f"precision: {verdict} (randomisation)") == 2
    assert f"region = far north: {verdict} (randomisation)" in text


def test_models_are_compared_as_json(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    words = ["compare", "churn@1", "churn@2", "--data", "customers.csv", "--slice", "age", "--json"]
    code, shown, _ = call(made, capsys, *words)
    found = json.loads(shown)
    assert code == 0
    assert found["metrics"][0]["better"] == "right"
    assert len(found["slices"]) == 4


def test_wrong_words_are_told_with_the_mend(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    for words, said in (
        (["compare", "churn@1", "--data", "customers.csv"], "compare takes two models and one --data"),
        (["compare", "a.ipynb", "--data", "customers.csv"], "a notebook is compared on two data"),
        (["compare", "a.ipynb", "--data", "a", "b", "--slice", "c"], "--slice does not go with a notebook"),
        (["compare", "a@1", "a@2", "--data", "b", "--repeats", "2"], "--repeats does not go with models"),
        (["explain", "churn", "--data", "customers.csv", "--row", "301"], "has no row 301"),
        (["explain", "churn", "--data", "customers.csv", "--row", "0"], "has no row 0"),
        (["explain", "churn", "--data", "customers.csv", "--method", "magic"], "invalid choice"),
        (["compare", "churn@1", "churn@2"], "--data"),
        (["compare", "churn@1", "churn@9", "--data", "customers.csv"], "no version or alias '9'"),
        (["compare", "churn@1", "churn@2", "--data", "customer.csv"], "customer.csv"),
    ):
        code, shown, told = call(made, capsys, *words)
        assert (code, shown) == (2, "")
        assert said in told
        assert "Traceback" not in told


def test_a_model_is_explained_with_bars(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    words = ["explain", "churn@2", "--data", "customers.csv", "--row", "3", "--row", "17"]
    code, shown, _ = call(made, capsys, *words)
    assert code == 0
    lines = shown.splitlines()
    assert lines[0].startswith("churn@2 on customers.csv, 300 rows, accuracy 0.")
    assert lines[1].split() == ["FEATURE", "LOSS", "OF", "ACCURACY"]
    assert lines[2].startswith("age ")
    assert "█" * 24 in lines[2]
    said = next(line for line in lines if line.startswith("row 3: "))
    assert re.fullmatch(
        r"row 3: (yes|no) with probability 0\.\d+, which is 0\.\d+ in the mean of 100 background rows", said
    )
    assert "row 17: " in shown
    run_id = Project(made).store.client().get_model_version("churn", "2").run_id
    assert f"kept: explanations/churn-v2.json in the artifacts of run {run_id[:8]}" in lines
    code, shown, _ = call(made, capsys, *words[:4], "--json")
    assert json.loads(shown)["features"][0]["feature"] == "age"


NASTY = ["[red]", "[/]", "a\\", "\x1b[31m", "a\nb", ":smile:"]


@pytest.mark.parametrize("name", NASTY)
def test_names_in_tables_are_shown_as_they_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    metric = MetricComparison(
        metric=name, left=1.0, right=None, low=-1.0, high=1.0, p_value=0.5, test=name, verdict=name
    )
    part = SliceComparison(column=name, value=name, rows=1, metrics=(metric,))
    known = {"left": name, "right": name, "data": name, "rows": 1, "verdict": name, "notes": (name,)}
    version = DatasetVersion(name=name, digest="d", rows=1, number=1)
    entities: list[Entity] = [
        Comparison(**known, task="regression", metrics=(metric,), slices=(part,)),
        Impact(
            dataset=name,
            metric=name,
            versions=(ImpactVersion(version=version, mean=1.0, low=0.5, high=1.5),),
            differences=(ImpactDifference(left=name, right=name, pairs=0, verdict=name),),
        ),
        Explanation(
            model=name,
            data=name,
            rows=1,
            method="permutation",
            metric=name,
            score=1.0,
            features=(FeatureImportance(feature=name, importance=1.0, std=0.1),),
            examples=(
                RowExplanation(
                    row=1, prediction=name, base=0, values={name: name}, contributions={name: -1.0}
                ),
            ),
            artifacts=(name,),
            notes=(name,),
        ),
    ]
    for entity in entities:
        show(entity)
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert shown.count(clean(name, 100)) >= 3
