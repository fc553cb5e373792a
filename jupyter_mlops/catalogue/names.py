"""Names of datasets, of versions (``NAME@NUMBER``), and of tags."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jupyter_mlops.exceptions import UsageError

_BARRED = re.compile(r"[@'\"\\`\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TAG = re.compile(r"[/\w.\- :]+")  # as MLflow has it
_OURS = ("mlops.", "mlflow.")
_LONGEST = 200
_LONGEST_TAG = 200
_LABEL = re.compile(r"(?P<name>.+)@(?P<number>[0-9]{1,9})", re.DOTALL)


def check_name(name: str) -> str:
    """The name, where a dataset can bear it.

    Raises:
        UsageError: it cannot.
    """
    if not name.strip() or name != name.strip() or len(name) > _LONGEST or _BARRED.search(name):
        raise UsageError(
            f"a dataset cannot be called {name!r}",
            hint=f"give it a --name of at most {_LONGEST} characters without @, quotes and line ends",
        )
    return name


def plain_name(text: str) -> str:
    """A name that a dataset can bear, made of the text, such as an expression or the stem of a file."""
    return _BARRED.sub("-", text).strip()[:_LONGEST].strip() or "data"


def parted(reference: str) -> tuple[str, int | None]:
    """Name and number of ``NAME@NUMBER``; the number is None of a name alone."""
    found = _LABEL.fullmatch(reference)
    return (found["name"], int(found["number"])) if found else (reference, None)


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags, where MLflow takes them.

    Raises:
        UsageError: one has a name that it does not take, or that is ours.
    """
    for name in tags:
        if not _TAG.fullmatch(name) or len(name) > _LONGEST_TAG or name.startswith(_OURS):
            raise UsageError(
                f"a tag of a dataset cannot be called {name!r}",
                hint="use letters, digits and _ - . : / in names such as owner, pii or licence",
            )
    return dict(tags)
