"""A notebook as Papermill leaves it: prepared before it runs, marked where it failed."""

from __future__ import annotations

from jupyter_mlops.notebooks.document import Notebook
from jupyter_mlops.notebooks.document import tags as cell_tags


def prepared(notebook: Notebook) -> Notebook:
    """As Papermill leaves a notebook before it runs: no outputs, no error marks, its own metadata."""
    from papermill.execute import ERROR_MARKER_TAG

    cells = [cell for cell in notebook["cells"] if ERROR_MARKER_TAG not in cell_tags(cell)]
    for cell in cells:
        cell.setdefault("metadata", {})
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cell["metadata"]["papermill"] = {"status": "pending", "exception": None}
    return {**notebook, "cells": cells}


def anchor_failure(notebook: Notebook, index: int) -> None:
    """Papermill's mark at the top of a failed notebook, linked to one before the cell that failed."""
    from nbformat.v4 import new_markdown_cell
    from papermill.execute import ERROR_ANCHOR_MSG, ERROR_MARKER_TAG, ERROR_MESSAGE_TEMPLATE

    count = notebook["cells"][index].get("execution_count") or index + 1
    marked = {"tags": [ERROR_MARKER_TAG]}
    before = new_markdown_cell(ERROR_ANCHOR_MSG, metadata=marked)
    top = new_markdown_cell(ERROR_MESSAGE_TEMPLATE % str(count), metadata=marked)
    for cell in (before, top):
        if notebook.get("nbformat_minor", 0) < 5:
            cell.pop("id", None)
    notebook["cells"].insert(index, before)
    notebook["cells"].insert(0, top)
