"""Threads in which requests are met: so many at once, and none is waited for without end."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from jupyter_mlops.exceptions import Busy, MLOpsError

T = TypeVar("T")


class TooSlow(MLOpsError):
    """It was not met in time."""

    http_status = 504


class Threads:
    """At most `most` threads, made as they are needed, and at most `waiting` calls that wait for one. They do
    not keep the process from ending, as those of `concurrent.futures` would that wait for a slow server."""

    def __init__(self, name: str, most: int, waiting: int = 200) -> None:
        self._name, self._most = name, most
        self._calls: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue(waiting)
        self._idle = threading.Semaphore(0)
        self._begun = 0
        self._guard = threading.Lock()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """What it will give.

        Raises:
            Busy: too many wait.
        """
        future: Future[T] = Future()
        try:
            self._calls.put_nowait((future, call))
        except queue.Full:
            raise Busy("too many requests are waiting", hint="ask again in a while") from None
        if not self._idle.acquire(blocking=False):
            self._begin()
        return future

    async def met(self, call: Callable[[], T], seconds: float) -> T:
        """What the call gives, if it does within so many seconds; one that was not begun until then is not
        begun.

        Raises:
            Busy: too many wait.
            TooSlow: it does not.
        """
        begun = self.submit(call)
        future = asyncio.wrap_future(begun)
        done, _ = await asyncio.wait({future}, timeout=seconds)
        if done:
            return future.result()
        begun.cancel()  # at once: asyncio would do so only when its loop goes on
        future.cancel()
        raise TooSlow(
            f"no answer within {seconds:g} s",
            hint="the tracking server may be slow: what was asked for may still be done, so look first",
        )

    def _begin(self) -> None:
        with self._guard:
            if self._begun == self._most:
                return
            self._begun += 1
            number = self._begun
        threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                future, call = self._calls.get_nowait()
            except queue.Empty:
                self._idle.release()
                future, call = self._calls.get()
            if future.set_running_or_notify_cancel():
                _call(future, call)
            del future, call  # what it gave is not kept until the next one comes


def _call(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # a SystemExit would end the thread
        future.set_exception(error)
