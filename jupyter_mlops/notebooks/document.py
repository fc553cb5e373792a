"""An .ipynb as data: read, find tagged cells, digest the source.

Read with the standard library: importing nbformat costs seconds, and `%load_ext` must not.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.exceptions import NotebookError, NotFound

Notebook = dict[str, Any]
Cell = dict[str, Any]

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
CHECK_TAG = "check"  # its failing is told when all cells have run, and does not stop them


def read_notebook(path: Path) -> Notebook:
    """The notebook at `path`, with each cell's source as one string.

    Raises:
        NotFound: there is no such file.
        NotebookError: it is not a version 4 notebook.
    """
    if not os.path.exists(path):  # False, too, for a name the file system cannot take
        others = sorted(p.name for p in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
        hint = f"notebooks there: {', '.join(others)}" if others else "check the path"
        raise NotFound(f"no such notebook: {path}", hint=hint)
    if path.is_dir():
        raise NotebookError(f"{path} is a folder, not a notebook", hint="name the .ipynb file in it")
    mend = "open and save it in JupyterLab, or name another file"
    try:
        # NaN is no JSON, but Papermill has written it into metadata; there it means nothing to us
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"{path} is not a notebook: {error}", hint=mend) from None
    except OSError as error:
        raise NotebookError(
            f"{path} cannot be read: {error.strerror}", hint="check its permissions"
        ) from None
    problem = _malformed(document)
    if problem:
        raise NotebookError(f"{path} is not a notebook: {problem}", hint=mend)
    for cell in document["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    document.setdefault("metadata", {})
    return document


def _malformed(document: Any) -> str | None:
    if not isinstance(document, dict) or "nbformat" not in document:
        return "it has no 'nbformat'"
    if document["nbformat"] != 4:
        return f"its format is {document['nbformat']!r}, and only version 4 is read"
    cells = document.get("cells")
    if not isinstance(cells, list):
        return "it has no cells"
    if not isinstance(document.get("metadata", {}), dict):
        return "its metadata is not an object"
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or "cell_type" not in cell:
            return f"cell {number} has no cell_type"
        source = cell.get("source")
        if not isinstance(source, str) and not (
            isinstance(source, list) and all(isinstance(line, str) for line in source)
        ):
            return f"cell {number} has no source"
        if not isinstance(cell.get("metadata", {}), dict):
            return f"the metadata of cell {number} is not an object"
    return None


def tags(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """The cell's tags; a malformed list counts as none."""
    found = cell.get("metadata", {}).get("tags", [])
    return tuple(tag for tag in found if isinstance(tag, str)) if isinstance(found, list) else ()


def code_cells(notebook: Mapping[str, Any]) -> Iterator[tuple[int, Cell]]:
    """(index in the notebook, cell) of every code cell."""
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            yield index, cell


def find_tagged(notebook: Mapping[str, Any], tag: str) -> tuple[int, Cell] | None:
    """The first code cell that bears `tag`, with its index."""
    return next(((index, cell) for index, cell in code_cells(notebook) if tag in tags(cell)), None)


def cell_digest(source: str) -> str:
    """Content hash of one cell's source; trailing white space does not count."""
    lines = [line.rstrip() for line in source.rstrip().split("\n")]
    return hashlib.blake2b("\n".join(lines).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def source_digest(notebook: Mapping[str, Any]) -> str:
    """Content hash of the notebook's code cells in order; outputs, prose and injected parameters do not
    count, so running a notebook does not change it."""
    folded = hashlib.blake2b(digest_size=16)
    for _, cell in code_cells(notebook):
        if INJECTED_TAG not in tags(cell):
            folded.update(cell_digest(cell["source"]).encode())
    return folded.hexdigest()
