"""Requests are met by so many threads, and nobody waits without end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from jupyter_mlops.exceptions import Busy
from jupyter_mlops.server.api.threads import Threads, TooSlow


def test_no_more_threads_are_made_than_are_needed_and_none_beyond_the_most() -> None:
    threads = Threads("some", 3)
    for _ in range(20):
        assert threads.submit(threading.current_thread).result(30).name == "some-1"
    together = threading.Barrier(3)
    futures = [threads.submit(together.wait) for _ in range(3)]
    assert sorted(future.result(30) for future in futures) == [0, 1, 2]
    hold = threading.Event()
    futures = [threads.submit(hold.wait) for _ in range(9)]
    hold.set()
    assert all(future.result(30) for future in futures)
    names = {thread.name for thread in threading.enumerate() if thread.name.startswith("some-")}
    assert names == {"some-1", "some-2", "some-3"}


def test_who_waits_too_long_is_told_so_and_what_was_not_begun_never_is() -> None:
    threads, hold, begun = Threads("slow", 1), threading.Event(), list[int]()

    async def ask() -> None:
        with pytest.raises(TooSlow) as slow:
            await threads.met(hold.wait, 0.05)
        assert slow.value.http_status == 504
        with pytest.raises(TooSlow):
            await threads.met(lambda: begun.append(1), 0.05)
        hold.set()
        assert await threads.met(lambda: 2, 30) == 2

    asyncio.run(ask())
    assert begun == []


def test_a_line_that_is_full_is_told_at_once() -> None:
    threads, hold = Threads("full", 1, waiting=2), threading.Event()
    running = threads.submit(hold.wait)
    while not running.running():
        pass
    waiting = [threads.submit(int) for _ in range(2)]
    with pytest.raises(Busy):
        threads.submit(int)
    hold.set()
    assert [future.result(30) for future in waiting] == [0, 0]


def test_an_error_is_that_of_who_asked() -> None:
    async def ask() -> None:
        threads = Threads("bad", 1)
        with pytest.raises(ZeroDivisionError):
            await threads.met(lambda: 1 // 0, 30)
        assert await threads.met(lambda: 1, 30) == 1

    asyncio.run(ask())
