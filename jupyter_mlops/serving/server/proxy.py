"""What answers on the port: passes requests on to the scoring server of the version that answers now."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest, split_host_and_port
from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler, stream_request_body

from jupyter_mlops.serving.server.client import LOST, Answer
from jupyter_mlops.serving.server.following import Follower
from jupyter_mlops.serving.server.rows import Exchange
from jupyter_mlops.serving.server.scoring import ScoringServer

LARGEST = 100_000_000  # bytes of a request
RETRY_AFTER = 2  # seconds
_ANY = 1 << 62  # bytes: the limit is held here, where it can be told


@dataclass
class Desk:
    """What all requests share. `record` is given a `share` of what was answered, and must not take time;
    `about` says what `GET /` tells besides. `exposed` lets requests name any host."""

    follower: Follower
    about: Callable[[], Mapping[str, Any]]
    record: Callable[[Exchange], None] | None = None
    share: float = 1.0
    exposed: bool = False
    requests: int = 0
    open: int = 0  # requests that are not answered yet


def make_server(desk: Desk) -> HTTPServer:
    """The HTTP server, not listening yet."""
    routes = [
        ("/", _Status, {"desk": desk}),
        ("/invocations", _Invocations, {"desk": desk}),
        ("/(?:ping|health|version)", _Passed, {"desk": desk}),
    ]
    application = Application(
        routes,
        default_handler_class=_Unknown,
        default_handler_args={"desk": desk},
        log_function=lambda handler: None,
    )
    return HTTPServer(application, max_body_size=_ANY, idle_connection_timeout=300)


class _Handler(RequestHandler):
    """Every answer but the model's own is JSON in MLflow's form; no page of another origin may read any."""

    desk: Desk

    def initialize(self, desk: Desk) -> None:
        self.desk = desk

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> str | None:
        return None

    def prepare(self) -> None:
        if not self.desk.exposed and not _is_local(self.request):
            self.refuse(HTTPStatus.FORBIDDEN, "this server is asked as localhost only")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.refuse(HTTPStatus(status_code), HTTPStatus(status_code).phrase)

    def refuse(self, status: HTTPStatus, message: str) -> None:
        """Answer with an error, which is no version's."""
        self.set_status(status)
        self.clear_header("X-Model-Version")
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            self.set_header("Retry-After", str(RETRY_AFTER))
        self.finish(json.dumps({"error_code": status.name, "message": message}) + "\n")

    async def pass_on(self, body: bytes | None = None, kind: str = "") -> tuple[Answer, ScoringServer] | None:
        """Pass the request on, and its answer back, which is that server's; None where there was none."""
        server = self.desk.follower.current
        if server is None:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "the model is being started: try again")
            return None
        assert self.request.method is not None
        self.set_header("X-Model-Version", server.version)
        accept = self.request.headers.get("Accept", "")
        with server.taken():
            try:
                answer = await server.fetch(self.request.method, self.request.path, body, kind, accept)
            except TimeoutError:
                self.refuse(HTTPStatus.GATEWAY_TIMEOUT, "the model took too long to answer")
                return None
            except LOST:
                message = f"{server.label} ended before it answered: try again"
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, message)
                return None
        self.set_status(answer.code)
        self.set_header("Content-Type", answer.kind)
        with contextlib.suppress(StreamClosedError):  # the client has gone
            await self.finish(answer.body)
        return answer, server


class _Status(_Handler):
    def get(self) -> None:
        if self.desk.follower.current is not None:
            self.set_header("X-Model-Version", self.desk.follower.current.version)
        self.finish(json.dumps(self.desk.about()) + "\n")


class _Passed(_Handler):
    async def get(self) -> None:
        await self.pass_on()


@stream_request_body
class _Invocations(_Handler):
    def initialize(self, desk: Desk) -> None:
        super().initialize(desk)
        self._parts: list[bytes] = []
        self._size = 0

    def prepare(self) -> None:
        super().prepare()
        length = self.request.headers.get("Content-Length", "")
        if self._finished:
            return
        if self.request.method != "POST":
            self.set_header("Allow", "POST")
            self.refuse(HTTPStatus.METHOD_NOT_ALLOWED, "requests are sent to it by POST")
        elif length.isdecimal() and int(length) > LARGEST:
            self._refuse_size()
        elif not self.request.headers.get("Content-Type"):  # MLflow's server would stumble
            message = "say what it is, such as Content-Type: application/json, or text/csv"
            self.refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)

    def data_received(self, chunk: bytes) -> None:
        if self._finished:
            return
        self._size += len(chunk)
        self._parts.append(chunk)
        if self._size > LARGEST:
            self._parts.clear()
            self._refuse_size()

    async def post(self) -> None:
        body, when = b"".join(self._parts), datetime.now(UTC)
        self._parts.clear()
        self.desk.requests += 1
        self.desk.open += 1
        try:
            kind = self.request.headers["Content-Type"]
            passed = await self.pass_on(body, kind)
        finally:
            self.desk.open -= 1
        if self.desk.record is None or passed is None or random.random() >= self.desk.share:
            return
        answer, server = passed
        if answer.code == HTTPStatus.OK:
            self.desk.record(Exchange(when, server.label, kind, body, answer.body, server.about.inputs))

    def _refuse_size(self) -> None:
        self.set_header("Connection", "close")
        message = f"a request has at most {LARGEST // 1_000_000} MB"
        self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


class _Unknown(_Handler):
    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self.refuse(HTTPStatus.NOT_FOUND, "there are /invocations, /ping, /health, /version and /")


def _is_local(request: HTTPServerRequest) -> bool:
    """Its Host is this machine, by whichever of its addresses; a page elsewhere whose name was made to mean
    127.0.0.1 is kept out."""
    return is_loopback(split_host_and_port(request.host)[0])


def is_loopback(host: str) -> bool:
    """Only this machine can reach it."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
