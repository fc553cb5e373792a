"""Which version answers a row: a share of the keys is dealt to each by a hash, so that the same customer gets
the same version wherever and in whatever company the row lies.

A key is hashed as text, in which what files of different kinds hold of one value is the same: 7, 7.0, "7" and
"007" are one key, and so are a time and its ISO 8601 text.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from numbers import Real
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import NotFound, Refused, UsageError, did_you_mean

if TYPE_CHECKING:
    import numpy
    import pandas

_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?")
_SLACK = 1e-9  # by which shares may sum to more than 1: 0.7 + 0.2 + 0.1 does
_SHOWN = 5  # rows that are named


@dataclass(frozen=True)
class Split:
    """`shares` of the keys by who answers them, an alias or a version's number; the rest is `main`'s.

    The first share lies at the bottom of [0, 1), the others below one another from its top. So whoever had
    the answer of the first, or of the last, keeps it while that share grows.
    """

    main: str
    shares: Mapping[str, float]

    def dealt(self, places: numpy.ndarray[Any, Any]) -> dict[str, numpy.ndarray[Any, Any]]:
        """Who answers the rows at these places in [0, 1): for each a mask of shape (rows,)."""
        import numpy as np

        found: dict[str, Any] = {}
        left, top = np.ones(len(places), dtype=bool), 1.0
        for number, (name, share) in enumerate(self.shares.items()):
            mask = places < share if number == 0 else (places >= top - share) & (places < top)
            top = top if number == 0 else top - share
            found[name] = mask & left
            left &= ~mask
        return {self.main: left, **found}


def check_shares(shares: Mapping[str, float]) -> None:
    """Return if each is a share and they sum to no more than 1.

    Raises:
        UsageError: they do not.
    """
    if not isinstance(shares, Mapping):
        raise UsageError(f"{shares!r} are no shares", hint='e.g. {"challenger": 0.1}')
    for name, share in shares.items():
        if not isinstance(name, str) or not isinstance(share, Real):
            raise UsageError(f"{name!r}: {share!r} is no share", hint='e.g. {"challenger": 0.1}')
        if not 0 <= share <= 1:
            raise UsageError(f"{name}: {share:g} is no share of the rows", hint="give one from 0 to 1")
    if sum(shares.values()) > 1 + _SLACK:
        told = " + ".join(f"{share:g}" for share in shares.values())
        raise UsageError(f"the shares sum to more than 1: {told}", hint="what is left is the model's own")


def check_key(columns: Sequence[str], key: Sequence[str], label: str) -> None:
    """Return if there is a key and all of it is there.

    Raises:
        Refused: there is none.
        NotFound: there is no such column.
    """
    if not key:
        likely = (name for name in columns if name.lower().endswith("id"))
        raise Refused(
            f"{label} has no key: nothing tells whose row it is",
            hint=f"name its columns: --key {next(likely, 'COLUMN')}",
        )
    for name in key:
        if name not in columns:
            raise NotFound(f"{label} has no column {name!r} for a key", hint=did_you_mean(name, columns))


def places(model: str, frame: pandas.DataFrame, key: Sequence[str], first: int = 1) -> Any:
    """The place of each row in [0, 1), evenly spread over keys: blake2b of the model's name and of the values
    of the key, whose columns are taken by name. float64, shape (rows,).

    Args:
        model: the model's name: another model deals its keys otherwise.
        frame: the rows.
        key: columns of it.
        first: the number of the first row, for messages.

    Raises:
        Refused: a value of the key is missing.
    """
    import numpy as np

    columns = []
    for name in sorted(dict.fromkeys(key)):
        column = frame[name]
        if gaps := np.flatnonzero(column.isna().to_numpy()).tolist():
            raise Refused(
                f"key {name!r} is missing in {rows_named([first + row for row in gaps])}",
                hint="rows without a key cannot be dealt to versions; fill it in, or name another --key",
            )
        columns.append([canonical(value) for value in column.tolist()])
    rows = zip(*columns, strict=True)
    return np.fromiter((_place(model, values) for values in rows), np.float64, len(frame))


def rows_named(numbers: Sequence[int]) -> str:
    """``row 7``, or ``rows 7, 9, 12 and more``."""
    told = ", ".join(f"{number:,}" for number in numbers[:_SHOWN])
    more = " and more" if len(numbers) > _SHOWN else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {told}{more}"


def _place(model: str, values: Sequence[str]) -> float:
    text = json.dumps([model, *values], ensure_ascii=False)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53  # a float holds 53 bits, and so never rounds to 1


def canonical(value: Any) -> str:
    """The value as the text that is the same from whatever file it was read: whole numbers without a point,
    others as the shortest text of the nearest float, true and false in lower case, times in ISO 8601, in UTC
    where they know their zone, and without the time of day where that is midnight."""
    import numpy as np

    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, np.floating):
        value = float(str(value))  # the shortest text, of 32 bits too
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    return _text(str(value))


def _text(text: str) -> str:
    plain = text.strip()
    if _WHOLE.fullmatch(plain):
        return str(int(plain))
    if _NUMBER.fullmatch(plain) and math.isfinite(number := float(plain)):
        return _float(number)
    if plain.lower() in ("true", "false"):
        return plain.lower()
    if _TIME.fullmatch(plain):
        try:
            return _time(datetime.fromisoformat(plain.replace("Z", "+00:00")))
        except ValueError:
            return text
    return text


def _float(value: float) -> str:
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    return repr(value)


def _time(value: datetime) -> str:
    nanosecond = getattr(value, "nanosecond", 0)
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    plain = datetime(*value.timetuple()[:6], value.microsecond)
    zone = "" if value.tzinfo is None else "Z"
    if plain.time() == time() and not nanosecond and not zone:
        return plain.date().isoformat()
    fraction = f"{plain.microsecond * 1000 + nanosecond:09d}".rstrip("0")
    return f"{plain:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}{zone}"
