"""Parameters put into a notebook the way Papermill does: one cell after the parameters cell."""

from __future__ import annotations

import ast
import copy
import uuid
from collections.abc import Mapping
from typing import Any

from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.derived import read_statements, repeated_statements
from jupyter_mlops.notebooks.document import INJECTED_TAG, PARAMETERS_TAG, Cell, Notebook, find_tagged, tags
from jupyter_mlops.notebooks.literals import to_source
from jupyter_mlops.notebooks.parameters import enum_classes

_WORDS = {"float", "frozenset", "set", "__import__"}  # that `to_source` writes


def inject(notebook: Notebook, values: Mapping[str, Any]) -> Notebook:
    """A copy of the notebook in which `values` are assigned right after the parameters cell, followed by
    those statements of that cell which compute other names from them (``b = a * 2``).

    An injected cell of an earlier run is replaced. Without values the copy has none.

    Raises:
        ParameterError: a value cannot be written as Python source.
    """
    found = find_tagged(notebook, PARAMETERS_TAG)
    if not values or found is None:
        return with_injected(notebook, None)
    index, cell = found
    enums = enum_classes(notebook, upto=index)
    lines = {name: f"{name} = {to_source(value, enums)}" for name, value in values.items()}
    _refuse_shadowed(cell, lines)
    return with_injected(notebook, "\n".join(["# Parameters", *lines.values(), *_derived(cell, lines), ""]))


def with_injected(notebook: Notebook, source: str | None) -> Notebook:
    """A copy of the notebook whose one injected cell, right after the parameters cell, holds `source`."""
    result = copy.deepcopy(notebook)
    result["cells"] = [cell for cell in result["cells"] if INJECTED_TAG not in tags(cell)]
    found = find_tagged(result, PARAMETERS_TAG)
    if source is not None and found is not None:
        result["cells"].insert(found[0] + 1, _code_cell(source))
        if (result.get("nbformat", 4), result.get("nbformat_minor", 0)) < (4, 5):
            del result["cells"][found[0] + 1]["id"]  # not allowed before 4.5
    return result


def _derived(cell: Cell, lines: Mapping[str, str]) -> list[str]:
    """The statements to repeat; one that assigns a given name, too, is followed by that name's own line."""
    repeated: list[str] = []
    for statement in repeated_statements(cell["source"], lines.keys()):
        repeated.append(statement.source)
        repeated += [lines[name] for name in lines if name in statement.writes]
    return ["# computed from the values above", *repeated] if repeated else []


def _refuse_shadowed(cell: Cell, lines: Mapping[str, str]) -> None:
    """A name of the cell may be ``set``; then no value can be written by that word of Python's."""
    taken = {name for statement in read_statements(cell["source"]) for name in statement.writes} & _WORDS
    for name, line in lines.items() if taken else ():
        needed = {node.id for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)} - {name}
        if needed & taken:
            raise ParameterError(
                f"the value of {name} needs Python's own {min(needed & taken)}, "
                "and the parameters cell uses that name",
                hint="use another name there",
            )


def _code_cell(source: str) -> Cell:
    return {
        "cell_type": "code",
        "id": uuid.uuid4().hex[:8],
        "metadata": {"tags": [INJECTED_TAG]},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
