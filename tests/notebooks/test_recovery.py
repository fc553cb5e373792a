"""What a lost run wrote is closed truthfully by whoever finds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import CellStatus
from jupyter_mlops.files import write_notebook
from jupyter_mlops.notebooks.executed import prepared
from jupyter_mlops.notebooks.journal import Journal, new_record, read_journal
from jupyter_mlops.notebooks.outputs import Outputs
from jupyter_mlops.notebooks.recovery import LOST, recover


def lost(folder: Path, cell: Any) -> tuple[Path, Path, Path]:
    """A run that was killed in its second cell of three."""
    kept = folder / "mlops"
    kept.mkdir()
    cells = [cell("a = 1"), cell("print('partial')"), cell("# prose", kind="markdown"), cell("never")]
    document = prepared({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    write_notebook(kept / "n.ipynb", document)
    journal = Journal(kept / "journal.jsonl")
    journal.start(new_record(0, cells[0], status=CellStatus.OK))
    journal.start(new_record(1, cells[1], status=CellStatus.RUNNING))
    outputs = Outputs(folder / "outputs.jsonl", kept / "output.log")
    outputs.add(1, {"msg_type": "stream", "content": {"name": "stdout", "text": "partial\n"}})
    outputs.close()
    with journal.path.open("a") as file:
        file.write('{"key": "3", "ind')  # torn
    return kept / "journal.jsonl", folder / "outputs.jsonl", kept / "output.log"


def test_the_cell_in_work_was_killed_later_ones_never_ran_and_its_output_is_kept(
    tmp_path: Path, cell: Any
) -> None:
    journal, lines, log = lost(tmp_path, cell)
    for _ in range(2):  # found twice it is the same
        recover(journal, lines, log)
        records = read_journal(journal)
        assert [(r.index, r.status) for r in records] == [
            (0, CellStatus.OK),
            (1, CellStatus.KILLED),
            (3, CellStatus.NOT_RUN),
        ]
        assert records[1].error == LOST
        saved = json.loads((journal.parent / "n.ipynb").read_text())["cells"]
        code = [c for c in saved if c["cell_type"] == "code"]
        assert [c["metadata"]["papermill"]["status"] for c in code] == ["completed", "killed", "pending"]
        assert code[1]["outputs"][0]["text"] == "partial\n"
        assert sum("papermill-error-cell" in c["source"] for c in saved) == 2
        assert log.read_text().count("partial") == 1


def test_a_session_has_a_journal_only_and_a_spoilt_notebook_is_left_alone(tmp_path: Path, cell: Any) -> None:
    journal, lines, log = lost(tmp_path, cell)
    (journal.parent / "n.ipynb").write_text("{")
    recover(journal, lines, log)
    assert (journal.parent / "n.ipynb").read_text() == "{"
    lines.unlink()
    recover(journal, lines, log)
    assert [r.status for r in read_journal(journal)][:2] == [CellStatus.OK, CellStatus.KILLED]
    assert not lines.exists()
