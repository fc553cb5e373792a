"""Ctrl-C, SIGTERM and the end of whoever hosts a scheduler: they stop it, and no run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """While the block lasts, these signals set `event` instead of ending this process; `number` is the first
    that came, 0 where none did. With `hosted` the end of the standard input sets it, too: whoever has the
    other end is gone.

    Python lets only the main thread take signals: in any other, nothing but `event.set` stops it.
    """

    def __init__(self, *, hosted: bool = False) -> None:
        self.event = threading.Event()
        self.number = 0
        self._hosted = hosted
        self._before: list[Any] = []

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            self._before = [signal.signal(number, self._heard) for number in _NUMBERS]
        if self._hosted:
            self._aside(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in zip(_NUMBERS, self._before, strict=False):
            signal.signal(number, handler)

    def _heard(self, number: int, frame: object) -> None:
        self.number = self.number or number
        # the main thread may be in the midst of waiting for the event, and hold its lock
        self._aside(self.event.set)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 1024):
                pass
        self.event.set()

    @staticmethod
    def _aside(what: Callable[[], None]) -> None:
        threading.Thread(target=what, name="stop", daemon=True).start()
