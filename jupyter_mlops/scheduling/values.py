"""Parameters of a schedule: ``{slot}`` in their texts is the time that the slot is due for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from jupyter_mlops.exceptions import ParameterError

_BRACES = re.compile(r"\{\{|\}\}|\{(?P<inner>[^{}]*)\}|[{}]")
_DIRECTIVE = re.compile(r"%(?P<letter>.?)", re.DOTALL)
_KNOWN = frozenset("aAbBdHIjmMpSfUVWuwyYGzZ%")  # mean the same on every system
_HINT = "write {slot:%Y-%m-%d} for the slot's time, and {{ and }} for braces"
_SOME_DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def filled(parameters: Mapping[str, Any], due: datetime, zone: tzinfo = UTC) -> dict[str, Any]:
    """The parameters with the time `due`, in that zone, in their texts, those in lists and mappings, too.

    ``{slot}`` is the time in ISO 8601, ``{slot:FORMAT}`` as `datetime.strftime` writes it; ``{{`` and ``}}``
    are braces.

    Raises:
        ParameterError: a text has other braces.
    """
    moment = due.astimezone(zone)
    return {name: _filled(value, moment, name) for name, value in parameters.items()}


def check(parameters: Mapping[str, Any]) -> None:
    """Return if `filled` will do.

    Raises:
        ParameterError: a text has braces that mean nothing.
    """
    filled(parameters, _SOME_DAY)


def _filled(value: Any, moment: datetime, name: str) -> Any:
    if isinstance(value, str):
        return _BRACES.sub(lambda found: _part(found, moment, name), value)
    if isinstance(value, Mapping):
        return {key: _filled(each, moment, name) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(each, moment, name) for each in value]
    return value


def _part(found: re.Match[str], moment: datetime, name: str) -> str:
    whole, inner = found.group(), found["inner"]
    if whole in {"{{", "}}"}:
        return whole[0]
    what, _, form = (inner or "").partition(":")
    if inner is None or what != "slot":
        raise ParameterError(f"parameter {name!r}: {whole} means nothing in a schedule", hint=_HINT)
    for directive in _DIRECTIVE.finditer(form):
        if directive["letter"] not in _KNOWN:
            told = f"parameter {name!r}: {directive.group()} in {whole} is no part of a time"
            raise ParameterError(told, hint="e.g. %Y-%m-%d, %H:%M, %j: see Python's strftime")
    return moment.strftime(form) if form else moment.isoformat()
