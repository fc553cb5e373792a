"""Parameters of a schedule: ``{slot}`` in their texts is the time that the slot is due for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from jupyter_mlops.entities import Slot, SlotKind
from jupyter_mlops.exceptions import ParameterError

_BRACES = re.compile(r"\{\{|\}\}|\{(?P<inner>[^{}]*)\}|[{}]")
_DIRECTIVE = re.compile(r"%(?P<letter>.?)", re.DOTALL)
_KNOWN = frozenset("aAbBdHIjmMpSfUVWuwyYGzZ%")  # mean the same on every system
_REFERRING = ("env:", "file:", "text:")  # so begins a text that stands for another
_HINT = "write {slot:%Y-%m-%d} for the slot's time, and {{ and }} for braces"


def filled(parameters: Mapping[str, Any], due: datetime, zone: tzinfo = UTC) -> dict[str, Any]:
    """The parameters with the time `due`, in that zone, in their texts, those in lists and mappings, too.

    ``{slot}`` is the time in ISO 8601, ``{slot:FORMAT}`` as `datetime.strftime` writes it; ``{{`` and ``}}``
    are braces.

    Raises:
        ParameterError: a text has other braces.
    """
    moment = due.astimezone(zone)
    return {name: _filled(value, moment, name) for name, value in parameters.items()}


def slot_values(slot: Slot, declared: Mapping[str, Any], zone: tzinfo = UTC) -> dict[str, Any]:
    """What the slot's run is given: the schedule's own, `declared`, and the slot's on top of them. What came
    from outside, with the call that set it off, is taken as it is: a text is no reference to a secret, and
    has no time to be filled in.

    Raises:
        ParameterError: see `filled`.
    """
    if slot.kind is not SlotKind.TRIGGER:
        return filled({**declared, **slot.parameters}, slot.due, zone)
    return {**filled(declared, slot.due, zone), **{k: _literal(v) for k, v in slot.parameters.items()}}


def _literal(value: Any) -> Any:
    return f"text:{value}" if isinstance(value, str) and value.startswith(_REFERRING) else value


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
