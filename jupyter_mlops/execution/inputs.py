"""What a cell depends on: its source, and the plain values it reads. The same again is the same work."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from typing import Any

from jupyter_mlops.notebooks.document import cell_digest
from jupyter_mlops.notebooks.parameters import without_magics
from jupyter_mlops.notebooks.types import UNREADABLE

_PLAIN = (bool, int, float, str, bytes, type(None))


def work_digest(source: str, namespace: Mapping[str, Any]) -> str:
    """Content hash of the cell's source and of every plain value (number, text, bool, None, or tuple of
    them) that it reads and does not itself assign."""
    values = {name: namespace[name] for name in _read_names(source) if name in namespace}
    plain = sorted((name, repr(value)) for name, value in values.items() if _is_plain(value))
    return hashlib.blake2b(f"{cell_digest(source)}{plain}".encode(), digest_size=16).hexdigest()


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_plain(item) for item in value)
    return isinstance(value, _PLAIN)


def _read_names(source: str) -> set[str]:
    try:
        tree = ast.parse(without_magics(source))
    except UNREADABLE:
        return set()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return read - {node.id for node in names if not isinstance(node.ctx, ast.Load)}
