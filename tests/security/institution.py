"""What an institution may add to a Jupyter server: an authorizer, an identity provider, an extension: here a
path of our interface whose code is broken."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.authorizer import AllowAllAuthorizer
from jupyter_server.auth.decorator import authorized
from jupyter_server.auth.identity import PasswordIdentityProvider, User
from tornado import web

from jupyter_mlops.server.api.answering import Answering

INSIDE = "what nobody outside is to see"


class Denying(AllowAllAuthorizer):
    """It denies whatever is marked by a header, so that one server does for all tests."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether there is no such header, or it is not ours that is asked for."""
        return resource != "jupyter_mlops" or "X-Deny" not in handler.request.headers


class Known(PasswordIdentityProvider):
    """It knows whoever has the token."""

    def generate_anonymous_user(self, handler: Any) -> User:
        """Whose token it is."""
        return User("ada", "Ada Lovelace")


class Broken(Answering):
    """It fails as nobody foresaw."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Fail."""
        raise RuntimeError(INSIDE)


def _load_jupyter_server_extension(server: Any) -> None:
    server.web_app.add_handlers(".*$", [("/jupyter-mlops/broken", Broken)])
    rules = server.web_app.default_router.rules
    rules.insert(0, rules.pop(-2))  # before the one that answers all other paths of ours
