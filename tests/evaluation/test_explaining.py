"""Why a model predicts what it does: importances, rows, and where they are kept."""

from __future__ import annotations

import importlib.util
import json
import sys
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from jupyter_mlops.entities import Explanation, FeatureImportance, ModelVersion, RowExplanation
from jupyter_mlops.evaluation.bars import explanation_svg
from jupyter_mlops.evaluation.explaining import explain, sampled
from jupyter_mlops.evaluation.models import Model, model_of, open_model
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.cards import with_section
from jupyter_mlops.tracking.loading import Loaded
from jupyter_mlops.tracking.reader import local_copy
from tests.evaluation.registered import customers, python_model, register

pytestmark = pytest.mark.usefixtures("local")

FRAME = customers(500)
X = FRAME[["age", "tenure", "region"]]
with_shap = pytest.mark.skipif(importlib.util.find_spec("shap") is None, reason="shap is not installed")


def in_memory(estimator: object) -> Model:
    """A fitted model that no registry has."""
    return model_of(Loaded(estimator, ModelVersion(name="m", version="1", run_id=None, source="")))


def pipeline(estimator: object) -> object:
    encoder = make_column_transformer((OneHotEncoder(), ["region"]), remainder="passthrough")
    return make_pipeline(encoder, estimator)


@pytest.fixture(scope="module")
def churn() -> Model:
    """A classifier over numbers and texts."""
    return in_memory(pipeline(LogisticRegression(max_iter=1000)).fit(X, FRAME["churned"]))  # type: ignore[attr-defined]


def test_features_that_tell_nothing_have_no_importance(churn: Model) -> None:
    found = explain(churn, FRAME, data="d", target="churned")
    assert [each.feature for each in found.features] == ["age", "tenure", "region"]
    age, tenure, region = found.features
    assert age.importance > tenure.importance > 0.02 > abs(region.importance)
    assert age.std is not None
    assert (found.metric, found.rows, found.method) == ("accuracy", 500, "permutation")
    assert found.score == pytest.approx((churn.predict(FRAME) == FRAME["churned"]).mean())
    assert explain(churn, FRAME, data="d", target="churned") == found


def test_errors_rise_without_a_feature_that_counts() -> None:
    model = in_memory(LinearRegression().fit(FRAME[["age", "tenure"]], FRAME["spent"]))
    found = explain(model, FRAME, data="d", target="spent")
    assert [each.feature for each in found.features] == ["age", "tenure"]
    assert found.metric == "mae"
    assert found.features[0].importance > 10
    assert found.features[1].importance == pytest.approx(0, abs=0.1)
    by_r2 = explain(model, FRAME, data="d", target="spent", metric="r2")
    assert by_r2.features[0].importance == pytest.approx(2, abs=0.2)  # of a shuffled cause: twice its share


def test_rows_are_explained_by_what_leaving_out_a_feature_changes() -> None:
    frame = FRAME[["age", "tenure"]]
    model = in_memory(LinearRegression().fit(frame, 2 * frame["age"] + 1))
    found = explain(model, frame.assign(y=0.0), data="d", rows=[4, 1])
    assert [row.row for row in found.examples] == [4, 1]
    for row in found.examples:
        assert float(row.prediction) == 2 * frame["age"][row.row - 1] + 1
        assert row.values["age"] == str(frame["age"][row.row - 1])
        # of a sum each part is told as it is, so that they add up
        assert row.contributions["age"] == pytest.approx(float(row.prediction) - row.base)
        assert row.contributions["tenure"] == pytest.approx(0, abs=1e-9)


def test_rows_of_classifiers_are_told_of_the_predicted_class(churn: Model, project: Project) -> None:
    found = explain(churn, FRAME, data="d", target="churned", rows=[1])
    [row] = found.examples
    assert row.prediction == churn.predict(FRAME.head(1))[0]
    chances = churn.probabilities(FRAME.head(1))
    assert chances is not None
    assert (row.output, row.value, row.background) == ("probability", pytest.approx(chances.max()), 100)
    assert row.told.startswith(f"{row.prediction} with probability 0.")
    assert set(row.contributions) == {"age", "tenure", "region"}
    assert abs(row.contributions["region"]) < abs(row.contributions["age"])
    python_model(project, "rules", lambda f: np.where(f["age"] > 50, "old", "young"), X[["age"]])
    rules = open_model(project.store, "rules")
    labels = np.where(FRAME["age"] > 50, "old", "young")
    [hard] = explain(rules, X.assign(y=labels), data="d", target="y", rows=[2]).examples
    share = np.mean(labels[sampled(500, 100)] == labels[1])
    assert hard.base == pytest.approx(share)
    assert hard.told == f"{labels[1]}, as are {share:.4g} of 100 background rows"
    assert hard.contributions == {"age": pytest.approx(1 - share)}


def test_many_rows_are_sampled_and_labels_may_be_missing(churn: Model) -> None:
    many = pd.concat([FRAME] * 12, ignore_index=True)
    many.loc[7, "churned"] = None
    found = explain(churn, many, data="d", target="churned", rows=[8])
    assert found.rows == 5000
    assert found.notes[:2] == (
        "1 rows without a label were left out",
        "from 5,000 of 5,999 rows, chosen at random",
    )
    assert found.examples[0].row == 8


