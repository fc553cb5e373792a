"""Registered models opened to be judged, and the labels that they are judged by."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from jupyter_mlops.evaluation.models import Model, first_sentence, open_model
from jupyter_mlops.evaluation.targets import parted
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from tests.evaluation.registered import customers, python_model, register

pytestmark = pytest.mark.usefixtures("local")

FRAME = customers()
X = FRAME[["age", "tenure"]]


@pytest.fixture(scope="module")
def churn(project: Project) -> Model:
    """A classifier of texts, on two columns."""
    register(project, "churn", LogisticRegression().fit(X, FRAME["churned"]), X.head())
    return open_model(project.store, "churn")


@pytest.fixture(scope="module")
def spent(project: Project) -> Model:
    """A regressor, logged without a signature."""
    register(project, "spent", LinearRegression().fit(X, FRAME["spent"]))
    return open_model(project.store, "spent@1")


def test_a_classifier_tells_what_it_is(churn: Model) -> None:
    assert (churn.label, churn.task, churn.classes) == ("churn@1", "classification", ("no", "yes"))
    assert churn.features == ("age", "tenure")
    assert churn.version.run_id
    predicted, probabilities = churn.predict(FRAME), churn.probabilities(FRAME)
    assert predicted.shape == (400,)
    assert probabilities is not None
    assert (np.where(probabilities[:, 1] > 0.5, "yes", "no") == predicted).all()


def test_a_regressor_tells_what_it_is_without_a_signature(spent: Model) -> None:
    assert (spent.task, spent.classes, spent.features) == ("regression", (), ("age", "tenure"))
    assert spent.probabilities(FRAME) is None
    assert spent.predict(FRAME).dtype == np.float64


def test_columns_are_brought_to_the_models_order_and_types(churn: Model) -> None:
    shuffled = FRAME[["churned", "tenure", "region", "age"]]
    expected = churn.predict(FRAME)
    assert (churn.predict(shuffled) == expected).all()
    as_text = shuffled.assign(age=shuffled["age"].astype(str), tenure=shuffled["tenure"].astype(str))
    assert (churn.predict(as_text) == expected).all()
    assert churn.align(shuffled.assign(age=shuffled["age"].astype(float))).dtypes.astype(str).to_dict() == {
        "age": "int64",
        "tenure": "float64",
    }


def test_data_that_the_model_cannot_take_are_refused_with_what_is_wrong(churn: Model) -> None:
    with pytest.raises(Refused, match="lack a column that churn@1 needs: tenure") as caught:
        churn.predict(FRAME[["age", "region"]])
    assert caught.value.hint == "there are: age, region"
    worded = FRAME.assign(age=["unknown", *FRAME["age"][1:]])
    with pytest.raises(
        Refused, match="'age': churn@1 needs numbers, but 1 values are none.*'unknown' in row 1"
    ):
        churn.predict(worded)
    with pytest.raises(Refused, match=r"cannot predict on these data: [^.]*NaN$"):
        churn.predict(FRAME.assign(age=np.nan))


def test_opening_and_predicting_warn_of_nothing(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    register(project, "plain", LinearRegression().fit(X.to_numpy(), FRAME["spent"]))
    capfd.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = open_model(project.store, "plain")
        assert model.features == ()
        assert model.predict(X).shape == (400,)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(Refused, match="plain@1 cannot predict on these data: "):
        model.predict(FRAME[["age"]])


def test_a_column_of_codes_is_not_made_of_numbers(project: Project) -> None:
    frame = pd.DataFrame({"code": ["1", "2", "10"] * 5, "size": [1.0, 2.0, 3.0] * 5})
    encoder = make_column_transformer((OneHotEncoder(), ["code"]), remainder="passthrough")
    model = make_pipeline(encoder, LogisticRegression()).fit(frame, ["a", "b", "c"] * 5)
    register(project, "codes", model, frame.head())
    opened = open_model(project.store, "codes")
    assert opened.texts == {"code"}
    assert opened.predict(frame).tolist() == model.predict(frame).tolist()
    for kind in ("int64", "float64", "Int64"):
        with pytest.raises(Refused, match="column 'code': codes@1 needs texts, but the data hold numbers"):
            opened.predict(frame.assign(code=frame["code"].astype(int).astype(kind)))
    assert opened.align(frame.assign(code=np.nan))["code"].tolist() == [None] * 15


def test_models_of_mlflows_own_kind_are_judged_by_their_signature(project: Project) -> None:
    python_model(project, "rules", lambda frame: np.where(frame["age"] > 50, "yes", "no"), X.head())
    python_model(project, "double", lambda frame: frame["age"] * 2.0, X.head())
    rules, double = open_model(project.store, "rules"), open_model(project.store, "double")
    assert (rules.task, rules.classes, rules.features) == ("classification", (), ("age", "tenure"))
    assert (rules.predict(FRAME) == np.where(FRAME["age"] > 50, "yes", "no")).all()
    assert rules.probabilities(FRAME) is None
    assert double.task == "regression"
    assert double.predict(FRAME.assign(age=FRAME["age"].astype(float))) == pytest.approx(FRAME["age"] * 2.0)


def test_what_predicts_neither_labels_nor_numbers_is_refused(project: Project) -> None:
    register(project, "groups", KMeans(2, n_init=1).fit(X))
    with pytest.raises(Refused, match="groups@1 is a KMeans, neither"):
        open_model(project.store, "groups")
    with pytest.raises(NotFound, match="no registered model 'chur'") as caught:
        open_model(project.store, "chur@1")
    assert caught.value.hint


def test_the_target_is_the_one_column_that_the_model_does_not_take(churn: Model, spent: Model) -> None:
    features, y = parted(FRAME[["age", "churned", "tenure"]], None, churn)
    assert list(features) == ["age", "tenure"]
    assert y.tolist() == FRAME["churned"].tolist()
    features, y = parted(FRAME, "churned", churn)
    assert list(features) == ["age", "tenure", "region", "spent"]
    assert parted(FRAME, "spent", spent)[1] == pytest.approx(FRAME["spent"])
    with pytest.raises(Refused, match="leaves several: region, churned, spent") as caught:
        parted(FRAME, None, spent)
    assert caught.value.hint == "name it: --target spent"
    texts_last = FRAME[["age", "tenure", "spent", "churned", "region"]]
    with pytest.raises(Refused, match="leaves several: spent, churned, region") as caught:
        parted(texts_last, None, spent)
    assert caught.value.hint == "name it: --target spent"
    with pytest.raises(Refused, match="no labels"):
        parted(X, None, churn)
    with pytest.raises(NotFound, match="no column 'chruned'") as missing:
        parted(FRAME, "chruned", churn)
    assert missing.value.hint == "did you mean 'churned'?"


def test_columns_of_the_key_are_no_target(churn: Model) -> None:
    frame = FRAME[["age", "tenure", "churned"]].assign(id=range(len(FRAME)))
    assert parted(frame, None, churn, key=["id"])[1].tolist() == FRAME["churned"].tolist()


def test_of_several_columns_the_target_is_the_one_that_holds_only_the_models_classes(churn: Model) -> None:
    frame = FRAME.assign(id=range(len(FRAME)), constant="yes")
    features, y = parted(frame, None, churn)
    assert y.tolist() == FRAME["churned"].tolist()
    assert "churned" not in features
    with pytest.raises(Refused, match="leaves several: region, churned, spent, other"):
        parted(FRAME.assign(other=FRAME["churned"].to_numpy()[::-1]), None, churn)
    with pytest.raises(Refused, match="leaves several"):
        parted(FRAME.assign(churned="maybe"), None, churn)


def test_rows_without_a_label_are_left_out_and_told_by_the_index(churn: Model) -> None:
    frame = FRAME[["age", "tenure", "churned"]].iloc[10:15].copy()
    frame["churned"] = ["yes", None, "no", np.nan, "yes"]
    features, y = parted(frame, None, churn)
    assert features.index.tolist() == [0, 2, 4]
    assert y.tolist() == ["yes", "no", "yes"]
    with pytest.raises(Refused, match="no row has a label"):
        parted(frame.assign(churned=None), None, churn)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 1], "holds numbers, 0, 1; churn@1 predicts text, 'no', 'yes'"),
        ([True, False], "holds numbers, True, False; churn@1 predicts text"),
        (["Yes", "No"], "spells a label 'Yes'; churn@1 predicts 'yes'"),
        (["yes", "no "], "spells a label 'no '"),
        (["stays", "goes"], "predicts none of these, but 'no', 'yes'"),
        (["yes", 1], "holds text and numbers"),
    ],
)
def test_labels_of_another_kind_are_refused_in_words(churn: Model, labels: list[object], said: str) -> None:
    frame = pd.DataFrame({"age": [1, 2], "tenure": [1.0, 2.0], "churned": pd.Series(labels, dtype=object)})
    with pytest.raises(Refused, match=said) as caught:
        parted(frame, None, churn)
    assert caught.value.hint


def test_numbers_are_labels_in_any_type_that_holds_them(project: Project) -> None:
    register(project, "bits", LogisticRegression().fit(X, FRAME["churned"] == "yes"), X.head())
    register(project, "bits", LogisticRegression().fit(X, (FRAME["churned"] == "yes").astype(int)), X.head())
    truths, numbers = open_model(project.store, "bits@1"), open_model(project.store, "bits@2")
    frame = X.head(3)
    for labels in ([1, 0, 1], [1.0, 0.0, 1.0], [True, False, True]):
        assert parted(frame.assign(y=labels), None, numbers)[1].tolist() == [1, 0, 1]
        assert parted(frame.assign(y=labels), None, truths)[1].tolist() == [True, False, True]
    assert parted(frame.assign(y=[1.0, np.nan, 0.0]), None, numbers)[1].tolist() == [1, 0]
    with pytest.raises(Refused, match="holds text, '1', '0'; bits@2 predicts numbers, 0, 1"):
        parted(frame.assign(y=["1", "0", "1"]), None, numbers)


@pytest.mark.parametrize("labels", [["1", "2"], [True, False], [1.0, np.inf]])
def test_what_is_no_number_is_no_label_of_a_regressor(spent: Model, labels: list[object]) -> None:
    with pytest.raises(Refused, match="column 'y' holds"):
        parted(X.head(2).assign(y=labels), None, spent)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Input X contains NaN.\nThis does not accept NaN. See https://x.y/z.html for more.",
            "Input X contains NaN",
        ),
        ("could not convert string to float: 'a.b c'", "could not convert string to float: 'a.b c'"),
        ("No file a.csv, e.g. None was given", "No file a.csv, e.g. None was given"),
        ("Shape is wrong: (3, 2)\n\nTraceback of another process", "Shape is wrong: (3, 2)"),
        ("", "ValueError"),
    ],
)
def test_of_what_a_library_says_the_first_sentence_is_told(said: str, told: str) -> None:
    assert first_sentence(ValueError(said)) == told
    assert len(first_sentence(ValueError(said + "x" * 1000))) <= 300
