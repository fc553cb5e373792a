"""The whole loop by itself on real data: cars arrive, a model is trained, becomes champion and predicts; it
decays, is trained anew, and a better one predicts.

Time does not pass by itself here, or a slow machine would tell another story: a scheduler runs at the first
delivery, and others years later, until what is to happen has happened.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunStatus, SlotStatus
from tests.conftest import copy_database

FOLDER = Path(__file__).parents[2] / "notebooks" / "loop"
# cars of 1977 to 1979 come next after those up to 1973: the test goes without the years between
LATER = ("every: 1096d", "every: 2192d")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("loop")
    for path in FOLDER.iterdir():
        if path.suffix in {".ipynb", ".csv", ".yaml"}:
            shutil.copy(path, root)
    config = root / "mlops.yaml"
    text = config.read_text(encoding="utf-8")
    assert LATER[0] in text
    config.write_text(text.replace(*LATER), encoding="utf-8")
    copy_database(empty_database, root)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("JUPYTER_MLOPS_", "MLFLOW_", "JPY_"))]:
            patch.delenv(name)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        yield Project(root)


def run_from(project: Project, start: str, until: Callable[[], bool]) -> str:
    """Let a scheduler tick from a moment on, until that is so; what it said."""
    command = [sys.executable, "-m", "jupyter_mlops", "scheduler", "start", "--project", str(project.root)]
    log = project.root / "scheduler.log"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen([*command, "--from", start, "--factor", "60"], stderr=stream)
    try:
        deadline = time.monotonic() + 240
        while not until():
            assert process.poll() is None
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    finally:
        process.kill()
        process.wait()
    return log.read_text(encoding="utf-8")


def champion(project: Project) -> str | None:
    found = [version.version for version in project.models() if "champion" in version.aliases]
    return found[0] if found else None


@pytest.mark.timeout(600)
def test_the_loop_closes_by_itself(project: Project) -> None:
    # one test: workers that share the tests would each wait for it
    said = run_from(project, "1973-12-31T23:59", lambda: champion(project) == "1")
    assert "first: began (changed: build/first.csv)" in said
    said = run_from(project, "1980-01-01T23:59", lambda: champion(project) == "2")
    assert "score: began (changed: build/new.csv)" in said
    the_monitor_found_that_it_decays(project)
    the_new_one_came_in_by_its_gates_and_is_better(project)
    each_slot_ended_in_one_way(project)
    the_walk_shows_it(project)


def the_monitor_found_that_it_decays(project: Project) -> None:
    readings = project.monitor("consumption").readings
    breach = next(reading for reading in readings if reading.breaches)
    assert (breach.version, breach.rows) == ("1", 93)
    assert breach.metrics["mae"] > 1.8
    assert breach.retrain is not None
    assert len([reading for reading in readings if reading.retrain]) == 1


def the_new_one_came_in_by_its_gates_and_is_better(project: Project) -> None:
    history = project.history("consumption", verify=True)
    moves = [(e.reason, e.to_version) for e in history.entries if e.alias == "champion"]
    assert moves == [("schedule first", "1"), ("schedule retrain:consumption", "2")]
    assert history.findings == ()
    found = project.compare(
        "consumption@1", "consumption@2", data=project.root / "build/test.csv", target="litres"
    )
    (mae,) = (metric for metric in found.metrics if metric.metric == "mae")
    assert (mae.better, (mae.left or 0) > 1.8 > (mae.right or 9)) == ("right", True)


def each_slot_ended_in_one_way(project: Project) -> None:
    for state in project.schedules():
        for slot in project.schedule(state.name).slots:
            if slot.status is SlotStatus.RAN:
                assert slot.outcome is RunStatus.FINISHED, slot
                assert slot.run_id is not None
    runs = {state.name: state.counts.get("ran", 0) for state in project.schedules()}
    assert (runs["feed"], runs["first"], runs["score"], runs["retrain:consumption"]) == (2, 1, 1, 1)


def the_walk_shows_it(project: Project) -> None:
    """Where the years have passed it only tells."""
    run = project.run(project.root / "walk.ipynb", output=project.root / "ran.ipynb")
    assert run.status is RunStatus.FINISHED, run.error
    cells = json.loads((project.root / "ran.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    text = json.dumps(shown)
    assert "The years have passed" in text
    assert "schedule retrain:consumption" in text
    assert "<svg" in text
