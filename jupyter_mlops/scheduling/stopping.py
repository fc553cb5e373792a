"""Ends what this process's main thread is at, from another thread: as a signal from outside would."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

HURRY_AFTER = 1.2  # seconds from the first signal to the second, at which a kernel is killed
KILL_AFTER = 30.0  # seconds from there until the process itself is, if it has not recorded its run by then


class Stopper:
    """`stop` may be called at any time, from any thread, until the block ends; `why` is what it was first
    told, "" where it never was. What listens for SIGTERM, such as a run, ends in its own way; what does not
    is ended by `SystemExit`, see `stoppable`."""

    def __init__(self) -> None:
        self.why = ""
        self._over = threading.Event()
        self._lock = threading.Lock()

    def stop(self, why: str) -> None:
        """End it. Returns at once."""
        with self._lock:
            if self.why or self._over.is_set():
                return
            self.why = why
        threading.Thread(target=self._press, name="stop", daemon=True).start()

    def __enter__(self) -> Stopper:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _press(self) -> None:
        main = threading.main_thread().ident
        assert main is not None
        for pause in (0.0, HURRY_AFTER):
            if self._over.wait(pause):
                return
            signal.pthread_kill(main, signal.SIGTERM)
        if not self._over.wait(KILL_AFTER):  # nothing of it may go on: its kernel ends with it
            os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """While the block lasts SIGINT and SIGTERM raise `SystemExit`, wherever nothing else listens for them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heard(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, heard) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def limited(seconds: float | None) -> Iterator[Stopper]:
    """Stop the block after so many seconds, if any."""
    with Stopper() as stopper:
        timer = None
        if seconds is not None:
            timer = threading.Timer(seconds, stopper.stop, [f"it took longer than {seconds:g} s"])
            timer.daemon = True
            timer.start()
        try:
            yield stopper
        finally:
            if timer is not None:
                timer.cancel()
