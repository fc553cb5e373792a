"""What waits for one who listens."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.entities.panels import Change, RunProgress, Topic, Work, WorkState
from jupyter_mlops.server.api.hub import PACE, Hub

HERE, ELSEWHERE = Path("here"), Path("elsewhere")


def _work(identifier: str, state: WorkState = WorkState.RUNNING) -> Work:
    return Work(id=identifier, verb="run", state=state, began=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_slow_listener_is_told_each_topic_once_the_newest_progress_and_the_end_of_each_work() -> None:
    async def listen() -> list[Change | None]:
        hub = Hub()
        listener = hub.subscribe(HERE)
        for done in range(1000):
            hub.publish(Change(topics=(Topic.RUNS,), progress=(RunProgress(run_id="a", done=done),)), HERE)
        hub.publish(Change(topics=(Topic.MODELS,), problem="away"), HERE)
        hub.publish(Change(topics=(Topic.DATA,)), ELSEWHERE)
        for identifier in ("one", "two"):
            hub.publish(Change(work=_work(identifier)), HERE)
        hub.publish(Change(work=_work("one", WorkState.DONE)), HERE)
        heard = []
        async for change in listener.changes(0.05):
            heard.append(change)
            if change is None:
                listener.close()
        assert hub.listeners() == 0
        return heard

    works, rest = [], []
    for change in asyncio.run(listen()):
        (works if change is not None and change.work else rest).append(change)
    assert {change.work.id: change.work.state.value for change in works if change and change.work} == {
        "one": "done",
        "two": "running",
    }
    told = Change(
        topics=(Topic.RUNS, Topic.MODELS), progress=(RunProgress(run_id="a", done=999),), problem="away"
    )
    assert rest == [told, None]


def test_a_topic_that_changes_all_the_time_is_told_at_most_twice_a_second_and_in_the_end() -> None:
    async def listen() -> tuple[int, float]:
        hub = Hub()
        listener = hub.subscribe(HERE)
        over = threading.Event()

        def publish() -> None:
            for _ in range(30):
                hub.publish(Change(topics=(Topic.RUNS,)), HERE)
                over.wait(0.02)
            over.set()

        thread = threading.Thread(target=publish)
        thread.start()
        loop = asyncio.get_running_loop()
        began, times = loop.time(), 0
        async for change in listener.changes(1.0):
            if change is None:
                listener.close()
            else:
                times += 1
        thread.join()
        return times, loop.time() - began

    times, seconds = asyncio.run(listen())
    assert 2 <= times <= seconds / PACE + 1


def test_more_works_than_a_listener_takes_do_not_pile_up() -> None:
    async def listen() -> list[str]:
        hub = Hub()
        listener = hub.subscribe(HERE)
        for number in range(500):
            hub.publish(Change(work=_work(str(number))), HERE)
        heard = []
        async for change in listener.changes(0.01):
            if change is None:
                listener.close()
            elif change.work is not None:
                heard.append(change.work.id)
        return heard

    assert asyncio.run(listen()) == [str(number) for number in range(400, 500)]
