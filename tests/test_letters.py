"""Letters that would steer whatever shows them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.letters import harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("churn@2", "churn@2"),
        ("größer, 大きい", "größer, 大きい"),
        ("a\x1b[31mred", "a\ufffd[31mred"),
        ("a\u202eb\nc\ud800", "a\ufffdb\ufffdc\ufffd"),
    ],
)
def test_what_steers_is_replaced(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_ends_of_lines_may_stay() -> None:
    assert harmless("a\nb\r", keep="\n") == "a\nb\ufffd"


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    shown = harmless(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(letter).startswith("C") for letter in shown)
