"""Provenance on the runs that a notebook opens itself; plain scripts are left alone."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.context import ProvenanceContext


def test_a_plain_script_is_left_alone() -> None:
    assert not ProvenanceContext().in_context()


def test_a_headless_run_tags_notebook_digest_git_and_parent(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    path = write(folder / "n.ipynb", [cell("1")])
    monkeypatch.setenv(tags.RUN_VARIABLE, "abc")
    monkeypatch.setenv(tags.NOTEBOOK_VARIABLE, str(path))
    context = ProvenanceContext()
    assert context.in_context()
    found = context.tags()
    assert found[tags.NOTEBOOK] == found[tags.SOURCE_NAME] == "n.ipynb"
    assert found[tags.PARENT] == "abc"
    assert found[tags.GIT_BRANCH] == "main"
    assert found[tags.GIT_DIRTY] == "true"
    assert len(found[tags.NOTEBOOK_DIGEST]) == 32


def test_what_cannot_be_found_out_never_stops_the_users_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "broken.ipynb").write_text("{")
    monkeypatch.setenv(tags.RUN_VARIABLE, "abc")
    monkeypatch.setenv(tags.NOTEBOOK_VARIABLE, str(folder / "broken.ipynb"))
    assert ProvenanceContext().tags() == {}
