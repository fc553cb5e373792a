"""``mlops.yaml``, read again when it was changed, by a process that goes on for long."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.saying import told

T = TypeVar("T")
PATIENCE = 60.0  # seconds for which a file that is gone or empty is taken for one that is being written
WAITS = "nothing new begins until it is mended"


class Reloading(Generic[T]):
    """What `load` makes of the file, and makes again when that has changed; None while it is broken, which
    whoever asks is told once in a line. So is a file that is gone or empty and was not: for a minute, since
    editors and git leave one like that behind for a moment.

    Raises:
        MLOpsError: as `load` does, when it is first read.
    """

    def __init__(self, root: Path, load: Callable[[], T]) -> None:
        self._path = root / CONFIG_NAME
        self._load = load
        self._seen = self._look()
        self._blank = self._is_blank()
        self._blank_since: float | None = None
        self._last: T | None = load()

    def __call__(self, tell: Callable[[str], None]) -> T | None:
        """What the file says."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            self._read(tell)
        elif self._blank_since is not None and time.monotonic() - self._blank_since >= PATIENCE:
            self._read(tell)
        return self._last

    def _read(self, tell: Callable[[str], None]) -> None:
        blank = self._is_blank()
        if blank and not self._blank:
            now = time.monotonic()
            if self._blank_since is None:
                self._blank_since = now
                tell(f"{CONFIG_NAME} is gone or empty; {WAITS}, or stays so for {PATIENCE:g} s")
            if now - self._blank_since < PATIENCE:
                self._last = None
                return
        self._blank_since = None
        try:
            self._last = self._load()
            self._blank = blank
            tell(f"{CONFIG_NAME} was changed: read again")
        except MLOpsError as error:
            self._last = None
            tell(f"{told(error)}; {WAITS}")

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _is_blank(self) -> bool:
        """There is nothing in it, or no file; one that cannot be read is for `load` to tell of."""
        try:
            return not self._path.read_bytes().strip()
        except FileNotFoundError:
            return True
        except OSError:
            return False
