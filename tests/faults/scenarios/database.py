"""F10: many processes that write to one SQLite store at the same time."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.scenarios.figures import Figures
from tests.faults.scenarios.tools import Ours, Tool, start_process

POINTS = 50
STARTS = 0.5  # first starts for each writer
PATIENCE = 600.0


def write_points(words: list[str]) -> None:
    """A process that waits for the others, and logs metrics to a run of its own."""
    from jupyter_mlops import Project
    from jupyter_mlops.entities import RunKind, RunStatus
    from jupyter_mlops.tracking.recorder import Recorder

    _wait_for(float(words[1]))
    recorder = Recorder.start(Project().store, experiment="load", name=words[0], kind=RunKind.USER)
    for point in range(int(words[2])):
        recorder.metrics({"m": float(point)}, step=point)
    recorder.close(RunStatus.FINISHED, exit_code=0)


def under_load(tool: Tool, writers: int) -> Figures:
    """So many writers of 50 points each, on a store; and half as many first starts where there is none."""
    assert isinstance(tool, Ours)
    tool.project.store.client()
    figures = Figures()
    _write_at_once(tool, "writer", writers, POINTS, figures)
    _write_at_once(Ours(tool.folder / "fresh"), "first", int(writers * STARTS), 1, figures)
    return figures


def _write_at_once(tool: Ours, name: str, writers: int, points: int, figures: Figures) -> None:
    entry = f"{__name__}:write_points"
    when = time.time() + 2.0
    logs = [tool.folder / f"{name}-{number}.log" for number in range(writers)]
    started = [start_process(entry, [log.stem, str(when), str(points)], tool.folder, log) for log in logs]
    for process in started:
        process.join(PATIENCE)
    figures.measure(f"{writers} x {points} points in", time.time() - when)
    runs = {run.name: run for run in tool.project.runs(experiment="load", limit=10 * writers)}
    for log, process in zip(logs, started, strict=True):
        run = runs.get(log.stem)
        history = tool.project.store.client().get_metric_history(run.run_id, "m") if run else []
        whole = [point.value for point in history] == [float(point) for point in range(points)]
        problems = [
            f"exit code {process.exitcode}: {_last_line(log)}" if process.exitcode else None,
            None if whole else f"{len(history)} of {points} points are there",
            "locked" if "locked" in log.read_text(errors="replace") else None,
            None if run and run.status.value == "FINISHED" else "its run is not FINISHED",
        ]
        figures.judge(log.stem, problems)


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").strip().splitlines() or [""])[-1][:300]


def _wait_for(when: float) -> None:
    while time.time() < when:
        time.sleep(0.002)
