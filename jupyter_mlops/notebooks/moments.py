"""Dates, times, durations and their zones, written as Python source that gives them back."""

from __future__ import annotations

import sys
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from jupyter_mlops.exceptions import ParameterError


def moment_source(value: Any) -> str:
    """Source of a date, time, datetime or timedelta of exactly Python's own class, with its fold and zone.

    Raises:
        ParameterError: the zone is of a class that the kernel may not have.
    """
    zone = getattr(value, "tzinfo", None)
    text = repr(value if zone is None else value.replace(tzinfo=None))
    text = text.replace("datetime.", "__import__('datetime').", 1)
    return text if zone is None else f"{text[:-1]}, tzinfo={zone_source(zone)})"


def zone_source(zone: tzinfo) -> str:
    """Source of a zone: a fixed offset, or an IANA name.

    Raises:
        ParameterError: it is of another class, which the kernel may not have.
    """
    if zone is UTC:
        return "__import__('datetime').timezone.utc"
    if type(zone) is timezone:
        offset, *name = zone.__getinitargs__()  # type: ignore[attr-defined]  # what pickle uses
        given = ", ".join([moment_source(offset), *map(repr, name)])
        return f"__import__('datetime').timezone({given})"
    if type(zone) is ZoneInfo and zone.key is not None:
        return f"__import__('zoneinfo').ZoneInfo({zone.key!r})"
    pydantic = sys.modules.get("pydantic_core")
    if pydantic is not None and type(zone) is pydantic.TzInfo:  # the zone of a moment read from text
        offset = zone.utcoffset(None) or timedelta()
        return zone_source(timezone(offset) if offset else UTC)
    kind = f"{type(zone).__module__}.{type(zone).__qualname__}"
    raise ParameterError(
        f"a moment with a zone of type {kind} cannot be passed to a notebook",
        hint="give it a datetime.timezone or a zoneinfo.ZoneInfo with a key",
    )


__all__ = ["moment_source", "zone_source"]
