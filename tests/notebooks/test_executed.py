"""The notebook as a run leaves it: valid, marked, anchored, with the outputs where they belong."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.executed import MARKER_TAG, prepared, write_executed
from jupyter_mlops.notebooks.journal import new_record
from jupyter_mlops.notebooks.outputs import Outputs


def save(folder: Path, document: dict[str, Any], records: list[CellRecord], **options: Any) -> Path:
    """The saved notebook, whose cells showed nothing."""
    with contextlib.closing(Outputs(folder / "lines.jsonl", folder / "output.log")) as outputs:
        write_executed(folder / "n.ipynb", document, records, outputs, **options)
    return folder / "n.ipynb"


def notebook(*cells: dict[str, Any], minor: int = 5) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {"mine": 1}, "nbformat": 4, "nbformat_minor": minor}


@pytest.mark.parametrize(
    ("status", "marked", "raised"),
    [
        (CellStatus.OK, "completed", False),
        (CellStatus.NOT_RUN, "pending", None),
        (CellStatus.FAILED, "failed", True),
        (CellStatus.KILLED, "killed", True),
        (CellStatus.TIMED_OUT, "timed out", True),
        (CellStatus.CANCELLED, "cancelled", True),
        (CellStatus.SKIPPED, "skipped", None),
    ],
)
def test_papermills_metadata_says_what_the_journal_says(
    status: CellStatus, marked: str, raised: bool | None, tmp_path: Path, cell: Any
) -> None:
    document = prepared(notebook(cell("1"), cell("2")))
    started = datetime(2026, 1, 1, tzinfo=UTC)
    record = new_record(0, document["cells"][0], status=status, started=started, ended=started)
    save(tmp_path, document, [record])
    first, second = json.loads((tmp_path / "n.ipynb").read_text())["cells"]
    assert (first["metadata"]["papermill"]["status"], first["metadata"]["papermill"]["exception"]) == (
        marked,
        raised,
    )
    assert second["metadata"]["papermill"] == {"status": "pending", "exception": None}


def test_a_failed_cell_gets_papermills_own_marks_which_the_next_run_takes_away(
    tmp_path: Path, cell: Any
) -> None:
    from papermill.execute import ERROR_ANCHOR_MSG, ERROR_MARKER_TAG, ERROR_MESSAGE_TEMPLATE

    document = prepared(notebook(cell("1"), cell("1/0"), cell("# text", kind="markdown")))
    record = new_record(1, document["cells"][1], status=CellStatus.FAILED, execution_count=2)
    save(tmp_path, document, [record], failed=1)
    saved = read_notebook(tmp_path / "n.ipynb")
    assert [c["source"] for c in saved["cells"]] == [
        ERROR_MESSAGE_TEMPLATE % "2",
        "1",
        ERROR_ANCHOR_MSG,
        "1/0",
        "# text",
    ]
    assert MARKER_TAG == ERROR_MARKER_TAG
    nbformat.validate(nbformat.from_dict(saved))
    assert [c["source"] for c in prepared(saved)["cells"]] == ["1", "1/0", "# text"]


@pytest.mark.parametrize("minor", [2, 4, 5])
def test_ids_are_there_only_where_the_format_has_them(minor: int, tmp_path: Path, cell: Any) -> None:
    made = cell("1/0")
    if minor < 5:
        del made["id"]
    document = prepared(notebook(made, minor=minor))
    record = new_record(0, document["cells"][0], status=CellStatus.KILLED)
    save(tmp_path, document, [record], failed=0)
    saved = json.loads((tmp_path / "n.ipynb").read_text())
    assert all(("id" in c) == (minor >= 5) for c in saved["cells"])
    nbformat.validate(nbformat.from_dict(saved))


sources = st.one_of(st.text(st.characters()), st.just('"outputs": []'), st.just('\n   "outputs": []'))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(sources, st.lists(sources, max_size=3)), min_size=1, max_size=4))
def test_any_source_and_output_comes_back(tmp_path_factory: Any, cells: Any) -> None:
    folder = tmp_path_factory.mktemp("n")
    outputs = Outputs(folder / "lines.jsonl", folder / "output.log")
    made = []
    for index, (source, shown) in enumerate(cells):
        made.append({"cell_type": "code", "id": f"c{index}", "metadata": {"outputs": []}, "source": source})
        for text in shown:
            content = {"data": {"text/plain": text}, "metadata": {"outputs": []}}
            outputs.add(index, {"msg_type": "display_data", "content": content})
    write_executed(folder / "n.ipynb", prepared(notebook(*made)), [], outputs, metadata={"theirs": 2})
    outputs.close()
    text = (folder / "n.ipynb").read_text(encoding="utf-8")
    saved = json.loads(text, parse_constant=lambda _: 1 / 0)
    assert [c["source"] for c in saved["cells"]] == [source for source, _ in cells]
    found = [[o["data"]["text/plain"] for o in c["outputs"]] for c in saved["cells"]]
    assert found == [shown for _, shown in cells]
    assert saved["metadata"] == {"mine": 1, "theirs": 2}
    assert (
        text
        == json.dumps(saved, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"
    )
