"""Who acts when a request comes."""

from __future__ import annotations

import os
import re
from typing import Any

from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
)

from jupyter_mlops.entities import Identity
from jupyter_mlops.provenance.identity import identity, named

_NOBODY = {IdentityProvider, PasswordIdentityProvider, LegacyIdentityProvider}
_MADE_UP = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")  # a UUID of version 4


def acting(provider: Any, user: Any) -> Identity:
    """The person whom the server's identity provider knows the sender of a request as.

    Jupyter's own providers know only that somebody has the token or the password: then it is whoever this
    server runs for, as `provenance.identity` tells. So it is, too, where another provider made up a name, as
    Jupyter does for whoever comes with a token. Nothing in a request has a say in it; of the fields that
    Jupyter lets users change in their profile none is read.
    """
    name = str(getattr(user, "username", "") or "")
    if type(provider) in _NOBODY or not name or _MADE_UP.fullmatch(name):
        return identity()
    return named(name, "jupyterhub" if os.environ.get("JUPYTERHUB_SERVICE_PREFIX") else "jupyter")
