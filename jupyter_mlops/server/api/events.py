"""``GET /jupyter-mlops/events``: what changes of a project, told as it happens (Server-Sent Events).

An event's data is a `Change` as JSON. Nothing of it is kept: a page that was cut off asks all anew.
"""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import iostream, web

from jupyter_mlops.entities.panels import Change, Topic
from jupyter_mlops.exceptions import Busy, MLOpsError
from jupyter_mlops.server.api import reading
from jupyter_mlops.server.api.answering import Answering
from jupyter_mlops.server.api.handler import PATIENCE, Desk
from jupyter_mlops.server.api.hub import Hub, Listener, hub_of
from jupyter_mlops.server.api.route import BASE

if TYPE_CHECKING:
    from jupyter_mlops.project.changes import Changes

MOST = 20  # connections at once
PING = 15.0  # seconds without a word, after which one is sent to see whether somebody is there
STUCK = 60.0  # seconds that one who takes nothing is waited for
LOOK = 0.5  # seconds between two looks at a project
_AGAIN = 5.0  # seconds until one is tried again that went wrong


def serve(server: Any, desk: Desk) -> None:
    """Answer those who listen, at a Jupyter server (``jupyter_server.serverapp.ServerApp``)."""
    base = server.web_app.settings["base_url"]
    hub = hub_of(server)
    options = {"hub": hub, "watchers": Watchers(hub, server.log), "desk": desk}
    server.web_app.add_handlers(".*$", [(url_path_join(base, BASE, "events"), Events, options)])


class Events(Answering):
    """One who listens, for as long as the connection lasts."""

    _track_activity = False  # an open page alone does not keep a server from being culled

    def initialize(self, hub: Hub, watchers: Watchers, desk: Desk) -> None:
        """What the server tells once."""
        self._hub, self._watchers, self._desk = hub, watchers, desk
        self._listener: Listener | None = None

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell what changes."""
        try:
            root = await self._desk.quick.met(self._root, PATIENCE)
            if self._hub.listeners() >= MOST:
                raise Busy(f"{MOST} pages listen already", hint="close some of them")
        except MLOpsError as error:
            self.refuse(error)
            return
        self._listener = self._hub.subscribe(root)
        try:
            looked = self._watchers.watch(root)
            await self._desk.quick.met(lambda: looked.wait(PATIENCE / 2), PATIENCE)
            await self._tell(self._listener)  # what changed before is seen by who asks for it from now on
        except MLOpsError as error:
            self.refuse(error)
        except (iostream.StreamClosedError, TimeoutError):
            return  # nobody is there any more
        finally:
            self._listener.close()

    @web.authenticated
    @authorized
    async def put(self) -> None:
        """Refuse: there is no such verb."""
        self.set_header("Allow", "GET")
        self.problem(405, f"{self.request.method} is not for this path", "it takes GET")

    head = post = patch = delete = put

    def on_connection_close(self) -> None:
        """Whoever listened is gone."""
        super().on_connection_close()
        if self._listener is not None:
            self._listener.close()

    def _root(self) -> Path:
        given = reading.words(self.request.query_arguments)
        unknown = [name for name in given if name not in {reading.PROJECT, "no_track_activity"}]
        if unknown:
            raise reading.Unfit({unknown[0]: "it is not known here"}, "events take the word `project` only")
        return self._desk.places.project_root(reading.project_named(given))

    async def _tell(self, listener: Listener) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # what stands before the server passes it on at once
        await self._send(": here\n\n")
        async for change in listener.changes(PING):
            if change is None:
                await self._send(": ping\n\n")
            else:
                await self._send(f"data: {change.model_dump_json()}\n\n")

    async def _send(self, text: str) -> None:
        self.write(text)
        await asyncio.wait_for(self.flush(), STUCK)


class Watchers:
    """A thread for each project that somebody listens to: it ends when nobody does."""

    def __init__(self, hub: Hub, log: Any) -> None:
        self._hub, self._log = hub, log
        self._looked: dict[Path, threading.Event] = {}  # of each project that a thread looks at
        self._guard = threading.Lock()

    def watch(self, root: Path) -> threading.Event:
        """See to it that the project is looked at; what is set once it has been."""
        with self._guard:
            if root not in self._looked:
                looked = self._looked[root] = threading.Event()
                work = functools.partial(self._work, root, looked)
                threading.Thread(target=work, name=f"mlops-watch {root.name}", daemon=True).start()
            return self._looked[root]

    def _work(self, root: Path, looked: threading.Event) -> None:
        watched = _Watched(root, self._log)
        while self._wanted(root):
            change = watched.look()
            looked.set()
            if change is not None:
                self._hub.publish(change, root)
            time.sleep(_AGAIN if watched.is_broken else LOOK)
        watched.close()

    def _wanted(self, root: Path) -> bool:
        with self._guard:
            if self._hub.listeners(root):
                return True
            del self._looked[root]
            return False


class _Watched:
    """A project that is looked at, whatever becomes of it."""

    def __init__(self, root: Path, log: Any) -> None:
        self._root, self._log = root, log
        self._changes: Changes | None = None
        self._problem = ""  # that was told last

    @property
    def is_broken(self) -> bool:
        """It could not be looked at."""
        return self._changes is None

    def look(self) -> Change | None:
        """What changed; a problem where it cannot be looked at."""
        fresh = self._changes is None
        try:
            self._changes = self._changes or _opened(self._root)
            change = self._changes.look()
            if change is not None and Topic.CONFIG in change.topics:
                self._changes.close()  # the store may be another one
                self._changes = None
                self._changes = _opened(self._root)
                self._changes.look()
        except Exception as error:  # a broken mlops.yaml, a folder that is gone
            self.close()
            change = Change(topics=(Topic.CONFIG,), problem=self._told(error))
        if fresh and self._problem and self._changes is not None:
            change = change or Change()  # what was asked for meanwhile was refused
            told = {"topics": tuple(Topic), "problem": change.problem or ""}
            change = change.model_copy(update=told)
        if change is not None and change.problem is not None:
            if change.problem == self._problem:
                return None
            self._problem = change.problem
        return change

    def close(self) -> None:
        """Let go of all files."""
        if self._changes is not None:
            self._changes.close()
        self._changes = None

    def _told(self, error: Exception) -> str:
        if isinstance(error, MLOpsError):
            return str(error)
        self._log.error("jupyter-mlops: a project cannot be looked at", exc_info=error)
        return "the project cannot be looked at: the log of the Jupyter server tells more"


def _opened(root: Path) -> Changes:
    from jupyter_mlops.project import Project

    return Project(root).changes()
