"""Who acts, and what vouches for it."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import Identity
from jupyter_mlops.provenance import user
from jupyter_mlops.provenance.identity import ACTING, account, act_for, acting, identity, person


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)


def test_the_account_is_not_taken_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    assert str(identity()) == f"{pwd.getpwuid(os.getuid()).pw_name} (system)"


def test_a_service_names_whom_it_lets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert identity().source == "system"  # a name alone is no service
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    assert str(identity()) == "ada (jupyterhub)"


@pytest.mark.parametrize(
    ("set_to", "told"),
    [(" ada\n", "ada"), ("a\u200bda\x1b", "ada"), ("Ada  \t Lovelace", "Ada Lovelace"), ("\u200b \n", "")],
)
def test_a_name_has_only_letters_that_are_seen(
    monkeypatch: pytest.MonkeyPatch, set_to: str, told: str
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", set_to)
    found = identity()
    assert (found.name, found.source) == ((told, "jupyterhub") if told else (account(), "system"))


def test_a_process_acts_for_whom_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACTING, "")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    act_for(Identity(name="bob\n", source="jupyter"))
    assert (str(identity()), user()) == ("bob (jupyter)", "bob")
    words = [
        sys.executable,
        "-c",
        "from jupyter_mlops.provenance.identity import identity; print(identity())",
    ]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "bob (jupyter)\n"
    act_for(Identity(name=" \u200b", source="jupyter"))
    assert str(identity()) == "ada (jupyterhub)"
    assert ACTING not in os.environ


@pytest.mark.parametrize("told", ["bob", "{}", '{"name": "", "source": "jupyter"}', '{"name": 1}', "[]"])
def test_what_names_nobody_to_act_for_counts_for_nothing(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv(ACTING, told)
    assert (acting(), identity().source) == (None, "system")


@given(
    st.text(),
    st.sampled_from(["\u200b", "\u202e", "\x07", "\ufeff", "\u3164", "\U000e0100"]),
    st.integers(0, 20),
)
def test_what_is_not_seen_makes_no_other_person(name: str, unseen: str, place: int) -> None:
    same = person(name)
    assert person(same) == same
    assert person(f" {name[:place]}{unseen}{name[place:]}\n") == same


def test_people_are_told_apart_by_what_is_seen_of_their_names() -> None:
    assert person("ADA") == person("ada") == person("\uff21da ") == "ada"
    assert person("Stra\u00dfe") == person("STRASSE")
    assert len({person(name) for name in ("ada", "ad a", "ad\u00e1", "ada.")}) == 4
