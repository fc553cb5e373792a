"""Secrets are taken out of text, however they are spelt and wherever a stream is cut."""

from __future__ import annotations

import html
import itertools
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.notebooks.redaction import Redactor

SECRET = 'p"ss & <w>\n\\ örd'


@pytest.mark.parametrize(
    "spelt",
    [
        SECRET,
        repr(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        html.escape(SECRET),
        quote(SECRET),
        quote(SECRET, safe=""),
    ],
)
def test_every_usual_spelling_is_found(spelt: str) -> None:
    text = Redactor({"token": SECRET})(f"before {spelt} after")
    assert "[secret token]" in text
    assert "rd" not in text.replace("[secret token]", "")
    assert text.startswith("before")
    assert text.endswith("after")


def test_the_longer_of_two_secrets_is_taken_first_and_an_empty_one_is_none() -> None:
    redact = Redactor({"a": "abc", "b": "abcdef", "none": ""})
    assert redact("abcdef abc") == "[secret b] [secret a]"
    assert Redactor({"none": ""})("text") == "text"
    assert Redactor({})("text") == "text"


def test_the_lines_of_a_key_file_are_secret_one_by_one() -> None:
    redact = Redactor({"key": "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n"})
    assert "MIIEvQ" not in redact("  MIIEvQIBADANBg  ")


@given(
    st.lists(st.text("ab", min_size=2, max_size=5), min_size=1, max_size=3),
    st.text("abc", max_size=40),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_a_stream_in_pieces_shows_no_secret(secrets: list[str], text: str, cuts: list[int]) -> None:
    redactor = Redactor({f"S{number}": secret for number, secret in enumerate(secrets)})
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    shown = "".join(redactor.feed("s", text[a:b]) for a, b in itertools.pairwise(places))
    shown += redactor.finish("s")
    assert redactor.finish("s") == ""
    rest = "|".join(part for part in shown.replace("]", "[").split("[") if not part.startswith("secret "))
    assert not any(secret in rest for secret in secrets)
    if not any(secret in text for secret in secrets):
        assert shown == text


def test_streams_do_not_mix() -> None:
    redactor = Redactor({"t": "secret"})
    assert redactor.feed("out", "sec") + redactor.feed("err", "ret") == "ret"
    assert redactor.finish("out") == "sec"