def test_what_cannot_be_explained_is_refused(churn: Model) -> None:
    with pytest.raises(NotFound, match="d has no row 501") as caught:
        explain(churn, FRAME, data="d", target="churned", rows=[1, 501])
    assert caught.value.hint == "rows are counted from 1 to 500"
    for method in ("permutation", "shap"):
        with pytest.raises(Refused, match="d: the data have no rows"):
            explain(churn, FRAME.head(0), data="d", target="churned", method=method, rows=[1])
    with pytest.raises(NotFound, match="no metric 'rmse'"):
        explain(churn, FRAME, data="d", target="churned", metric="rmse")
    with pytest.raises(Refused, match="no labels"):
        explain(churn, X, data="d")
    with pytest.raises(Refused, match="roc_auc is not defined"):
        explain(churn, FRAME[FRAME["churned"] == "no"], data="d", target="churned", metric="roc_auc")


def test_shap_is_told_to_be_an_extra(churn: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)  # as where it is not installed
    with pytest.raises(Refused, match="needs the package shap") as caught:
        explain(churn, FRAME, data="d", method="shap")
    assert caught.value.hint == "pip install 'jupyter-mlops[shap]'"


@with_shap
@pytest.mark.parametrize("kind", ["forest", "boosting", "pipeline", "regressor", "many classes"])
def test_shap_values_add_up_to_the_prediction(kind: str) -> None:
    numbers, random = FRAME[["age", "tenure"]], {"random_state": 0}
    thirds = pd.qcut(FRAME["age"], 3, labels=["a", "b", "c"]).astype(str)
    model, frame = {
        "forest": (RandomForestClassifier(20, **random).fit(numbers, FRAME["churned"]), numbers),
        "boosting": (GradientBoostingClassifier(n_estimators=20).fit(numbers, FRAME["churned"]), numbers),
        "pipeline": (pipeline(LogisticRegression()).fit(X, FRAME["churned"]), X),  # type: ignore[attr-defined]
        "regressor": (RandomForestRegressor(20, **random).fit(numbers, FRAME["spent"]), numbers),
        "many classes": (LogisticRegression(max_iter=1000).fit(numbers, thirds), numbers),
    }[kind]
    opened = in_memory(model)
    found = explain(opened, frame.assign(label=1), data="d", method="shap", rows=[2, 5])
    assert found.features[0].feature == "age"
    assert found.score is None
    for row in found.examples:
        one = frame.iloc[[row.row - 1]]
        chances = opened.probabilities(one)
        said = float(row.prediction) if chances is None else chances.max()
        assert row.base + sum(row.contributions.values()) == pytest.approx(said, abs=2e-3, rel=1e-4)
        assert row.value == pytest.approx(said, rel=1e-4)
        assert row.background in {50, 100}


def test_an_explanation_is_kept_with_the_version_and_linked_in_its_description(project: Project) -> None:
    model = RandomForestClassifier(10, random_state=0).fit(X[["age", "tenure"]], FRAME["churned"])
    version = register(project, "kept", model, X[["age", "tenure"]].head())
    client = project.store.client()
    before = "Mine.\n\n## Explanation\n\nold\n\n## Limits\n\nNone."
    client.update_model_version("kept", "1", description=before)
    project.explain("kept", data=FRAME, target="churned")
    found = project.explain("kept@1", data=FRAME, target="churned", rows=[4])
    assert found.artifacts == ("explanations/kept-v1.json", "explanations/kept-v1.svg")
    assert version.run_id is not None
    assert found.run_id == version.run_id
    with local_copy(project.store, version.run_id, found.artifacts[0]) as path:
        assert Explanation.model_validate(json.loads(path.read_text())) == found
    with local_copy(project.store, version.run_id, found.artifacts[1]) as path:
        assert ElementTree.fromstring(path.read_text()).tag.endswith("svg")
    told = client.get_model_version("kept", "1")
    assert told.tags["mlops.explanation"] == "explanations/kept-v1.json"
    assert told.description.startswith("Mine.\n\n## Explanation\n\nOn ")
    assert told.description.endswith("\n\n## Limits\n\nNone.\n")
    assert told.description.count("## Explanation") == 1
    assert "- age: 0." in told.description
    assert "old" not in told.description


def test_a_section_is_put_where_it_was() -> None:
    once = with_section("", "Explanation", "a")
    assert once == "## Explanation\n\na\n"
    assert with_section(once, "Explanation", "a") == once
    assert with_section("mine", "Explanation", r"\1 b") == "mine\n\n## Explanation\n\n\\1 b\n"
    other = with_section("## Explanations\n\nx\n", "Explanation", "a")
    assert other.startswith("## Explanations\n\nx\n\n## E")


def test_names_in_the_drawing_are_text() -> None:
    nasty = "<script>&\"'\x00\x1b" + "long" * 20
    found = Explanation(
        model=nasty,
        data="d",
        rows=1,
        method="shap",
        features=(FeatureImportance(feature=nasty, importance=0.0),),
        examples=(
            RowExplanation(row=1, prediction=nasty, base=0, values={nasty: nasty}, contributions={nasty: -1}),
        ),
    )
    drawn = ElementTree.fromstring(explanation_svg(found))
    texts = [element.text or "" for element in drawn.iter() if element.tag.endswith("text")]
    assert any(text.startswith("<script>&\"'  longlong") for text in texts)
