"""What is known of a variable from the code that made it: which others it needs where it is used."""

from __future__ import annotations

import ast
import copy
import dataclasses
import symtable
from collections.abc import Iterator, Mapping

from jupyter_mlops.notebooks.code import LINE
from jupyter_mlops.notebooks.effects import Imported, changed_at, keeps_what_it_is_given
from jupyter_mlops.notebooks.types import UNREADABLE

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
Known = Mapping[str, "Variable"]

_FLUENT = {
    "fit",
    "partial_fit",
    "set_params",
    "set_output",
    "copy",
}  # what they return is what they are called on


@dataclasses.dataclass(frozen=True)
class Variable:
    """A function, a class, or what holds some: `later` are the globals that it reads where it is used,
    `changes` those that a call changes in place, `assigns` those that it assigns, `made` those that the
    result of a call needs."""

    later: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    assigns: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    is_class: bool = False

    def __or__(self, other: Variable) -> Variable:
        return Variable(
            self.later | other.later,
            self.changes | other.changes,
            self.assigns | other.assigns,
            self.made | other.made,
            self.is_class or other.is_class,
        )

    def held(self) -> Variable:
        """What is known of an object that holds this one."""
        return dataclasses.replace(self, is_class=False)


def defined(node: Scope, imported: Mapping[str, Imported]) -> Variable:
    """What a definition or lambda tells of the variable that it is bound to."""
    tables = _tables(node)
    inner = [child for table in tables for child in table.get_children()]
    assigned = {name for table in tables for name in _assigned_globals(table)}
    opened = inner if isinstance(node, ast.ClassDef) else tables
    later = assigned.union(*(_globals(table) for table in opened))  # ``x += 1`` reads it, too
    changed = {name for part in ast.walk(node) for name in changed_at(part, imported)}
    return Variable(
        later=frozenset(later),
        changes=frozenset(changed & later),
        assigns=frozenset(assigned),
        made=frozenset(name for child in inner if _is_definition(child) for name in _globals(child)),
        is_class=isinstance(node, ast.ClassDef),
    )


def class_reads(node: ast.ClassDef) -> frozenset[str]:
    """The globals that the body of a class reads while it is defined."""
    read: set[str] = set()
    for table in _tables(node):
        read |= {symbol.get_name() for symbol in table.get_symbols() if _is_read_global(symbol)}
        read = read.union(*(_globals(child) for child in table.get_children() if not _is_definition(child)))
    return frozenset(read)


def held(node: ast.AST, known: Known, imported: Mapping[str, Imported]) -> Variable:
    """What the value of an expression needs where it is used: of the functions that it holds or may hold."""
    if isinstance(node, ast.Name):
        return _named(node.id, known)
    return _join(_held(node, known, imported))


def _held(node: ast.AST, known: Known, imported: Mapping[str, Imported]) -> Iterator[Variable]:
    if isinstance(node, ast.Lambda):
        yield defined(node, imported)
    elif isinstance(node, ast.Name):
        yield _named(node.id, known).held()
    elif isinstance(node, ast.Call):
        yield from _result(node, known, imported)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _held(child, known, imported)


def _result(call: ast.Call, known: Known, imported: Mapping[str, Imported]) -> Iterator[Variable]:
    """What the result of a call may hold. What a function is given seldom is in its result; what a class or
    the like is given mostly is."""
    function = call.func
    keeps = keeps_what_it_is_given(function)
    if isinstance(function, ast.Name):
        own = _named(function.id, known)
        keeps = keeps or own.is_class
        classes = {other for other in own.later if _named(other, known).is_class}
        if own.is_class:
            yield own.held()
        else:
            changes, assigns = (own.changes, own.assigns) if own.made else (frozenset(), frozenset())
            yield Variable(later=own.made | classes, changes=changes, assigns=assigns)
    elif isinstance(function, ast.Attribute) and function.attr in _FLUENT:
        yield from _held(function.value, known, imported)
    if keeps:
        for given in (*call.args, *(word.value for word in call.keywords)):
            yield from _held(given, known, imported)


def _named(name: str, known: Known) -> Variable:
    """What is known of a name; what holds a class needs it by its name, too."""
    found = known.get(name, Variable())
    return found | Variable(later=frozenset({name})) if found.is_class else found


def _join(found: Iterator[Variable]) -> Variable:
    joined = Variable()
    for each in found:
        joined |= each
    return joined


def _tables(node: Scope) -> list[symtable.SymbolTable]:
    """The scopes that the node opens; none where it cannot be read (``nonlocal`` without a name, say)."""
    bare = copy.copy(node)
    if not isinstance(bare, ast.Lambda):
        bare.decorator_list = []  # they are read where it is defined, not later
    try:
        return symtable.symtable(ast.unparse(bare), "cell", "exec").get_children()
    except UNREADABLE:
        return []


def _is_definition(table: symtable.SymbolTable) -> bool:
    return table.get_name() not in {"listcomp", "setcomp", "dictcomp", "genexpr"}


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """The globals that a scope and those inside it read."""
    for symbol in table.get_symbols():
        if _is_read_global(symbol):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def _is_read_global(symbol: symtable.Symbol) -> bool:
    return symbol.is_global() and symbol.is_referenced() and symbol.get_name() != LINE


def _assigned_globals(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_declared_global() and symbol.is_assigned():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _assigned_globals(child)
