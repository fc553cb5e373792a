"""Who acts, and what vouches for it."""

from __future__ import annotations

import os

from jupyter_mlops.entities import Identity


def identity() -> Identity:
    """The person behind this process: as JupyterHub or a CI service names them where it started this process,
    else the account of the operating system that it runs under.

    No more than that is known: who may set this process's environment may act under another name, so the
    source is kept with it.
    """
    for source, marker, name in _SERVICES:
        if os.environ.get(marker) and os.environ.get(name):
            return Identity(name=os.environ[name], source=source)
    return Identity(name=account(), source="system")


def account() -> str:
    """The name of the account that this process runs under, by its number: not by ``$LOGNAME``, which anybody
    may set; the number where it has no name."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # Windows; a number without a name, as in many containers
        from jupyter_mlops.provenance import user

        return str(os.getuid()) if hasattr(os, "getuid") else user()


# source, the variable by which it is known, the variable that holds the name
_SERVICES = (
    ("jupyterhub", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_USER"),
    ("github", "GITHUB_ACTIONS", "GITHUB_ACTOR"),
    ("gitlab", "GITLAB_CI", "GITLAB_USER_LOGIN"),
)
