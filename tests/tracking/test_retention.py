"""Outputs of old runs are freed, those of runs that something stands on never; a kill leaves runs whole or
marked."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.entities import DatasetVersion, Freed, RunKind, RunStatus, SlotKind, SlotStatus
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.scheduling.leases import Terms
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.tracking import freed, leases, tags
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.retention import old_runs, window
from jupyter_mlops.views import show
from tests.tracking.stored import ByClient

pytestmark = pytest.mark.usefixtures("local")

Printed = pytest.CaptureFixture[str]
DAY = 86_400.0


def made(
    project: Project,
    name: str,
    *,
    kind: RunKind = RunKind.HEADLESS,
    days: float = 0.0,
    notebook: str | None = "n.ipynb",
    parent: str | None = None,
    experiment: str = "e",
    status: RunStatus = RunStatus.FINISHED,
    extra: dict[str, str] | None = None,
    data: DatasetVersion | None = None,
) -> str:
    """A run that ended so many days ago, with files among its artifacts; its id."""
    recorder = Recorder.start(
        project.store,
        experiment=experiment,
        name=name,
        kind=kind,
        notebook=notebook,
        parent=parent,
        extra=extra,
    )
    folder = project.root / "made" / name
    folder.mkdir(parents=True)
    (folder / "0.txt").write_text(name)
    recorder.keep(folder)
    recorder.metrics({"m": 0.5})
    if data is not None:
        recorder.dataset(data)
    if status is not RunStatus.RUNNING:
        recorder.close(status, exit_code=0)
    then = int((datetime.now(UTC) - timedelta(days=days)).timestamp() * 1000)
    query = "UPDATE runs SET start_time = ?, end_time = iif(end_time IS NULL, NULL, ?) WHERE run_uuid = ?"
    changed(project.root, query, then - 1000, then, recorder.run_id)
    return recorder.run_id


def changed(root: Path, query: str, *values: object) -> None:
    """Change the store behind everybody's back."""
    with sqlite3.connect(root / "mlflow.db") as connection:
        connection.execute(query, values)
    connection.close()


def named(found: list[Freed]) -> list[str]:
    return [each.name for each in found]


def left(project: Project, run_id: str) -> int:
    """How many files the run has."""
    folders = (project.root / "mlruns").glob(f"*/{run_id}")
    return sum(len(names) for folder in folders for _, _, names in os.walk(folder))


def test_runs_are_old_by_count_and_age_for_each_notebook(folder: Path) -> None:
    project = Project()
    for number in range(4):
        made(project, f"a{number}", days=10 * number)
    made(project, "b", days=40, notebook="other.ipynb")
    made(project, "c", days=40, experiment="f")
    assert named(project.free_runs(keep_last=1)) == ["a3", "a2", "a1"]
    assert named(project.free_runs(keep_last=2, older=25 * DAY)) == ["a3"]
    assert named(project.free_runs(older=25 * DAY)) == ["b", "c", "a3"]
    assert named(project.free_runs(older=25 * DAY, experiment="f")) == ["c"]
    assert project.free_runs(keep_last=1, older=50 * DAY) == []
    with pytest.raises(NotFound, match="no experiment 'g'"):
        project.free_runs(keep_last=1, experiment="g")
    with pytest.raises(NotFound, match="no schedule 'nightly'"):
        project.free_runs(keep_last=1, schedule="nightly")
    with pytest.raises(Refused, match="nothing says which runs"):
        project.free_runs()
    (folder / "mlops.yaml").write_text("retention: {keep_last: 3, older: 20d}\n")
    assert named(Project().free_runs()) == ["a3"]


