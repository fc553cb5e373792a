"""What a model needs: exactly what MLflow infers, found out once for each kind of model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind
from jupyter_mlops.tracking import requirements
from jupyter_mlops.tracking.models import log_model
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = [
    pytest.mark.usefixtures("local"),
    pytest.mark.filterwarnings("ignore"),  # MLflow's own, when it is asked to log a model for the first time
]


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A memory of its own, which knows nothing yet."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "jupyter-mlops" / requirements.MEMORY


def pipeline(strength: float = 1.0) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength)).fit([[0.0], [1.0]], [0, 1])


def needs(uri: str) -> set[str]:
    """The lines of a logged model's requirements."""
    import mlflow

    folder = Path(mlflow.artifacts.download_artifacts(uri))
    return set((folder / "requirements.txt").read_text(encoding="utf-8").split())


def test_they_are_what_mlflow_infers_and_are_asked_for_once(
    folder: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    run = Recorder.start(Project().store, experiment="lab", name="r", kind=RunKind.USER)
    with mlflow.start_run(run_id=run.run_id):
        theirs = mlflow.sklearn.log_model(pipeline(), name="theirs")
        ours = log_model(run.run_id, pipeline(), "ours")
        monkeypatch.setattr(requirements, "_ask", lambda *_: pytest.fail("asked again"))
        again = log_model(run.run_id, pipeline(0.5), "again")
    inferred = needs(f"models:/{theirs.model_id}")
    assert any(line.startswith("scikit-learn==") for line in inferred)
    assert needs(f"models:/{ours}") == needs(f"models:/{again}") == inferred
    assert memory.stat().st_mode & 0o077 == 0
    assert mlflow.sklearn.load_model(f"models:/{again}").predict([[1.0]]) == [1]


def test_the_kind_is_the_models_modules_how_it_is_saved_and_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.ensemble import RandomForestClassifier

    def kind(model: Any, **how: Any) -> str | None:
        return requirements._kind("mlflow.sklearn", model, how)

    known = kind(pipeline())
    assert known == kind(pipeline(0.1))
    assert known != kind(RandomForestClassifier(2).fit([[0.0], [1.0]], [0, 1]))
    assert known != kind(pipeline(), serialization_format="cloudpickle")
    site = folder / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    assert known == kind(pipeline())
    (site / "new-1.0.dist-info").mkdir()
    (site / "new-1.0.dist-info" / "METADATA").write_text("Name: new\nVersion: 1.0\n")
    assert known != kind(pipeline())


def test_code_of_the_users_own_is_not_remembered(folder: Path, memory: Path) -> None:
    class Own:
        __module__ = "my_project_module"

    assert requirements._kind("mlflow.sklearn", Own(), {}) is None
    (folder / "uv.lock").touch()
    assert requirements._kind("mlflow.sklearn", pipeline(), {}) is None
    assert not memory.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"k": 1}', '{"k": ["--index-url http://evil"]}', '{"k": [1]}'])
def test_a_memory_that_is_not_sound_is_not_believed(text: str, memory: Path) -> None:
    memory.parent.mkdir(parents=True)
    memory.write_text(text)
    assert requirements._memory() == {}
    memory.write_text(json.dumps({"good": ["a==1"], "bad": ["a"]}))
    assert requirements._memory() == {"good": ["a==1"]}
