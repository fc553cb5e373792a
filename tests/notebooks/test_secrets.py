"""Secrets: a reference is told from text, read where it should be, refused in one line where it cannot."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import Secret
from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.secrets import (
    SECRETS_VARIABLE,
    known_secrets,
    literal_text,
    parse_secret,
    read_secret,
    secret_source,
)


@pytest.mark.parametrize("text", ["", "env", "file", "ENV:A", " env:A", "environment", "text:env:A", "a:b"])
def test_other_text_is_no_reference(text: str) -> None:
    assert parse_secret(text) is None


def test_a_file_is_kept_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert parse_secret("file:a/../b") == Secret(reference=f"file:{tmp_path / 'b'}")
    assert parse_secret("file:/a b") == Secret(reference="file:/a b")
    assert parse_secret("file:~/token") == Secret(reference="file:/home/someone/token")


@pytest.mark.parametrize("text", ["env:", "env:A B", "env:A=B", "env:1A", "env:A\n", "file:", "file:a\0b"])
def test_a_reference_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="names no") as caught:
        parse_secret(text)
    assert "\n" not in str(caught.value)
    assert "text:" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("text:env:A", "env:A"),
        ("text:file:a", "file:a"),
        ("text:text:env:A", "text:env:A"),
        ("text:a", "text:a"),
        ("text:", "text:"),
        ("a text:env:A", "a text:env:A"),
    ],
)
def test_text_that_begins_like_a_reference_can_be_written(text: str, meant: str) -> None:
    assert literal_text(text) == meant
    assert literal_text(f"text:{meant}") == meant or not meant.startswith(("env:", "file:", "text:"))


@given(st.sampled_from(["env:", "file:", "text:", ""]), st.text())
def test_any_text_can_be_written_by_the_prefix(prefix: str, rest: str) -> None:
    text = prefix + rest
    spelt = f"text:{text}" if text.startswith(("env:", "file:", "text:")) else text
    assert parse_secret(spelt) is None
    assert literal_text(spelt) == text


@pytest.mark.parametrize(
    ("held", "secret"),
    [
        (b"a\n", "a"),
        (b"a\r\n", "a"),
        (b"a\n\n", "a\n"),
        (b"\n", ""),
        (b"", ""),
        ("é\r\nb".encode(), "é\r\nb"),
    ],
)
def test_a_file_is_read_here_and_by_its_source_alike(held: bytes, secret: str, tmp_path: Path) -> None:
    path = tmp_path / 'it\'s a "token"\\'
    path.write_bytes(held)
    reference = Secret(reference=f"file:{path}")
    assert read_secret(reference) == secret
    assert eval(secret_source(reference), {}) == secret


def test_a_variable_is_read_here_and_by_its_source_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "s3cret\n")
    reference = Secret(reference="env:API_TOKEN")
    assert read_secret(reference) == eval(secret_source(reference), {}) == "s3cret\n"


def test_what_cannot_be_read_is_named_but_never_quoted(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"s3cret\xff")
    for reference, named in (
        ("env:NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE"),
        (f"file:{tmp_path / 'missing'}", "missing"),
        (f"file:{tmp_path}", str(tmp_path)),
        (f"file:{binary}", "binary"),
    ):
        with pytest.raises(ParameterError, match=named) as caught:
            read_secret(Secret(reference=reference))
        assert "\n" not in str(caught.value)
        assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
        assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locked").touch(mode=0)
    with pytest.raises(ParameterError, match="locked"):
        read_secret(Secret(reference=f"file:{tmp_path / 'locked'}"))


@pytest.mark.parametrize("told", ["", "[]", "not json", "1"])
def test_a_variable_of_somebody_else_tells_of_no_secret(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRETS_VARIABLE, told)
    assert known_secrets() == {}


def test_a_kernel_knows_the_secrets_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRETS_VARIABLE, json.dumps({"token": "env:API_TOKEN"}))
    assert known_secrets() == {"token": Secret(reference="env:API_TOKEN")}
