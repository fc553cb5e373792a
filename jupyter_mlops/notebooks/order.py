"""Could the state of a live notebook have come from running it top to bottom?"""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import CellRecord, CellStatus, OrderFinding
from jupyter_mlops.notebooks.document import INJECTED_TAG, Cell, Notebook, cell_digest, code_cells, tags


def check_order(notebook: Notebook, executions: Sequence[CellRecord]) -> list[OrderFinding]:
    """Why not, cell by cell; [] where it could have. `notebook` is the document as saved.

    Told are cells that ran before a cell above them last ran, cells edited since they ran, cells that
    ran and are no longer in the notebook, and cells passed over above ones that ran.
    """
    last: dict[str, tuple[int, CellRecord]] = {}
    for order, record in enumerate(executions):
        if record.cell_id is not None and record.status is not CellStatus.NOT_RUN:
            last[record.cell_id] = (order, record)
    if not last:
        return []
    cells = [
        (number, cell)
        for number, (_, cell) in enumerate(code_cells(notebook), 1)
        if str(cell.get("id")) in last or (INJECTED_TAG not in tags(cell) and cell["source"].strip())
    ]
    present = {str(cell.get("id")) for _, cell in cells}
    return [*_in_place(cells, last), *_deleted(present, last)]


def _in_place(
    cells: Sequence[tuple[int, Cell]], last: dict[str, tuple[int, CellRecord]]
) -> list[OrderFinding]:
    findings = []
    ran = [number for number, cell in cells if str(cell.get("id")) in last]
    first_tracked, last_ran = min(ran, default=0), max(ran, default=0)
    latest_above, above = -1, 0
    for number, cell in cells:
        key, label = str(cell.get("id")), f"cell {number} ({_head(cell['source'])})"
        if key not in last:
            if first_tracked < number < last_ran:
                findings.append(
                    _finding("skipped over", key, f"{label} has not run, but cells below it have")
                )
            continue
        order, record = last[key]
        if record.digest != cell_digest(cell["source"]):
            findings.append(_finding("edited", key, f"{label} was edited since it ran"))
        if order < latest_above:
            findings.append(
                _finding("out of order", key, f"{label} ran before cell {above}, which is above it, last ran")
            )
        else:
            latest_above, above = order, number
    return findings


def _deleted(present: set[str], last: dict[str, tuple[int, CellRecord]]) -> list[OrderFinding]:
    return [
        _finding("deleted", key, f"a cell that ran ({_head(record.source)}) is no longer in the notebook")
        for key, (_, record) in last.items()
        if key not in present
    ]


def _finding(kind: str, cell: str, message: str) -> OrderFinding:
    return OrderFinding.model_validate({"kind": kind, "cell": cell, "message": message})


def _head(source: str) -> str:
    line = source.strip().splitlines()[0] if source.strip() else "empty"
    return line if len(line) <= 40 else line[:39] + "…"
