"""The source of a recorded run as a notebook to go on with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyter_mlops.entities import CellRecord
from jupyter_mlops.notebooks.document import INJECTED_TAG, Cell, Notebook, tags
from jupyter_mlops.notebooks.executed import MARKER_TAG

RESTORED = "jupyter_mlops"  # the key of a notebook's metadata that tells which run it is from
_OF_A_RUN = {"papermill", "execution"}  # keys of metadata that tell how it went
_PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def restored(notebook: Notebook, run_id: str) -> Notebook:
    """The notebook as it was before the run: without outputs, counts and marks, and without the cell that
    gave the parameters their values, so that those hold again which its own parameters cell gives."""
    cells = [_cell(cell) for cell in notebook["cells"] if not {INJECTED_TAG, MARKER_TAG} & set(tags(cell))]
    metadata = {
        key: value for key, value in notebook["metadata"].items() if key not in {*_OF_A_RUN, "widgets"}
    }
    return {**notebook, "cells": cells, "metadata": {**metadata, RESTORED: {"restored_from": run_id}}}


def from_records(records: Iterable[CellRecord]) -> Notebook:
    """A notebook of the cells that a journal tells of, each as it ran last: in their places, where these are
    known, then in the order in which they ran."""
    last: dict[Any, CellRecord] = {}
    for number, record in enumerate(records):
        key = record.cell_id or number
        last.pop(key, None)
        last[key] = record
    placed = sorted(last.values(), key=lambda record: (record.index < 0, max(record.index, 0)))
    cells = [_new(number, record) for number, record in enumerate(placed)]
    return {"cells": cells, "metadata": dict(_PYTHON), "nbformat": 4, "nbformat_minor": 5}


def _cell(cell: Cell) -> Cell:
    metadata = {key: value for key, value in cell.get("metadata", {}).items() if key not in _OF_A_RUN}
    made = {**cell, "metadata": metadata}
    return {**made, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else made


def _new(number: int, record: CellRecord) -> Cell:
    return {
        "cell_type": "code",
        "id": record.cell_id or f"cell-{number}",
        "metadata": {},
        "execution_count": record.execution_count,
        "outputs": [],
        "source": record.source,
    }
