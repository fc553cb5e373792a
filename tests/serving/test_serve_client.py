"""Connections to a scoring server that are used again, also where it lets go of them without a word."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tornado.iostream import StreamClosedError

from jupyter_mlops.serving.server.client import Client

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(code: int, text: str) -> bytes:
    """As uvicorn sends it: also where it closes next, it does not say so."""
    return f"HTTP/1.1 {code} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


async def asked(reader: asyncio.StreamReader) -> str:
    """The path of the next request; "" where nobody asks any more."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return ""
    return head.split()[1].decode()


def client_of(talk: Talk, folder: Path, work: Callable[[Client], Awaitable[None]]) -> int:
    """Have the client work with a server that talks so; how many connections there were."""
    ended: list[asyncio.Event] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.Event())
        end = ended[-1]
        await talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        end.set()

    async def run() -> None:
        async with await asyncio.start_unix_server(connected, folder / "s"):
            client = Client(str(folder / "s"), 20.0)
            try:
                await work(client)
            finally:
                client.close()
            for each in ended:
                await asyncio.wait_for(each.wait(), 20)

    asyncio.run(run())
    return len(ended)


def test_a_connection_is_used_again_but_not_after_an_error_of_the_server(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while path := await asked(reader):
            writer.write(answer(int(path[1:]), path))
            if path == "/500":  # closes only once it is asked again, as a busy server seems to
                await asked(reader)
                return

    codes = []

    async def work(client: Client) -> None:
        for path in ("/200", "/400", "/500", "/200", "/200"):
            codes.append((await client.fetch("GET", path)).code)

    assert client_of(talk, tmp_path, work) == 2
    assert codes == [200, 400, 500, 200, 200]


def test_where_a_used_connection_was_let_go_of_a_request_goes_by_a_new_one(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = await asked(reader)
        writer.write(answer(200, path))
        await asked(reader)

    bodies = []

    async def work(client: Client) -> None:
        for path in ("/a", "/b", "/c"):
            bodies.append((await client.fetch("GET", path)).body)

    assert client_of(talk, tmp_path, work) == 3
    assert bodies == [b"/a", b"/b", b"/c"]


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nhalf"])
def test_what_a_new_connection_loses_or_was_half_answered_is_not_asked_again(
    tmp_path: Path, begun: bytes
) -> None:
    paths = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while path := await asked(reader):
            paths.append(path)
            if path == "/lost":
                writer.write(begun)
                return
            writer.write(answer(200, path))

    async def work(client: Client) -> None:
        if begun:
            await client.fetch("GET", "/well")
        with pytest.raises(StreamClosedError):
            await client.fetch("GET", "/lost")

    assert client_of(talk, tmp_path, work) == 1
    assert paths == ["/well", "/lost"] if begun else ["/lost"]
