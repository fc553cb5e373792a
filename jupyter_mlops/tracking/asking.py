"""Asking a store again that is busy, does not answer, or was asked the same by two at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking.store import plain

TWICE = ("IntegrityError", "UniqueViolation")  # how databases say that a row is there already
_PASSING = {"TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR", "REQUEST_LIMIT_EXCEEDED"}
_TRIES = 6
_PAUSE = 0.1  # seconds before the second try; each further one waits twice as long

_T = TypeVar("_T")


def asked(ask: Callable[[], _T]) -> _T:
    """What the store answers to something that may be asked twice: setting a tag or an alias looks first
    whether it is there, and two who do so at once both find that it is not.

    Raises:
        MlflowException: it says no.
        StoreError: it does not answer.
    """
    from mlflow.exceptions import MlflowException

    problem: Exception | None = None
    for pause in pauses():
        try:
            return ask()
        except MlflowException as error:
            if error.error_code not in _PASSING and not any(word in str(error) for word in TWICE):
                raise
            problem = error
        time.sleep(pause)
    said = plain(problem) if problem else ""
    raise StoreError(f"the store does not answer: {said}", hint="try again later")


def pauses() -> Iterator[float]:
    """Seconds to wait after each try, so that several who come at once come apart."""
    for number in range(_TRIES):
        yield _PAUSE * 2**number * random.uniform(0.5, 1.5)
