"""What can go wrong, as one line with its mend. One map to exit codes, one to HTTP."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 50  # names that a hint lists


class MLOpsError(Exception):
    """Something went wrong in a way the user can act on.

    ``str(error)`` is one line; `hint` says how to mend it. `exit_code` is what the CLI returns,
    `http_status` what the REST interface answers.
    """

    exit_code = 4
    http_status = 500

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(" ".join(message.split()))
        self.hint = hint


class Refused(MLOpsError):
    """Nothing was run and nothing recorded: the request itself cannot be met."""

    exit_code = 2
    http_status = 400


class NotFound(Refused):
    """A named run, model, notebook or file does not exist."""

    http_status = 404


class NothingYet(Refused):
    """There is nothing to work on so far; there will be, without anybody mending anything."""

    http_status = 404


class NotebookError(Refused):
    """The file is not a notebook that can be run."""


class ParameterError(Refused):
    """A parameter is unknown or its value does not fit its declaration."""


class ConfigError(Refused):
    """``mlops.yaml`` is broken; the message names file, line and key."""


class KernelNotInstalled(Refused):
    """The notebook asks for a kernel that this machine does not have."""


class StoreError(Refused):
    """The tracking store cannot be used: out of reach, or written by a newer MLflow."""

    http_status = 503


class Busy(Refused):
    """As much goes on already as may at once."""

    http_status = 429


class UsageError(Refused):
    """A command or magic was called with words it does not know."""


class Cancelled(MLOpsError):
    """It was cancelled before anything ran."""

    exit_code = 130


class CheckFailed(MLOpsError):
    """A check or gate said no."""

    exit_code = 3
    http_status = 409


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest of `known`, or all of them, up to fifty, where none is close."""
    names = sorted(known)
    lowered = {known_name.lower(): known_name for known_name in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    if close:
        return f"did you mean {lowered[close[0]]!r}?"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"there are: {', '.join(names[:_LISTED])}{more}" if names else "there are none"
