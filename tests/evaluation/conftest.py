"""One project with real models for all tests of a module."""

from __future__ import annotations

import pytest

from jupyter_mlops.project import Project


@pytest.fixture(scope="module")
def project(shared_project: Project) -> Project:
    """Tests add models to it."""
    return shared_project
