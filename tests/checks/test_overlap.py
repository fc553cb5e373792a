"""Training data are opened as the version that the run names, though another has the same content."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.checks.overlap import _opened

pytestmark = pytest.mark.usefixtures("local")


def test_the_name_that_the_run_tells_is_preferred(folder: Path) -> None:
    project = Project()
    (folder / "a.csv").write_text("age\n1\n", encoding="utf-8")
    added = [project.datasets.add("a.csv", name=name) for name in ("first", "second")]
    read = [added[0], added[1], added[0].model_copy(update={"name": "data", "number": None})]
    labels = [version.label for version, frame in _opened(project.store, read) if frame is not None]
    assert labels == ["first@1", "second@1", "first@1"]
