"""Who holds a run that is RUNNING: one small file each, so that a run whose process is gone is told.

A run that nobody holds any more is reconciled to KILLED, and what its journal holds is kept.
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import RunStatus
from jupyter_mlops.notebooks.recovery import recover
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.reader import children
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

_CLOCK_SLACK = 2.0  # seconds by which two readings of one process's start time may differ


def run_folder(store: Store, run_id: str) -> Path:
    """``.mlops/runs/RUN``: lease and files of a live run. Made if missing, its owner's only."""
    folder = store.state_folder() / "runs" / run_id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def kept_folder(store: Store, run_id: str) -> Path:
    """The part of `run_folder` that becomes the run's artifacts under ``mlops/``."""
    folder = run_folder(store, run_id) / tags.FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def take(store: Store, run_id: str) -> None:
    """This process holds the run from now on."""
    owner = {
        "pid": os.getpid(),
        "started": _started(os.getpid()),
        "host": platform.node(),
        "uri": store.uri,
    }
    path = run_folder(store, run_id) / "lease.json"
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(owner), encoding="utf-8")
    os.replace(temporary, path)


def release(store: Store, run_id: str) -> None:
    """The run is closed and all of it uploaded: forget what was kept here."""
    import shutil

    shutil.rmtree(store.state_folder() / "runs" / run_id, ignore_errors=True)


def reconcile(store: Store) -> list[str]:
    """Set every run of this host whose process is gone to KILLED; the ids of those runs.

    A run that cannot be reached (its server is down) waits for the next call.
    """
    from mlflow.exceptions import MlflowException

    settled = []
    for lease in sorted((store.root / STATE_FOLDER / "runs").glob("*/lease.json")):
        if not _orphaned(lease, store):
            continue
        try:
            _settle(store, lease.parent.name, lease.parent)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                continue
        except OSError:
            continue
        release(store, lease.parent.name)
        settled.append(lease.parent.name)
    return settled


def _settle(store: Store, run_id: str, folder: Path) -> None:
    client = store.client()
    run = client.get_run(run_id)
    for child in children(store, run_id):  # runs that the notebook opened itself; others hold a lease
        leased = (folder.parent / child.run_id / "lease.json").exists()
        if child.status is RunStatus.RUNNING and not leased:
            _settle(store, child.run_id, folder.parent / child.run_id)
    if tags.EXIT_CODE in run.data.tags and run.info.status != RunStatus.RUNNING:
        return  # closed properly; only the clean-up was cut short
    recorder = Recorder(store, run_id)
    kept = folder / tags.FOLDER
    if kept.exists():
        if (kept / tags.JOURNAL).exists():
            recover(kept / tags.JOURNAL, folder / tags.OUTPUT_LINES, kept / tags.OUTPUT_LOG)
        recorder.keep(kept)
    recorder.close(RunStatus.KILLED, exit_code=4, error="the process that held this run is gone")


def _orphaned(lease: Path, store: Store) -> bool:
    try:
        owner = json.loads(lease.read_text(encoding="utf-8"))
        if owner["host"] != platform.node() or owner["uri"] != store.uri:
            return False
        started = _started(int(owner["pid"]))
        return started is None or abs(started - float(owner["started"])) > _CLOCK_SLACK
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _started(pid: int) -> float | None:
    """When the process started, in seconds since the epoch; None if there is none (or a zombie)."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
