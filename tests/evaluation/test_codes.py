"""Codes such as 01234 are texts to a model, and stay so where they come from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.entities import GateStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.judges.better import judge_better
from jupyter_mlops.promotion.judges.drift import judge_drift
from jupyter_mlops.promotion.judges.fairness import judge_fairness
from jupyter_mlops.promotion.judges.model import judge_latency
from jupyter_mlops.tracking.recorder import Recorder
from tests.evaluation.registered import register
from tests.promotion.judging import context_of, gate

pytestmark = pytest.mark.usefixtures("local")

# the same numbers with and without zeros before them mean another place, and another label
FRAME = pd.DataFrame(
    {"zip": ["01234", "99999", "00099", "1234", "99"] * 40, "label": ["a", "b", "a", "b", "b"] * 40}
)


def places() -> Any:
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(C=100.0))
    return model.fit(FRAME[["zip"]], FRAME["label"])


@pytest.fixture(scope="module")
def data(project: Project, tmp_path_factory: pytest.TempPathFactory) -> str:
    """places@1 and 2 know every place, and were trained on what the file holds."""
    path = tmp_path_factory.mktemp("data") / "places.csv"
    FRAME.to_csv(path, index=False)
    trained = project.datasets.add(str(path), name="homes")
    for _ in range(2):
        version = register(project, "places", places(), FRAME[["zip"]])
        link(Recorder(project.store, str(version.run_id)), trained, "training")
    return str(path)


def test_they_are_compared_and_explained_as_they_are_written(project: Project, data: str) -> None:
    found = project.compare("places@1", "places@2", data=data)
    accuracy = next(metric for metric in found.metrics if metric.metric == "accuracy")
    assert (accuracy.left, accuracy.right) == (1.0, 1.0)
    explained = project.explain("places@1", data=data, rows=[3])
    assert explained.score == 1.0
    assert explained.examples[0].prediction == "a"


def test_they_are_checked_as_they_are_written(project: Project, data: str) -> None:
    (Path(project.root) / "mlops.yaml").write_text(
        "models: {places: {checks: [accuracy >= 1.0, overlap <= 1%]}}\n", encoding="utf-8"
    )
    changed = FRAME.assign(zip=FRAME["zip"].where(FRAME["zip"] != "99", "000099"))
    other = Path(data).with_name("others.csv")
    changed.assign(label=places().predict(changed[["zip"]])).to_csv(other, index=False)
    report = Project(project.root).check("places@1", data=str(other))
    accuracy, overlap = report.results
    assert accuracy.status.value == "passed"
    assert "160 of 200 rows (80.0%)" in overlap.message


def test_gates_judge_them_as_they_are_written(project: Project, data: str) -> None:
    context = context_of(project, "places@2", "places@1")
    better = judge_better(gate("better", {"data": data}), context)
    assert better.evidence["left"] == better.evidence["right"] == "1"
    fair = judge_fairness(gate("fairness", {"data": data, "by": "zip", "at_least": 1.0}), context)
    assert fair.status is GateStatus.PASSED
    assert (
        judge_latency(gate("latency", {"seconds": 60.0, "data": data}), context).status is GateStatus.PASSED
    )
    drift = judge_drift(gate("drift", {"current": data, "reference": data}), context)
    assert not any("no predictions" in line for line in drift.details)


def test_drift_takes_them_for_labels_where_a_model_does(project: Project, data: str) -> None:
    found = project.drift(data, data, model="places@1")
    assert {column.name: column.kind.value for column in found.columns}["zip"] == "category"
    assert {loss.current for loss in found.decay if loss.metric == "accuracy"} == {1.0}


def test_numbers_that_may_have_been_codes_are_refused(project: Project, data: str) -> None:
    with pytest.raises(Refused, match=r"column 'zip': places@1 needs texts, .* e\.g\. 1234: zeros") as caught:
        project.compare("places@1", "places@2", data=pd.read_csv(data))
    assert "dtype={'zip': str}" in str(caught.value.hint)


def test_of_several_columns_of_one_name_none_is_taken(project: Project, data: str) -> None:
    doubled = pd.concat([FRAME, FRAME[["zip"]].iloc[::-1].reset_index(drop=True)], axis=1)
    for ask in (
        lambda: project.compare("places@1", "places@2", data=doubled, target="label"),
        lambda: project.explain("places@1", data=doubled, target="label"),
        lambda: project.check("places@1", data=doubled, target="label"),
    ):
        with pytest.raises(Refused, match="several columns are 'zip'"):
            ask()
