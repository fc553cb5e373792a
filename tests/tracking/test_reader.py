"""Finding and listing runs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.reader import best
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def project(folder: Path) -> Project:
    """Three runs in two experiments."""
    made = Project()
    for number, (experiment, name) in enumerate([("a", "one"), ("a", "two"), ("b", "two")]):
        recorder = Recorder.start(made.store, experiment=experiment, name=name, kind=RunKind.USER)
        recorder.metrics({"m": float(number)})
        recorder.close(RunStatus.FINISHED, exit_code=0)
    return made


def test_filter_order_experiment_and_limit(project: Project) -> None:
    assert len(project.runs()) == 3
    assert [run.metrics["m"] for run in project.runs(order_by="metrics.m ASC")] == [0.0, 1.0, 2.0]
    assert [run.metrics["m"] for run in project.runs(where="metrics.m > 1")] == [2.0]
    assert {run.name for run in project.runs(experiment="a")} == {"one", "two"}
    assert len(project.runs(limit=2)) == 2
    with pytest.raises(Refused, match="filter or order"):
        project.runs(where="no such thing")


def test_a_run_answers_to_its_id_its_prefix_its_name_and_latest(project: Project) -> None:
    newest = project.runs()[0]
    assert project.show(newest.run_id).run == newest
    assert project.show(newest.run_id[:10]).run == newest
    assert project.show("latest").run == newest
    assert project.show("one").run.experiment == "a"
    with pytest.raises(NotFound, match="2 runs answer to 'two'"):
        project.show("two")
    for odd in ("nothing", "", "'", "%", "____", "a' OR '1'='1"):
        with pytest.raises(NotFound):
            project.show(odd)


def _run(value: float) -> Run:
    return Run(
        run_id=str(value),
        name="n",
        experiment="e",
        status=RunStatus.FINISHED,
        kind=RunKind.USER,
        started=None,
        ended=None,
        metrics={"m": value},
    )


def test_best_passes_over_missing_and_nan() -> None:
    runs = [_run(value) for value in (0.5, math.nan, 0.9)]
    assert best(runs, "m") is runs[2]
    assert best(runs, "m", "min") is runs[0]
    assert best(runs, "other") is None
    assert best([_run(math.nan)], "m") is None
