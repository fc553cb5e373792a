"""The whole loop by itself on real data: cars arrive, a model is trained, becomes champion and predicts; it
decays, is trained anew, and a better one predicts.

Here years pass much faster than runs, as they do on a very slow machine: the story has to be the same.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunStatus, SlotStatus
from tests.conftest import copy_database, no_server

FOLDER = Path(__file__).parents[2] / "notebooks" / "loop"
# cars of 1977 to 1979 come next after those up to 1973: the test goes without the years between
LATER = ("every: 1096d", "every: 2192d")
FASTER = {"factor": 50_000_000, "deliveries": 2}


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
    with no_server():
        yield Project(root)


@pytest.mark.long("a minute")
@pytest.mark.timeout(600)
def test_the_loop_closes_by_itself(project: Project) -> None:
    # one test: workers that share the tests would each wait for it
    the_walk_starts_it_and_shows_it(project)
    the_monitor_found_that_it_decays(project)
    the_new_one_came_in_by_its_gates_and_is_better(project)
    each_slot_ended_in_one_way_and_in_turn(project)


def the_walk_starts_it_and_shows_it(project: Project) -> None:
    run = project.run(project.root / "walk.ipynb", FASTER, output=project.root / "ran.ipynb")
    assert run.status is RunStatus.FINISHED, run.error
    assert not project.scheduler_status().schedulers
    cells = json.loads((project.root / "ran.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    text = json.dumps(shown)
    assert "stopped; no run of it goes on" in text
    assert "schedule retrain:consumption" in text
    assert "<svg" in text


def the_monitor_found_that_it_decays(project: Project) -> None:
    scored, known = project.monitor("consumption").readings
    assert (scored.version, scored.rows, scored.breaches) == ("1", 93, ())
    assert "mae" not in scored.metrics
    assert (known.version, known.rows, bool(known.breaches)) == ("1", 93, True)
    assert known.metrics["mae"] > 1.8
    assert known.retrain is not None


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


def each_slot_ended_in_one_way_and_in_turn(project: Project) -> None:
    slots = [slot for state in project.schedules() for slot in project.schedule(state.name).slots]
    for slot in slots:
        assert (slot.status, slot.outcome) == (SlotStatus.RAN, RunStatus.FINISHED), slot
        assert slot.run_id is not None
    looks = "monitor:consumption"
    names = [slot.schedule for slot in sorted(slots, key=lambda slot: slot.started or slot.due)]
    assert names == ["feed", "first", "feed", "score", looks, looks, "retrain:consumption"]
