"""Keeps one scoring server answering: that of the version which an alias points to now."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.serving.server.scoring import NoAnswer, ScoringServer
from jupyter_mlops.tracking.store import Store

DRAIN = 30.0  # seconds that requests in flight have to end on the version before
STEADY = 60.0  # seconds after which a server that ends is started again at once
_FIRST_WAIT, _LONGEST_WAIT = 10.0, 300.0  # seconds until a version is tried again


@dataclass
class _Trouble:
    """A version that ended or did not start: how often, when it may be tried again, what was said of it."""

    times: int = 0
    due: float = 0.0
    said: str = ""


class Follower:
    """The scoring server that answers, `current`; None while there is none. All but `wanted` happens in the
    event loop; `tell` is told in a line what changes."""

    def __init__(self, store: Store, wanted: ModelVersion, label: str, tell: Callable[[str], None]) -> None:
        self.current: ScoringServer | None = None
        self.since = datetime.now(UTC)
        self._store = store
        self._label = label
        self._tell = tell
        self.wanted = wanted
        self._good: ModelVersion | None = None  # the last one that answered
        self._starting: tuple[ModelVersion, asyncio.Task[None]] | None = None
        self._started = 0.0
        self._troubles: dict[str, _Trouble] = {}
        self._changed = asyncio.Event()
        self._retiring: set[asyncio.Future[None]] = set()

    async def begin(self) -> None:
        """Start the first one. One that answers its own input example with an error is told of, and serves:
        there is no better.

        Raises:
            NotServed: it does not start.
        """
        server = ScoringServer(self._store, self.wanted, self._has_ended)
        try:
            await server.ready()
        except NoAnswer as error:
            self._tell(str(error))
        except BaseException:
            await asyncio.to_thread(server.stop)
            raise
        self._take(server, self.wanted)

    def point(self, version: ModelVersion) -> None:
        """The alias points to this version now."""
        if version.version == self.wanted.version:
            return
        self.wanted = version
        self._troubles.pop(version.version, None)
        if self._starting is not None and self._starting[0].version != version.version:
            self._starting[1].cancel()
        self._changed.set()

    async def follow(self) -> None:
        """Bring up what is wanted, again and again, until cancelled."""
        while True:
            self._changed.clear()
            version = self._next()
            if version is not None:
                await self._bring(version)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._patience())

    async def end(self) -> None:
        """Stop every server."""
        if self.current is not None:
            server, self.current = self.current, None
            await asyncio.to_thread(server.stop)
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)

    def _next(self) -> ModelVersion | None:
        """What is to be started now."""
        if self.current is not None:
            candidates = [self.wanted] if self.current.version != self.wanted.version else []
        else:
            candidates = [self.wanted, *([self._good] if self._good else [])]
            if self._good is not None and self._trouble(self.wanted.version).said:
                candidates.reverse()  # one that is known to start is back sooner
        now = time.monotonic()
        return next((v for v in candidates if self._trouble(v.version).due <= now), None)

    def _patience(self) -> float | None:
        """Seconds until something may be tried again; None where nothing is wanted."""
        if self.current is not None and self.current.version == self.wanted.version:
            return None
        known = [self.wanted.version, *([self._good.version] if self._good and not self.current else [])]
        return max(min(self._trouble(v).due for v in known) - time.monotonic(), 0.01)

    async def _bring(self, version: ModelVersion) -> None:
        server: ScoringServer | None = None
        try:
            server = ScoringServer(self._store, version, self._has_ended)
            task = asyncio.ensure_future(server.ready())
            self._starting = version, task
            await asyncio.wait({task})
            if not task.cancelled():  # else the alias has moved on
                self._check(task, version)
                self._take(server, version)
                server = None
        except Exception as error:  # whatever it is: the one before goes on answering
            self._has_trouble(version, " ".join(str(error).split()) or type(error).__name__)
        finally:
            starting, self._starting = self._starting, None
            if starting is not None:
                starting[1].cancel()
            if server is not None:
                await asyncio.to_thread(server.stop)

    def _check(self, ready: asyncio.Task[None], version: ModelVersion) -> None:
        """Raise what kept it from getting ready, unless it served before nevertheless."""
        try:
            ready.result()
        except NoAnswer:
            if self.current is not None or self._good is None or self._good.version != version.version:
                raise

    def _take(self, server: ScoringServer, version: ModelVersion) -> None:
        """From now on this one answers."""
        before, self.current = self.current, server
        self._good, self.since, self._started = version, datetime.now(UTC), time.monotonic()
        if before is not None:
            self._tell(f"{self._label}: version {before.version} -> {server.version}")
            task = asyncio.ensure_future(self._retire(before))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)
        elif self._troubles:
            self._tell(f"{server.label} answers again")
        if not server.running:
            self._has_ended(server)

    async def _retire(self, server: ScoringServer) -> None:
        try:
            if not await server.drained(DRAIN):
                self._tell(f"{server.label}: {server.in_flight} requests took longer than {DRAIN:.0f} s")
        finally:
            await asyncio.shield(asyncio.to_thread(server.stop))

    def _has_ended(self, server: ScoringServer) -> None:
        if server is not self.current or self._good is None:
            return
        self.current = None
        steady = time.monotonic() - self._started > STEADY
        trouble = self._trouble(server.version)
        trouble.times = 1 if steady else trouble.times + 1
        wait = _wait(trouble.times - 1) if trouble.times > 1 else 0.0
        trouble.due = time.monotonic() + wait
        soon = f"in {wait:.0f} s" if wait else "now"
        self._tell(f"the scoring server of {server.label} {server.end}: it is started again {soon}")
        task = asyncio.ensure_future(asyncio.to_thread(server.stop))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        self._changed.set()

    def _has_trouble(self, version: ModelVersion, problem: str) -> None:
        trouble = self._trouble(version.version)
        trouble.times += 1
        wait = _wait(trouble.times)
        trouble.due = time.monotonic() + wait
        if problem != trouble.said:
            trouble.said = problem
            goes_on = f"{self.current.label} goes on answering" if self.current is not None else ""
            self._tell(f"{problem}; {goes_on or f'it is tried again in {wait:.0f} s'}")

    def _trouble(self, version: str) -> _Trouble:
        return self._troubles.setdefault(version, _Trouble())


def _wait(times: int) -> float:
    return min(_FIRST_WAIT * 2 ** min(times - 1, 10), _LONGEST_WAIT)
