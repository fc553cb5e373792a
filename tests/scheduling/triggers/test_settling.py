"""Each settled change fires exactly once, whatever happens between two looks."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.scheduling.triggers.probed import Look, Memory, Probed
from jupyter_mlops.scheduling.triggers.settling import settle

START = datetime(2026, 1, 1, tzinfo=UTC)
QUIET = 10.0


class Held:
    """A source that holds a text, looked at without a file system: each edit leaves another mark."""

    def __init__(self, name: str) -> None:
        self.name = self.label = name
        self.text: str | None = None
        self.edits = 0
        self.broken = False
        self.fresh = False

    def put(self, text: str | None) -> None:
        self.text, self.edits = text, self.edits + 1

    def look(self, now: datetime) -> Look:
        if self.broken:
            raise Refused(f"{self.name} is out of reach")
        return Look(f"edit {self.edits}", now, fresh=self.fresh, absent=self.text is None)

    def content(self) -> str | None:
        return self.text


class Watch:
    """A trigger that looks at one source, or several, at moments that a test tells."""

    def __init__(self, *sources: Held, quiet: float = QUIET) -> None:
        self.sources = sources
        self.quiet = quiet
        self.now = START
        self.memory: Memory | None = None

    def look(self, after: float = 0.0) -> Probed:
        self.now += timedelta(seconds=after)
        found = settle(self.sources, self.memory, self.now, self.quiet)
        self.memory = json.loads(json.dumps(found.memory))  # as it is kept
        return found

    def fires(self, after: float = 0.0) -> int:
        return len(self.look(after).fired)


def test_what_is_there_at_first_sight_fires_nothing() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    assert [watch.fires(after) for after in (0, 5, 60)] == [0, 0, 0]


def test_what_was_not_there_at_first_sight_fires_when_it_has_come() -> None:
    source = Held("a")
    watch = Watch(source)
    watch.look()
    source.put("one")
    assert [watch.fires(after) for after in (5, 5, 10, 60)] == [0, 0, 1, 0]


def test_a_change_fires_once_when_it_is_as_old_as_the_quiet_period() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    source.put("two")
    assert [watch.fires(after) for after in (1, 9, 1, 1, 60)] == [0, 0, 1, 0, 0]


def test_two_looks_at_one_moment_are_no_quiet_period() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source, quiet=0)
    watch.look()
    source.put("two")
    assert [watch.fires(after) for after in (1, 0, 0.1, 0.1)] == [0, 0, 1, 0]


def test_each_write_begins_the_quiet_period_anew() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    for number in range(5):
        source.put(f"half {number}")
        assert watch.fires(after=9) == 0
    assert [watch.fires(after) for after in (9, 2)] == [0, 1]


def test_content_that_goes_there_and_back_fires_twice_under_two_keys() -> None:
    source = Held("a")
    source.put("A")
    watch = Watch(source)
    watch.look()
    keys = []
    for text in ("B", "A", "B"):
        source.put(text)
        watch.look(1)
        (fired,) = watch.look(11).fired
        keys.append(fired.key)
    assert len(set(keys)) == 3


def test_what_is_rewritten_with_the_same_content_fires_nothing() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    source.put("two")
    source.put("one")
    assert [watch.fires(after) for after in (1, 20, 20)] == [0, 0, 0]


def test_what_is_gone_fires_nothing_and_back_again_only_with_other_content() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    source.put(None)
    assert [watch.fires(after) for after in (1, 20)] == [0, 0]
    source.put("one")
    assert [watch.fires(after) for after in (1, 20)] == [0, 0]
    source.put(None)
    watch.look(1)
    source.put("two")
    assert [watch.fires(after) for after in (1, 20, 20)] == [0, 1, 0]


def test_a_file_that_was_gone_in_between_has_not_been_quiet() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    source.put("two")
    watch.look(1)
    mark = source.edits
    source.put(None)
    watch.look(8)
    source.text, source.edits = "two", mark
    assert [watch.fires(after) for after in (8, 8, 8)] == [0, 0, 1]


def test_sources_that_change_one_after_the_other_fire_together() -> None:
    sources = Held("a"), Held("b")
    for source in sources:
        source.put("one")
    watch = Watch(*sources)
    watch.look()
    sources[0].put("two")
    watch.look(1)
    sources[1].put("two")
    assert [watch.fires(after) for after in (8, 8)] == [0, 0]
    (fired,) = watch.look(8).fired
    assert "a, b" in fired.why
    assert watch.fires(after=60) == 0


def test_a_broken_source_is_told_and_holds_up_no_other() -> None:
    sources = Held("a"), Held("b")
    for source in sources:
        source.put("one")
    watch = Watch(*sources)
    watch.look()
    sources[0].broken = True
    sources[1].put("two")
    first = watch.look(1)
    assert first.problem is not None
    assert "a is out of reach" in first.problem
    assert watch.fires(after=11) == 1
    sources[0].put("two")
    assert watch.fires(after=11) == 0
    sources[0].broken = False
    assert [watch.fires(after) for after in (1, 11, 11)] == [0, 1, 0]


def test_a_source_that_is_broken_at_first_sight_is_first_seen_when_it_is_back() -> None:
    source = Held("a")
    source.put("one")
    source.broken = True
    watch = Watch(source)
    watch.look()
    source.broken = False
    assert [watch.fires(after) for after in (1, 20)] == [0, 0]
    source.put("two")
    assert [watch.fires(after) for after in (1, 20)] == [0, 1]


def test_a_source_that_is_added_to_a_trigger_is_first_seen_then() -> None:
    first, second = Held("a"), Held("b")
    first.put("one")
    second.put("one")
    watch = Watch(first)
    watch.look()
    watch.sources = (first, second)
    assert [watch.fires(after) for after in (1, 20)] == [0, 0]
    second.put("two")
    assert [watch.fires(after) for after in (1, 20)] == [0, 1]


def test_a_file_that_was_touched_just_now_is_read_again_without_another_mark() -> None:
    source = Held("a")
    source.put("one")
    source.fresh = True
    watch = Watch(source)
    watch.look()
    source.text = "two"  # in the same tick of the file system's clock
    source.fresh = False
    assert [watch.fires(after) for after in (1, 11, 11)] == [0, 1, 0]


def test_where_the_clock_is_put_back_the_quiet_period_begins_again() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    source.put("two")
    watch.look(1)
    assert [watch.fires(after) for after in (-3600, 9, 2, 60)] == [0, 0, 1, 0]


def test_a_look_that_finds_nothing_new_leaves_the_very_memory() -> None:
    source = Held("a")
    source.put("one")
    watch = Watch(source)
    watch.look()
    before = watch.memory
    assert settle([source], before, START, QUIET).memory is before


class Edits(RuleBasedStateMachine):
    """Edits, looks, restarts, two schedulers that look with one memory, stores that are away: whenever
    content that differs from what was fired last stays for longer than the quiet period while somebody looks,
    there is one slot more, and never otherwise."""

    @initialize(texts=st.lists(st.sampled_from("ABC"), min_size=1, max_size=2))
    def begin(self, texts: list[str]) -> None:
        self.sources = [Held(f"file {number}") for number, _ in enumerate(texts)]
        for source, text in zip(self.sources, texts, strict=True):
            source.put(text)
        self.fired = {source.name: source.text for source in self.sources}
        self.slots: Counter[str] = Counter()
        self.watch = Watch(*self.sources)
        self._look(0)

    @rule(which=st.integers(0, 1), text=st.sampled_from("ABC"))
    def edit(self, which: int, text: str) -> None:
        self.sources[which % len(self.sources)].put(text)

    @rule(which=st.integers(0, 1))
    def remove(self, which: int) -> None:
        self.sources[which % len(self.sources)].put(None)

    @rule(which=st.integers(0, 1), broken=st.booleans())
    def break_or_mend(self, which: int, broken: bool) -> None:
        self.sources[which % len(self.sources)].broken = broken

    @rule(after=st.sampled_from([0.0, 0.5, 3.0, 9.9, 10.0, 25.0, -40.0]))
    def look(self, after: float) -> None:
        self._look(after)

    @rule(after=st.sampled_from([0.5, 10.0]))
    def two_schedulers_look(self, after: float) -> None:
        memory = self.watch.memory
        self._look(after)
        self.watch.memory = memory
        self._look(0)

    @rule()
    def a_restart_after_a_night(self) -> None:
        self.watch.now += timedelta(hours=8)

    @rule()
    def settles(self) -> None:
        for source in self.sources:
            source.broken = False
        for after in (1.0, 11.0, 11.0):
            self._look(after)
        now = {each.name: self.fired[each.name] if each.text is None else each.text for each in self.sources}
        assert self.fired == now, "what has settled has fired"

    def _look(self, after: float) -> None:
        before = {source.name: source.text for source in self.sources}
        found = self.watch.look(after)
        for fired in found.fired:
            new = fired.key not in self.slots
            self.slots[fired.key] += 1
            if new:
                there = {each.name for each in self.sources if each.text is not None and not each.broken}
                changed = {name: before[name] for name in there if before[name] != self.fired[name]}
                assert changed, "nothing differs from what was fired last"
                self.fired |= changed

    @invariant()
    def keys_are_never_used_again(self) -> None:
        if hasattr(self, "slots"):
            assert max(self.slots.values(), default=1) <= 2  # by two schedulers that looked at once


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("text", ["", "ü", "\x00", "x" * 10_000])
def test_any_name_makes_a_short_key(text: str) -> None:
    source = Held(f"data:{text}")
    source.put("one")
    watch = Watch(source)
    watch.look()
    source.put("two")
    watch.look(1)
    (fired,) = watch.look(20).fired
    assert len(fired.key) < 40
    assert fired.key.isascii()
