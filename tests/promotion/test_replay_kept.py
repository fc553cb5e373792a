"""Whoever looks at a run, or at the version that it made, sees what its last replay said."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.entities import MetricReplay, Replay, ReplayVerdict, RunKind, RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.replaying.keeping import keep
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.views import show

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def project(folder: Path) -> Project:
    return Project(folder)


def recorded(project: Project, name: str, kind: RunKind = RunKind.HEADLESS, **marks: str) -> str:
    recorder = Recorder.start(project.store, experiment="e", name=name, kind=kind)
    recorder.artifact(project.root / "mlops.yaml")
    recorder.tags(marks)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    return recorder.run_id


def test_a_run_is_shown_with_the_verdict_of_its_last_replay(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    run = recorded(project, "work")
    project.register(run, "rules=mlops.yaml")
    assert main(["show", run]) == 0
    assert "  replay " not in capsys.readouterr().out
    again = recorded(project, "replay of work", RunKind.REPLAY, **{tags.REPLAY_OF: run})
    when = datetime(2026, 5, 1, 12, tzinfo=UTC)
    found = {"run_id": run, "label": "work", "verdict": ReplayVerdict.WITHIN, "tolerance": 0.01, "when": when}
    keep(project.store, Replay(replayed=again, **found))
    for reference in (run, "rules@1"):
        assert main(["show", reference]) == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert f"replay {ReplayVerdict.WITHIN}, 2026-05-01 " in shown
        assert f", tolerance 0.01, run {again[:8]}" in shown
    assert main(["show", again]) == 0
    assert f"replay of {run}" in " ".join(capsys.readouterr().out.split())
    assert main(["show", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["replay"]["run_id"] == again


def test_marks_that_anybody_wrote_do_no_harm(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    marks = {tags.REPLAY: "[red]\x1b[2Jfine", tags.REPLAY_WHEN: "today", tags.REPLAY_TOLERANCE: "nan"}
    assert main(["show", recorded(project, "work", **marks)]) == 0
    shown = capsys.readouterr().out
    assert "[red]" in shown
    assert "\x1b[2J" not in shown


def test_no_difference_is_told_of_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    row = MetricReplay(metric="loss", original=math.nan, replayed=math.nan, within=True)
    show(Replay(run_id="0" * 32, label="work", verdict=ReplayVerdict.REPRODUCED, metrics=(row,)))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("loss")]
    assert line.split() == ["loss", "nan", "nan", "yes"]
