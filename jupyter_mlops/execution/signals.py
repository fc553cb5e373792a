"""Ctrl-C and SIGTERM while a run is on: they cancel its cells, and never its record."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """While the block lasts, a signal is passed to all that were named by `tell`, one that came
    earlier included, instead of ending this process; once the cells have ended it changes nothing any more.

    Python lets only the main thread take signals: in any other, whoever waits there cancels.
    """

    def __init__(self) -> None:
        self._came: list[int] = []
        self._told: list[Callable[[int], None]] = []
        self._before: list[Any] = []

    @property
    def came(self) -> int:
        """The first one that came; 0 where there was none."""
        return self._came[0] if self._came else 0

    def tell(self, cancel: Callable[[int], None]) -> None:
        """Pass signals on to `cancel`, too, from now on."""
        self._told.append(cancel)
        for number in self._came[:1]:
            cancel(number)

    def forget(self, cancel: Callable[[int], None]) -> None:
        """No longer."""
        self._told.remove(cancel)

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            self._before = [signal.signal(number, self._heard) for number in NUMBERS]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in zip(NUMBERS, self._before, strict=False):
            signal.signal(number, handler)

    def _heard(self, number: int, frame: object) -> None:
        self.take(number)

    def take(self, number: int) -> None:
        """Pass it on, as if it had come."""
        self._came.append(number)
        for cancel in list(self._told):
            cancel(number)
