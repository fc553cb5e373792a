"""The project's own code that a notebook may import: it travels to a worker that does not see the project."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlops.notebooks.code import read_code
from jupyter_mlops.notebooks.document import Notebook, code_cells

_LARGEST = 10_000_000  # bytes of one file


def project_files(notebook: Notebook, path: Path, root: Path) -> dict[str, str]:
    """Text of the modules in the project that the notebook at `path` imports, and of those that they import,
    by path in the project; of a package all its modules. Found by reading the code: a module that is
    imported by a name made up at run time is not among them."""
    found: dict[str, str] = {}
    waiting = imported_anywhere(notebook)
    known: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        for file, module in _files(name, (path.parent, root)):
            shown = file.relative_to(root).as_posix()
            if shown not in found and file.stat().st_size <= _LARGEST:
                text = found[shown] = file.read_text(encoding="utf-8", errors="replace")
                waiting += imports(parsed(text), module)
    return found


def imported_anywhere(notebook: Notebook) -> list[str]:
    """Names of modules that the notebook's cells import anywhere."""
    return [name for _, cell in code_cells(notebook) for name in imports(read_code(cell["source"]), "")]


def parsed(text: str) -> ast.AST | None:
    """The syntax tree; None where it is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def imports(tree: ast.AST | None, package: str) -> Iterator[str]:
    """Names of modules that the code imports anywhere; relative ones in `package`."""
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*filter(None, above), *filter(None, [node.module])])
            yield from filter(None, (base, *(f"{base}.{alias.name}".strip(".") for alias in node.names)))


def _files(name: str, folders: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """(file, its package) of each file that is or belongs to the module."""
    parts = name.split(".")
    for folder in folders:
        top = folder / parts[0]
        if top.with_suffix(".py").is_file():
            yield top.with_suffix(".py"), ""
        elif top.is_dir() and any(top.glob("*.py")):
            for file in sorted(top.rglob("*.py")):
                yield file, ".".join(file.parent.relative_to(folder).parts)
        else:
            continue
        return
