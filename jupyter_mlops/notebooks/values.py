"""Values for parameters: read text by the declared type, check, and write as source that gives them back.

A value travels as data only: it is checked against its declaration, then written as a literal.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from jupyter_mlops.entities import Parameter, RecordedParameter
from jupyter_mlops.exceptions import ParameterError, did_you_mean
from jupyter_mlops.notebooks.types import UnknownType, enum_type, python_type
from jupyter_mlops.notebooks.words import split_outside


def check_request(
    parameters: Iterable[Parameter] | None, text: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Every given value, checked against its declaration. `text` is read by the declared type.

    Raises:
        ParameterError: there is no parameters cell, a name is not declared, or a value does not fit.
    """
    given = {**text, **values}
    if not given:
        return {}
    if parameters is None:
        raise ParameterError(
            f"parameters were given ({', '.join(given)}), but no cell is tagged 'parameters'",
            hint="tag the cell that holds the defaults with 'parameters' (property inspector in JupyterLab)",
        )
    declared = {parameter.name: parameter for parameter in parameters}
    checked: dict[str, Any] = {}
    for name in given:
        if name not in declared:
            raise ParameterError(f"unknown parameter {name!r}", hint=did_you_mean(name, declared))
    for name, words in text.items():
        checked[name] = from_text(declared[name], words)
    for name, value in values.items():
        checked[name] = check_value(declared[name], value)
    return {name: checked[name] for name in declared if name in checked}


def from_text(parameter: Parameter, text: str) -> Any:
    """The value that `text` spells for this parameter: ``007`` stays text for a str, is 7 for an int.

    Lists, dicts, tuples and sets are written as JSON or as Python literals.

    Raises:
        ParameterError: it does not fit the declaration.
    """
    hint = _hint(parameter)
    if hint is Any:
        return _guess(text)
    try:
        read = _read(hint, text, nullable=parameter.nullable)
    except ValueError as error:
        raise _misfit(parameter, text, str(error)) from None
    return _validate(parameter, hint, read, text, strict=False)


def check_value(parameter: Parameter, value: Any) -> Any:
    """The value, if it fits the declaration; JSON's stand-ins (list for tuple, text for a date) are taken
    for what the declaration says, and a whole number for a float. Nothing else is converted.

    Raises:
        ParameterError: it does not fit the declaration.
    """
    hint = _hint(parameter)
    value = _unnumpy(value)
    if hint is Any:
        return value
    try:
        read = _member(hint, value) if isinstance(value, str | Enum) else value
    except ValueError as error:
        raise _misfit(parameter, value, str(error)) from None
    return _validate(parameter, hint, read, value, strict=True)


