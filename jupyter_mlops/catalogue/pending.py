"""Versions that the catalogue is to be told of: kept in ``.mlops/datasets`` while the server that holds it is
away or slow, entered when it is next used."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import DatasetDetails, DatasetVersion, Profile, Sync, Waiting
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.files import write_whole
from jupyter_mlops.tracking import datasets, outbox, owners
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store

FOLDER = "datasets"
GLANCE = 1.0  # seconds that a cell waits for a server
AWAY = "the catalogue of datasets is out of reach"
_LOCK = "entering.lock"


def enter_soon(
    store: Store, version: DatasetVersion, profile: Callable[[], Profile | None]
) -> DatasetVersion:
    """Enter the version, waiting a second at most; it with its number, or, where that is not known yet,
    without. Of content that the catalogue is soon known to have no `profile` is made."""
    left = _keep(store, version, profile)
    found: list[Entry] = []
    if outbox.at_hand(store):
        _glance(lambda: _enter(store, found), left)
    same = (entry.version for entry in found if _same(entry.version, version))
    return next(same, version)


def _glance(work: Callable[[], None], seconds: float) -> float:
    """Do it, waiting so long at most, and go on beside what the cell does where it takes longer; how many
    seconds are left."""
    since = time.monotonic()
    worker = threading.Thread(target=work, name="datasets", daemon=True)
    worker.start()
    worker.join(seconds)
    return max(seconds - (time.monotonic() - since), 0.0)


def enter_waiting(store: Store) -> list[Entry]:
    """Enter what waits, if the server is there."""
    found: list[Entry] = []
    if any(_waiting(store)) and outbox.at_hand(store):
        _enter(store, found)
    return found


def waiting(store: Store) -> list[DatasetVersion]:
    """The versions that wait."""
    return [details.version for _, details in _waiting(store)]


def sync(store: Store, found: Sync) -> Sync:
    """Enter what waits; `found`, which tells what was sent of runs, with what was entered and what waits
    still."""
    entered = enter_waiting(store)
    left = [
        Waiting(
            run_id="",
            name=f"dataset {details.version.name}",
            uri=store.shown_uri,
            since=_since(path),
            others=1,
        )
        for path, details in _waiting(store)
    ]
    reason = found.reason or (AWAY if left else None)
    told = {"sent": found.sent + len(entered), "reason": reason, "runs": (*found.runs, *left)}
    return found.model_copy(update=told)


def _since(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _keep(store: Store, version: DatasetVersion, profile: Callable[[], Profile | None]) -> float:
    """See to it that the version is entered at some time; how many seconds of a glance are left."""
    folder = store.state_folder() / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    told = f"{version.digest} {version.name} {sorted(version.tags.items())}"
    name = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    if any(folder.glob(f"*-{name}.json")):
        return GLANCE
    known: list[Entry] = []

    def ask() -> None:
        with contextlib.suppress(MLOpsError, OSError):
            known.extend(datasets.entries(store, version.name))

    left = _glance(ask, GLANCE) if outbox.at_hand(store) else GLANCE
    same = datasets.of_digest(tuple(known), version.digest)
    details = DatasetDetails(version=version, profile=profile() if same is None else None)
    # by time: the numbers are given in the order of the files' names
    write_whole(folder / f"{time.time_ns():020}-{name}.json", details.model_dump_json())
    return left


def _enter(store: Store, found: list[Entry]) -> None:
    with owners.locked(store.state_folder() / _LOCK), contextlib.suppress(MLOpsError, OSError):
        for path, details in _waiting(store):
            entry, _ = datasets.write(store, details.version, details.profile)
            found.append(entry)
            path.unlink(missing_ok=True)


def _waiting(store: Store) -> Iterator[tuple[Path, DatasetDetails]]:
    for path in sorted((store.root / STATE_FOLDER / FOLDER).glob("*.json")):
        with contextlib.suppress(OSError, ValidationError):
            yield path, DatasetDetails.model_validate_json(path.read_text(encoding="utf-8"))


def _same(one: DatasetVersion, other: DatasetVersion) -> bool:
    return (one.name, one.digest) == (other.name, other.digest)
