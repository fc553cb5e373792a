"""What is wrong, told to a person who looks at a page; and which field of a form it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jupyter_mlops.drawing import clean
from jupyter_mlops.exceptions import MLOpsError, ParameterError

LONGEST = 1000  # characters of what is said
_OPTION = re.compile(r"(?<!\S)--\w")  # in a hint for a command line


def told(error: BaseException) -> str:
    """What went wrong, with its hint, where that is not for a command line."""
    if isinstance(error, MLOpsError):
        hint = hint_of(error)
        return clean(f"{error} ({hint})" if hint else str(error), LONGEST)
    return clean(f"It failed: {type(error).__name__}: {error}", LONGEST)


def hint_of(error: MLOpsError) -> str:
    """Its hint, where that is not for a command line; else ""."""
    return "" if error.hint is None or _OPTION.search(error.hint) else clean(error.hint, LONGEST)


class Misfit(ParameterError):
    """What was filled in does not fit; `wrong` says why, by the name of a parameter, or of a field of the
    form's own behind a colon, as no parameter is called."""

    def __init__(self, wrong: Mapping[str, str], text: str, *, hint: str | None = None) -> None:
        super().__init__(text, hint=hint)
        self.wrong = dict(wrong)


def misfit(field: str, error: str | MLOpsError, hint: str | None = None) -> Misfit:
    """What is wrong with that field of the form's own."""
    hint = error.hint if isinstance(error, MLOpsError) else hint
    return Misfit({f":{field}": str(error)}, str(error), hint=hint)
