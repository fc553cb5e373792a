"""The digest of all that a gate's result depends on: with the same one it need not be judged again."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Gate, ModelVersion, digest_of
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.notebooks.document import Notebook, code_cells, source_digest
from jupyter_mlops.notebooks.parameters import without_magics
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.judges.opened import open_named, settings
from jupyter_mlops.tracking import datasets

MOST_FILES = 2000  # of a folder that are looked at
CHANGES = 1  # count up when the same inputs are judged otherwise than before


def keyed(key: Callable[[Gate, Context], str]) -> Callable[[Gate, Context], str]:
    """The same key; "" where something that it depends on cannot be had: the gate is judged then, and says
    so."""

    @functools.wraps(key)
    def found(gate: Gate, context: Context) -> str:
        try:
            return key(gate, context)
        except (MLOpsError, OSError, TypeError, ValueError):
            return ""

    return found


def key_of(gate: Gate, context: Context, *, data: Sequence[str | None] = (), **more: Any) -> str:
    """sha256 over the version, the gate's options, what ``mlops.yaml`` says of the model, the digests of the
    `data`, and `more` (JSON).

    Raises:
        NotFound: there are no such data.
        Refused: they cannot be read.
    """
    digests = [open_named(context, what).version.digest for what in data if what is not None]
    return digest_of(
        {
            "changes": CHANGES,
            "kind": gate.kind,
            "name": gate.name,
            "options": _plain(gate.options),
            "version": told_of(context.version),
            "model": settings(context).model_dump(mode="json", include={"checks", "data", "target"}),
            "data": digests,
            **more,
        }
    )


def key_of_notebook(
    context: Context, path: Path, notebook: Notebook, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """What a notebook's result depends on, as far as its text tells: its code, and the content or time of
    change of each dataset and file that it or its `parameters` name, and of each module of the project that
    it imports.

    Raises:
        Refused: it names a folder of so many files that looking at them takes longer than judging.
    """
    said = {text for _, cell in code_cells(notebook) for text in _named(cell["source"])}
    names = sorted({*said, *(value for value in parameters.values() if isinstance(value, str))})
    newest = {entry.version.name: entry.version.digest for entry in datasets.entries(context.store)}
    found = {}
    for name in names:
        declared = name in context.config.datasets
        found[name] = open_named(context, name).version.digest if declared else newest.get(name)
        found[name] = found[name] or _state(context.store.root, path.parent, name)
    return {"source": source_digest(notebook), "names": {k: v for k, v in found.items() if v is not None}}


def told_of(version: ModelVersion | None) -> list[Any] | None:
    """What tells a version from any other, also from one of the same number that took its place."""
    if version is None:
        return None
    created = version.created.isoformat() if version.created else None
    return [version.name, version.version, version.source, version.run_id, created]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def _named(source: str) -> Iterator[str]:
    """The texts in a cell that may name something, and what it imports."""
    try:
        tree = ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError):
        yield from source.split()
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 500:
            yield node.value
        elif isinstance(node, ast.Import):
            yield from (f"{alias.name.partition('.')[0]}.py" for alias in node.names)
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module.partition('.')[0]}.py", node.module.partition(".")[0])


def _state(root: Path, folder: Path, name: str) -> Any:
    """What changes as soon as the file or folder of that name does; None where nothing is called so. Folders
    outside of the project, and those of records, are not looked at."""
    for base in dict.fromkeys((folder, root)):
        path = base / name
        try:
            if path.is_file():
                return _stamp(path)
            inside = path.resolve().relative_to(root.resolve()).parts if path.is_dir() else ()
        except (OSError, ValueError):  # it is no name of a file at all, or lies elsewhere
            continue
        if inside and not inside[0].startswith(".") and inside[0] != "mlruns":
            files = list(
                itertools.islice((each for each in path.rglob("*") if each.is_file()), MOST_FILES + 1)
            )
            if len(files) > MOST_FILES:
                raise Refused(f"there are more than {MOST_FILES:,} files in {path}")
            return sorted([str(each), *_stamp(each)] for each in files)
    return None


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_mtime_ns, found.st_size]
