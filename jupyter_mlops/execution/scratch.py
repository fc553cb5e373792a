"""Folders for runs that leave no record; those of processes that were killed are cleared away by the next."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"mlops-run-(\d+)-.*")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder, its owner's only, while the block lasts."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"mlops-run-{os.getpid()}-") as folder:
        yield Path(folder)


def _sweep(folder: Path) -> None:
    """Remove what processes of ours left that are gone."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            found = _NAME.fullmatch(entry.name)
            if found and entry.is_dir(follow_symlinks=False) and _gone(int(found[1])):
                shutil.rmtree(entry.path, ignore_errors=True)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another user's: it lives
        return False
    return False
