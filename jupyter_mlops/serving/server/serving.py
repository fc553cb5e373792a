"""`serve`: a model by its alias, over HTTP, until a signal comes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.httpserver import HTTPServer

from jupyter_mlops.config import Config
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.signals import Signals
from jupyter_mlops.letters import harmless
from jupyter_mlops.serving.server.following import Follower
from jupyter_mlops.serving.server.proxy import Desk, is_loopback, make_server
from jupyter_mlops.serving.server.recording import Recorder
from jupyter_mlops.serving.server.scoring import NotServed, ScoringServer, sweep
from jupyter_mlops.tracking.scoring import pointed
from jupyter_mlops.tracking.store import Store

POSIX = os.name == "posix"
GRACE = 3.0  # seconds that requests in flight have to end once a signal came
CLOSING = 15.0  # seconds that entering what was recorded in the catalogue may take then
_WAITING = 1024  # connections that are not accepted yet
_LONGEST_EXAMPLE = 1000  # characters
_ZEROS: Mapping[str, Any] = {
    "string": "",
    "boolean": False,
    "integer": 0,
    "long": 0,
    "datetime": "2026-01-01",
}


@dataclass(frozen=True)
class ServeOptions:
    """Where and how a model is served: `port` 0 is any that is free; `poll` seconds lie between two looks at
    the alias; of the requests a `share` (0 to 1) is recorded, where `record` asks for that; `exposed` allows
    a `host` that others can reach."""

    host: str = "127.0.0.1"
    port: int = 5001
    record: bool = False
    share: float = 1.0
    poll: float = 2.0
    exposed: bool = False


@dataclass
class Serving:
    """A model that is served: `run` does it, in a thread of its own where the caller has an event loop.
    `url` is known once it answers; it is told to `tell`, as all that happens is."""

    store: Store
    config: Config
    reference: str
    options: ServeOptions
    tell: Callable[[str], None] = lambda line: None
    url: str = ""
    answering: threading.Event = field(default_factory=threading.Event)  # or it has ended
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _hurry: bool = False

    def __post_init__(self) -> None:
        self.tell = plainly(self.tell)

    def run(self) -> None:
        """Serve until `stop` is called.

        Raises:
            NotFound: no such model, version or alias.
            Refused: the version is no model or cannot be started; the address cannot be had.
        """
        try:
            asyncio.run(self._serve())
        finally:
            self.answering.set()

    def stop(self, number: int = 0) -> None:
        """End; from any thread, also before it began. Said again, what is in flight is not waited for."""
        self._hurry = self._stopped.is_set()
        self._stopped.set()
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if self._stopped.is_set():
            return
        with _bound(self.options) as listener:
            sweep()
            version = pointed(self.store, self.reference)
            follower = Follower(self.store, version, self.reference, self.tell)
            if await self._begun(follower):
                await self._answer(follower, listener)

    async def _begun(self, follower: Follower) -> bool:
        """Whether the first server answers; False where we are to end before it does."""
        assert self._stop is not None
        begin, stop = asyncio.ensure_future(follower.begin()), asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({begin, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not begin.done():
            begin.cancel()
        stop.cancel()
        try:
            await begin
        except asyncio.CancelledError:
            return False
        except NotServed as error:
            raise Refused(str(error), hint=error.hint) from None
        return True

    async def _answer(self, follower: Follower, listener: socket.socket) -> None:
        assert self._stop is not None
        version = follower.wanted
        recorder = Recorder(self.store, self.config, version.name, self.tell) if self.options.record else None
        desk = Desk(
            follower,
            about=lambda: self._about(follower, desk, recorder),
            record=recorder.offer if recorder is not None else None,
            share=self.options.share,
            exposed=self.options.exposed,
        )
        server = make_server(desk)
        server.add_socket(listener)
        self._introduce(follower, listener.getsockname()[1], recorder)
        following = asyncio.ensure_future(follower.follow())
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(follower, over), name="alias", daemon=True)
        watch.start()
        try:
            await self._stop.wait()
        finally:
            over.set()
            following.cancel()
            await self._wind_up(server, desk, follower, recorder)

    async def _wind_up(
        self, server: HTTPServer, desk: Desk, follower: Follower, recorder: Recorder | None
    ) -> None:
        server.stop()
        await self._while(lambda: desk.open > 0, GRACE)
        await follower.end()
        await server.close_all_connections()
        if recorder is not None:
            recorder.close()
            await self._while(lambda: recorder.working, CLOSING)

    async def _while(self, goes_on: Callable[[], bool], seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while goes_on() and not self._hurry:
                    await asyncio.sleep(0.02)

    def _watch(self, follower: Follower, over: threading.Event) -> None:
        """Look where the alias points, which may take long where a server has to be asked."""
        loop, said = self._loop, ""
        assert loop is not None
        while not over.wait(self.options.poll):
            try:
                self.store.check_answers()  # MLflow itself would try for minutes
                version = pointed(self.store, self.reference)
            except Exception as error:  # the store may be away, in any way
                problem = " ".join(str(error).split())[:300]
                if problem != said and not over.is_set():
                    self.tell(f"{problem}; the version before goes on answering")
                said = problem
                continue
            if said:
                self.tell(f"{self.reference} is followed again")
            said = ""
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(follower.point, version)

    def _about(self, follower: Follower, desk: Desk, recorder: Recorder | None) -> dict[str, Any]:
        name, _, alias = self.reference.partition("@")
        return {
            "model": name,
            "alias": alias or None,
            "version": follower.current.version if follower.current is not None else None,
            "since": f"{follower.since:%Y-%m-%dT%H:%M:%SZ}",
            "requests": desk.requests,
            "recording": recorder.about() if recorder is not None else None,
        }

    def _introduce(self, follower: Follower, port: int, recorder: Recorder | None) -> None:
        host = self.options.host.strip("[]")
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{port}"
        _, _, alias = self.reference.partition("@")
        current = follower.current
        assert current is not None
        which = f" ({alias})" if alias and alias != current.version else ""
        self.tell(f"{current.label}{which} answers on {self.url}/invocations")
        self.tell(example(current, self.url))
        if self.options.exposed:
            self.tell("whoever can reach that port can use it: there is no authentication")
        if recorder is not None:
            self.tell(f"requests are recorded in {recorder.place}")
        self.answering.set()


def serve(
    store: Store,
    config: Config,
    reference: str,
    options: ServeOptions,
    report: Callable[[str], None] = lambda line: None,
) -> int:
    """Serve ``NAME``, ``NAME@ALIAS`` or ``NAME@VERSION`` until a signal comes; the signal's number.

    Raises:
        NotFound: no such model, version or alias.
        Refused: the version is no model or cannot be started; the address cannot be had, or would be open to
            others without being meant to.
    """
    if not POSIX:
        raise Refused("serve needs Linux or macOS", hint=f"mlflow models serve -m models:/{reference}")
    serving = Serving(store, config, reference, options, report)
    problems: list[BaseException] = []

    def run() -> None:
        try:
            serving.run()
        except BaseException as error:
            problems.append(error)

    with Signals() as signals:
        # a notebook's thread has an event loop of its own
        thread = threading.Thread(target=run, name="serve")
        thread.start()
        signals.tell(serving.stop)
        thread.join()
    if problems:
        raise problems[0]
    return signals.came


def plainly(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell that, in one line of letters that can be shown; where nobody listens any more, go on."""

    def told(text: str) -> None:
        line = harmless(text)
        with contextlib.suppress(OSError, ValueError):
            tell(line)

    return told


