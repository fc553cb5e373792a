"""The notebook as a run leaves it: outputs put in, what each cell did marked the way Papermill does, and
where it failed anchored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.files import whole
from jupyter_mlops.notebooks.document import Cell, Notebook, tags
from jupyter_mlops.notebooks.outputs import Outputs

# Papermill's own tag and texts (papermill.execute), by which it finds and replaces them in a later run
MARKER_TAG = "papermill-error-cell-tag"
PENDING = {"status": "pending", "exception": None}  # the mark of a cell before its run
_ANCHOR = (
    '<span id="papermill-error-cell" style="color:red; font-family:Helvetica Neue, Helvetica, Arial, '
    'sans-serif; font-size:2em;">Execution using papermill encountered an exception here and stopped:</span>'
)
_LINK = (
    '<span style="color:red; font-family:Helvetica Neue, Helvetica, Arial, sans-serif; font-size:2em;">'
    "{what} at '<a href=\"#papermill-error-cell\">In [{count}]</a>'.</span>"
)
_WHAT = {
    CellStatus.FAILED: "An Exception was encountered",
    CellStatus.KILLED: "The kernel died",
    CellStatus.TIMED_OUT: "A time limit was exceeded",
    CellStatus.CANCELLED: "The run was cancelled",
}


def prepared(notebook: Notebook) -> Notebook:
    """The notebook before it runs: no outputs, no marks of an earlier run, every code cell pending."""
    cells = [_prepared(cell) for cell in notebook["cells"] if MARKER_TAG not in tags(cell)]
    return {**notebook, "cells": cells}


def write_executed(
    path: Path,
    notebook: Notebook,
    records: Sequence[CellRecord],
    outputs: Outputs,
    *,
    metadata: Mapping[str, Any] | None = None,
    failed: int | None = None,
) -> None:
    """Save the notebook with what its cells did, one cell in memory at a time.

    Args:
        path: the file, replaced as a whole.
        notebook: as `prepared` made it.
        records: what each cell did, found by its index.
        outputs: what they showed.
        metadata: added to the notebook's own.
        failed: index of the cell that gets the anchor, with a link to it at the top.
    """
    with whole(path) as stream:
        stream.write('{\n "cells": [')
        for number, cell in enumerate(_cells(notebook, records, failed)):
            stream.write(",\n  " if number else "\n  ")
            index, node = cell
            _write_cell(stream.write, node, index, outputs)
        rest = {key: value for key, value in notebook.items() if key != "cells"}
        rest["metadata"] = {**notebook["metadata"], **(metadata or {})}
        stream.write("\n ],\n" + _text(rest)[2:] + "\n")


def mark(cell: Cell, record: CellRecord) -> None:
    """Write what the cell did into its metadata, in Papermill's words where it has them."""
    cell["execution_count"] = record.execution_count
    names = {CellStatus.OK: "completed", CellStatus.NOT_RUN: "pending"}
    unknown = {CellStatus.NOT_RUN, CellStatus.RUNNING, CellStatus.SKIPPED}
    cell["metadata"]["papermill"] = {
        "exception": None if record.status in unknown else record.status is not CellStatus.OK,
        "start_time": record.started.isoformat() if record.started else None,
        "end_time": record.ended.isoformat() if record.ended else None,
        "duration": record.duration,
        "status": names.get(record.status, record.status.value),
    }


def _prepared(cell: Cell) -> Cell:
    cell = {**cell, "metadata": dict(cell.get("metadata", {}))}
    if cell["cell_type"] == "code":
        cell["outputs"], cell["execution_count"] = [], None
        cell["metadata"]["papermill"] = dict(PENDING)
    return cell


def _cells(
    notebook: Notebook, records: Sequence[CellRecord], failed: int | None
) -> Iterator[tuple[int, Cell]]:
    """(index, or -1 for one of ours, and the cell as it is saved)."""
    done = {record.index: record for record in records}
    with_ids = (notebook.get("nbformat", 4), notebook.get("nbformat_minor", 0)) >= (4, 5)
    if failed is not None and failed in done:
        count = done[failed].execution_count or failed + 1
        what = _WHAT.get(done[failed].status, _WHAT[CellStatus.FAILED])
        yield -1, _markdown(_LINK.format(what=what, count=count), "papermill-link", with_ids)
    for index, cell in enumerate(notebook["cells"]):
        if index == failed:
            yield -1, _markdown(_ANCHOR, "papermill-anchor", with_ids)
        if index in done and cell["cell_type"] == "code":
            cell = {**cell, "metadata": dict(cell["metadata"])}
            mark(cell, done[index])
        yield index, cell


def _markdown(source: str, identifier: str, with_id: bool) -> Cell:
    cell: Cell = {"cell_type": "markdown", "metadata": {"tags": [MARKER_TAG]}, "source": source}
    return {"id": identifier, **cell} if with_id else cell


def _write_cell(write: Any, cell: Cell, index: int, outputs: Outputs) -> None:
    text = _text(cell).replace("\n", "\n  ")
    if cell["cell_type"] != "code":
        write(text)
        return
    # inside a JSON string a quote is escaped and a line break is \n: this is found once, as a key
    before, _, after = text.partition('\n   "outputs": []')
    write(before + '\n   "outputs": [')
    several = False
    for output in outputs.of(index):
        write((",\n    " if several else "\n    ") + _text(output).replace("\n", "\n    "))
        several = True
    write(("\n   ]" if several else "]") + after)


def _text(value: Any) -> str:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode()
