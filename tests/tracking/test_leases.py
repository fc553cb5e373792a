"""Runs whose process is gone are set to KILLED; those of living processes and other hosts are left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")

HOLD = """
import os
from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.recorder import Recorder
store = Project().store
recorder = Recorder.start(store, experiment="e", name="held", kind=RunKind.SESSION)
leases.take(store, recorder.run_id)
(leases.kept_folder(store, recorder.run_id) / "note.txt").write_text("kept")
os.kill(os.getpid(), 9)
"""


def test_a_dead_owners_run_is_killed_and_what_it_wrote_is_kept(folder: Path) -> None:
    assert subprocess.run([sys.executable, "-c", HOLD], check=False).returncode == -9
    project = Project()
    (run,) = project.runs()
    assert (run.status, run.error) == (RunStatus.KILLED, "the process that held this run is gone")
    assert project.show(run.run_id).artifacts == ("mlops/manifest.json", "mlops/note.txt")
    assert project.reconcile() == []


def test_a_living_owners_run_goes_on_and_a_torn_lease_harms_nothing(folder: Path) -> None:
    project = Project()
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.SESSION)
    leases.take(project.store, recorder.run_id)
    assert project.reconcile() == []
    lease = leases.run_folder(project.store, recorder.run_id) / "lease.json"
    whole = lease.read_text()
    for text in ("", "{", "[]", "{}", json.dumps({**json.loads(whole), "host": "elsewhere", "pid": 0})):
        lease.write_text(text)
        assert project.reconcile() == []
    assert project.runs()[0].status is RunStatus.RUNNING
    lease.write_text(json.dumps({**json.loads(whole), "started": 1.0}))  # the number was given to another
    assert project.reconcile() == [recorder.run_id]
    assert project.runs()[0].status is RunStatus.KILLED


def test_a_run_that_was_closed_keeps_its_status(folder: Path) -> None:
    project = Project()
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.SESSION)
    leases.take(project.store, recorder.run_id)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    lease = leases.run_folder(project.store, recorder.run_id) / "lease.json"
    lease.write_text(json.dumps({**json.loads(lease.read_text()), "started": 1.0}))
    project.reconcile()
    assert project.runs()[0].status is RunStatus.FINISHED
    assert not lease.exists()