def test_what_something_stands_on_is_never_freed(folder: Path) -> None:
    project = Project()
    fields = {"name": "d", "digest": "d1", "rows": 1, "schema": {}, "source": "d.csv"}
    read = DatasetVersion.model_validate(fields)
    wrote = read.model_copy(update={"wrote": True})
    fetched = made(project, "fetched", data=wrote)
    best = made(project, "best", data=read)
    Recorder(project.store, best).output("mlops/0.txt")
    project.register(best, "m=mlops/0.txt")
    made(project, "replay", kind=RunKind.REPLAY, extra={tags.REPLAY_OF: best})
    pipeline = made(project, "pipeline", kind=RunKind.PIPELINE, notebook="mlops.yaml")
    step = made(project, "step", parent=pipeline)
    sibling = made(project, "sibling", parent=pipeline)
    Recorder(project.store, step).output("mlops/0.txt")
    project.register(step, "m=mlops/0.txt")
    named_by = made(project, "named")
    project.store.client().set_model_version_tag("m", "1", "report", f"run {named_by}.")
    made(project, "kept", extra={"keep": ""})
    former = made(project, "former")
    made(project, "live", status=RunStatus.RUNNING, extra={tags.REPLACES: former})
    for kind in (RunKind.MONITOR, RunKind.CHECK, RunKind.PREDICT, RunKind.USER):
        made(project, kind.value, kind=kind)
    alone = made(project, "alone", kind=RunKind.PIPELINE, notebook="mlops.yaml")
    made(project, "part", parent=alone)
    made(project, "own", parent=alone, kind=RunKind.USER)
    by_client = old_runs(ByClient(folder, TrackingConfig()), window(0, None), datetime.now(UTC))
    assert {run.name for old in by_client for run in old.runs} == {"alone", "part", "own"}
    found = project.free_runs(keep_last=0, free=True)
    assert set(named(found)) == {"alone", "part", "own"}
    assert all(each.freed and not each.problem for each in found)
    assert all(left(project, run_id) == 2 for run_id in (fetched, best, pipeline, step, sibling, former))
    assert left(project, alone) == 0


