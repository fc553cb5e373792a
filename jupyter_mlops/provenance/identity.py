"""Who acts, and what vouches for it."""

from __future__ import annotations

import os
import re
import unicodedata

from jupyter_mlops.entities import Identity

ACTING = "JUPYTER_MLOPS_ACTING"  # of a process that does something for a person: an `Identity` as JSON


def identity() -> Identity:
    """The person behind this process: the one that it was told to act for; else as JupyterHub or a CI service
    names them where it started this process, else the account of the operating system that it runs under.

    No more than that is known: who may set this process's environment may act under another name, so the
    source is kept with it. A name has no letters that are not seen, nor line breaks; one that has no others
    names nobody.
    """
    if (told := acting()) is not None:
        return told
    for source, marker, variable in _SERVICES:
        name = _seen(os.environ.get(variable, ""))
        if os.environ.get(marker) and name:
            return Identity(name=name, source=source)
    return Identity(name=account(), source="system")


def act_for(who: Identity) -> None:
    """From now on this process, and whatever it starts, acts for that person; for nobody in particular where
    the name is empty."""
    os.environ.pop(ACTING, None)
    if _seen(who.name):
        os.environ[ACTING] = who.model_dump_json()


def acting() -> Identity | None:
    """The person that this process was told to act for, if it was."""
    try:
        told = Identity.model_validate_json(os.environ.get(ACTING, ""))
    except ValueError:
        return None
    name = _seen(told.name)
    return Identity(name=name, source=_seen(told.source)) if name else None


def named(name: str, source: str) -> Identity:
    """The person whom `source` knows under that name; as `identity` where it has no letters that are seen."""
    seen = _seen(name)
    return Identity(name=seen, source=source) if seen else identity()


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
