"""Values written as Python source that gives them back: the same value, of the same type, or a refusal."""

from __future__ import annotations

import math
import struct
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from jupyter_mlops.entities import Secret
from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.moments import moment_source
from jupyter_mlops.notebooks.scalars import scalar_source
from jupyter_mlops.notebooks.secrets import secret_source

Enums = Mapping[str, Mapping[str, Any]]

DEEPEST = 50  # Python's parser takes 200 open brackets, and a level may need three
MOST_ITEMS = 1_000_000
_PLAIN = {type(None), bool, str, bytes}
_PATHS = {type(Path()): "Path", PurePosixPath: "PurePosixPath", PureWindowsPath: "PureWindowsPath"}
_MOMENTS = {datetime, date, time, timedelta}
_BASES = (str, bytes, int, float, Decimal, dict, list, tuple, set, frozenset, datetime, date, time, timedelta)
_MEND = "pass numbers, text, dates, paths, or lists and dicts of them"


def to_source(value: Any, enums: Enums | None = None) -> str:
    """Python source that evaluates to `value`, of the same type, needing no import in the kernel.

    A member of an Enum is written by its name; `enums` are the classes that the notebook has (None: any).
    A secret is written as code that reads it in the kernel.

    Raises:
        ParameterError: a value of this type cannot be written as source, or it is nested deeper than
            50 levels, holds itself, or has more than a million items.
    """
    return _Writer(enums).write(value, 0)


class _Writer:
    """Writes by exact type: a subclass that was written as its base would arrive as another type."""

    def __init__(self, enums: Enums | None) -> None:
        self._enums = enums
        self._left = MOST_ITEMS

    def write(self, value: Any, depth: int) -> str:
        self._count(depth)
        kind = type(value)
        if kind in _PLAIN:
            return repr(value)
        if kind is int:
            return _int_source(value)
        if kind is float:
            return _float_source(value)
        if kind in _PATHS:
            return f"__import__('pathlib').{_PATHS[kind]}({str(value)!r})"
        if kind is Decimal:
            return f"__import__('decimal').Decimal({str(value)!r})"
        if kind in _MOMENTS:
            return moment_source(value)
        if kind is Secret:
            return secret_source(value)
        if isinstance(value, Enum):
            return self._member(value)
        source = self._container(value, depth) or scalar_source(value)
        if source is None:
            raise ParameterError(
                f"a value of type {kind.__name__} cannot be passed to a notebook", hint=_hint(value)
            )
        return source

    def _count(self, depth: int) -> None:
        if depth > DEEPEST:
            raise ParameterError(
                f"a value nested deeper than {DEEPEST} levels, or holding itself, "
                "cannot be passed to a notebook",
                hint="write it to a file and pass the path",
            )
        self._left -= 1
        if self._left < 0:
            raise ParameterError(
                f"a value of more than {MOST_ITEMS:,} items cannot be passed to a notebook",
                hint="write it to a file and pass the path",
            )

    def _container(self, value: Any, depth: int) -> str | None:
        kind = type(value)
        if kind is dict:
            pairs = (f"{self.write(k, depth + 1)}: {self.write(v, depth + 1)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        if kind is OrderedDict:
            pairs = (f"({self.write(k, depth + 1)}, {self.write(v, depth + 1)})" for k, v in value.items())
            return f"__import__('collections').OrderedDict([{', '.join(pairs)}])"
        if kind is list:
            return f"[{self._items(value, depth)}]"
        if kind is tuple:
            return f"({self._items(value, depth)}{',' if len(value) == 1 else ''})"
        if kind is set:
            return f"{{{self._items(value, depth)}}}" if value else "set()"
        if kind is frozenset:
            return f"frozenset({{{self._items(value, depth)}}})" if value else "frozenset()"
        return None

    def _items(self, items: Iterable[Any], depth: int) -> str:
        return ", ".join(self.write(item, depth + 1) for item in items)

    def _member(self, value: Enum) -> str:
        owner, name = type(value).__name__, value.name
        known = type(value).__members__ if self._enums is None else self._enums.get(owner, {})
        if name is None or name not in known or not owner.isidentifier():
            raise ParameterError(
                f"{owner}.{name} cannot be passed: the notebook has no Enum {owner} with that member "
                "at or above its parameters cell",
                hint=f"pass its value, or write class {owner} in the notebook before the parameters",
            )
        return f"{owner}.{name}"


def _hint(value: Any) -> str:
    base = next((kind.__name__ for kind in _BASES if isinstance(value, kind)), None)
    return f"make it a plain {base}, e.g. {base}(...)" if base else _MEND


def _int_source(value: int) -> str:
    # Python reads and prints no more than 4300 decimal digits, and may be told to take as few as 640
    return hex(value) if value.bit_length() > 2_000 else repr(value)


def _float_source(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    for text in ("inf", "-inf", "nan", "-nan"):
        if struct.pack("<d", float(text)) == struct.pack("<d", value):
            return f"float({text!r})"
    return f"__import__('struct').unpack('<d', {struct.pack('<d', value)!r})[0]"  # a nan with a payload


__all__ = ["to_source"]
