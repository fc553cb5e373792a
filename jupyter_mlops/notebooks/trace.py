"""Which variables a step reads and writes: what is kept while its code is gone through."""

from __future__ import annotations

import ast

from jupyter_mlops.notebooks.effects import Imported, shared_with
from jupyter_mlops.notebooks.variables import Variable


class Trace:
    """The variables of one step, told one by one what its code does.

    `reads` are the variables that it reads, or its functions and changes in place do, where it has not surely
    assigned them before; `missing` those of them that it reads by name and has not even perhaps assigned.
    `writes` are those that it assigns (`assigned`) or changes in place, `deleted` those that are gone in the
    end. `touched` tells, cell by cell, the names that it reads from other cells and those that it writes.
    `star` is a line such as ``from m import *`` that hides names. `common` are the cells above all steps;
    `known`, `imported` and `plain` (numbers and text, which nothing changes in place), what the code of all
    cells above tells of variables, is shared with it.
    """

    def __init__(self, common: Trace | None = None) -> None:
        self.reads: set[str] = set()
        self.missing: set[str] = set()
        self.writes: set[str] = set()
        self.assigned: set[str] = set()
        self.deleted: set[str] = set()
        self.touched: list[tuple[set[str], set[str]]] = []
        self.star: str | None = None
        self.known: dict[str, Variable] = common.known if common else {}
        self.imported: dict[str, Imported] = common.imported if common else {}
        self.plain: set[str] = common.plain if common else set()
        self._common = common.writes if common else set()
        self._sure: set[str] = set()
        self._perhaps: set[str] = set()
        self._aliases: dict[str, set[str]] = {}  # names of one object, or of parts of one
        self._hidden: list[set[str]] = []  # variables of comprehensions
        self._branches = 0
        self._following: set[str] = set()

    @property
    def perhaps_kept(self) -> set[str]:
        """What it writes, but may leave as it was."""
        return self.writes - self._sure

    def read(self, name: str, *, named: bool = True) -> None:
        """`name` is read here; what a function of that name reads and changes when called, too."""
        if any(name in hidden for hidden in self._hidden) or name in self._following:
            return
        if self.touched and not (name in self._sure and name in self.touched[-1][1]):
            self.touched[-1][0].add(name)
        if name not in self._sure:
            self.reads.add(name)
            if named and name not in self._perhaps:
                self.missing.add(name)
        variable = self.known.get(name)
        if variable is not None:
            self._following.add(name)
            for other in sorted(variable.later):
                self.read(other, named=False)
            self._following.discard(name)
            self.plain -= variable.assigns
            for other in sorted(variable.changes | variable.assigns):
                self.change(other)

    def write(self, name: str, variable: Variable | None = None) -> None:
        """`name` is assigned here."""
        self._note_written(name)
        self.assigned.add(name)
        self._sure.add(name)
        self._perhaps.add(name)
        self.deleted.discard(name)
        self.imported.pop(name, None)
        self.plain.discard(name)
        for other in self._aliases.pop(name, set()) - {name}:
            self._aliases.get(other, set()).discard(name)
        older = self.known.pop(name, None) if not self._branches else self.known.get(name)
        if variable is not None and variable != Variable():
            self.known[name] = older | variable if older and self._branches else variable

    def change(self, name: str, variable: Variable | None = None) -> None:
        """The object of that name is changed in place, and so what other names have of it."""
        if name in self.plain or any(name in hidden for hidden in self._hidden):
            return
        if name not in self._sure:
            self.reads.add(name)
        for other in {name} | self._aliases.get(name, set()):
            self._note_written(other)
            if variable is not None and variable != Variable():
                self.known[other] = self.known.get(other, Variable()) | variable

    def forget(self, name: str) -> None:
        """`name` is deleted here."""
        self._sure.discard(name)
        if not self._branches:
            self._perhaps.discard(name)
            self.writes.discard(name)
            self.deleted.add(name)

    def _note_written(self, name: str) -> None:
        self.writes.add(name)
        if self.touched:
            self.touched[-1][1].add(name)

    def _alias(self, name: str, value: ast.expr) -> None:
        """`name` now has an object that others have, or a part: ``b = a``, ``b = a[0]``, ``b = [a]``."""
        for other in shared_with(value):
            if other == name or other in self.imported or other in self.plain:
                continue
            group = self._aliases.get(other, set()) | {other, name}
            for each in group:
                self._aliases[each] = self._aliases.get(each, set()) | group
