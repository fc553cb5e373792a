"""Registered models: versions, aliases, references, loading."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.exceptions import CheckFailed, NotFound, Refused, UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.registry import find_version

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def project(folder: Path) -> Project:
    """A project with one finished run that kept two files."""
    made = Project()
    recorder = Recorder.start(made.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(name)
        recorder.artifact(folder / name)
    recorder.metrics({"m": 0.5})
    recorder.close(RunStatus.FINISHED, exit_code=0)
    return made


def test_versions_count_up_and_keep_run_and_metrics(project: Project) -> None:
    first, second = project.register("n", "rules=a.txt"), project.register("n", "rules=b.txt")
    assert (first.version, second.version) == ("1", "2")
    assert [version.version for version in project.models()] == ["2", "1"]
    assert first.run_id == project.runs()[0].run_id
    assert first.metrics == {"m": 0.5}


def test_aliases_move_and_references_find(project: Project) -> None:
    for name in ("a.txt", "b.txt"):
        project.register("n", f"rules={name}")
    project.promote("rules@1")
    assert find_version(project.store, "rules@champion").version == "1"
    moved = project.promote("rules", reason="newer").version
    assert (moved.version, moved.aliases) == ("2", ("champion",))
    assert "newer" in moved.tags["mlops.promoted"]
    assert find_version(project.store, "rules@1").aliases == ()


@pytest.mark.parametrize("name", ["o'brien", 'say "x"', "both ' and \"", "ü%_`", " a b "])
def test_models_of_any_name_are_found_and_promoted(project: Project, name: str) -> None:
    project.register("n", f"{name}=a.txt")
    assert project.promote(f"{name}@1").version.aliases == ("champion",)
    assert find_version(project.store, f"{name}@champion").name == name
    assert project.history(name, verify=True).findings == ()


def test_what_cannot_be_found_or_registered_is_told_with_the_mend(project: Project) -> None:
    with pytest.raises(CheckFailed, match="logged no model"):
        project.register("n", "rules")
    with pytest.raises(CheckFailed, match="no artifact 'c.txt'"):
        project.register("n", "rules=c.txt")
    with pytest.raises(NotFound, match="no registered model 'rulse'") as caught:
        project.promote("rulse")
    assert caught.value.hint == "there are none"
    project.register("n", "rules=a.txt")
    with pytest.raises(NotFound, match="no version or alias 'champion'"):
        project.load_model("rules@champion")
    with pytest.raises(UsageError, match="'rules@' names no version"):
        project.load_model("rules@")
    with pytest.raises(NotFound, match="cannot be loaded as a model"):
        project.load_model("rules@1")
    with pytest.raises(Refused, match="alias 'latest'"):
        project.promote("rules", to="latest")
    with pytest.raises(Refused):
        project.register("n", "bad/name:=a.txt")
