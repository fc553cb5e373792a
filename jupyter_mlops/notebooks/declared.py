"""What a notebook's code says before it runs: which experiment its runs belong to, what it imports."""

from __future__ import annotations

import ast
import functools
import re
import shlex
from collections.abc import Iterator

from jupyter_mlops.notebooks.document import Notebook, code_cells
from jupyter_mlops.notebooks.parameters import without_magics
from jupyter_mlops.notebooks.types import UNREADABLE

# the search path, the environment, the current folder, what is installed
_CHANGES_IMPORTS = re.compile(
    r"\b(sys\.(path|modules|meta_path)|from sys import|environ|putenv|unsetenv|chdir|addsitedir)\b"
    r"|^\s*(?:%(?:env|set_env|cd|pushd|popd|pip|conda|mamba|uv|run|system|sx)\b|!)",
    re.MULTILINE,
)
_CELL_MAGICS = {"%%time", "%%timeit", "%%capture", "%%track"}  # in whose cells there is Python


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
        if "start_run" in cell["source"]:
            calls += _start_runs(_tree(cell["source"]), weight=1)
    return calls <= 1


@functools.lru_cache(maxsize=2048)  # a notebook is looked at several times, and for each point of a grid
def _tree(source: str) -> ast.AST:
    """The code of a cell, which nobody may change; empty where it cannot be read."""
    try:
        return ast.parse(without_magics(source))
    except UNREADABLE:
        return ast.Module(body=[], type_ignores=[])


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
        for node in ast.walk(_tree(cell["source"])) if "set_experiment" in cell["source"] else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "set_experiment":
                first = node.args[0] if len(node.args) == 1 and not node.keywords else None
                literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
                found.add(str(first.value) if literal else None)  # type: ignore[union-attr]
    return found


def imported_modules(notebook: Notebook) -> Iterator[str]:
    """What the notebook's cells import when they run from top to bottom, as far as their code tells: up to
    the first cell that may change what a later import finds or does."""
    for _, cell in code_cells(notebook):
        if _CHANGES_IMPORTS.search(cell["source"]):
            return
        yield from _imports(cell["source"])


def _imports(source: str) -> Iterator[str]:
    lines = source.splitlines()
    if source.startswith("%%") and lines[0].split()[0] not in _CELL_MAGICS:
        return
    if any(line.split() == ["%load_ext", "jupyter_mlops"] for line in lines):
        yield from ("jupyter_mlops.magics", "jupyter_mlops.execution.session", "mlflow")
    waiting: list[ast.AST] = [_tree(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
