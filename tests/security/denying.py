"""An authorizer, as an institution may write one, for a Jupyter server of the tests."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.authorizer import AllowAllAuthorizer


class Denying(AllowAllAuthorizer):
    """It denies whatever is marked by a header, so that one server does for all tests."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether there is no such header, or it is not ours that is asked for."""
        return resource != "jupyter_mlops" or "X-Deny" not in handler.request.headers
