"""The records of a run whose process was lost, closed by whoever finds them: the cell in work was killed,
later ones never ran, and the notebook is put together from what was written."""

from __future__ import annotations

import contextlib
from pathlib import Path

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.exceptions import MLOpsError, NotFound
from jupyter_mlops.notebooks.document import Notebook, code_cells, read_notebook
from jupyter_mlops.notebooks.executed import PENDING, write_executed
from jupyter_mlops.notebooks.journal import Journal, new_record, read_journal, read_states
from jupyter_mlops.notebooks.outputs import Outputs

LOST = "the process that ran it is gone"


def recover(journal: Path, lines: Path, log: Path) -> None:
    """Close the journal of a lost run, and finish the executed notebook beside it.

    Args:
        journal: the run's journal; a notebook of a headless run lies in the same folder.
        lines: the file of its outputs; missing for a session, which has no executed notebook.
        log: the log of what it printed.
    """
    closed = _close(journal)
    found = [path for path in journal.parent.glob("*.ipynb") if lines.exists()]
    for path in found[:1]:
        try:
            notebook = read_notebook(path)
        except MLOpsError:
            continue
        if _finished(notebook):
            continue  # only the upload was cut short
        with contextlib.closing(Outputs(lines, log)) as outputs:
            _finish(path, notebook, closed, Journal(journal), outputs)


def write_so_far(journal: Path, lines: Path, target: Path) -> None:
    """Save to `target` the notebook of a run that goes on, with all that its cells have shown so far; what
    the run itself writes is only looked at, so it costs the run nothing.

    Raises:
        NotFound: no notebook runs there.
    """
    found = next(iter(sorted(journal.parent.glob("*.ipynb"))), None)
    if found is None or not lines.exists():
        raise NotFound("the run has no notebook yet", hint="a session's is the one that is open")
    with contextlib.closing(Outputs(lines, None, reading=True)) as outputs:
        write_executed(target, read_notebook(found), read_journal(journal), outputs)


def _finished(notebook: Notebook) -> bool:
    """Whether outputs and marks were put in already; before that, every code cell is pending."""
    return any(cell["metadata"].get("papermill") != PENDING for _, cell in code_cells(notebook))


def _close(journal: Path) -> list[CellRecord]:
    """Every execution's last state; one that was running is killed from now on."""
    closed = []
    writer = Journal(journal)
    for key, record in read_states(journal).items():
        if record.status is CellStatus.RUNNING:
            record = record.model_copy(update={"status": CellStatus.KILLED, "error": LOST})
            writer.write(key, record)
        closed.append(record)
    return closed


def _finish(
    path: Path, notebook: Notebook, records: list[CellRecord], journal: Journal, outputs: Outputs
) -> None:
    known = {record.index for record in records}
    for index, cell in code_cells(notebook):
        if index not in known and cell["source"].strip():
            records.append(new_record(index, cell, status=CellStatus.NOT_RUN))
            journal.write(f"never {index}", records[-1])
    killed = [record.index for record in records if record.status is CellStatus.KILLED]
    for index in known:
        outputs.end_cell(index)
    write_executed(path, notebook, records, outputs, failed=killed[-1] if killed else None)
