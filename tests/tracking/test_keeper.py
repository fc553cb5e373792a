"""The keeper: one for a project, light, gone by itself; it settles a run whose process dies."""

from __future__ import annotations

import contextlib
import json
import os
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

from jupyter_mlops.tracking import keeper, owners

pytestmark = pytest.mark.usefixtures("local")

BOUND = 60.0  # seconds within which MLflow must tell the truth


def keepers(folder: Path) -> list[psutil.Process]:
    """The keeper processes of a project."""
    mark = str(folder / ".mlops")
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "jupyter_mlops.tracking.keeper" in words and mark in words:
            found.append(process)
    return found


def wait_for(what: Callable[[], Any], seconds: float) -> float:
    """How long it took until `what()` was true."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def statuses(folder: Path) -> list[str]:
    """Of all runs, straight from the database: none of our commands has a hand in it."""
    connection = sqlite3.connect(f"file:{folder / 'mlflow.db'}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute("SELECT status FROM runs")]
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def test_sixteen_processes_at_once_start_one_keeper_that_holds_no_pipe_and_ends(folder: Path) -> None:
    (folder / ".mlops" / "runs" / "r").mkdir(parents=True)
    owners.write_lease(folder / ".mlops" / "runs" / "r", "sqlite:///nowhere.db")
    code = (
        "import sys\nfrom pathlib import Path\nfrom jupyter_mlops.tracking import keeper\n"
        "print(keeper.ensure(Path(sys.argv[1])))"
    )
    words = [sys.executable, "-c", code, str(folder / ".mlops")]
    starters = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(16)]
    said = [process.communicate(timeout=60)[0].strip() for process in starters]  # waits for the pipe's end
    assert sorted(said) == ["False"] * 15 + ["True"]
    wait_for(lambda: len(keepers(folder)) == 1, 10)
    (alive,) = keepers(folder)
    assert os.getsid(alive.pid) != os.getsid(0)
    assert alive.memory_info().rss < 60 * 2**20
    (folder / ".mlops" / "runs" / "r" / owners.LEASE).unlink()
    wait_for(lambda: not keepers(folder), 30)
    assert (folder / ".mlops" / keeper.LOG).read_text() == ""


def test_it_ends_when_the_project_is_gone_and_none_is_started_in_a_headless_kernel(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    (folder / ".mlops" / "runs" / "r").mkdir(parents=True)
    owners.write_lease(folder / ".mlops" / "runs" / "r", "sqlite:///nowhere.db")
    monkeypatch.setenv("JUPYTER_MLOPS_RUN_ID", "abc")
    assert not keeper.ensure(folder / ".mlops")
    monkeypatch.delenv("JUPYTER_MLOPS_RUN_ID")
    assert keeper.ensure(folder / ".mlops")
    wait_for(lambda: len(keepers(folder)) == 1, 10)
    shutil.rmtree(folder / ".mlops")
    wait_for(lambda: not keepers(folder), 10)


def test_the_keeper_itself_imports_nothing_heavy() -> None:
    code = (
        "import jupyter_mlops.tracking.keeper, sys\n"
        "print(*{'mlflow', 'pydantic', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_session_whose_kernel_is_killed_is_settled_without_any_command(
    folder: Path, write: Any, cell: Any, Live: Any
) -> None:
    session = Live(write(folder / "work.ipynb", [cell("x = 1", identifier="x")]))
    session.run("%track start --experiment lab --no-autolog")
    session.run("x = 1", "x")
    assert statuses(folder) == ["RUNNING"]
    session.kill()
    took = wait_for(lambda: statuses(folder) == ["KILLED"], BOUND)
    print(f"\na killed session was KILLED in MLflow after {took:.1f} s")
    session.client.stop_channels()
    session.manager.cleanup_resources()


def test_a_headless_run_killed_with_its_kernel_and_its_group_is_settled_without_any_command(
    folder: Path, write: Any, cell: Any
) -> None:
    path = write(folder / "long.ipynb", [cell("import time\ntime.sleep(600)")])
    runner = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlops", "run", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def running() -> bool:
        journals = list((folder / ".mlops" / "runs").glob("*/mlops/journal.jsonl"))
        return any("running" in journal.read_text() for journal in journals)

    wait_for(running, 60)
    family = [
        process
        for process in psutil.Process(runner.pid).children(recursive=True)
        if "keeper" not in " ".join(process.cmdline())
    ]
    os.killpg(runner.pid, signal.SIGKILL)  # the keeper is in no group of the runner's
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # its supervisor was faster
            process.kill()
    runner.wait()
    took = wait_for(lambda: statuses(folder) == ["KILLED"], BOUND)
    print(f"\na killed headless run was KILLED in MLflow after {took:.1f} s")
    (manifest,) = (folder / "mlruns").rglob("journal.jsonl")
    assert json.loads(manifest.read_text().splitlines()[-1])["status"] == "killed"
