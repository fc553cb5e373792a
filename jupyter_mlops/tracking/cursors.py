"""Where a page of rows ends: a text from which the page after it is found, whatever came in meanwhile."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from jupyter_mlops.exceptions import Refused

LONGEST = 100  # characters of a text that a cursor holds
_DESCENDING = " DESC"
AS_IT_IS: list[Any] = []  # in a cursor: the row's value as it is then, where it is too long to be held


def written(about: str, values: Sequence[Any]) -> str:
    """The cursor of a page of the query `about` whose last row has these values in the order's columns."""
    held = [AS_IT_IS if isinstance(value, str) and len(value) > LONGEST else value for value in values]
    text = json.dumps([_digest(about), *held], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(about: str, cursor: str) -> list[Any]:
    """The values that the cursor holds.

    Raises:
        Refused: it is none, or one of another query.
    """
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        digest, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        raise wrong("cannot be read") from None
    if digest != _digest(about):
        raise wrong("belongs to another search")
    if not values or any(isinstance(value, dict) for value in values):
        raise wrong("cannot be read")
    return values


def wrong(why: str) -> Refused:
    """What a cursor that cannot be used is answered with."""
    return Refused(f"the cursor {why}", hint="begin at the first page: leave out `cursor`")


def columns(order: Sequence[str]) -> list[str]:
    """What is compared, of the parts of an ORDER BY."""
    return [part.removesuffix(_DESCENDING) for part in order]


def after(order: Sequence[str], values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The condition that holds for rows which come after one with these values, and what to bind in it."""
    tries, bound = [], list[Any]()
    for place, part in enumerate(order):
        later = _later(part, values[place])
        if later is None:
            continue
        same = [f"{column} IS ?" for column in columns(order[:place])]
        tries.append(" AND ".join([*same, later]))
        bound += [*values[:place], *([] if values[place] is None else [values[place]])]
    return f"({' OR '.join(tries) or '0'})", bound


def _later(part: str, value: Any) -> str | None:
    """SQLite takes NULL for the least of all."""
    if part.endswith(_DESCENDING):
        column = part.removesuffix(_DESCENDING)
        return None if value is None else f"({column} < ? OR {column} IS NULL)"
    return f"{part} IS NOT NULL" if value is None else f"{part} > ?"


def _digest(about: str) -> str:
    return hashlib.blake2b(about.encode(), digest_size=6).hexdigest()
