"""One request: who asks, of which project, with which words; what comes back."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_mlops.entities import Entity, Identity
from jupyter_mlops.exceptions import MLOpsError, StoreError
from jupyter_mlops.server.api import people, reading
from jupyter_mlops.server.api.answering import Answering
from jupyter_mlops.server.api.hub import hub_of
from jupyter_mlops.server.api.opened import Projects
from jupyter_mlops.server.api.places import Places
from jupyter_mlops.server.api.route import BASE, Call, Route
from jupyter_mlops.server.api.threads import Threads
from jupyter_mlops.server.api.works import Works
from jupyter_mlops.server.bodies import LARGEST, Bodied

PATIENCE = 20.0  # seconds
_NAME = re.compile(r"\{(\w+)\}")
_STORES = {"mlflow", "sqlalchemy", "sqlite3", "requests", "urllib3"}  # whose errors are the store's


@dataclass(frozen=True)
class Desk:
    """What all requests to one server share. What may have to wait for a tracking server waits in threads of
    its own, as does what asks a store on this machine: neither keeps schedules or settings waiting."""

    places: Places
    works: Works
    projects: Projects = field(default_factory=Projects)
    quick: Threads = field(default_factory=lambda: Threads("mlops-quick", 8))
    store: Threads = field(default_factory=lambda: Threads("mlops-store", 8))
    away: Threads = field(default_factory=lambda: Threads("mlops-away", 16))


def serve(server: Any) -> Desk:
    """Answer requests at a Jupyter server (``jupyter_server.serverapp.ServerApp``)."""
    from jupyter_mlops.server.api.table import ROUTES

    base = server.web_app.settings["base_url"]
    allow_hidden = bool(getattr(server.contents_manager, "allow_hidden", False))
    desk = Desk(Places(Path(server.root_dir), allow_hidden), Works(server.log, hub_of(server).publish))
    paths: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.verb] = route
    handlers: list[Any] = [
        (
            url_path_join(base, BASE, _NAME.sub(r"(?P<\1>[^/]+)", path)),
            Handler,
            {"routes": routes, "desk": desk},
        )
        for path, routes in paths.items()
    ]
    handlers.append((url_path_join(base, BASE, "openapi.json"), Document))
    server.web_app.add_handlers(".*$", handlers)
    return desk


def serve_unknown(server: Any) -> None:
    """Answer what no other handler under our part of a Jupyter server's addresses does, so that a page can
    tell a path that is not there from a server without this extension. To be called last."""
    base = server.web_app.settings["base_url"]
    server.web_app.add_handlers(".*$", [(url_path_join(base, BASE) + r"(?:/.*)?", Unknown)])


class Handler(Bodied, Answering):
    """Answers the verbs of one path."""

    def initialize(self, routes: Mapping[str, Route], desk: Desk) -> None:
        """What the server tells once."""
        self._routes, self._desk = routes, desk

    @web.authenticated
    @authorized
    async def get(self, **names: str) -> None:
        """Answer what is asked."""
        await self._answer("GET", names)

    @web.authenticated
    @authorized
    async def post(self, **names: str) -> None:
        """Do what is asked."""
        await self._answer("POST", names)

    @web.authenticated
    @authorized
    async def delete(self, **names: str) -> None:
        """Remove what is named."""
        await self._answer("DELETE", names)

    @web.authenticated
    @authorized
    async def put(self, **names: str) -> None:
        """Refuse: there is no such verb."""
        await self._answer(str(self.request.method), names)

    patch = head = put

    async def _answer(self, verb: str, names: Mapping[str, str]) -> None:
        route = self._routes.get(verb)
        if route is None:
            self.set_header("Allow", ", ".join(sorted(self._routes)))
            self.problem(
                405, f"{verb} is not for this path", f"it takes {' and '.join(sorted(self._routes))}"
            )
            return
        if self.sent is None:
            self.problem(413, f"the body has more than {LARGEST:,} bytes", "send less")
            return
        try:
            told = await self._met(route, names)
        except MLOpsError as error:
            if error.__cause__ is not None:
                self.log.error("jupyter-mlops: %s", self._request_summary(), exc_info=error.__cause__)
            self.refuse(error)
            return
        self.set_status(route.status)
        self.finish(told)

    async def _met(self, route: Route, names: Mapping[str, str]) -> str:
        desk, who = self._desk, people.acting(self.identity_provider, self.current_user)
        read = functools.partial(self._read, route, names, who)
        call, away = await desk.quick.met(read, PATIENCE)
        threads = desk.quick if not route.asks_store else desk.away if away else desk.store
        return await threads.met(lambda: _told(route, call), PATIENCE)

    def _read(self, route: Route, names: Mapping[str, str], who: Identity) -> tuple[Call, bool]:
        """The call, and whether it may have to wait for a tracking server."""
        desk = self._desk
        given = reading.words(self.request.query_arguments)
        root = desk.places.project_root(reading.project_named(given))
        query = reading.query(route, given)
        sent = self.sent or b"" if route.verb != "GET" else b""
        body = reading.body(route, sent, self.request.headers.get("Content-Type", ""))
        projects, named = desk.projects, reading.named(names)
        away = route.asks_store and projects.at(root).store.is_server
        opened = projects.answering if route.asks_store else projects.at
        return Call(root, desk.places, opened, named, query, body, who, desk.works), away


class Document(Answering):
    """The OpenAPI document."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The document."""
        reading.words(self.request.query_arguments)  # a token is none of them
        self.finish(_document())


class Unknown(Answering):
    """Paths that there are not."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell so."""
        self.problem(
            404, f"there is nothing at {self.request.path[:200]}", "see GET /jupyter-mlops/openapi.json"
        )

    head = post = put = patch = delete = get


@functools.cache
def _document() -> str:
    from jupyter_mlops.server.api.openapi import document

    return json.dumps(document())


def _told(route: Route, call: Call) -> str:
    try:
        return _json(route.call(call))
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _STORES:
            raise
        from jupyter_mlops.tracking.store import plain

        hint = "the log of the Jupyter server tells more"
        raise StoreError(f"the tracking store cannot be asked: {plain(error)[:500]}", hint=hint) from error


def _json(found: Entity | Sequence[Entity]) -> str:
    if not isinstance(found, Entity):
        return "[" + ",".join(map(_json, found)) + "]"
    try:
        return found.model_dump_json()
    except ValueError:  # a name of a file that is no UTF-8: as escapes of JSON
        return json.dumps(found.model_dump(mode="python"), default=str)
