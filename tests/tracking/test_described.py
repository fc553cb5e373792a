"""What a model's files say is read as MLflow reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.tracking.described import _by_mlflow, describe
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")


def signatures() -> dict[str, Any]:
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec
    from mlflow.types.schema import Array, DataType

    table = Schema(
        [ColSpec("long", "age"), ColSpec("string", "name", required=False), ColSpec("datetime", "at")]
    )
    tensor, text = np.dtype("float32"), np.dtype(str)
    named = Schema([TensorSpec(tensor, (-1, 3), "x"), TensorSpec(text, (-1,), "y")])
    return {
        "none": None,
        "table": ModelSignature(table, Schema([TensorSpec(np.dtype("int64"), (-1,))])),
        "tensors": ModelSignature(named, Schema([ColSpec("double")])),
        "unnamed": ModelSignature(Schema([ColSpec("double"), ColSpec("boolean")])),
        "nested": ModelSignature(Schema([ColSpec(Array(DataType.string), "words")])),
    }


def test_files_are_described_as_by_mlflow(folder: Path) -> None:
    from mlflow.models import Model

    project = Project(folder)
    for name, signature in signatures().items():
        made = folder / "files" / name
        made.mkdir(parents=True)
        flavors = {"python_function": {"loader_module": "x"}, "sklearn": {"sklearn_version": "1.9"}}
        Model(flavors=flavors, signature=signature).save(made / "MLmodel")
        recorder = Recorder.start(project.store, experiment="lab", name="fit", kind=RunKind.HEADLESS)
        recorder.artifact(made, name)
        recorder.close(RunStatus.FINISHED, exit_code=0)
        version = project.register(recorder.run_id, f"m={name}")
        found = describe(project.store, version)
        assert found == _by_mlflow(project.store, version)
        assert found is not None
        assert (found.library, found.library_version, found.tabular) == (
            "sklearn",
            "1.9",
            name in {"table", "nested"},
        )
        assert bool(found.inputs) == (name != "none")


def test_what_is_no_model_is_not_described(folder: Path) -> None:
    (folder / "model.txt").write_text("model")
    project = Project(folder)
    recorder = Recorder.start(project.store, experiment="lab", name="fit", kind=RunKind.HEADLESS)
    recorder.artifact(folder / "model.txt")
    recorder.close(RunStatus.FINISHED, exit_code=0)
    version = project.register(recorder.run_id, "m=model.txt")
    assert describe(project.store, version) is None
    assert _by_mlflow(project.store, version) is None
