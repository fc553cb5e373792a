"""What a task brings along to a worker that does not see the project's folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jupyter_mlops.entities import StepInput
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.pipelines.engines.guest import KEEP, guest_folder, settle
from tests.pipelines.engines.places import Steps


@pytest.fixture
def steps(folder: Path, local: None) -> Steps:
    return Steps(folder)  # nothing is recorded here


FILES = {"helper.py": "SIX = 6", "deep/er/__init__.py": "é = 'ü'"}


def test_notebook_and_modules_are_laid_out_and_left_alone_when_they_are(steps: Steps, tmp_path: Path) -> None:
    task = steps.task("a", "1", files=FILES)
    root = guest_folder(tmp_path, task)
    settle(task, root)
    assert (root / "a.ipynb").read_text() == task.document
    assert (root / "deep" / "er" / "__init__.py").read_text(encoding="utf-8") == "é = 'ü'"
    before = (root / "helper.py").stat().st_ino
    settle(task, root)
    assert (root / "helper.py").stat().st_ino == before


def test_other_code_has_another_folder(steps: Steps, tmp_path: Path) -> None:
    task = steps.task("a", "1", files=FILES)
    again = task.model_copy(update={"values": {"C": 2}, "attempt": 2})
    edited = task.model_copy(update={"files": {**FILES, "helper.py": "SIX = 7"}})
    fewer = task.model_copy(update={"files": {"helper.py": "SIX = 6"}})
    folders = [guest_folder(tmp_path, each) for each in (task, again, edited, fewer)]
    assert folders[0] == folders[1]
    assert len({*folders}) == 3


@pytest.mark.parametrize(
    "name",
    ["../out.py", "/etc/out.py", "a/../../out.py", "", ".", ".mlops/mlops.db", "a\\b.py", "link/out.py"],
)
def test_nothing_is_written_outside_the_folder(steps: Steps, tmp_path: Path, name: str) -> None:
    root = tmp_path / "base" / "root"
    root.mkdir(parents=True)
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(Refused, match="is no place for a file of a project"):
        settle(steps.task("a", "1", files={name: "bad"}), root)
    assert list(tmp_path.glob("*.py")) == []


def test_only_inputs_that_can_be_had_from_here_are_taken(steps: Steps, tmp_path: Path) -> None:
    remote = StepInput(place="https://example.org/data.csv", digest="etag")
    stored = StepInput(place="build/a", digest="xxh:0", stored=True)
    settle(steps.task("a", "1", inputs={"one": remote, "two": stored}), tmp_path / "b" / "root")
    local = StepInput(place="data/raw.csv", digest="xxh:0")
    with pytest.raises(Refused, match="input raw of step a .* is not in the project's storage"):
        settle(steps.task("a", "1", inputs={"raw": local}), tmp_path / "b" / "root")


def test_folders_of_code_that_nobody_runs_any_more_go(steps: Steps, tmp_path: Path) -> None:
    old, young = tmp_path / "old", tmp_path / "young"
    for root in (old, young):
        settle(steps.task("a", "1"), root)
    past = time.time() - KEEP - 60
    os.utime(old / "mlops.yaml", (past, past))
    settle(steps.task("b", "1"), tmp_path / "new")
    assert not old.exists()
    assert young.exists()
