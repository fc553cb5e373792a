"""Who acts, and what vouches for it."""

from __future__ import annotations

import os
import pwd

import pytest

from jupyter_mlops.provenance.identity import identity


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
