"""What a version has otherwise than the champion."""

from __future__ import annotations

import shutil

import mlflow
import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.entities import ModelVersion, RunDiff, RunKind
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.changes import changes, metric_changes
from jupyter_mlops.tracking.loading import quiet
from jupyter_mlops.tracking.registry import find_version
from tests.promotion.registered import add_version


def version(project: Project, number: int, name: str = "churn") -> ModelVersion:
    return find_version(project.store, f"{name}@{number}")


def between(project: Project, number: int, champion: int) -> RunDiff:
    found = changes(project.store, version(project, number), version(project, champion))
    assert found is not None
    return found


def test_code_parameters_and_metrics_that_differ_are_told(churn: Project) -> None:
    found = between(churn, 3, 1)
    assert [(d.name, d.left, d.right) for d in found.parameters] == [("C", "1.0 (float)", "0.5 (float)")]
    (code,) = found.cells
    assert code.diff.splitlines()[1:] == ["-fit(['tenure'], C)", "+fit(['age', 'tenure'], C)"]
    assert [d.name for d in found.metrics] == ["accuracy", "f1"]
    assert (found.datasets, found.packages, found.git, found.notes) == ((), (), (), ())
    assert changes(churn.store, version(churn, 3), None) is None
    same = between(churn, 2, 2)
    assert (same.parameters, same.metrics, same.cells) == ((), (), ())


def test_data_are_told_by_their_labels(churn: Project) -> None:
    frame = churn.datasets.open("train@1").frame()
    frame.head(300).to_csv("shorter.csv", index=False)
    more = churn.datasets.add("shorter.csv", name="train")
    uncatalogued = more.model_copy(update={"number": None})
    model = churn.load_model("churn@2")
    for number, data in enumerate((more, uncatalogued), 4):
        add_version(churn, model, ["age", "tenure"], data=data, metrics={"accuracy": 0.5}, git=None)
        found = between(churn, number, 2)
        assert [(d.name, d.left, d.right) for d in found.datasets] == [
            ("train (training)", "train@1, 400 rows", "train@2, 300 rows")
        ]
        assert [d.name for d in found.git] == ["branch", "commit", "uncommitted changes"]


def test_metrics_have_differences_and_a_side_that_is_better(churn: Project) -> None:
    model = churn.load_model("churn@2")
    for metrics in ({"accuracy": 0.8, "rmse": 2.0, "churn_rate": 0.1, "old": 1.0}, {}):
        given = metrics or {"accuracy": 0.814, "rmse": 2.5, "churn_rate": 0.2, "new": float("nan")}
        add_version(churn, model, ["age", "tenure"], name="other", metrics=given)
    found = metric_changes(version(churn, 2, "other"), version(churn, 1, "other"))
    assert [(each.metric, each.better, each.verdict) for each in found] == [
        ("accuracy", "right", "1.4 pp higher, better"),
        ("churn_rate", None, "0.1 higher"),
        ("new", None, "the champion has none"),
        ("old", None, "the version has none"),
        ("rmse", "left", "0.5 higher, worse"),
    ]
    assert found[0].difference == pytest.approx(0.014)
    diff = changes(churn.store, version(churn, 2, "other"), version(churn, 1, "other"))
    assert diff is not None
    assert [(d.name, d.left, d.right) for d in diff.metrics][2:4] == [
        ("new", None, "nan"),
        ("old", "1.0", None),
    ]


def test_a_run_that_is_gone_is_told(churn: Project) -> None:
    made = version(churn, 1)
    churn.store.client().delete_run(str(made.run_id))
    for found in (between(churn, 2, 1), between(churn, 1, 2)):
        assert found.notes == (
            "the run of churn@1 is gone: its code, parameters, data and packages are not known",
        )
        assert not found.code_known
        assert (found.parameters, found.datasets, found.packages, found.git) == ((), (), (), ())
    with pytest.raises(NotFound, match="the run that made churn@1 is gone"):
        churn.diff("churn@1", "churn@2")


def test_records_that_are_gone_are_told(churn: Project) -> None:
    place = churn.show(str(version(churn, 1).run_id)).artifact_uri
    shutil.rmtree(place.removeprefix("file://"))
    found = between(churn, 2, 1)
    assert found.notes == ("the run of churn@1 left no record of its code, packages, git state",)
    assert (found.packages, found.git, found.cells, found.code_known) == ((), (), (), False)
    assert [d.name for d in found.metrics] == ["accuracy", "f1"]


def test_a_run_that_the_notebook_opened_has_the_code_of_the_notebook(churn: Project) -> None:
    outer = str(version(churn, 2).run_id)
    churn.store.client()
    model = churn.load_model("churn@2")
    with (
        mlflow.start_run(
            experiment_id=churn.store.experiment_id("churn"), tags={"mlflow.parentRunId": outer}
        ) as run,
        quiet(),
    ):
        mlflow.log_params({"C": 2.0, "depth": 3})
        mlflow.sklearn.log_model(model, name="model", pip_requirements=[], serialization_format="cloudpickle")
    made = churn.register(run.info.run_id, "churn")
    assert churn.show(run.info.run_id).run.kind is RunKind.USER
    found = between(churn, int(made.version), 1)
    assert found.code_known
    assert found.cells[0].diff.endswith("+fit(['age', 'tenure'], C)")
    assert [(d.name, d.right) for d in found.parameters] == [("C", "2.0"), ("depth", "3")]
    assert found.datasets == ()


def test_versions_may_be_named_for_runs(churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    churn.store.client().set_registered_model_alias("churn", "champion", "1")
    assert main(["diff", "churn@champion", "churn@2"]) == 0
    assert "fit(['age', 'tenure'], C)" in capsys.readouterr().out
    assert main(["diff", "churn@champion", "churn@7"]) == 2
    assert "model 'churn' has no version or alias '7'" in capsys.readouterr().err
    client, run_id = churn.store.client(), str(version(churn, 3).run_id)
    client.update_run(run_id, name="churn@2")  # a run's name wins
    assert churn.show("churn@2").run.run_id == run_id