def to_source(value: Any) -> str:
    """Python source that evaluates to `value`, of the same type, needing no import in the kernel.

    Raises:
        ParameterError: a value of this type cannot be written as source.
    """
    value = _unnumpy(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, int) and value.bit_length() > 10_000:
        return hex(value)  # Python prints no more than 4300 decimal digits
    if value is None or isinstance(value, bool | int | str | bytes):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if isinstance(value, PurePath):
        return f"__import__('pathlib').Path({str(value)!r})"
    if isinstance(value, Decimal):
        return f"__import__('decimal').Decimal({str(value)!r})"
    if isinstance(value, datetime | date | time | timedelta):
        return _moment_source(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{to_source(key)}: {to_source(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple | set | frozenset):
        return _collection_source(value)
    raise ParameterError(
        f"a value of type {type(value).__name__} cannot be passed to a notebook",
        hint="pass numbers, text, dates, paths, or lists and dicts of them",
    )


def _moment_source(value: Any) -> str:
    """A date, time or duration; its zone as an IANA name or a fixed offset, whatever class it came as."""
    zone = getattr(value, "tzinfo", None)
    text = repr(value if zone is None else value.replace(tzinfo=None))
    text = text.replace("datetime.", "__import__('datetime').", 1)
    if zone is None:
        return text
    key = getattr(zone, "key", None)
    if key is not None:
        spelt = f"__import__('zoneinfo').ZoneInfo({key!r})"
    else:
        offset = value.utcoffset()
        spelt = (
            f"__import__('datetime').timezone({_moment_source(offset)})"
            if offset
            else "__import__('datetime').timezone.utc"
        )
    return f"{text[:-1]}, tzinfo={spelt})"


def record(name: str, value: Any) -> RecordedParameter:
    """The parameter as a run keeps it: text as it is, anything else as its source."""
    shown = value if isinstance(value, str) else _shown(value)
    return RecordedParameter(name=name, value=shown, type=type(value).__name__)


def default_value(parameter: Parameter) -> Any:
    """The default as the kernel would have it: a literal converted to its declared type where it fits."""
    owner, _, member = parameter.default_source.partition(".")
    if member in parameter.enums.get(owner, {}):
        return enum_type(owner, parameter.enums[owner])[member]
    if not parameter.declared or parameter.default is None:
        return parameter.default
    try:
        return check_value(parameter, parameter.default)
    except ParameterError:
        return parameter.default


def split_grid(text: str) -> list[str]:
    """The values of ``1,[2,3],"a,b"``: split at commas outside brackets and quotes."""
    return [_unquoted(part) for part in split_outside(text, ",".__eq__)]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _hint(parameter: Parameter) -> Any:
    if parameter.annotation is None or parameter.annotation == "NoneType":
        return Any
    try:
        return python_type(parameter.annotation, parameter.enums)
    except UnknownType:
        return Any


def _read(hint: Any, text: str, *, nullable: bool) -> Any:
    """Text as something the declared type can be validated from.

    Raises:
        ValueError: it spells no such value.
    """
    hint = _bare(hint)
    if nullable and text in {"None", "null"}:
        return None
    if get_origin(hint) is Literal:
        for choice in get_args(hint):
            if text in {str(choice), repr(choice)}:
                return choice
        raise ValueError(f"choose one of {', '.join(map(repr, get_args(hint)))}")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(hint, text)
    if (get_origin(hint) or hint) in {list, dict, tuple, set, frozenset}:
        return _structure(text)
    return text


def _structure(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise ValueError("write it as JSON or as a Python literal, e.g. [1, 2]") from None


def _member(hint: Any, value: Any) -> Any:
    """The Enum member that a name, a value, or a member of the kernel's own class stands for.

    Raises:
        ValueError: it stands for none.
    """
    hint = _bare(hint)
    if not (isinstance(hint, type) and issubclass(hint, Enum)):
        return value
    if isinstance(value, Enum):
        value = value.name
    for member in hint:
        if value == member.name or value == member.value or str(value) == str(member.value):
            return member
    raise ValueError(f"it is not a {hint.__name__}")


def _bare(hint: Any) -> Any:
    """The type inside ``Annotated[...]`` and ``Optional[...]``."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) is Union:
        others = [part for part in get_args(hint) if part is not type(None)]
        if len(others) == 1:
            return _bare(others[0])
    return hint


def _validate(parameter: Parameter, hint: Any, value: Any, given: Any, *, strict: bool) -> Any:
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError
    from pydantic_core import SchemaError

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        return adapter.validate_python(value, strict=strict)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
    except (PydanticUserError, SchemaError, TypeError):  # e.g. a lower bound on text
        raise _misfit(parameter, given, "the declaration itself is not valid") from None
    if strict:
        try:  # what a JSON or YAML file can only spell as text or list
            return adapter.validate_json(json.dumps(value), strict=True)
        except (TypeError, ValueError):
            pass
    raise _misfit(parameter, given, problem)


def _misfit(parameter: Parameter, given: Any, problem: str) -> ParameterError:
    if parameter.choices is not None and len(parameter.choices) <= 12:
        hint = f"choose one of: {', '.join(map(str, parameter.choices))}"
    elif parameter.declared:
        hint = f"it is declared as {parameter.name}: {parameter.annotation}"
    else:
        hint = (
            f"its default {parameter.default_source} makes it a {parameter.annotation}; "
            f"declare another type in the parameters cell, e.g. {parameter.name}: float"
        )
    shown = repr(given)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return ParameterError(
        f"parameter {parameter.name}: {shown} does not fit {parameter.annotation}: {problem}", hint=hint
    )


def _guess(text: str) -> Any:
    """A value for a parameter that declares no type: a number, bool or None if it spells one, or text."""
    words = {"true": True, "True": True, "false": False, "False": False, "None": None, "null": None}
    if text in words:
        return words[text]
    try:
        return _structure(text) if text[:1] in "[({\"'" or text[:1].isdigit() or text[:1] in "+-." else text
    except ValueError:
        return text


def _unnumpy(value: Any) -> Any:
    """Numpy scalars and pandas timestamps as the Python value they hold; anything else untouched."""
    if isinstance(value, date) and hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def _collection_source(value: Any) -> str:
    inner = ", ".join(to_source(item) for item in value)
    if isinstance(value, list):
        return f"[{inner}]"
    if isinstance(value, tuple):
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, frozenset):
        return f"frozenset({{{inner}}})" if value else "frozenset()"
    return f"{{{inner}}}" if value else "set()"


def _shown(value: Any) -> str:
    """Like source, but for a person."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, PurePath | Decimal | date | time | timedelta):
        return str(value)
    try:
        return to_source(value) if not isinstance(value, float) else repr(value)
    except ParameterError:
        return repr(value)


__all__ = [
    "check_request",
    "check_value",
    "default_value",
    "from_text",
    "record",
    "split_grid",
    "to_source",
]