def test_a_run_that_was_freed_says_so_wherever_it_is_asked_for(
    folder: Path, write: Any, cell: Any, capsys: Printed
) -> None:
    project = Project()
    source = "import mlflow\nmlflow.log_metric('f1', 0.5)\nprint('said')"
    run = project.run(write(folder / "n.ipynb", [cell(source), cell("1 / 0")]), experiment="e")
    # without its scheme MLflow alone can tell where that is, as of a store elsewhere
    changed(folder, "UPDATE runs SET artifact_uri = replace(artifact_uri, 'file://', '')")
    assert main(["logs", run.run_id]) == 0
    assert "[1/2] import mlflow\nsaid\n" in capsys.readouterr().out
    slots = folder / ".mlops" / "slots"
    slots.mkdir()
    (slots / "1.log").write_text("of a slot that nobody knows any more")
    capsys.readouterr()
    assert main(["gc", "--runs", "--keep-last", "0"]) == 0
    said = capsys.readouterr()
    assert "would be freed: 1 run" in said.out
    assert "nothing was freed" in said.err
    assert left(project, run.run_id) > 5
    assert main(["gc", "--runs", "--keep-last", "0", "--json", "--yes"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["run_id"], first["freed"], first["kind"]) == (run.run_id, True, "run")
    assert (second["kind"], second["freed"], (slots / "1.log").exists()) == ("slots", True, False)
    assert main(["gc", "--runs", "--keep-last", "0", "--yes"]) == 0
    assert "nothing to free" in capsys.readouterr().out
    details = project.show(run.run_id)
    assert details.freed.startswith(f"outputs freed {datetime.now(UTC):%Y-%m-%d}: {first['files']} files, ")
    assert details.freed.endswith("; 2 cells: 1 ok, 1 failed")
    assert (details.damaged, details.artifacts, details.run.metrics) == ((), (), {"f1": 0.5})
    show(details)
    assert "freed       outputs freed" in capsys.readouterr().out
    for words in (
        ["reproduce", run.run_id],
        ["run", "--resume", run.run_id],
        ["show", run.run_id, "--output", "x.ipynb"],
    ):
        assert main(words) == 2
        assert f"run {run.run_id[:8]}: outputs freed" in "".join(capsys.readouterr())
    assert main(["logs", run.run_id]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == details.freed
    assert told[1].startswith(f"run {run.run_id[:8]} FAILED")
    assert len(told) == 2
    assert main(["diff", run.run_id, run.run_id]) == 0


def test_of_one_schedule_its_runs_and_the_logs_of_its_slots_that_ended_are_freed(folder: Path) -> None:
    project, slots = Project(), SlotStore(folder)
    logs = folder / ".mlops" / "slots"
    logs.mkdir(parents=True)
    made(project, "by hand")
    for schedule, key in (("nightly", "a"), ("nightly", "b"), ("hourly", "c"), ("nightly", "waits")):
        slot = slots.offer(schedule, key, datetime.now(UTC), SlotKind.MANUAL)
        assert slot is not None
        (logs / f"{slot.id}.log").write_text(key)
        if key == "waits":
            continue
        with slots.writing() as connection:
            found = slots.take(connection, slot.id, me(), Terms(0, 60.0), slots.clock.now())
        assert found is not None
        run_id = made(project, key, days=1)
        slots.finish(slot.id, found[1], SlotStatus.RAN, outcome=RunStatus.FINISHED, run_id=run_id)
    slots.close()
    assert named(project.free_runs(keep_last=1, schedule="nightly")) == ["a", "logs of slots"]
    found_ = project.free_runs(keep_last=0, schedule="nightly", free=True)
    assert sorted(named(found_)) == ["a", "b", "logs of slots"]
    assert sorted(path.read_text() for path in logs.iterdir()) == ["c", "waits"]
    assert sorted(named(project.free_runs(keep_last=0))) == ["by hand", "c", "logs of slots"]


def test_the_words_of_the_command_go_together(folder: Path, capsys: Printed) -> None:
    for words in (["--keep-last", "1"], ["--older", "1d"], ["--schedule", "s"], ["--runs", "--keep", "1d"]):
        assert main(["gc", *words]) == 2
    assert main(["gc", "--runs"]) == 2
    assert "retention: {keep_last: 20, older: 90d}" in capsys.readouterr().err
    assert main(["gc", "--runs", "--keep-last", "-1"]) == 2


KILLED = "from jupyter_mlops import Project\nProject().free_runs(keep_last=0, free=True)"


def test_a_kill_in_between_leaves_runs_whole_or_marked_and_the_next_one_goes_on(folder: Path) -> None:
    project = Project()
    ids = [made(project, f"r{number}", days=5 - number) for number in range(3)]
    places = [next((folder / "mlruns").glob(f"*/{run_id}/artifacts")) for run_id in ids]
    for place in places:
        for number in range(2000):
            (place / f"{number}.txt").touch()
    whole = left(project, ids[0])
    before = [place.stat().st_mtime_ns for place in places]
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=folder)
    while process.poll() is None and [p.stat().st_mtime_ns for p in places if p.exists()] == before:
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    for run_id in ids:
        state = marks_of(project.store, run_id).get(tags.FREED)
        assert left(project, run_id) == {None: whole, freed.DONE: 0}.get(state, left(project, run_id))
    begun = [run_id for run_id in ids if marks_of(project.store, run_id).get(tags.FREED) == freed.BEGUN]
    found = project.free_runs(keep_last=0, free=True)
    assert {each.run_id for each in found if "begun before" in each.why} == set(begun)
    assert all(each.freed for each in found)
    assert [left(project, run_id) for run_id in ids] == [0, 0, 0]
    assert {marks_of(project.store, run_id)[tags.FREED] for run_id in ids} == {freed.DONE}
    assert all(f"{whole} files" in freed.told_of(project.store, run_id) for run_id in ids)
    assert project.free_runs(keep_last=0, free=True) == []


def test_artifacts_that_share_a_folder_stay(folder: Path) -> None:
    project = Project()
    run_id = made(project, "r")
    shared = folder / "shared"
    shared.mkdir()
    (shared / "mine.txt").write_text("of somebody else")
    changed(folder, "UPDATE runs SET artifact_uri = ?", shared.as_uri())
    (found,) = project.free_runs(keep_last=0, free=True)
    assert "not in a folder of its own" in found.problem
    assert (shared / "mine.txt").exists()
    assert tags.FREED not in marks_of(project.store, run_id)


def test_marks_that_anybody_wrote_are_told_in_a_line() -> None:
    for text in ("", "[]", "{", '{"when": "x"}', '{"when": "2026-01-01", "size": 1e999, "files": 1}'):
        assert freed.told({tags.FREED: "x", tags.FREED_RECORD: text}) == "outputs freed"
    assert freed.told({}) == ""


def test_a_run_that_is_held_is_not_freed(folder: Path) -> None:
    project = Project()
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.SESSION)
    leases.take(project.store, recorder.run_id)
    assert project.free_runs(keep_last=0, free=True) == []


def test_a_few_kilobytes_are_not_told_as_no_megabytes() -> None:
    record = {"when": "2026-01-01", "files": 9, "size": 20_200, "cells": ""}
    told = freed.told({tags.FREED: "x", tags.FREED_RECORD: json.dumps(record)})
    assert told == "outputs freed 2026-01-01: 9 files, 20.2 kB"
