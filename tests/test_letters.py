"""Letters that would steer whatever shows them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.letters import harmless, without_credentials, without_passwords


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


@pytest.mark.parametrize(
    ("text", "shown", "for_all"),
    [
        ("of http://ada:pw@h:1/x", "of http://ada:***@h:1/x", "of http://***@h:1/x"),
        ("http://ada:se/k@r?t@h", "http://ada:***@h", "http://***@h"),
        ("https://key@h?token=t&a=b", "https://key@h?token=***&a=b", "https://***@h?token=***&a=b"),
        ("http://h:8080/data@2", "http://h:8080/data@2", "http://h:8080/data@2"),
        ("http://[::1]:80/@a", "http://[::1]:80/@a", "http://[::1]:80/@a"),
        ("s3://b/a@b, ada@h", "s3://b/a@b, ada@h", "s3://b/a@b, ada@h"),
    ],
)
def test_no_password_and_no_key_is_shown(text: str, shown: str, for_all: str) -> None:
    assert without_passwords(text) == shown
    assert without_credentials(text) == for_all
