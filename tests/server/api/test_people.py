"""Who acts is whom the server's identity provider knows, where that knows people."""

from __future__ import annotations

import pytest
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider, User

from jupyter_mlops.entities import Identity
from jupyter_mlops.provenance.identity import identity
from jupyter_mlops.server.api.people import acting


class Known(IdentityProvider):
    """A provider of an institution's own."""


def test_jupyters_own_providers_know_that_somebody_may_but_not_who() -> None:
    for provider in (IdentityProvider(), PasswordIdentityProvider()):
        assert acting(provider, User("ada")) == identity()


def test_another_provider_knows_people(monkeypatch: pytest.MonkeyPatch) -> None:
    assert acting(Known(), User("ada", name="Anonymous Carpo")) == Identity(name="ada", source="jupyter")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/eve/")
    monkeypatch.setenv("JUPYTERHUB_USER", "eve")
    assert acting(Known(), User("ada")) == Identity(name="ada", source="jupyterhub")
    assert acting(IdentityProvider(), User("ada")) == Identity(name="eve", source="jupyterhub")


@pytest.mark.parametrize("name", ["0b5ee7a1c52d4c5f8a0d3f1e9b7c6d24", "", "\u200b\u00ad"])
def test_a_name_that_is_made_up_or_not_seen_is_nobodys(name: str) -> None:
    made = User(name or "x", name="Ada Lovelace")
    made.username = name
    assert acting(Known(), made) == identity()


def test_a_name_has_no_letters_that_are_not_seen() -> None:
    assert acting(Known(), User("a\u200bda\n")).name == "ada"
