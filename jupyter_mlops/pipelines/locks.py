"""One process at a key: whoever comes second waits, until the first has made it or is gone."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_mlops.exceptions import Cancelled
from jupyter_mlops.tracking import owners
from jupyter_mlops.tracking.store import Store

STEPS = "steps"  # below the project's state folder: locks, and where outputs are made
_LOOK = 0.1  # seconds between looks whether another process is done


def steps_folder(store: Store) -> Path:
    """Where steps are at work, made if missing, its owner's only."""
    folder = store.state_folder() / STEPS
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextlib.contextmanager
def held(
    store: Store, key: str, cancelled: Callable[[], object], waits: Callable[[], None]
) -> Iterator[None]:
    """The key is the caller's alone while the block lasts, among all processes and threads of this project;
    `waits` is called once where another has it.

    Raises:
        Cancelled: that was asked for before the block began.
    """
    path = steps_folder(store) / f"{key}.lock"
    told = False
    while (lock := _try(path)) is None:
        if cancelled():
            raise Cancelled("cancelled while another run made it")
        if not told:
            waits()
            told = True
        time.sleep(_LOOK)
    try:
        if cancelled():
            raise Cancelled("cancelled before it began")
        yield
    finally:
        path.unlink(missing_ok=True)
        owners.unlock(lock)


def tidy(store: Store) -> None:
    """Take away the locks of processes that were killed."""
    for path in steps_folder(store).glob("*.lock"):
        with contextlib.suppress(OSError):
            if (lock := _try(path)) is not None:
                path.unlink(missing_ok=True)
                owners.unlock(lock)


def _try(path: Path) -> int | None:
    """The lock; None where another holds it, or has just taken the file away."""
    if not owners.supported():
        return os.open(os.devnull, os.O_RDONLY)
    lock = owners.try_lock(path)
    if lock is None:
        return None
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(lock), os.stat(path)):
            return lock
    owners.unlock(lock)
    return None
