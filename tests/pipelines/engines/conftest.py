"""Projects and tasks for the tests of engines."""

from __future__ import annotations

import pytest

from tests.pipelines.engines.places import Steps, new_project


@pytest.fixture(scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    return new_project(tmp_path_factory.mktemp("steps"))


@pytest.fixture
def steps(_project: Steps, local: None, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """A project that records in its own database, one for all tests of a module, and tasks for it."""
    monkeypatch.chdir(_project.root)
    return _project
