"""Values for parameters: read text by the declared type, check, and write as source that gives them back.

A value travels as data only: it is checked against its declaration, then written as a literal.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Literal, Union, get_args, get_origin

from jupyter_mlops.entities import SECRET_TYPE, Parameter, RecordedParameter, Secret
from jupyter_mlops.exceptions import ParameterError, did_you_mean
from jupyter_mlops.notebooks.fidelity import as_declared, changed
from jupyter_mlops.notebooks.literals import to_source
from jupyter_mlops.notebooks.scalars import is_scalar
from jupyter_mlops.notebooks.secrets import known_secrets, literal_text, parse_secret, read_secret
from jupyter_mlops.notebooks.types import UnknownType, bare_type, enum_type, python_type
from jupyter_mlops.notebooks.words import split_outside

_DIGITS = re.compile(r"[-+]?[0-9.eE]+")
_CONTAINERS = (list, dict, tuple, set, frozenset)
_TELLING = 6  # characters; a shorter secret is found in the middle of innocent words, too


def check_request(
    parameters: Iterable[Parameter] | None, text: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Every given value, checked against its declaration. `text` is read by the declared type.

    A text, in `text` or `values`, that is ``env:NAME`` or ``file:PATH`` becomes a `Secret`, which can be read
    now; ``text:env:NAME`` is the plain text ``env:NAME``. Texts inside of lists and dicts are plain.

    Raises:
        ParameterError: there is no parameters cell, a name is not declared, a value does not fit, or a
            secret cannot be read.
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
        checked[name] = _secret(declared[name], words) or from_text(declared[name], literal_text(words))
    for name, value in values.items():
        if isinstance(value, Secret):
            checked[name] = _secret(declared[name], value.reference)
        elif type(value) is str:
            checked[name] = _secret(declared[name], value) or check_value(declared[name], literal_text(value))
        else:
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
    # inside of a list or dict the text has said of what type each item is
    return _validate(parameter, hint, read, text, strict=isinstance(read, _CONTAINERS))


def check_value(parameter: Parameter, value: Any) -> Any:
    """The value, if it fits the declaration; JSON's stand-ins (list for tuple, text for a date) are taken
    for what the declaration says, a whole number for a float that equals it, and a scalar of numpy or pandas
    for the Python value that equals it. Nothing else is converted; without a declaration nothing at all.

    Raises:
        ParameterError: it does not fit the declaration.
    """
    hint = _hint(parameter)
    if hint is Any or (type(value) is hint and hint not in _CONTAINERS):
        return value
    try:
        plain = as_declared(hint, value)
        read = _member(hint, plain) if isinstance(plain, str | Enum) else plain
    except (ValueError, OverflowError) as error:
        raise _misfit(parameter, value, str(error)) from None
    return _validate(parameter, hint, read, value, strict=True)


def _secret(parameter: Parameter, text: str) -> Secret | None:
    """The secret that `text` refers to, if it does, readable and fitting; it is in no message.

    Raises:
        ParameterError: it cannot be read, or the parameter is no text, or has bounds that it breaks.
    """
    secret = parse_secret(text)
    if secret is None:
        return None
    hint = _hint(parameter)
    unknown = (
        hint is Any and parameter.declared and parameter.annotation not in {"Any", "object", "typing.Any"}
    )
    bare = bare_type(hint)
    kinds = get_args(bare) if get_origin(bare) is Union else (bare,)
    if unknown or not {str, Any} & set(map(bare_type, kinds)):
        raise ParameterError(
            f"parameter {parameter.name}: {secret.reference} refers to a secret, and a secret is text, "
            f"not {parameter.annotation}",
            hint=f"for the text itself write text:{text}",
        )
    held = read_secret(secret)
    try:
        _validate(parameter, hint, held, secret.reference, strict=True)
    except ParameterError as error:
        if held in str(error):  # the reference may hold the secret's own words
            raise ParameterError(f"parameter {parameter.name}: {secret.reference} does not fit") from None
        raise
    return secret


def record(name: str, value: Any) -> RecordedParameter:
    """The parameter as a run keeps it: text as it is, anything else as its source; of a secret the reference,
    also where a kernel that was given it records it (see `secrets.SECRETS_VARIABLE`)."""
    if isinstance(value, Secret):
        return RecordedParameter(name=name, value=value.reference, type=SECRET_TYPE)
    shown = _storable(str.__str__(value) if isinstance(value, str) else _shown(value))
    for known, secret in known_secrets().items():
        try:
            held = read_secret(secret)
        except ParameterError:  # gone since: only the name can tell
            held = ""
        if name == known or (held and shown == held):
            return RecordedParameter(name=name, value=secret.reference, type=SECRET_TYPE)
        for spelt in {held, repr(held)[1:-1]} if len(held) >= _TELLING else ():
            shown = shown.replace(spelt, secret.reference)
    return RecordedParameter(name=name, value=shown, type=type(value).__name__)


def _storable(text: str) -> str:
    """Half surrogate pairs and zero bytes, which databases refuse, as their escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


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
    hint = bare_type(hint)
    if nullable and text in {"None", "null"}:
        return None
    if get_origin(hint) is Literal:
        for choice in get_args(hint):
            if text in {str(choice), repr(choice)}:
                return choice
        raise ValueError(f"choose one of {', '.join(map(repr, get_args(hint)))}")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(hint, text)
    origin = get_origin(hint) or hint
    if origin in _CONTAINERS:
        found = _structure(text)
        return origin(found) if origin is not dict and isinstance(found, list | tuple | set) else found
    if hint in {date, datetime} and _DIGITS.fullmatch(text.strip()):  # else seconds since 1970
        return hint.fromisoformat(text.strip())
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
    hint = bare_type(hint)
    if not (isinstance(hint, type) and issubclass(hint, Enum)):
        return value
    if isinstance(value, Enum):
        value = value.name
    for member in hint:
        if value == member.name or value == member.value or str(value) == str(member.value):
            return member
    raise ValueError(f"it is not a {hint.__name__}")


def _validate(parameter: Parameter, hint: Any, value: Any, given: Any, *, strict: bool) -> Any:
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError
    from pydantic_core import SchemaError

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        return _kept(value, adapter.validate_python(value, strict=strict), strict=strict)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
    except ValueError as error:
        problem = str(error)
    except (PydanticUserError, SchemaError, TypeError):  # e.g. a lower bound on text
        raise _misfit(parameter, given, "the declaration itself is not valid") from None
    if strict:
        try:  # what a JSON or YAML file can only spell as text or list
            return _kept(value, adapter.validate_json(json.dumps(value), strict=True), strict=True)
        except (TypeError, ValueError, RecursionError):
            pass
    raise _misfit(parameter, given, problem)


def _kept(given: Any, read: Any, *, strict: bool) -> Any:
    """What was read, if a strict reading left the given value what it was.

    Raises:
        ValueError: it did not.
    """
    if strict and changed(given, read):
        raise ValueError("it would become another value or type")
    return read


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
    shown = _brief(given)
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


def _brief(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # a user's own repr may raise anything, and Python's for what is too long or too deep
        return f"a {type(value).__name__}"


def _shown(value: Any) -> str:
    """Like source, but for a person."""
    if isinstance(value, Enum):
        return str(value.name)
    if is_scalar(value) or isinstance(value, PurePath | Decimal | date | time | timedelta):
        return str(value)
    try:
        return to_source(value) if not isinstance(value, float) else repr(value)
    except ParameterError:
        return _brief(value)


__all__ = [
    "check_request",
    "check_value",
    "default_value",
    "from_text",
    "record",
    "split_grid",
]
