"""HTTP over a Unix socket, by connections that are used again: a new one for each request costs its server a
third more."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError

# what a request raises that is not answered; a TimeoutError, which is an OSError, where that took too long
LOST = (OSError, StreamClosedError, HTTPInputError)
_AT_ONCE = 256  # requests that are with the server; more wait here
_LARGEST_ANSWER = 1 << 30  # bytes
_PARAMETERS = HTTP1ConnectionParameters(max_body_size=_LARGEST_ANSWER, chunk_size=1 << 20)


@dataclass(frozen=True)
class Answer:
    """A status, the kind of the body, the body."""

    code: int
    kind: str
    body: bytes


class Client:
    """Asks the server at the socket `path`, in one event loop; an answer may take so many `seconds`."""

    def __init__(self, path: str, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._idle: list[IOStream] = []
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def fetch(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", accept: str = ""
    ) -> Answer:
        """The server's answer, whatever the status.

        Raises:
            OSError, StreamClosedError, HTTPInputError: there is none; see `LOST`.
        """
        headers = HTTPHeaders({"Host": "localhost"})
        if body is not None:
            headers["Content-Length"] = str(len(body))
        if kind:
            headers["Content-Type"] = kind
        if accept:
            headers["Accept"] = accept
        line = RequestStartLine(method, path, "HTTP/1.1")
        async with self._room, asyncio.timeout(self._seconds):
            used = self._used()
            if used is not None:
                with contextlib.suppress(_NotBegun):  # the server had let go of it
                    return await self._ask(used, line, headers, body)
            return await self._ask(await self._connected(), line, headers, body)

    def close(self) -> None:
        """Let all connections go that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    async def _ask(
        self, stream: IOStream, line: RequestStartLine, headers: HTTPHeaders, body: bytes | None
    ) -> Answer:
        try:
            answer, again = await _ask(stream, line, headers, body)
        except BaseException:
            stream.close()
            raise
        # after an error of its own the server closes, and does not say so
        if again and answer.code < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._idle.append(stream)
        else:
            stream.close()
        return answer

    def _used(self) -> IOStream | None:
        """A connection that was used before, and is open as far as is known."""
        while self._idle:
            stream = self._idle.pop()
            if not stream.closed():
                return stream
        return None

    async def _connected(self) -> IOStream:
        stream = IOStream(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), max_buffer_size=_LARGEST_ANSWER)
        try:
            await stream.connect(self._path)
        except BaseException:
            stream.close()
            raise
        return stream


async def _ask(
    stream: IOStream, line: RequestStartLine, headers: HTTPHeaders, body: bytes | None
) -> tuple[Answer, bool]:
    """The answer, and whether the connection can be used again."""
    connection = HTTP1Connection(stream, True, _PARAMETERS)
    written = connection.write_headers(line, headers, body)
    connection.finish()
    collected = _Collected()
    with contextlib.suppress(StreamClosedError):  # it may have been answered nevertheless
        await written
    again = False
    try:
        again = await connection.read_response(collected)
    except StreamClosedError:
        if collected.begun:
            raise
    if not collected.whole:
        raise StreamClosedError(stream.error) if collected.begun else _NotBegun(stream.error)
    return collected.answer(), again and not stream.closed() and collected.keep


class _NotBegun(StreamClosedError):
    """The connection was closed before any of the answer came."""


class _Collected(HTTPMessageDelegate):
    """An answer as it comes."""

    def __init__(self) -> None:
        self.begun = False
        self.whole = False
        self.keep = True
        self._code = 0
        self._kind = ""
        self._parts: list[bytes] = []

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, ResponseStartLine)
        self.begun = True
        self._code = start_line.code
        self._kind = headers.get("Content-Type", "application/json")
        self.keep = headers.get("Connection", "").lower() != "close"
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._parts.append(chunk)
        return None

    def finish(self) -> None:
        self.whole = True

    def answer(self) -> Answer:
        """All of it."""
        return Answer(self._code, self._kind, b"".join(self._parts))
