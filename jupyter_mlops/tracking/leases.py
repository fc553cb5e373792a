"""Who holds a run that is RUNNING: one small file each, so that a run whose process is gone is told.

A run that nobody holds any more is reconciled to KILLED, and what its journal holds is kept.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER, TrackingConfig
from jupyter_mlops.entities import RunStatus
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.notebooks.recovery import recover
from jupyter_mlops.tracking import keeper, owners, spool, tags
from jupyter_mlops.tracking.reader import children
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

SETTLE_LOCK = "settle.lock"
WATCH_TIME = 10.0  # seconds between looks whether the keeper is there
_LOST_TIME = 5.0  # seconds between two looks of those who only read for runs whose process is gone
_looked: dict[Path, float] = {}  # when that was done last, by project
_guard = threading.Lock()


def run_folder(store: Store, run_id: str) -> Path:
    """`Store.run_folder`, made if missing, its owner's only."""
    store.state_folder()
    folder = store.run_folder(run_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def kept_folder(store: Store, run_id: str) -> Path:
    """The part of `run_folder` that becomes the run's artifacts under ``mlops/``."""
    folder = run_folder(store, run_id) / tags.FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def take(store: Store, run_id: str) -> None:
    """This process holds the run from now on; the project's keeper watches over it."""
    owners.write_lease(run_folder(store, run_id), store.uri)
    watch(store)


def watch(store: Store) -> None:
    """See to it that the project's keeper is there."""
    keeper.ensure(store.state_folder())


def watching(store: Store) -> Callable[[], None]:
    """What to call while a run goes on, as often as one likes: now and then it looks whether the keeper is
    there, in case it was killed."""
    looked = time.monotonic()

    def look() -> None:
        nonlocal looked
        if time.monotonic() > looked + WATCH_TIME:
            looked = time.monotonic()
            watch(store)

    return look


def release(store: Store, run_id: str) -> None:
    """The run is closed and all of it uploaded: forget what was kept here."""
    import shutil

    shutil.rmtree(store.run_folder(run_id), ignore_errors=True)


def holder(store: Store, run_id: str) -> int | None:
    """The id of the process of this machine that holds the run; None where there is none."""
    return owners.holder(store.run_folder(run_id) / owners.LEASE)


def oldest(store: Store) -> float | None:
    """When the run that goes on for longest was begun here, in seconds since the epoch; None without any."""
    held = [lease for lease in owners.leases(store.root / STATE_FOLDER) if owners.holder(lease) is not None]
    return min((lease.stat().st_mtime for lease in held), default=None)


def reconcile(store: Store) -> list[str]:
    """Set every run of this host whose process is gone to KILLED; the ids of those runs.

    A run that cannot be reached (its server is down) waits for the next call.
    """
    return _reconcile(store)[0]


def have_settled(store: Store) -> None:
    """Now and then have the project's keeper do what `reconcile` does, for whoever only looks, and is not to
    wait for MLflow. Where there can be no keeper it is done here."""
    now = time.monotonic()
    with _guard:
        if now < _looked.get(store.root, float("-inf")) + _LOST_TIME:
            return
        _looked[store.root] = now
    if not _lost(store):
        return
    if not owners.supported():
        reconcile(store)
        return
    with contextlib.suppress(StoreError, OSError):
        watch(store)


def _lost(store: Store) -> bool:
    """The process of a run in this store is gone."""
    return any(owners.orphaned(lease) == store.uri for lease in owners.leases(store.root / STATE_FOLDER))


def settle_all(root: Path, uri: str) -> bool:
    """Like `reconcile`, for the project at `root` and the store at `uri`; False if one has to wait."""
    return _reconcile(Store(root, TrackingConfig(uri=uri)))[1]


def _reconcile(store: Store) -> tuple[list[str], bool]:
    folder = store.root / STATE_FOLDER
    settled, well = [], True
    if not _lost(store):
        return [], True
    from mlflow.exceptions import MlflowException

    try:
        store.check_answers()
    except StoreError:
        return [], False
    with owners.locked(folder / SETTLE_LOCK):  # the keeper and whoever looks may come at once
        for lease in owners.leases(folder):
            if owners.orphaned(lease) != store.uri:
                continue
            try:
                _settle(store, lease.parent.name, lease.parent)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    well = False
                    continue
            except (OSError, StoreError):
                well = False
                continue
            release(store, lease.parent.name)
            settled.append(lease.parent.name)
    return settled, well


def _settle(store: Store, run_id: str, folder: Path) -> None:
    client = store.client()
    run = client.get_run(run_id)
    known = spool.names(store.spools).get(run_id, run_id)
    for child in children(store, known):  # runs that the notebook opened itself; others hold a lease
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
