"""The model `churn`, in a project of its own for each test; see `registered`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.project import Project
from tests.conftest import copy_database, no_server
from tests.promotion.registered import build, copied


@pytest.fixture(scope="session")
def churn_made(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the project was made that all others are copies of: leave it as it is."""
    root = tmp_path_factory.mktemp("made") / "project"
    root.mkdir()
    copy_database(empty_database, root)
    with no_server():
        build(root)
    return root


@pytest.fixture
def churn(churn_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The current project: `churn` has versions 1, 2 and 3, and no champion."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "project"
    project = copied(churn_made, root)
    monkeypatch.chdir(root)
    return project


@pytest.fixture(scope="module")
def churn_shared(churn_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The same for all tests of a module, for those that leave it as it is or do not mind each other."""
    with no_server():
        yield copied(churn_made, tmp_path_factory.mktemp("churn") / "project")
