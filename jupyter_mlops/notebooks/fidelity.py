"""What checking a value may do to it: make a scalar of numpy what the declaration says, and nothing lossy."""

from __future__ import annotations

import types
from datetime import timedelta
from decimal import Decimal
from typing import Any, Union, get_args, get_origin

from jupyter_mlops.notebooks.scalars import is_scalar, to_python
from jupyter_mlops.notebooks.types import bare_type


def as_declared(hint: Any, value: Any) -> Any:
    """The value with the scalars of numpy and pandas made Python's, where the declared type names one;
    where it says nothing (``Any``, a bare ``list``) they stay as they are.

    Raises:
        ValueError: Python has no such value, e.g. a nanosecond.
    """
    hint = bare_type(hint)
    if hint is Any:
        return value
    if is_scalar(value):
        return value if get_origin(hint) is Union and Any in get_args(hint) else to_python(value)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        inner = next((part for part in arguments if get_origin(bare_type(part)) is type(value)), Any)
        return as_declared(inner, value)
    if type(value) is dict and origin is dict and len(arguments) == 2:
        key, item = arguments
        return {as_declared(key, k): as_declared(item, v) for k, v in value.items()}
    if type(value) in {list, tuple, set, frozenset} and origin in {list, tuple, set, frozenset}:
        return _items_as_declared(origin, arguments, value)
    return value


def _items_as_declared(origin: Any, arguments: tuple[Any, ...], value: Any) -> Any:
    if origin is tuple and arguments[-1:] != (...,):
        if len(arguments) != len(value):
            return value  # does not fit, and is told so elsewhere
        return type(value)(map(as_declared, arguments, value))
    return type(value)(as_declared(arguments[0], item) for item in value)


def changed(given: Any, read: Any) -> bool:
    """Whether `read` is more than `given` in the declared type: another number, or a lost subclass.

    Fine are text for what text can spell, a number for a Decimal, a list for a tuple or set, and an int for
    the float that equals it.
    """
    if type(given) is int and type(read) is float:
        return bool(given != read)
    if isinstance(given, dict) and isinstance(read, dict):
        pairs = zip(given.items(), read.items(), strict=False)
        return type(given) is not type(read) or len(given) != len(read) or any(map(_either, pairs))
    if type(given) in {list, tuple} and type(read) in {list, tuple}:
        if len(given) != len(read) or (type(given) is tuple and type(read) is list):
            return True
        return any(map(changed, given, read))
    if type(read) in {set, frozenset}:
        return type(given) not in {list, type(read)} or _items_changed(given, read)
    if type(given) is type(read):
        return False
    return not (type(given) is str or (type(given) in {int, float} and type(read) in {Decimal, timedelta}))


def _items_changed(given: Any, read: Any) -> bool:
    """Items of a set have no order: each is compared with the one that equals it."""
    equal = {item: item for item in read}
    return any(
        changed(item, equal[item]) if item in equal else type(item) not in {str, list} for item in given
    )


def _either(pair: Any) -> bool:
    (left_key, left), (right_key, right) = pair
    return changed(left_key, right_key) or changed(left, right)
