"""One request: who asks, of which project, with which words; what comes back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_mlops.entities import Entity, Identity
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.server.api.hub import hub_of
from jupyter_mlops.server.api.route import BASE, Call, Route
from jupyter_mlops.server.api.works import Works

_NAME = re.compile(r"\{(\w+)\}")


def serve(server: Any) -> None:
    """Answer requests at a Jupyter server (``jupyter_server.serverapp.ServerApp``)."""
    from jupyter_mlops.server.api.table import ROUTES

    base = server.web_app.settings["base_url"]
    works = Works(server.log, hub_of(server).publish)
    served = Path(server.root_dir).expanduser()
    paths: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.verb] = route
    handlers = [
        (
            url_path_join(base, BASE, _NAME.sub(r"(?P<\1>[^/]+)", path)),
            Handler,
            {"routes": routes, "served": served, "works": works},
        )
        for path, routes in paths.items()
    ]
    server.web_app.add_handlers(".*$", handlers)


class Handler(APIHandler):
    """Answers the verbs of one path."""

    auth_resource = "jupyter_mlops"

    def initialize(self, routes: Mapping[str, Route], served: Path, works: Works) -> None:
        """What the server tells once."""
        self._routes, self._served, self._works = routes, served, works

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

    async def _answer(self, verb: str, names: Mapping[str, str]) -> None:
        route = self._routes.get(verb)
        if route is None:
            raise web.HTTPError(405)
        try:
            found = await asyncio.to_thread(self._called, route, names)
        except MLOpsError as error:
            self.set_status(error.http_status)
            wrong = getattr(error, "wrong", {})
            self.finish(json.dumps({"message": str(error), "hint": error.hint or "", "wrong": wrong}))
            return
        self.set_status(route.status)
        self.finish(_json(found))

    def _called(self, route: Route, names: Mapping[str, str]) -> Entity | Sequence[Entity]:
        from pydantic import ValidationError

        from jupyter_mlops.project import Project

        try:
            words = {
                name: [value.decode() for value in values] for name, values in self.request.arguments.items()
            }
            words.pop("project", None)
            query = route.query.model_validate(
                {name: values if len(values) > 1 else values[0] for name, values in words.items()}
            )
            body = route.body.model_validate_json(self.request.body or b"{}") if route.body else None
        except ValidationError as error:
            raise Refused(f"the request will not do: {error.errors()[0]['msg']}", hint="mend it") from None
        who = Identity(name="", source="")
        return route.call(Call(Project(self._served), self._served, names, query, body, who, self._works))


def _json(found: Entity | Sequence[Entity]) -> str:
    if isinstance(found, Entity):
        return found.model_dump_json()
    return "[" + ",".join(entity.model_dump_json() for entity in found) + "]"
