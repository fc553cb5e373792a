"""Models come back by alias, in any process, or it is told in a line why not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from jupyter_mlops import load_model
from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from tests.evaluation.registered import customers, register

pytestmark = pytest.mark.usefixtures("local")
FRESH = "from jupyter_mlops import load_model; print(load_model('churn@champion').C)"


@pytest.fixture
def versions(folder: Path) -> list[ModelVersion]:
    """churn@1 and churn@2, of which the first is the champion."""
    frame, project = customers(60), Project()
    X = frame[["age", "tenure"]]
    made = [
        register(project, "churn", LogisticRegression(C=cost).fit(X, frame["churned"]), X.head())
        for cost in (0.5, 2.0)
    ]
    point("1")
    return made


def point(version: str) -> None:
    Project().store.client().set_registered_model_alias("churn", "champion", version)


def files(version: ModelVersion) -> Path:
    """The folder that holds the version's files."""
    model = version.source.removeprefix("models:/")
    return next(path.parent for path in Path.cwd().glob("mlruns/**/MLmodel") if model in path.parts)


def test_an_alias_is_followed_here_and_in_a_fresh_process(versions: list[ModelVersion], folder: Path) -> None:
    assert load_model("churn@champion").C == 0.5
    point("2")
    assert load_model("churn@champion").C == 2.0
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split()[-1] == "2.0"


def test_what_is_not_there_any_more_is_told(versions: list[ModelVersion], tmp_path: Path) -> None:
    client = Project().store.client()
    model = files(versions[0]) / "model.pkl"
    model.write_bytes(model.read_bytes()[:50])
    point("1")
    scoring = (load_model, lambda what: Project().predict(what, customers(5), tmp_path / "out.csv"))
    for use in scoring:
        with pytest.raises(Refused, match="churn@1 cannot be loaded as a model: .*truncated"):
            use("churn@champion")
    (files(versions[0])).rename(tmp_path / "elsewhere")
    for use in scoring:
        with pytest.raises(NotFound, match="churn@1 cannot be loaded as a model: its files are gone") as told:
            use("churn@champion")
        assert "jupyter mlops models churn" in str(told.value.hint)
    client.delete_model_version("churn", "1")  # and the alias with it
    for use in scoring:
        for what in ("churn@champion", "churn@1"):
            with pytest.raises(NotFound, match="model 'churn' has no version or alias"):
                use(what)
    client.delete_registered_model("churn")
    with pytest.raises(NotFound, match="no registered model 'churn'"):
        load_model("churn@2")
    assert not (tmp_path / "out.csv").exists()
