"""A process is killed while it logs to the project's own database: every point whose call had returned is
there, once, and nobody has to do anything for it."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops import Project
from jupyter_mlops.tracking import points, spool

pytestmark = pytest.mark.usefixtures("local")

LONG = bool(os.environ.get("JUPYTER_MLOPS_LONG"))
POINTS = 3000
START = "%track start --no-autolog"

# logs until it is killed; after each call that returned, it notes how many have
ENDLESS = """
import mlflow, os, random, struct
noted = os.open("acknowledged", os.O_WRONLY | os.O_CREAT)
shell = get_ipython()
for number in range(10**9):
    value = number * 0.5
    if number % 3:
        shell.run_line_magic("track", "metric value")
    else:
        mlflow.log_metric("value", value, step=number)
    os.pwrite(noted, struct.pack("q", number + 1), 0)
"""


def within(seconds: float, what: Callable[[], Any]) -> float:
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def rows(folder: Path, query: str) -> list[Any]:
    """Straight from the database: nothing of ours has a hand in it."""
    connection = sqlite3.connect(f"file:{folder / 'mlflow.db'}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def history(folder: Path) -> list[tuple[int, float]]:
    return rows(folder, "SELECT step, value FROM metrics WHERE key = 'value' ORDER BY step")


def killed(folder: Path) -> bool:
    return bool(rows(folder, "SELECT 1 FROM runs WHERE status = 'KILLED'"))


def gone(session: Any) -> None:
    session.client.stop_channels()
    session.manager.cleanup_resources()


def kill_keepers(folder: Path) -> None:
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "jupyter_mlops.tracking.keeper" in words and str(folder / ".mlops") in words:
            process.kill()


def test_all_of_three_thousand_acknowledged_points_survive_the_kernel_and_replay_changes_nothing(
    folder: Path, write: Any, cell: Any, Live: Any
) -> None:
    session = Live(write(folder / "work.ipynb", [cell("1 + 1")]))
    session.run(START, "s")
    said = session.run(
        f"for number in range({POINTS}):\n    value = number * 0.5\n    %track metric value\nprint('all')",
        "l",
    )
    assert said.rstrip().endswith("all")
    assert said.count("value = ") == 20  # a loop does not fill the notebook
    session.kill()
    expected = [(step, step * 0.5) for step in range(POINTS)]
    took = within(10, lambda: history(folder) == expected)
    within(60, lambda: killed(folder))
    assert Project().runs()[0].metrics == {"value": (POINTS - 1) * 0.5}
    print(f"\n{POINTS} acknowledged, 0 lost, all in the database {took:.2f} s after the kill")
    gone(session)


@pytest.mark.parametrize("keeper", ["with the keeper", "keeper killed too"])
def test_a_kernel_killed_at_any_moment_loses_no_acknowledged_point(
    keeper: str, folder: Path, write: Any, cell: Any, Live: Any
) -> None:
    rounds = 10 if LONG else 2
    for number in range(rounds):
        home = folder / str(number)
        home.mkdir()
        (home / "mlops.yaml").touch()
        session = Live(write(home / "work.ipynb", [cell("1 + 1")]))
        session.run(START, "s")
        session.run("import mlflow", "i")
        message = session.client.execute(ENDLESS)
        assert message
        within(30, lambda home=home: (home / "acknowledged").exists())  # type: ignore[misc]
        time.sleep(random.uniform(0.1, 1.0))
        if keeper == "keeper killed too":
            kill_keepers(home)
        session.kill()
        gone(session)
        acknowledged = int.from_bytes((home / "acknowledged").read_bytes(), sys.byteorder)
        if keeper == "keeper killed too":
            assert Project(home).runs()[0].status.value == "KILLED"
        within(60, lambda home=home: killed(home))  # type: ignore[misc]
        found = history(home)
        # the call in which it was killed may have kept its point, and not have returned
        assert len(found) in {acknowledged, acknowledged + 1}
        assert found == [(step, step * 0.5) for step in range(len(found))]
        print(f"\n{keeper}: {acknowledged} acknowledged, {len(found)} there")


def test_a_sender_killed_between_database_and_note_sends_again_without_harm(
    folder: Path, write: Any, cell: Any, Live: Any
) -> None:
    session = Live(write(folder / "work.ipynb", [cell("1 + 1")]))
    session.run(START, "s")
    session.run("import mlflow\nfor n in range(500): mlflow.log_metric('value', n * 0.5, step=n)", "l")
    expected = [(step, step * 0.5) for step in range(500)]
    within(10, lambda: history(folder) == expected)
    (each,) = spool.spools(folder / ".mlops" / "spool")
    within(10, lambda: not each.waits)
    latest = rows(folder, "SELECT * FROM latest_metrics")
    for _ in range(2):  # as if the note of what was sent had never been written
        (each.folder / spool.STATE).unlink()
        points.settle(folder / ".mlops" / "spool")
        assert history(folder) == expected
        assert rows(folder, "SELECT * FROM latest_metrics") == latest
    session.close()


def test_a_headless_kernel_that_dies_keeps_its_points_and_a_child_runs(
    folder: Path, write: Any, cell: Any
) -> None:
    source = (
        "import mlflow, os, signal\nfor n in range(1000): mlflow.log_metric('value', n * 0.5, step=n)\n"
        "mlflow.start_run(nested=True)\nmlflow.log_metric('child', 1.0)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    path = write(folder / "n.ipynb", [cell(source)])
    done = subprocess.run([sys.executable, "-m", "jupyter_mlops", "run", str(path)], capture_output=True)
    assert done.returncode != 0
    assert history(folder) == [(step, step * 0.5) for step in range(1000)]
    within(20, lambda: len(rows(folder, "SELECT 1 FROM metrics WHERE key = 'child'")) == 1)
    assert {run.status.value for run in Project().runs() if run.parent is None} == {"FAILED"}


def test_a_full_disk_is_told_in_a_line_and_what_was_said_before_is_kept(live: Any, folder: Path) -> None:
    live.run(START, "s")
    live.run("value = 1.0\n%track metric value", "m")
    live.run("import resource, signal\nresource.setrlimit(resource.RLIMIT_FSIZE, (300, -1))", "r")
    said = live.run("for _ in range(20):\n    %track metric value", "f")
    assert "nothing was recorded" in said
    assert "No space left" in said or "File too large" in said
    assert "Traceback" not in said
    live.run("resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))", "u")
    live.run("%track metric value", "again")
    live.run("%track stop")
    steps = [step for step, _ in history(folder)]
    assert steps == list(range(len(steps)))
    assert len(steps) >= 2
    assert signal.SIGXFSZ  # Python ignores it: a write that would pass the limit raises instead
