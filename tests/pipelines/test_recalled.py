"""A run of a pipeline read back: while it goes on, when it has ended, when it was cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import PipelineRun, RunStatus, StepState
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.tracking.store import Store
from tests.conftest import cell, write
from tests.pipelines.conftest import states

CONFIG = """
pipelines:
  p:
    steps:
      first: {notebook: first.ipynb, outputs: {made: build/made.txt}}
      then: {notebook: then.ipynb, inputs: {made: build/made.txt}}
  broken:
    steps:
      gone: {notebook: gone.ipynb}
  far:
    steps:
      load: {notebook: then.ipynb, inputs: {made: "http://127.0.0.1:1/made.txt"}}
"""
HOLD = "import pathlib, time\nwhile pathlib.Path('hold').exists():\n    time.sleep(0.05)\n"


@pytest.fixture
def project(folder: Path, local: None) -> Project:
    """Two steps, of which the first waits while there is a file ``hold``."""
    root = folder
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    write(
        root / "first.ipynb",
        [cell("made = ''", "parameters"), cell(f"{HOLD}open(made, 'w').write('made')")],
    )
    write(root / "then.ipynb", [cell("made = ''", "parameters"), cell("print(open(made).read())")])
    return Project(root)


def until(look: Callable[[], PipelineRun | None], what: Callable[[PipelineRun], bool]) -> PipelineRun:
    """What is found once that is so."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = look()
        if found is not None and what(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"it never was so: {found}")


def test_a_run_is_told_while_it_goes_on_and_when_it_was_cut_off(project: Project) -> None:
    (project.root / "hold").touch()
    pipeline = project.pipeline("p")
    assert pipeline.last() is None
    words = [sys.executable, "-m", "jupyter_mlops", "pipeline", "run", "p"]
    process = subprocess.Popen(words, cwd=project.root, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        live = until(pipeline.last, lambda found: states(found) == {"first": "running", "then": "waiting"})
        assert live.run is not None
        assert live.run.status is RunStatus.RUNNING
        assert live.edges == {"first": (), "then": ("first",)}
        with_cells = until(pipeline.last, lambda found: bool(found.step("first").run_id))
        step = project.show(with_cells.step("first").run_id).run
        assert step.parent == live.run.run_id
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def cut_off() -> PipelineRun:  # looking is enough: the project's keeper settles it
        return project.pipeline_run(live.run.run_id if live.run else "")

    found = until(cut_off, lambda found: found.step("first").state is not StepState.RUNNING)
    assert found.run is not None
    assert found.run.status is RunStatus.KILLED
    assert states(found) == {"first": "cancelled", "then": "not run"}
    assert found.exit_code == 4


def test_a_run_that_ended_is_told_as_it_was_returned(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = project.pipeline("p")
    made = pipeline.run(workers=1)
    assert states(made) == {"first": "finished", "then": "finished"}
    assert pipeline.last() == made
    assert made.run is not None
    assert project.pipeline_run(made.run.run_id[:8]) == made
    with pytest.raises(NotFound, match="no run of a pipeline"):
        project.pipeline_run(made.step("first").run_id)
    found = {each.name: each for each in project.pipelines()}
    assert list(found) == ["broken", "far", "p"]
    assert found["p"].last == made.run
    assert found["p"].steps == ("first", "then")
    assert found["p"].problem == ""
    assert "gone.ipynb" in found["broken"].problem
    assert found["broken"].last is None
    assert (found["far"].steps, found["far"].problem) == (("load",), "")  # not asked: it may take long
    monkeypatch.setattr(Store, "readable", lambda store: None)  # as of a server's
    assert {each.name: each.last for each in project.pipelines()} == {
        n: each.last for n, each in found.items()
    }
    assert pipeline.last() == made
    project.store.client().delete_run(made.run.run_id)
    assert pipeline.last() is None
    monkeypatch.undo()
    assert pipeline.last() is None
