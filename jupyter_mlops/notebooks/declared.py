"""What a notebook's code says before it runs: which experiment its runs belong to."""

from __future__ import annotations

import ast
import re
import shlex

from jupyter_mlops.notebooks.document import Notebook, code_cells
from jupyter_mlops.notebooks.parameters import without_magics
from jupyter_mlops.notebooks.types import UNREADABLE


def tracked_experiment(notebook: Notebook) -> str | None:
    """The experiment of the notebook's first ``%track start --experiment E`` or ``%%track NAME
    --experiment E``, if it has one."""
    for _, cell in code_cells(notebook):
        for line in re.findall(r"^\s*(?:%track\s+start|%%track)\b(.*)$", cell["source"], re.MULTILINE):
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                continue
            for position, word in enumerate(words):
                if word == "--experiment" and position + 1 < len(words):
                    return words[position + 1]
                if word.startswith("--experiment="):
                    return word.partition("=")[2]
    return None


def opens_one_run(notebook: Notebook) -> bool:
    """Whether the code calls `mlflow.start_run` at most once, and not in a loop or a function."""
    calls = 0
    for _, cell in code_cells(notebook):
        try:
            tree = ast.parse(without_magics(cell["source"]))
        except UNREADABLE:
            continue
        calls += _start_runs(tree, weight=1)
    return calls <= 1


def _start_runs(node: ast.AST, weight: int) -> int:
    """Calls of `start_run` below the node; one in a loop or function counts as several."""
    again = ast.For | ast.While | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ListComp
    weight = 2 if isinstance(node, again) else weight
    own = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "start_run"
    return weight * own + sum(_start_runs(child, weight) for child in ast.iter_child_nodes(node))


def chosen_experiments(notebook: Notebook) -> set[str | None]:
    """What the notebook passes to `mlflow.set_experiment`; None for what only a run could tell."""
    found: set[str | None] = set()
    for _, cell in code_cells(notebook):
        try:
            tree = ast.parse(without_magics(cell["source"]))
        except UNREADABLE:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "set_experiment":
                first = node.args[0] if len(node.args) == 1 and not node.keywords else None
                literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
                found.add(str(first.value) if literal else None)  # type: ignore[union-attr]
    return found
