"""What a lost run wrote is closed truthfully by whoever finds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import CellStatus
from jupyter_mlops.files import write_notebook
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.executed import prepared, write_executed
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


@pytest.mark.parametrize("finished", [True, False])
def test_a_lost_run_s_notebook_holds_what_was_shown_and_can_be_read(
    finished: bool, tmp_path: Path, write: Any, cell: Any
) -> None:
    path, journal = tmp_path / "n.ipynb", Journal(tmp_path / "journal.jsonl")
    notebook = prepared(read_notebook(write(path, [cell("print('seen')"), cell("")])))
    write_notebook(path, notebook)
    outputs = Outputs(tmp_path / "lines", tmp_path / "log")
    now = datetime.now(UTC)
    record = new_record(0, notebook["cells"][0], status=CellStatus.OK, started=now, ended=now)
    outputs.add(0, {"msg_type": "stream", "content": {"name": "stdout", "text": "seen\n"}})
    outputs.end_cell(0)
    journal.start(record)
    if finished:
        write_executed(path, notebook, [record], outputs)
    outputs.close()
    recover(journal.path, tmp_path / "lines", tmp_path / "log")
    (first, second) = json.loads(path.read_text())["cells"]
    assert [output["text"] for output in first["outputs"]] == ["seen\n"]
    assert (first["metadata"]["papermill"]["status"], second["outputs"]) == ("completed", [])
