"""Which process holds a run: one small file each, readable without anything heavy, for the keeper's sake."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_mlops.exceptions import StoreError

try:
    import fcntl
except ImportError:  # Windows: no keeper and no spool there, see `supported`
    fcntl = None  # type: ignore[assignment]

LEASE = "lease.json"
RUNS = "runs"  # below the project's state folder: a folder for each live run
_CLOCK_SLACK = 2.0  # seconds by which two readings of one process's start time may differ


def supported() -> bool:
    """Whether this system has the file locks that spool and keeper stand on."""
    return fcntl is not None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, made if missing, while the block lasts; waits for it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if supported():
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        if supported():  # a process that was forked meanwhile has the file open, too
            fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


@contextlib.contextmanager
def alone(folder: Path, name: str, problem: str) -> Iterator[None]:
    """Hold the lock file of that name in `folder`, both made if missing, while the block lasts; waits for it.

    Raises:
        StoreError: `problem`, and why: the folder takes no files.
    """
    with contextlib.ExitStack() as held:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            held.enter_context(locked(folder / name))
        except OSError as error:
            raise StoreError(
                f"{problem}: {error.strerror or error}",
                hint="let the project folder be written to, and make room",
            ) from None
        yield


def try_lock(path: Path) -> int | None:
    """A descriptor that holds the lock until it is closed everywhere; None where another holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def unlock(held: int) -> None:
    """Give back what `try_lock` gave."""
    os.close(held)


def write_lease(folder: Path, uri: str) -> None:
    """This process holds the run of that folder, in the store at `uri`, from now on."""
    owner = {"pid": os.getpid(), "started": started(os.getpid()), "host": platform.node(), "uri": uri}
    path = folder / LEASE
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", encoding="utf-8", opener=private) as file:
        file.write(json.dumps(owner))
    os.replace(temporary, path)


def private(path: str, flags: int) -> int:
    """An opener for files that only their owner reads; `files.private` without what that imports."""
    return os.open(path, flags, 0o600)


def leases(state_folder: Path) -> list[Path]:
    """The lease files of all live runs of a project."""
    return sorted((state_folder / RUNS).glob(f"*/{LEASE}"))


def holder(lease: Path) -> int | None:
    """The id of the process that holds the run; None where it is gone, runs on another host, or the lease
    cannot be read."""
    try:
        owner = json.loads(lease.read_text(encoding="utf-8"))
        return int(owner["pid"]) if owner["host"] == platform.node() and _lives(owner) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def orphaned(lease: Path) -> str | None:
    """The store's URI, where the process that held the run is gone; None where it lives, runs on another
    host, or the lease cannot be read."""
    try:
        owner = json.loads(lease.read_text(encoding="utf-8"))
        if owner["host"] != platform.node():
            return None
        return None if _lives(owner) else str(owner["uri"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lives(owner: dict[str, Any]) -> bool:
    found = started(int(owner["pid"]))
    return found is not None and abs(found - float(owner["started"])) <= _CLOCK_SLACK


def started(pid: int) -> float | None:
    """When the process started, in seconds since the epoch; None if there is none (or a zombie)."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
