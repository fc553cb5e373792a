"""Lengths of time and sizes as a person writes them."""

from __future__ import annotations

import re

_TIMES = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?\s*")
_SIZES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SIZES |= {f"{unit}i": 2 ** (10 * power) for power, unit in enumerate("kmgt", 1)}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*((?:[kmgt]i?)?)b?\s*", re.IGNORECASE)


def seconds(text: str | float) -> float:
    """A length of time in seconds: ``90``, ``90s``, ``1.5m``, ``2h``, ``1d``.

    Raises:
        ValueError: it is none, or not longer than nothing.
    """
    match = _TIME.fullmatch(str(text))
    found = float(match[1]) * _TIMES[match[2] or ""] if match else 0.0
    if found <= 0:
        raise ValueError(f"{text!r} is not a length of time; write seconds, or 90s, 5m, 2h")
    return found


def size(text: str | int) -> int:
    """A size in bytes: ``2GB``, ``512 MiB``, ``1000``.

    Raises:
        ValueError: it is none, or not more than nothing.
    """
    match = _SIZE.fullmatch(str(text))
    found = int(float(match[1]) * _SIZES[match[2].lower()]) if match else 0
    if found <= 0:
        raise ValueError(f"{text!r} is not a size; write e.g. 512MB or 2GiB")
    return found
