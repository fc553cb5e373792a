"""One project with real models for all tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from jupyter_mlops.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project of its own, whatever tracking server the caller named; tests add models to it."""
    root = tmp_path_factory.mktemp("evaluated")
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("JUPYTER_MLOPS_", "MLFLOW_")):
                patch.delenv(name)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        yield Project(root)
