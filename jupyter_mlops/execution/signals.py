"""Ctrl-C and SIGTERM while a run is on: they cancel its cells, and never its record."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """While the block lasts, a signal is passed to whoever was named by `tell`, one that came earlier
    included, instead of ending this process; once the cells have ended it changes nothing any more.

    Python lets only the main thread take signals: in any other, whoever waits there cancels.
    """

    def __init__(self) -> None:
        self._came: list[int] = []
        self._cancel: Callable[[int], None] | None = None
        self._before: list[Any] = []

    def tell(self, cancel: Callable[[int], None]) -> None:
        """Pass signals on to `cancel` from now on."""
        self._cancel = cancel
        for number in self._came[:1]:
            cancel(number)

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            self._before = [signal.signal(number, self._take) for number in NUMBERS]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in zip(NUMBERS, self._before, strict=False):
            signal.signal(number, handler)

    def _take(self, number: int, frame: object) -> None:
        self._came.append(number)
        if self._cancel is not None:
            self._cancel(number)
