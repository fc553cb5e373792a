"""What the files of a version hold, and whether all are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_mlops.entities import ModelVersion, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.loading import quiet
from jupyter_mlops.tracking.model_content import check_complete, content_digest
from jupyter_mlops.tracking.model_files import model_size, place_of
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def project(folder: Path) -> Project:
    return Project()


def model(project: Project) -> tuple[ModelVersion, Path]:
    """A fitted model, and the folder of its files."""
    import mlflow
    from sklearn.dummy import DummyClassifier

    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    project.store.client()
    with mlflow.start_run(run_id=recorder.run_id), quiet():
        fitted = DummyClassifier().fit([[1.0], [2.0]], [0, 1])
        mlflow.sklearn.log_model(
            fitted, name="model", pip_requirements=[], serialization_format="cloudpickle"
        )
    recorder.close(RunStatus.FINISHED, exit_code=0)
    version = project.register(recorder.run_id, "churn")
    folder = place_of(project.store, version)[1]
    assert folder is not None
    return version, folder


def test_another_content_is_another_digest_and_loading_changes_nothing(project: Project) -> None:
    version, folder = model(project)
    first, size = content_digest(project.store, version), model_size(project.store, version)
    project.load_model("churn@1")
    (folder / "registered_model_meta").write_text("MLflow writes it beside what it loads")
    assert (content_digest(project.store, version), model_size(project.store, version)) == (first, size)
    weights = folder / "model.pkl"
    content, times = weights.read_bytes(), weights.stat()
    weights.write_bytes(content[:-1] + b"?")
    os.utime(weights, ns=(times.st_atime_ns, times.st_mtime_ns))
    changed = content_digest(project.store, version)
    weights.rename(folder / "weights.pkl")
    moved = content_digest(project.store, version)
    assert len({first, changed, moved}) == 3


def test_a_model_lacks_what_its_description_names(project: Project) -> None:
    version, folder = model(project)
    check_complete(project.store, version)
    for name in ("model.pkl", "conda.yaml", "MLmodel"):
        kept = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(NotFound, match=f"churn@1 lacks its file {name}"):
            check_complete(project.store, version)
        (folder / name).write_bytes(kept)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(NotFound, match="there are no files of churn@1"):
        check_complete(project.store, version)
    folder.rmdir()
    for look in (check_complete, content_digest):
        with pytest.raises(NotFound, match="there are no files of churn@1"):
            look(project.store, version)


def test_a_file_is_complete_as_it_is(project: Project) -> None:
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    path = project.root / "rules.txt"
    path.write_text("rules")
    recorder.artifact(path)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    version = project.register(recorder.run_id, "rules=rules.txt")
    check_complete(project.store, version)
    assert len(content_digest(project.store, version)) == 64
