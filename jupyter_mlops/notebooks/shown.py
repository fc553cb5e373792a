"""A notebook as a page may show it: nothing in it runs there, and no part of it is too large for a page.

Of outputs only those types are kept that are text, an image, or HTML, Markdown, LaTeX and SVG, which are text
to us and which a page must sanitise. What is left out: JavaScript in all its names, state of widgets and all
else that an extension of a page would run or draw (``application/vnd...``), a PDF, and whatever is not known
here. Attachments of cells are images, or go. Metadata stay as far as they say how to show a cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlops.notebooks.document import Cell, Notebook, tags
from jupyter_mlops.notebooks.executed import MARKER_TAG

LARGEST_OUTPUT = 2_000_000  # characters
LARGEST_NOTEBOOK = 20_000_000  # characters of sources and outputs
_TYPES = {
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "application/json",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/svg+xml",
}
_CELL_METADATA = {"tags", "papermill", "collapsed", "scrolled", "jupyter"}
_END = 20_000  # characters of the end of a text that was cut


def shown(notebook: Notebook) -> tuple[Notebook, int | None]:
    """What a page may show of the notebook, and the place in it of the cell that failed, None where none did.
    Marks of Papermill's that say the same are left out; for anything else that is, a line of text says so."""
    cells, room, failed = list[Cell](), LARGEST_NOTEBOOK, None
    for cell in notebook["cells"]:
        if MARKER_TAG in tags(cell):
            continue
        taken, room = _cell(cell, room)
        if failed is None and _failed(cell):
            failed = len(cells)
        taken["id"] = cell["id"][:64] if isinstance(cell.get("id"), str) else f"cell-{len(cells)}"
        cells.append(taken)
    made = {"nbformat": 4, "nbformat_minor": 5, "metadata": _metadata(notebook), "cells": cells}
    return made, failed


def _failed(cell: Cell) -> bool:
    mark = cell.get("metadata", {}).get("papermill")
    return isinstance(mark, Mapping) and mark.get("exception") is True


def _metadata(notebook: Notebook) -> dict[str, Any]:
    """The language, by which sources are coloured."""
    found = {}
    for name, keys in {
        "kernelspec": ("name", "display_name", "language"),
        "language_info": ("name", "version", "mimetype", "file_extension", "pygments_lexer"),
    }.items():
        given = notebook["metadata"].get(name)
        if isinstance(given, Mapping):
            found[name] = {key: given[key] for key in keys if isinstance(given.get(key), str)}
    return found


def _cell(cell: Cell, room: int) -> tuple[Cell, int]:
    """The cell as it may be shown, and how much room is left after it."""
    source, room = _within(cell["source"], room)
    kind = cell["cell_type"] if cell["cell_type"] in ("code", "markdown") else "raw"
    metadata = {key: value for key, value in cell.get("metadata", {}).items() if key in _CELL_METADATA}
    made: Cell = {"cell_type": kind, "metadata": metadata, "source": source}
    if kind == "code":
        made["execution_count"] = _count(cell.get("execution_count"))
        made["outputs"] = []
        for output in cell.get("outputs") or ():
            for taken in _output(output) if isinstance(output, Mapping) else ():
                cut, room = _sized(taken, room)
                made["outputs"].append(cut)
    elif isinstance(cell.get("attachments"), Mapping):
        made["attachments"], room = _attachments(cell["attachments"], room)
    return made, room


def _output(output: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        yield {"output_type": kind, "name": name, "text": text_of(output.get("text"))}
    elif kind == "error":
        lines = output.get("traceback")
        yield {
            "output_type": kind,
            "ename": str(output.get("ename", "")),
            "evalue": str(output.get("evalue", "")),
            "traceback": [str(line) for line in lines] if isinstance(lines, list) else [],
        }
    elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), Mapping):
        yield _bundle(kind, output)


def _bundle(kind: str, output: Mapping[str, Any]) -> dict[str, Any]:
    data = {
        name: value if name == "application/json" else text_of(value)
        for name, value in output["data"].items()
        if name in _TYPES
    }
    left = sorted(str(name)[:80] for name in output["data"] if name not in _TYPES)
    if left and not data:
        return _note(f"[an output of the type {', '.join(left)} is not shown here]")
    made = {"output_type": kind, "data": data, "metadata": {}}
    return made | ({"execution_count": _count(output.get("execution_count"))} if kind[0] == "e" else {})


def _sized(output: dict[str, Any], room: int) -> tuple[dict[str, Any], int]:
    """The output, cut where it is too large; and how much room is left after it."""
    most = max(0, min(LARGEST_OUTPUT, room))
    if output["output_type"] == "stream":
        output["text"], _ = _within(output["text"], most)
    elif output["output_type"] == "error":
        output["evalue"], _ = _within(output["evalue"], most)
        if sum(map(len, output["traceback"])) > most:
            output["traceback"] = [_within("\n".join(output["traceback"]), most)[0]]
    else:
        large = {name: _length(value) for name, value in output["data"].items()}
        kept = {name for name, size in large.items() if size <= most}
        if len(kept) < len(large):
            size = sum(large[name] for name in large.keys() - kept)
            if not kept - {"text/plain"}:
                return _note(f"[an output of {size:,} characters is too large to be shown here]"), room - 100
            output["data"] = {name: value for name, value in output["data"].items() if name in kept}
    return output, room - _length(output)


def _attachments(found: Mapping[str, Any], room: int) -> tuple[dict[str, Any], int]:
    kept: dict[str, Any] = {}
    for name, data in found.items():
        images = {
            kind: text_of(value)
            for kind, value in (data.items() if isinstance(data, Mapping) else ())
            if kind in _TYPES and kind.startswith("image/")
        }
        if images and _length(images) <= min(room, LARGEST_OUTPUT):
            kept[str(name)] = images
            room -= _length(images)
    return kept, room


def _within(text: str, room: int) -> tuple[str, int]:
    """The text, its middle cut out where it is longer than that; and how much room is left after it."""
    room = max(0, room)
    if len(text) <= min(room, LARGEST_OUTPUT):
        return text, room - len(text)
    most = min(room, LARGEST_OUTPUT)
    end = min(_END, most // 2)
    cut = len(text) - most
    kept = f"{text[: most - end]}\n[... {cut:,} characters are not shown here ...]\n{text[len(text) - end :]}"
    return kept, room - most


def _note(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stderr", "text": f"{text}\n"}


def _length(value: Any) -> int:
    """About how many characters it has as JSON."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(str(key)) + _length(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(2 + _length(item) for item in value)
    return 8


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(value: Any) -> str:
    """A text that a notebook holds whole, or in lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
