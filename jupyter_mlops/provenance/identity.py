"""Who acts, and what vouches for it."""

from __future__ import annotations

import os
import re
import unicodedata

from jupyter_mlops.entities import Identity


def identity() -> Identity:
    """The person behind this process: as JupyterHub or a CI service names them where it started this process,
    else the account of the operating system that it runs under.

    No more than that is known: who may set this process's environment may act under another name, so the
    source is kept with it. A name has no letters that are not seen, nor line breaks; one that has no others
    names nobody.
    """
    for source, marker, variable in _SERVICES:
        name = _seen(os.environ.get(variable, ""))
        if os.environ.get(marker) and name:
            return Identity(name=name, source=source)
    return Identity(name=account(), source="system")


def person(name: str) -> str:
    """What tells people apart by name: the same for names that look alike but for case, spaces, letters that
    are not seen, and other forms of the same letter (Unicode NFKC)."""
    folded = _seen(unicodedata.normalize("NFKC", _seen(name)).casefold())
    return folded if folded == name else person(folded)


def _seen(name: str) -> str:
    """The name without control and format characters, halves of characters, and those that Unicode has shown
    as nothing; spaces one by one, and none around it."""
    spaced = _IGNORED.sub("", "".join(" " if letter.isspace() else letter for letter in name))
    return " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())


def account() -> str:
    """The name of the account that this process runs under, by its number: not by ``$LOGNAME``, which anybody
    may set; the number where it has no name."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # Windows; a number without a name, as in many containers
        from jupyter_mlops.provenance import user

        return str(os.getuid()) if hasattr(os, "getuid") else user()


# letters and marks that are default-ignorable: fillers and variation selectors
_IGNORED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# source, the variable by which it is known, the variable that holds the name
_SERVICES = (
    ("jupyterhub", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_USER"),
    ("github", "GITHUB_ACTIONS", "GITHUB_ACTOR"),
    ("gitlab", "GITLAB_CI", "GITLAB_USER_LOGIN"),
)
