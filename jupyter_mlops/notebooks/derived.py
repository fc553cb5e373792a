"""Which statements of the parameters cell must run again after values were given, e.g. ``b = a * 2``."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jupyter_mlops.notebooks.parameters import without_magics
from jupyter_mlops.notebooks.types import UNREADABLE

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_PARTIAL = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.TryStar,
    ast.With,
    ast.AsyncWith,
    ast.Match,
)
_NEVER = (ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Pass)


@dataclass(frozen=True)
class Statement:
    """One top-level statement: its own text, and the names it reads and writes when it runs.

    `later` are the names that a function reads when it is called; `partial` tells that what it writes may
    stay as it was (an ``if``). Changing a list or dict in place counts as reading and writing it.
    """

    source: str
    reads: frozenset[str]
    writes: frozenset[str]
    later: frozenset[str]
    repeatable: bool
    partial: bool


def repeated_statements(source: str, given: Collection[str]) -> list[Statement]:
    """The statements that give the names which were not given the values they have where the
    given names are assigned instead of their defaults; in order, to run after those assignments.

    That is every statement that reads a given name, or what such a statement wrote; and what it builds upon
    where that was overwritten since (``b = 1`` of ``b = 1; b += a``).
    """
    statements = read_statements(source)
    again: set[int] = set()
    while True:
        more = _dependent(statements, set(given), again)
        more |= _built_upon(statements, set(given), again | more)
        if more <= again:
            return [statements[index] for index in sorted(again)]
        again |= more


def rewritten_names(source: str) -> dict[str, str]:
    """Names whose value no single assignment tells (``b += a``, an ``if`` block ...), with the text of the
    last statement that writes them."""
    found: dict[str, str] = {}
    for statement in read_statements(source):
        for name in statement.writes:
            found.pop(name, None)
            if statement.repeatable and (statement.partial or name in statement.reads):
                found[name] = statement.source
    return found


def read_statements(source: str) -> list[Statement]:
    """The top-level statements of a cell; none where it is not Python."""
    source = without_magics(source)
    try:
        nodes = ast.parse(source).body
    except UNREADABLE:
        return []
    read: list[Statement] = []
    for node in nodes:
        own = {name for statement in read for name in statement.writes if statement.repeatable}
        read.append(_statement(source, node, own))
    return read


def _dependent(statements: list[Statement], given: set[str], again: set[int]) -> set[int]:
    """Statements that read a given name or write or read what one of `again` wrote."""
    found: set[int] = set()
    assigned: set[str] = set()  # the given names, from where the cell first assigns them
    rewritten: set[str] = set()
    functions: dict[str, frozenset[str]] = {}
    for index, statement in enumerate(statements):
        reads = _with_called(statement.reads, functions)
        depends = bool(reads & (assigned | rewritten) or statement.writes & rewritten or index in again)
        if statement.repeatable and depends and not (statement.writes and statement.writes <= given):
            found.add(index)
            rewritten |= statement.writes - given
        assigned |= statement.writes & given
        functions.update(dict.fromkeys(statement.writes, statement.later))
    return found


def _built_upon(statements: list[Statement], given: set[str], again: set[int]) -> set[int]:
    """Earlier statements that wrote what one of `again` reads, where a later one has overwritten it."""
    found: set[int] = set()
    functions: dict[str, frozenset[str]] = {}
    for index, statement in enumerate(statements):
        functions.update(dict.fromkeys(statement.writes, statement.later))
        if index not in again:
            continue
        kept = statement.writes if statement.partial else frozenset()
        for name in _with_called(statement.reads | kept, functions) - given:
            if any(name in later.writes for later in statements[index:]):
                found |= {
                    k for k in range(index) if name in statements[k].writes and statements[k].repeatable
                }
    return found


def _with_called(names: frozenset[str], functions: dict[str, frozenset[str]]) -> set[str]:
    """The names, and what functions among them read when called."""
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(functions.get(name, ()))
    return reached


def _statement(source: str, node: ast.stmt, own: set[str]) -> Statement:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    text = ast.get_source_segment(source, node) or ""
    if first < node.lineno:  # the segment of a function begins at its def
        text = "\n".join(source.split("\n")[first - 1 : node.end_lineno])
    try:
        table = symtable.symtable(text, "parameters", "exec")
    except UNREADABLE:
        return Statement(text, frozenset(), frozenset(), frozenset(), repeatable=False, partial=False)
    inner = frozenset(name for child in table.get_children() for name in _free(child))
    writes = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
    writes |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}
    in_place = set(_changed_in_place(node)) & own
    reads = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()} | in_place
    reads |= {
        n.target.id for n in ast.walk(node) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
    }
    is_function = isinstance(node, _FUNCTION)
    return Statement(
        text,
        reads=frozenset(reads if is_function else reads | inner),
        writes=frozenset({node.name} if isinstance(node, (*_FUNCTION, ast.ClassDef)) else writes | in_place),
        later=inner if is_function else frozenset(),
        repeatable=not isinstance(node, _NEVER) and not _only_shows(node),
        partial=isinstance(node, _PARTIAL),
    )


def _only_shows(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Await | ast.NamedExpr)


def _free(table: symtable.SymbolTable) -> Iterator[str]:
    """The global names that a function, lambda or comprehension reads."""
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _free(child)


def _changed_in_place(node: ast.stmt) -> Iterator[str]:
    """Names of what an item or attribute is assigned to, or a method is called on for its effect."""
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript | ast.Attribute) and not isinstance(part.ctx, ast.Load):
            yield from _base(part)
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            called = part.value.func
            yield from _base(called) if isinstance(called, ast.Attribute) else ()


def _base(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id
