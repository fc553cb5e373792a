"""Declared types, read from source without running it: an annotation becomes a real typing object.

Only names of a fixed list are understood, so nothing a notebook says is executed here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union, get_args, get_origin

Members = Mapping[str, Mapping[str, Any]]

_SIMPLE: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "bytes": bytes,
    "list": list,
    "dict": dict,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "None": None,
    "Any": Any,
    "object": Any,
    "List": list,
    "Dict": dict,
    "Tuple": tuple,
    "Set": set,
    "Sequence": list,
    "Mapping": dict,
    "Path": Path,
    "PosixPath": Path,
    "Decimal": Decimal,
    "date": date,
    "datetime": datetime,
    "time": time,
    "timedelta": timedelta,
    "Literal": Literal,
    "Optional": Optional,
    "Union": Union,
    "Annotated": Annotated,
}

# annotated_types and pydantic spell the same bounds: Ge(0), Field(ge=0), Interval(ge=0, lt=1)
_BOUND_CALLS = {
    "Ge": "ge", "Gt": "gt", "Le": "le", "Lt": "lt", "MultipleOf": "multiple_of",
    "MinLen": "min_length", "MaxLen": "max_length",
}  # fmt: skip
_BOUND_WORDS = {"ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern"}


# what `ast.parse` raises for text that is no Python, holds half a surrogate pair, or is nested too deep
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class UnknownType(Exception):
    """The annotation names a type that cannot be known without running the notebook."""


def python_type(annotation: str, enums: Members) -> Any:
    """The typing object that `annotation` spells, e.g. ``Annotated[int, Field(ge=1)]``.

    `enums` gives the members of the Enum classes it may name.

    Raises:
        UnknownType: some part of it is not of the known list.
    """
    try:
        tree = ast.parse(annotation, mode="eval").body
    except UNREADABLE:
        raise UnknownType(annotation) from None
    try:
        return _resolve(tree, enums)
    except (TypeError, ValueError, IndexError, RecursionError):  # it is no type that Python would build
        raise UnknownType(annotation) from None


def enum_type(name: str, members: Mapping[str, Any]) -> type[Enum]:
    """An Enum class of that name and members; a stand-in for the one the kernel has."""
    return Enum(name, dict(members))  # type: ignore[return-value]  # the functional form


def bare_type(hint: Any) -> Any:
    """The type inside ``Annotated[...]`` and ``Optional[...]``."""
    if get_origin(hint) is Annotated:
        return bare_type(get_args(hint)[0])
    if get_origin(hint) is Union:
        others = [part for part in get_args(hint) if part is not type(None)]
        if len(others) == 1:
            return bare_type(others[0])
    return hint


def bare_source(annotation: str) -> str:
    """The annotation without what ``Annotated[...]`` adds to a type, at its top or within."""
    try:
        tree = ast.parse(annotation, mode="eval")
        found = any(metadata(node) for node in ast.walk(tree))
        return ast.unparse(_Bare().visit(tree)) if found else annotation
    except UNREADABLE:
        return annotation


class _Bare(ast.NodeTransformer):
    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        return _arguments(node)[0] if metadata(node) else node


def bounds(node: ast.expr) -> dict[str, Any]:
    """The bounds that one piece of ``Annotated`` metadata spells, by pydantic's names; {} for others."""
    if not isinstance(node, ast.Call):
        return {}
    name = _last_name(node.func)
    found: dict[str, Any] = {}
    if name in _BOUND_CALLS and len(node.args) == 1:
        found[_BOUND_CALLS[name]] = _literal(node.args[0])
    elif name == "Len":
        for word, argument in zip(("min_length", "max_length"), node.args, strict=False):
            found[word] = _literal(argument)
    if name in {"Field", "Interval", "Len", *_BOUND_CALLS}:
        for keyword in node.keywords:
            if keyword.arg in _BOUND_WORDS:
                found[keyword.arg] = _literal(keyword.value)
    return {word: value for word, value in found.items() if value is not None}


def metadata(node: ast.AST) -> list[ast.expr]:
    """The metadata expressions of an ``Annotated[...]``; [] for any other annotation."""
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "Annotated":
        return _arguments(node)[1:]
    return []


def _resolve(node: ast.expr, enums: Members) -> Any:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):  # a quoted annotation
            return python_type(node.value, enums)
        if node.value is None or node.value is Ellipsis:
            return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return Union[_resolve(node.left, enums), _resolve(node.right, enums)]  # noqa: UP007 - built at run time
    if isinstance(node, ast.Name | ast.Attribute):
        name = _last_name(node)
        if name in enums:
            return enum_type(name, enums[name])
        if name in _SIMPLE:
            return _SIMPLE[name]
    if isinstance(node, ast.Subscript):
        return _resolve_subscript(node, enums)
    raise UnknownType(ast.unparse(node))


def _resolve_subscript(node: ast.Subscript, enums: Members) -> Any:
    name, arguments = _last_name(node.value), _arguments(node)
    if name == "Literal":
        values = [_literal(argument, strict=True) for argument in arguments]
        return Literal[tuple(values)]
    if name == "Annotated":
        from pydantic import Field

        inner = _resolve(arguments[0], enums)
        words: dict[str, Any] = {}
        for piece in arguments[1:]:
            words.update(bounds(piece))
        return Annotated[inner, Field(**words)] if words else inner
    base = _resolve(node.value, enums)
    resolved = tuple(_resolve(argument, enums) for argument in arguments)
    return base[resolved[0] if len(resolved) == 1 else resolved]


def _arguments(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _literal(node: ast.expr, *, strict: bool = False) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):  # {[1]: 2} is a literal that cannot be
        if strict:
            raise UnknownType(ast.unparse(node)) from None
        return None
