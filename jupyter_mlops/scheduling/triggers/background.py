"""What may take long, done beside the scheduler's tick: looks at URLs and databases, digests of large files.

A source is looked at in the background at most every `EVERY` seconds, and told of as it was at the last look
that ended. One that does not answer within `LIMIT` seconds is told as a problem, and not asked again before
it has: its thread cannot be ended, but holds up no other source.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.saying import told
from jupyter_mlops.scheduling.triggers.probed import Look

EVERY = 30.0  # seconds from one look at a slow source to the next
LIMIT = 60.0  # seconds that one may take
AT_ONCE = 8  # looks
SLOW = 0.05  # seconds after which a look holds up the tick
LARGE = 1 << 25  # bytes whose reading holds up the tick
_IDLE = 5.0  # seconds after which a thread without work ends

_T = TypeVar("_T")


class Task(Generic[_T]):
    """Work that is done in the background; `result` once it has ended."""

    def __init__(self, work: Callable[[], _T]) -> None:
        self._work = work
        self._ended = threading.Event()
        self._value: _T | None = None
        self._error: BaseException | None = None
        self.began: float | None = None  # by the monotonic clock; None while it waits for a thread

    def run(self) -> None:
        """Do it."""
        self.began = time.monotonic()
        try:
            self._value = self._work()
        except BaseException as error:  # it is raised where it is asked for
            self._error = error
        self._ended.set()

    def wait(self, seconds: float) -> None:
        """Until it has ended, but no longer."""
        self._ended.wait(seconds)

    @property
    def ended(self) -> bool:
        """There is a result, or an error."""
        return self._ended.is_set()

    @property
    def overdue(self) -> bool:
        """It takes longer than it may."""
        began = self.began
        return began is not None and not self.ended and time.monotonic() - began > LIMIT

    def result(self) -> _T | None:
        """What came of it; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value


class Background:
    """Threads that do such work, at most `AT_ONCE` beside those that do not come back. They end when they
    have nothing to do, and with the process."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Task[object]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: dict[threading.Thread, Task[object] | None] = {}

    def start(self, work: Callable[[], _T]) -> Task[_T]:
        """Have it done as soon as a thread is free."""
        task: Task[_T] = Task(work)
        self._waiting.put(task)  # type: ignore[arg-type]  # nobody puts another result into it
        self.staff()
        return task

    def staff(self) -> None:
        """See to it that there are threads for what waits, in place of those that do not come back."""
        with self._lock:
            busy = [each for each in self._threads.values() if each is None or not each.overdue]
            for _ in range(min(AT_ONCE - len(busy), self._waiting.qsize())):
                thread = threading.Thread(target=self._serve, name="look at a slow source", daemon=True)
                self._threads[thread] = None
                thread.start()

    def _serve(self) -> None:
        own = threading.current_thread()
        while True:
            try:
                task = self._waiting.get(timeout=_IDLE)
            except queue.Empty:
                with self._lock:
                    if self._waiting.empty():
                        del self._threads[own]
                        return
                continue
            self._threads[own] = task
            task.run()
            self._threads[own] = None


class Inner(Protocol):
    """A source that is looked at where it is called; `bytes` are those that its content was at the last
    look."""

    @property
    def name(self) -> str:
        """See `probed.Source`."""

    @property
    def label(self) -> str:
        """See `probed.Source`."""

    @property
    def bytes(self) -> int:
        """How much there is to read."""

    def look(self, now: datetime) -> Look:
        """See `probed.Source`."""

    def content(self) -> str | None:
        """See `probed.Source`."""


class Paced:
    """The source `inner`, looked at at once while that is quick, else in the background; from the first look
    on where it is `slow`. `patience` tells for how many seconds the first look of a slow one may be waited
    for."""

    def __init__(
        self, inner: Inner, background: Background, patience: Callable[[], float], *, slow: bool = False
    ) -> None:
        self.name = inner.name
        self.label = inner.label
        self._inner = inner
        self._background = background
        self._patience = patience
        self._slow = slow
        self._looking: Task[Look] | None = None
        self._last: Look | None = None
        self._reading: Task[str | None] | None = None

    def look(self, now: datetime) -> Look | None:
        """How it looked at the last look; None where the first one goes on."""
        if not self._slow:
            began = time.monotonic()
            look = self._inner.look(now)
            self._slow = time.monotonic() - began > SLOW
            self._last = look
            return look
        self._ask(now)
        task = self._looking
        if task is not None and task.overdue:
            return Look("", now, problem=f"{self.label}: no answer within {LIMIT:g} s")
        return self._last

    def content(self) -> str | None:
        """The digest of its content; None while a large one is read."""
        if not self._slow and self._inner.bytes < LARGE:
            return self._inner.content()
        if self._reading is None:
            self._reading = self._background.start(self._inner.content)
            self._reading.wait(self._patience())
        if not self._reading.ended:
            return None
        task, self._reading = self._reading, None
        return task.result()

    def _ask(self, now: datetime) -> None:
        task = self._looking
        if task is None or (task.ended and task.began is not None and time.monotonic() - task.began >= EVERY):
            task = self._looking = self._background.start(lambda: self._inner.look(now))
            if self._last is None:
                task.wait(self._patience())
        if task.began is None:
            self._background.staff()
        if task.ended:
            self._last = _look_of(task, now, self.label)


def _look_of(task: Task[Look], now: datetime, label: str) -> Look | None:
    try:
        return task.result()
    except MLOpsError as error:
        return Look("", now, problem=told(error))
    except Exception as error:  # whatever library reads there
        return Look("", now, problem=f"{label}: {type(error).__name__}")
