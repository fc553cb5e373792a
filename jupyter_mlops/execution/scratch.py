"""Folders for runs that leave no record; those of processes that were killed are cleared away by the next."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlops.files import is_gone

_NAME = re.compile(r"mlops-run-(\d+)-.*")


@contextlib.contextmanager
def scratch_folder(base: Path | None = None) -> Iterator[Path]:
    """A folder, its owner's only, while the block lasts: in `base`, or where the system has its own."""
    base = Path(tempfile.gettempdir()) if base is None else base
    _sweep(base)
    with tempfile.TemporaryDirectory(prefix=f"mlops-run-{os.getpid()}-", dir=base) as folder:
        yield Path(folder)


def _sweep(folder: Path) -> None:
    """Remove what processes of ours left that are gone."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            found = _NAME.fullmatch(entry.name)
            if found and entry.is_dir(follow_symlinks=False) and is_gone(int(found[1])):
                shutil.rmtree(entry.path, ignore_errors=True)
