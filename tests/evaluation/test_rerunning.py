"""One notebook on two versions of its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.entities import DatasetVersion, Parameter, Run, RunKind, RunStatus
from jupyter_mlops.evaluation.rerunning import Rerun, compare_data, compared, data_parameter
from jupyter_mlops.exceptions import CheckFailed, NotFound, Refused
from jupyter_mlops.project import Project

pytestmark = pytest.mark.usefixtures("local")

TRAIN = """\
import pandas as pd, mlflow
frame = pd.read_csv(data)
mlflow.log_metrics({"rows": len(frame), "accuracy": frame["x"].mean() / k})
"""


def data(name: str = "customers", source: str = "data/customers.csv", **fields: Any) -> Data:
    version = DatasetVersion(name=name, digest="d", rows=1, source=source, number=1, **fields)
    return Data(version.label, version, Path("/kept/content.csv"))


def run(**metrics: float) -> Run:
    known = {"run_id": "abcdef0123", "name": "n", "experiment": "e", "started": None, "ended": None}
    return Run(**known, status=RunStatus.FINISHED, kind=RunKind.HEADLESS, metrics=metrics)


def chosen(project: Project, *defaults: tuple[str, Any], **how: Any) -> str:
    declared = [Parameter(name=name, default=default) for name, default in defaults]
    wanted = Rerun(project.root / "train.ipynb", **how)
    return data_parameter(declared, wanted, [data()], project.store).name


def test_the_parameter_that_takes_the_data_is_found_by_its_default(project: Project) -> None:
    assert chosen(project, ("C", 1.0), ("out", "model.pkl"), ("path", "other.csv")) == "path"
    assert chosen(project, ("test", "test.csv"), ("path", "data/customers.csv")) == "path"
    assert chosen(project, ("test", "test.csv"), ("path", "./data/../data/customers.csv")) == "path"
    assert chosen(project, ("test", "test.csv"), ("what", "customers@3")) == "what"
    assert chosen(project, ("test", "test.csv"), ("train", "train.csv"), text={"test": "x"}) == "train"
    assert chosen(project, ("a", "a.csv"), ("b", "b.csv"), parameter="b") == "b"
    with pytest.raises(Refused, match="several of its parameters may take the data: a, b") as caught:
        chosen(project, ("a", "a.csv"), ("b", "b.csv"))
    assert caught.value.hint == "name it: --input NAME"
    with pytest.raises(Refused, match="none of its parameters takes a file"):
        chosen(project, ("C", 1.0), ("name", "x"))
    with pytest.raises(NotFound, match="has no parameter 'dta'"):
        chosen(project, ("data", "a.csv"), parameter="dta")


def test_metrics_of_repeats_are_compared_with_an_interval(project: Project) -> None:
    wanted = Rerun(Path("train.ipynb"), repeats=3)
    left, right = [0.80, 0.81, 0.82], [0.90, 0.92, 0.93]
    sides = ([run(accuracy=v, loss=1 - v) for v in left], [run(accuracy=v, loss=1 - v) for v in right])
    found = compared(wanted, ("a@1", "a@2"), sides, None)
    expected = stats.ttest_ind(right, left, equal_var=False)
    accuracy, loss = found.metrics
    interval = expected.confidence_interval()
    assert (accuracy.low, accuracy.high) == pytest.approx((interval.low, interval.high))
    assert accuracy.p_value == pytest.approx(expected.pvalue)
    assert (accuracy.better, loss.better, found.task, found.rows) == ("right", "right", "runs", 3)
    assert found.verdict.startswith("a@2 better by 10.7 pp, 95 % interval ")
    by_loss = compared(wanted, ("a@1", "a@2"), sides, "loss")
    assert by_loss.verdict.startswith("a@2 better by 0.107, ")


def test_what_may_be_good_or_bad_is_higher_or_lower_but_not_better(project: Project) -> None:
    sides = ([run(n_rows=v) for v in (10.0, 11.0, 12.0)], [run(n_rows=v) for v in (20.0, 21.0, 22.0)])
    found = compared(Rerun(Path("train.ipynb"), repeats=3), ("a@1", "a@2"), sides, None)
    [metric] = found.metrics
    assert (metric.higher_is_better, metric.better) == (None, None)
    assert found.verdict.startswith("a@2 higher by 10, 95 % interval ")
    found = compared(Rerun(Path("train.ipynb"), repeats=3), ("a@1", "a@2"), sides[::-1], None)
    assert found.verdict.startswith("a@2 lower by 10, 95 % interval ")


def test_single_runs_have_no_interval_and_say_so(project: Project) -> None:
    wanted = Rerun(Path("train.ipynb"))
    sides = ([run(rmse=2.0, **{"system/cpu": 1.0})], [run(rmse=1.5, only_here=1.0)])
    found = compared(wanted, ("a@1", "a@2"), sides, None)
    [metric] = found.metrics
    assert (metric.metric, metric.low, metric.better) == ("rmse", None, None)
    assert found.verdict == "rmse is 0.5 higher on a@1 in one run on each; that shows nothing"
    assert "--repeats" in found.notes[-1]
    with pytest.raises(CheckFailed, match="did not log the metric 'mse' in all") as caught:
        compared(wanted, ("a@1", "a@2"), sides, "mse")
    assert caught.value.hint == "did you mean 'rmse'?"
    with pytest.raises(CheckFailed, match="did not log a metric"):
        compared(wanted, ("a@1", "a@2"), ([run()], [run(rmse=1.0)]), None)


def test_a_notebook_runs_on_either_version_and_its_runs_are_linked(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(folder)
    for rows in (2, 4):
        pd.DataFrame({"x": [0.5] * (rows - 1) + [1.0]}).to_csv("customers.csv", index=False)
        project.datasets.add(Path("customers.csv"))
    write(folder / "train.ipynb", [cell('data = "customers.csv"\nk = 1', "parameters"), cell(TRAIN)])
    said: list[str] = []
    found = project.compare_data(
        "train.ipynb", "customers@1", "customers@2", text={"k": "2"}, report=said.append
    )
    by_name = {each.metric: each for each in found.metrics}
    assert (by_name["rows"].left, by_name["rows"].right) == (2, 4)
    assert (by_name["accuracy"].left, by_name["accuracy"].right) == (0.375, 0.3125)
    assert found.verdict.startswith("accuracy is 6.2 pp higher on customers@1 in one run on each; ")
    assert [line.split(" (")[0] for line in said] == [
        "train.ipynb on customers@1: FINISHED",
        "train.ipynb on customers@2: FINISHED",
    ]
    assert {run.name for run in project.runs()} == {"train customers@1", "train customers@2"}
    impact = project.impact("customers", "accuracy")
    assert [len(version.runs) for version in impact.versions] == [1, 1]
    assert impact.differences[0].pairs == 1


def test_what_cannot_run_is_refused_before_anything_runs(project: Project, write: Any, cell: Any) -> None:
    notebook = write(project.root / "train.ipynb", [cell('data = "x.parquet"', "parameters"), cell("1")])
    with pytest.raises(Refused, match="customers@1 is kept as a .csv file; data takes .parquet"):
        compare_data(project.store, Rerun(notebook), (data(), data()))
    with pytest.raises(Refused, match="--repeats 0 runs nothing"):
        compare_data(project.store, Rerun(notebook, repeats=0), (data(), data()))
    assert project.runs() == []
