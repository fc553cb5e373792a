"""The source of a run as a notebook to go on with."""

from __future__ import annotations

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.notebooks.restored import from_records, restored
from tests.conftest import cell


def record(cell_id: str | None, source: str, index: int) -> CellRecord:
    return CellRecord(index=index, cell_id=cell_id, source=source, digest="", status=CellStatus.OK)


def test_of_a_cell_that_ran_twice_its_last_source_is_there_once_in_its_place() -> None:
    records = [
        record("b", "x = 2", 1),
        record("a", "x = 1", 0),
        record("b", "x = 3", 1),
        record(None, "!ls", -1),
        record(None, "!pwd", -1),
    ]
    made = from_records(records)
    assert [(each["id"], each["source"]) for each in made["cells"]] == [
        ("a", "x = 1"),
        ("b", "x = 3"),
        ("cell-2", "!ls"),
        ("cell-3", "!pwd"),
    ]


def test_a_parameters_cell_has_its_own_values_again_and_nothing_tells_of_the_run() -> None:
    ran = {**cell("C"), "outputs": [{"output_type": "stream"}], "execution_count": 3}
    ran["metadata"] = {"papermill": {}, "execution": {}, "editable": False}
    notebook = {
        "cells": [
            cell("C = 1", "parameters"),
            cell("C = 2", "injected-parameters"),
            cell("<span>", "papermill-error-cell-tag", kind="markdown"),
            ran,
        ],
        "metadata": {"papermill": {}, "widgets": {}, "kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    made = restored(notebook, "abc")
    assert [each["source"] for each in made["cells"]] == ["C = 1", "C"]
    assert made["cells"][1] == {**cell("C"), "metadata": {"editable": False}}
    assert made["metadata"] == {
        "kernelspec": {"name": "python3"},
        "jupyter_mlops": {"restored_from": "abc"},
    }
    assert len(notebook["cells"]) == 4
    assert restored(made, "def")["cells"] == made["cells"]
