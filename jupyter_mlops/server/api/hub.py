"""What pages are told as it happens: whoever knows of a change publishes it, whoever shows it listens."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from jupyter_mlops.entities.panels import Change, Topic, Work

PACE = 0.5  # seconds between two words on one topic to one listener
_SETTING = "jupyter_mlops_hub"
_WORKS = 100  # of which the last state waits for a listener; of more the oldest are dropped


def hub_of(server: Any) -> Hub:
    """The one hub of a Jupyter server (``jupyter_server.serverapp.ServerApp``)."""
    found = server.web_app.settings.setdefault(_SETTING, Hub())
    assert isinstance(found, Hub)
    return found


class Hub:
    """Takes changes from any thread, and gives them to those who listen."""

    def __init__(self) -> None:
        self._listeners: dict[Listener, None] = {}
        self._guard = threading.Lock()

    def publish(self, change: Change, folder: Path) -> None:
        """Tell those who listen to the project of that root folder; from any thread, and at once done."""
        with self._guard:
            heard = [listener for listener in self._listeners if listener.folder == folder]
        for listener in heard:
            listener.put(change)

    def subscribe(self, folder: Path) -> Listener:
        """One who listens to the project of that root folder from now on, in the running event loop, until it
        is closed."""
        listener = Listener(self, folder)
        with self._guard:
            self._listeners[listener] = None
        return listener

    def leave(self, listener: Listener) -> None:
        """It listens no more."""
        with self._guard:
            self._listeners.pop(listener, None)

    def listeners(self, folder: Path | None = None) -> int:
        """How many listen, to that project or to any."""
        with self._guard:
            return sum(folder is None or listener.folder == folder for listener in self._listeners)


class Listener:
    """What one page has still to be told. Changes that it was slow to take are one: each topic once, the
    newest progress, the newest state of each work. So what waits does not grow, and no topic is lost."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.folder = folder
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._guard = threading.Lock()
        self._topics: dict[Topic, None] = {}
        self._told: dict[Topic, float] = {}  # when each topic was told last, by the monotonic clock
        self._works: dict[str, Work] = {}
        self._waits: dict[str, Any] = {}  # the newest `progress` and `problem`
        self._closed = False

    def close(self) -> None:
        """Listen no more: whoever waits in `changes` comes to its end."""
        self._closed = True
        self._hub.leave(self)
        self._call()

    def put(self, change: Change) -> None:
        """Another change; from any thread."""
        with self._guard:
            self._topics |= dict.fromkeys(change.topics)
            if change.work is not None:
                self._works.pop(change.work.id, None)
                self._works[change.work.id] = change.work
                if len(self._works) > _WORKS:
                    del self._works[next(iter(self._works))]
            for name in ("progress", "problem"):
                if (value := getattr(change, name)) is not None:
                    self._waits[name] = value
        self._call()

    async def changes(self, patience: float) -> AsyncIterator[Change | None]:
        """Changes as they come, until it is closed; None where none came for `patience` seconds. Of one topic
        there is a word at most every `PACE` seconds."""
        quiet = time.monotonic()
        while not self._closed:
            self._wake.clear()
            found, pause = self._take()
            for change in found:
                yield change
            if found:
                quiet = time.monotonic()
                continue
            left = quiet + patience - time.monotonic()
            if left <= 0:
                yield None
                quiet = time.monotonic()
                continue
            await self._sleep(left if pause is None else min(left, pause))

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def _take(self) -> tuple[list[Change], float | None]:
        """What is to be told now, and in how many seconds there is more; None where nothing waits."""
        now = time.monotonic()
        with self._guard:
            topics = [each for each in self._topics if now >= self._told.get(each, 0.0) + PACE]
            for topic in topics:
                del self._topics[topic]
                self._told[topic] = now
            pause = min((self._told[topic] + PACE - now for topic in self._topics), default=None)
            works, waits = list(self._works.values()), self._waits
            self._works, self._waits = {}, {}
        found = [Change(work=work) for work in works]
        if topics or waits:
            found.append(Change(topics=tuple(topics), **waits))
        return found, pause

    def _call(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:  # the server ends: its loop is closed
            self._hub.leave(self)
