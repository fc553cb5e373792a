"""A lost run's notebook is put together once: one that was finished already stays as it is."""

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
from jupyter_mlops.notebooks.journal import Journal, new_record
from jupyter_mlops.notebooks.outputs import Outputs
from jupyter_mlops.notebooks.recovery import recover


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
