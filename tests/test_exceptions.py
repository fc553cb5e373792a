"""Errors: one line, one mend, one exit code, one HTTP status."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops import exceptions
from jupyter_mlops.exceptions import CheckFailed, MLOpsError, NotFound, Refused, StoreError, did_you_mean

KINDS = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass) if issubclass(kind, MLOpsError)]


@settings(deadline=None)
@given(st.text())
def test_the_message_is_one_line(text: str) -> None:
    message = str(MLOpsError(text))
    assert len(message.splitlines()) <= 1
    assert message.split() == text.split()


def test_the_hint_is_kept_apart() -> None:
    assert MLOpsError("broken", hint="mend it").hint == "mend it"
    assert str(MLOpsError("broken", hint="mend it")) == "broken"
    assert MLOpsError("broken").hint is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_says_what_it_is_and_how_it_ends(kind: type[MLOpsError]) -> None:
    assert kind.__doc__
    assert kind.exit_code in {2, 3, 4, 130}
    assert 400 <= kind.http_status < 600
    assert (kind.exit_code == 2) == issubclass(kind, Refused)


def test_exit_codes_and_statuses() -> None:
    codes = {
        kind: (kind.exit_code, kind.http_status)
        for kind in (MLOpsError, Refused, NotFound, StoreError, CheckFailed)
    }
    assert list(codes.values()) == [(4, 500), (2, 400), (2, 404), (2, 503), (3, 409)]


def test_did_you_mean_names_the_closest_or_all() -> None:
    assert did_you_mean("acuracy", ["f1", "accuracy"]) == "did you mean 'accuracy'?"
    assert did_you_mean("zzz", ["b", "a"]) == "there are: a, b"
    assert did_you_mean("zzz", []) == "there are none"
    many = [f"name{number:05}" for number in range(10_000)]
    assert did_you_mean("zzz", many).endswith("name00049 and 9950 more")


@settings(deadline=None)
@given(st.text(), st.lists(st.text()))
def test_did_you_mean_always_answers(name: str, known: list[str]) -> None:
    assert did_you_mean(name, known)
