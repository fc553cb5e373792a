"""Slow sources hold up no tick, and one that does not answer no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.scheduling.triggers import background
from jupyter_mlops.scheduling.triggers.background import AT_ONCE, Background, Paced
from jupyter_mlops.scheduling.triggers.probed import Look
from tests import waiting

NOW = datetime(2026, 1, 1, tzinfo=UTC)
until = partial(waiting.until, seconds=30)


class Slow:
    """A source that answers when the test lets it."""

    def __init__(self, name: str = "a") -> None:
        self.name = self.label = name
        self.bytes = 0
        self.answers = threading.Event()
        self.looks = 0

    def look(self, now: datetime) -> Look:
        self.looks += 1
        self.answers.wait(60)
        return Look(f"look {self.looks}", now)

    def content(self) -> str | None:
        self.answers.wait(60)
        return "content"


@pytest.fixture
def slow() -> Iterator[Callable[[], Slow]]:
    made: list[Slow] = []

    def make() -> Slow:
        made.append(Slow(f"source {len(made)}"))
        return made[-1]

    yield make
    for source in made:
        source.answers.set()


def test_a_slow_source_is_told_of_as_it_was_when_last_looked_at(slow: Callable[[], Slow]) -> None:
    source = slow()
    paced = Paced(source, Background(), lambda: 0.0, slow=True)
    assert paced.look(NOW) is None
    source.answers.set()
    until(lambda: paced.look(NOW) is not None)
    assert paced.look(NOW) == Look("look 1", NOW)
    assert source.looks == 1  # not again before its time


def test_it_is_looked_at_again_when_its_time_has_come(
    slow: Callable[[], Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "EVERY", 0.0)
    source = slow()
    source.answers.set()
    paced = Paced(source, Background(), lambda: 30.0, slow=True)
    assert paced.look(NOW) == Look("look 1", NOW)
    until(lambda: (found := paced.look(NOW)) is not None and found.mark != "look 1")


def test_a_source_that_does_not_answer_is_told_and_not_asked_again(
    slow: Callable[[], Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LIMIT", 0.05)
    monkeypatch.setattr(background, "EVERY", 0.0)
    source = slow()
    paced = Paced(source, Background(), lambda: 0.0, slow=True)
    until(lambda: (found := paced.look(NOW)) is not None and found.problem is not None)
    assert source.looks == 1
    source.answers.set()
    until(lambda: (found := paced.look(NOW)) is not None and found.problem is None)


def test_sources_that_do_not_answer_hold_up_no_other(
    slow: Callable[[], Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LIMIT", 0.05)
    threads = Background()
    hanging = [Paced(slow(), threads, lambda: 0.0, slow=True) for _ in range(3 * AT_ONCE)]
    for paced in hanging:
        paced.look(NOW)
    source = slow()
    source.answers.set()
    good = Paced(source, threads, lambda: 0.0, slow=True)

    def looked() -> bool:
        for paced in hanging:
            paced.look(NOW)
        return good.look(NOW) is not None

    until(looked)


def test_a_look_that_takes_long_is_made_in_the_background_from_then_on(
    slow: Callable[[], Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SLOW", -1.0)  # all take longer than that
    source = slow()
    source.answers.set()
    paced = Paced(source, Background(), lambda: 0.0)
    assert paced.look(NOW) == Look("look 1", NOW)
    source.answers.clear()
    assert paced.look(NOW) == Look("look 1", NOW)  # at once


def test_large_content_is_read_in_the_background(slow: Callable[[], Slow]) -> None:
    source = slow()
    source.bytes = 1 << 40
    paced = Paced(source, Background(), lambda: 0.0)
    assert paced.content() is None
    source.answers.set()
    until(lambda: paced.content() == "content")


@pytest.mark.parametrize(
    ("error", "said"), [(Refused("no", hint="mend"), "no (mend)"), (ValueError("http://a:b@c"), "ValueError")]
)
def test_what_a_look_raises_is_told(error: Exception, said: str) -> None:
    class Broken(Slow):
        def look(self, now: datetime) -> Look:
            raise error

    found = Paced(Broken(), Background(), lambda: 30.0, slow=True).look(NOW)
    assert found is not None
    assert found.problem is not None
    assert said in found.problem
    assert "a:b" not in found.problem


def test_threads_end_when_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_IDLE", 0.05)
    threads = Background()
    task = threads.start(lambda: threading.current_thread())
    task.wait(30)
    thread = task.result()
    assert thread is not None
    until(lambda: not thread.is_alive())
    assert threads.start(lambda: 1) is not None
