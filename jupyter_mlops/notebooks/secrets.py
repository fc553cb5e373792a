"""Secrets: a parameter given as ``env:NAME`` or ``file:PATH`` is read in the kernel, and kept nowhere."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from jupyter_mlops.entities import Secret
from jupyter_mlops.exceptions import ParameterError

# of the kernel: a JSON object, names of parameters -> references of their secrets
SECRETS_VARIABLE = "JUPYTER_MLOPS_SECRETS"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL = re.compile(r"text:(?=(env|file|text):)")
_LAST_NEWLINE = r"\r?\n\Z"


def parse_secret(text: str) -> Secret | None:
    """The secret that ``env:NAME`` or ``file:PATH`` refers to; None for any other text.

    A relative path is taken from the current folder, ``~`` is the home folder; the reference is absolute.

    Raises:
        ParameterError: it begins like a reference, but names no variable or file.
    """
    kind, _, name = text.partition(":")
    if kind == "env" and text != kind:
        if not _NAME.fullmatch(name):
            raise ParameterError(
                f"{text!r} names no environment variable", hint=f"for the text itself write text:{text}"
            )
        return Secret(reference=text)
    if kind == "file" and text != kind:
        if not name or "\0" in name:
            raise ParameterError(f"{text!r} names no file", hint=f"for the text itself write text:{text}")
        return Secret(reference=f"file:{os.path.abspath(os.path.expanduser(name))}")
    return None


def literal_text(text: str) -> str:
    """The text that ``text:env:FOO`` stands for, ``env:FOO``; any other text as it is."""
    return _LITERAL.sub("", text, count=1) if _LITERAL.match(text) else text


def read_secret(secret: Secret) -> str:
    """The secret itself; of a file, its text without one newline at its end.

    Raises:
        ParameterError: the variable is not set, or the file is missing, not readable, or not UTF-8.
    """
    kind, _, name = secret.reference.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise ParameterError(
                f"the environment variable {name} is not set, which {secret.reference} refers to",
                hint=f"set it where this runs: export {name}=...",
            )
        return os.environ[name]
    try:
        held = Path(name).read_bytes().decode("utf-8")
    except UnicodeDecodeError:  # its message would quote the bytes
        raise ParameterError(f"the secret file {name} is not UTF-8 text", hint="save it as text") from None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "not a path"
        raise ParameterError(
            f"the secret file {name} cannot be read: {problem}", hint="check the path and its permissions"
        ) from None
    return re.sub(_LAST_NEWLINE, "", held, count=1)


def secret_source(secret: Secret) -> str:
    """Python source that reads the secret where it runs, needing no import and no package of ours."""
    kind, _, name = secret.reference.partition(":")
    if kind == "env":
        return f"__import__('os').environ[{name!r}]"
    read = f"__import__('pathlib').Path({name!r}).read_bytes().decode('utf-8')"
    return f"__import__('re').sub({_LAST_NEWLINE!r}, '', {read}, count=1)"


def known_secrets() -> dict[str, Secret]:
    """The secrets that this kernel's run was given, by parameter name."""
    try:
        told = json.loads(os.environ.get(SECRETS_VARIABLE) or "{}")
        return {name: Secret(reference=reference) for name, reference in told.items()}
    except (ValueError, AttributeError):  # somebody else's variable
        return {}


__all__ = [
    "SECRETS_VARIABLE",
    "known_secrets",
    "literal_text",
    "parse_secret",
    "read_secret",
    "secret_source",
]
