"""Widgets outside a kernel: they open the comms of a process without one, whatever it imported."""

from __future__ import annotations

from pathlib import Path

import comm
import pytest

from jupyter_mlops.project import Project
from tests.conftest import copy_database, no_server


@pytest.fixture(autouse=True)
def comms_without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipykernel, once imported by any test, puts comms in place that send nothing without a kernel."""
    monkeypatch.setattr(comm, "create_comm", comm.DummyComm)


@pytest.fixture(scope="session")
def churn_made(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the project was made that `churn` is a copy of: leave it as it is."""
    from tests.widgets.promoted import build  # imports scikit-learn

    root = tmp_path_factory.mktemp("promoted") / "project"
    root.mkdir()
    copy_database(empty_database, root)
    with no_server():
        build(root)
    return root


@pytest.fixture
def churn(churn_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project of `promoted.build`, where ada acts."""
    from tests.promotion.registered import copied

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    return copied(churn_made, tmp_path / "project")
