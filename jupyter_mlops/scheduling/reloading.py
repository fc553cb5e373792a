"""``mlops.yaml``, read again when it was changed, by a process that goes on for long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.saying import told

T = TypeVar("T")


class Reloading(Generic[T]):
    """What `load` makes of the file, and makes again when that has changed. While it is broken the last good
    one stays, and whoever asks is told once in a line what is wrong with it.

    Raises:
        MLOpsError: as `load` does, when it is first read.
    """

    def __init__(self, root: Path, load: Callable[[], T]) -> None:
        self._path = root / CONFIG_NAME
        self._load = load
        self._seen = self._look()
        self._last = load()

    def __call__(self, tell: Callable[[str], None]) -> T:
        """The last one that reads well."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            try:
                self._last = self._load()
                tell(f"{CONFIG_NAME} was changed: read again")
            except MLOpsError as error:
                tell(f"{told(error)}; what was read before stays")
        return self._last

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
