"""Parameters put into a notebook the way Papermill does: one cell after the parameters cell."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from jupyter_mlops.notebooks.document import INJECTED_TAG, PARAMETERS_TAG, Cell, Notebook, find_tagged, tags
from jupyter_mlops.notebooks.values import to_source


def inject(notebook: Notebook, values: Mapping[str, Any]) -> Notebook:
    """A copy of the notebook in which `values` are assigned right after the parameters cell.

    An injected cell of an earlier run is replaced. Without values the copy has none.
    """
    result = copy.deepcopy(notebook)
    result["cells"] = [cell for cell in result["cells"] if INJECTED_TAG not in tags(cell)]
    found = find_tagged(result, PARAMETERS_TAG)
    if values and found is not None:
        lines = "\n".join(f"{name} = {to_source(value)}" for name, value in values.items())
        result["cells"].insert(found[0] + 1, _code_cell(f"# Parameters\n{lines}\n"))
        if (result.get("nbformat", 4), result.get("nbformat_minor", 0)) < (4, 5):
            del result["cells"][found[0] + 1]["id"]  # not allowed before 4.5
    return result


def with_injected(notebook: Notebook, source: str | None) -> Notebook:
    """A copy of the notebook whose one injected cell, right after the parameters cell, holds `source`."""
    result = copy.deepcopy(notebook)
    result["cells"] = [cell for cell in result["cells"] if INJECTED_TAG not in tags(cell)]
    found = find_tagged(result, PARAMETERS_TAG)
    if source is not None and found is not None:
        result["cells"].insert(found[0] + 1, _code_cell(source))
        if (result.get("nbformat", 4), result.get("nbformat_minor", 0)) < (4, 5):
            del result["cells"][found[0] + 1]["id"]  # not allowed before 4.5
    return result


def _code_cell(source: str) -> Cell:
    return {
        "cell_type": "code",
        "id": uuid.uuid4().hex[:8],
        "metadata": {"tags": [INJECTED_TAG]},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
