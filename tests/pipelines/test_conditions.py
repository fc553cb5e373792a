"""`when:` is read, never run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.pipelines.conditions import Condition

STEPS = {"prepare": {"rows": 120.0, "val/loss": 0.25, "kind": "l2", "on": True}, "train": {"accuracy": 0.9}}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("prepare.rows > 100", True),
        ("prepare.rows > 100 and train.accuracy >= 0.95", False),
        ("prepare.rows > 1000 or train.accuracy >= 0.5", True),
        ("not train.accuracy < 0.5", True),
        ('prepare["val/loss"] < 0.3', True),
        ("prepare.kind == 'l2'", True),
        ("prepare.kind in ['l1', 'l2']", True),
        ("prepare.kind not in ('l1', 'elastic')", True),
        ("0.5 < train.accuracy <= 0.9", True),
        ("train.accuracy - prepare['val/loss'] > 0.6", True),
        ("prepare.rows / 2 * 2 == 120", True),
        ("-train.accuracy < 0", True),
        ("prepare.on", True),
        ("prepare.on and weekly", False),
        ("size >= 10", True),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    assert Condition(text).holds(STEPS, {"weekly": False, "size": 10}) is holds


def test_what_it_is_about() -> None:
    found = Condition("prepare.rows > limit and train['a b'] < 1")
    assert found.steps == {"prepare", "train"}
    assert found.names == {"limit"}


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "prepare.rows.real > 1",
        "(lambda: 1)()",
        "[x for x in (1,)]",
        "prepare.rows ** 9999",
        "f'{prepare}'",
        "prepare[0] > 1",
        "{'a': 1}",
        "x := 1",
        "",
        "prepare.rows >",
        "a\nb",
        "(" * 500,
        "1 if 1 else 2",
        "prepare.rows > 1" + " and 1" * 1000,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        Condition(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prepare.raws > 1", "step prepare has no metric or parameter 'raws'"),
        ("prepare.kind > 1", "cannot be told"),
        ("prepare.rows / 0 > 1", "cannot be told"),
        ("prepare.rows in 3", "cannot be told"),
    ],
)
def test_what_cannot_be_told(text: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        Condition(text).holds(STEPS, {})


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[a-z.'\[\]()<>=!*+ 0-9-]{0,40}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        condition = Condition(text)
        names = dict.fromkeys(condition.names, 1)
        condition.holds({step: {} for step in condition.steps}, names)
    except Refused:
        pass
