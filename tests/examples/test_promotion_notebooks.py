"""Replay, proven on the examples: one is reproduced, one is not, and one whose data changed is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.entities import GateStatus, Replay, ReplayVerdict, RunKind, RunStatus
from jupyter_mlops.promotion.gates import parse_gates
from jupyter_mlops.promotion.judging import judge_gates
from jupyter_mlops.promotion.replay import kept_replay
from jupyter_mlops.promotion.situation import situation
from tests.conftest import copy_database, no_server

FOLDER = Path(__file__).parents[2] / "notebooks" / "promotion"
FILES = ("mlops.yaml", "customers.csv", "deterministic.ipynb", "unseeded.ipynb")


def copy_examples(root: Path) -> None:
    for name in FILES:
        shutil.copy(FOLDER / name, root)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("promotion")
    copy_examples(root)
    copy_database(empty_database, root)
    with no_server():
        yield Project(root)


def test_the_folder_holds_what_is_tested() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if not path.name.startswith(".")) == sorted(FILES)


@pytest.mark.timeout(600)
def test_the_deterministic_one_is_reproduced_and_refused_once_its_data_changed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    # one test: workers that share the tests would run the notebook once each
    run = project.run(project.root / "deterministic.ipynb", {"C": 0.5}, register="churn")
    assert (run.status, run.error) == (RunStatus.FINISHED, None)
    found = reproduced(project, capsys, "churn@1", code=0)
    assert (found.verdict, found.reason, found.cells) == (ReplayVerdict.REPRODUCED, "", ())
    assert {row.metric: row.replayed for row in found.metrics} == dict(run.metrics)
    assert found.data[0].startswith("customers@1: customers.csv, digest ")
    assert found.notes == ()
    assert project.show(str(found.replayed)).run.parameters["C"] == "0.5"
    the_gate_needs_no_second_replay(project, found)
    data_that_changed(project, capsys, found)
    replays_are_no_evidence(project, run.metrics["accuracy"])


def the_gate_needs_no_second_replay(project: Project, found: Replay) -> None:
    """The gates of mlops.yaml, judged on the version."""
    context = situation(project.store, project.config, "churn@1")
    report = judge_gates(context, parse_gates(project.config, "churn", RunKind.HEADLESS))
    replay = next(result for result in report.results if result.kind == "replay")
    assert (replay.status, replay.evidence["replay"]) == (GateStatus.PASSED, found.replayed)
    assert replay.key


def data_that_changed(project: Project, capsys: pytest.CaptureFixture[str], before: Replay) -> None:
    """A line more in the file: nothing is run; the copy that is kept brings it back."""
    path = project.root / "customers.csv"
    content = path.read_bytes()
    path.write_bytes(content + b"241,30,3,1,basic,0\n")
    runs = len(project.runs())
    found = reproduced(project, capsys, "churn@1", code=2)
    assert (found.verdict, found.replayed) == (ReplayVerdict.IMPOSSIBLE, None)
    assert found.reason.startswith(
        "data customers changed: customers@1 was read, customers.csv now is another (digest "
    )
    assert len(project.runs()) == runs
    context = situation(project.store, project.config, "churn@1")
    report = judge_gates(context, parse_gates(project.config, "churn", RunKind.HEADLESS), keep=False)
    replay = next(result for result in report.results if result.kind == "replay")
    assert replay.status is GateStatus.ERROR
    assert "customers@1 was read" in replay.message
    copy = found.reason.rpartition("cp ")[2].split()[0]
    assert (project.root / copy).read_bytes() == content
    path.write_bytes(content)


def replays_are_no_evidence(project: Project, accuracy: float) -> None:
    """What was replayed counts once."""
    (version,) = project.impact("customers", "accuracy").versions
    assert (len(version.runs), version.mean) == (1, pytest.approx(accuracy))
    nodes = project.datasets.lineage("customers@1").nodes
    assert [node.name for node in nodes if node.kind == "run"] == ["deterministic"]


@pytest.mark.timeout(300)
def test_the_unseeded_one_is_not_and_its_first_cell_that_differs_is_named(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    run = project.run(project.root / "unseeded.ipynb")
    found = reproduced(project, capsys, run.run_id, code=3)
    assert found.verdict is ReplayVerdict.DIFFERENT
    first = found.cells[0]
    assert first.number == 4
    assert first.source.startswith("order = np.random.default_rng()")
    assert "-tested on [" in first.diff
    assert f"the first cell that differs is code cell 4: {first.source}" in found.reason
    assert found.cells[1].metrics == ("loss",)
    assert {row.metric: row.within for row in found.metrics} == {"loss": False, "rows": True}
    assert kept_replay(project.store, run.run_id) == found


def reproduced(project: Project, capsys: pytest.CaptureFixture[str], what: str, *, code: int) -> Replay:
    """What `jupyter mlops reproduce` tells."""
    capsys.readouterr()
    assert main(["reproduce", what, "--project", str(project.root), "--json"]) == code
    return Replay.model_validate_json(capsys.readouterr().out)


@pytest.mark.timeout(300)
def test_a_live_session_is_replayed_from_its_saved_notebook(live: Any, folder: Path) -> None:
    copy_examples(folder)
    shutil.copy(folder / "deterministic.ipynb", live.path)
    cells = [
        c for c in json.loads(live.path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"
    ]
    for each in cells[1:]:  # the extension is loaded
        live.run("".join(each["source"]), each["id"])
    project = Project(folder)
    run = project.runs()[0]
    assert (run.kind, run.status) == (RunKind.SESSION, RunStatus.FINISHED)
    project.register(run.run_id, "churn")
    context = situation(project.store, project.config, "churn")
    implied = [
        gate for gate in parse_gates(project.config, "churn", RunKind.SESSION) if gate.kind == "replay"
    ]
    report = judge_gates(context, implied)
    assert report.passed, report
    found = kept_replay(project.store, run.run_id)
    assert found is not None
    assert found.verdict is ReplayVerdict.REPRODUCED
    assert {row.metric for row in found.metrics} == {"accuracy", "loss"}
    assert "the notebook was saved without outputs: only metrics are compared" in found.notes
    assert [version.version for version in project.models("churn")] == ["1"]