def example(server: ScoringServer, url: str) -> str:
    """A line to try the server with."""
    body = ""
    with contextlib.suppress(ValueError):
        body = json.dumps(json.loads(server.about.example))
    if not body or len(body) > _LONGEST_EXAMPLE:
        row = {name: _ZEROS.get(kind, 0.0) for name, kind in server.about.inputs.items()}
        body = json.dumps({"dataframe_records": [row or {"COLUMN": 0}]})
    return f"curl -H 'Content-Type: application/json' -d {shlex.quote(body)} {url}/invocations"


def _bound(options: ServeOptions) -> socket.socket:
    if not is_loopback(options.host) and not options.exposed:
        raise Refused(
            f"{options.host} can be reached by others, and there is no authentication",
            hint="leave --host out, or add --expose",
        )
    try:
        found = socket.getaddrinfo(options.host.strip("[]"), options.port, type=socket.SOCK_STREAM)
        family, *_, address = min(found, key=lambda one: one[0] is not socket.AF_INET)
        made = socket.create_server(address[:2], family=family, backlog=_WAITING)
        made.setblocking(False)
        return made
    except socket.gaierror as error:
        raise Refused(f"no such host: {options.host}: {error.strerror}", hint="e.g. 127.0.0.1") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Refused(
            f"port {options.port} of {options.host} cannot be had: {reason}",
            hint="stop who has it, or name another: --port 0 takes a free one",
        ) from None
    except (OverflowError, UnicodeError):
        raise Refused(f"no such address: {options.host} port {options.port}", hint="--port 5001") from None
