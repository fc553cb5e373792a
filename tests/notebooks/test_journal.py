"""The journal: what was appended is read back in its last state, whatever became of the writer."""

from __future__ import annotations

import contextlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.notebooks.document import cell_digest
from jupyter_mlops.notebooks.journal import Journal, JournalReader, new_record, read_journal

on_disk = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def record(source: str = "x = 1", status: CellStatus = CellStatus.RUNNING, **fields: object) -> CellRecord:
    return new_record(0, {"id": "a", "source": source}, status=status, **fields)


def test_no_file_is_an_empty_journal(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none.jsonl") == []


def test_each_execution_is_read_in_its_last_state_in_the_order_of_their_starts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    first, second = journal.start(record("a")), journal.start(record("b"))
    assert first != second
    journal.write(second, record("b", CellStatus.OK))
    journal.write(first, record("a", CellStatus.FAILED, error="ValueError: no"))
    assert [(r.source, r.status, r.error) for r in read_journal(journal.path)] == [
        ("a", CellStatus.FAILED, "ValueError: no"),
        ("b", CellStatus.OK, None),
    ]


def test_the_same_cell_run_twice_is_two_executions(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for status in (CellStatus.OK, CellStatus.FAILED):
        journal.write(journal.start(record()), record(status=status))
    assert [r.status for r in read_journal(journal.path)] == [CellStatus.OK, CellStatus.FAILED]


def test_it_only_ever_appends(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    key = journal.start(record())
    before = journal.path.read_bytes()
    journal.write(key, record(status=CellStatus.OK))
    assert journal.path.read_bytes().startswith(before)


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Journal(tmp_path / "journal.jsonl").start(record())
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "journal.jsonl").stat().st_mode) == 0o600


@on_disk
@given(st.data())
def test_a_torn_last_line_is_passed_over(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    journal = Journal(path)
    journal.start(record("first ü"))
    whole = path.read_bytes()
    journal.start(record("second 世"))
    torn = path.read_bytes()
    path.write_bytes(torn[: data.draw(st.integers(len(whole), len(torn) - 2))])
    assert [r.source for r in read_journal(path)] == ["first ü"]


@pytest.mark.parametrize(
    "line", ["5", "null", "[]", '"text"', "{}", '{"key": "9"}', '{"key": []}', "\x00", "{"]
)
def test_a_line_that_is_no_event_is_passed_over(tmp_path: Path, line: str) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.start(record("first"))
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    journal.start(record("second"))
    assert [r.source for r in read_journal(journal.path)] == ["first", "second"]


def test_bytes_that_are_not_utf8_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.start(record("first"))
    with journal.path.open("ab") as stream:
        stream.write(b"\xff\xfe\n")
    assert [r.source for r in read_journal(journal.path)] == ["first"]


@on_disk
@given(st.text(st.characters()), st.text(st.characters()) | st.none())
def test_any_source_and_error_come_back(tmp_path: Path, source: str, error: str | None) -> None:
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    written = record(
        source, CellStatus.FAILED, error=error, started=datetime(2024, 1, 2, tzinfo=UTC), peak_memory=5
    )
    Journal(path).start(written)
    assert read_journal(path) == [written]


def test_a_new_record_is_of_the_cell() -> None:
    made = new_record(3, {"id": "abc", "source": "x = 1\n"}, status=CellStatus.NOT_RUN)
    assert (made.index, made.cell_id, made.digest) == (3, "abc", cell_digest("x = 1"))
    assert new_record(0, {"source": ""}, status=CellStatus.OK).cell_id is None


def test_a_journal_is_read_as_it_grows_and_a_torn_line_waits_for_its_rest(tmp_path: Path) -> None:
    path, reader = tmp_path / "journal.jsonl", JournalReader()
    record = new_record(0, {"source": "1", "id": "a"}, status=CellStatus.RUNNING)
    with contextlib.closing(reader):
        reader.open(path)
        assert list(reader.read()) == []
        key = Journal(path).start(record)
        whole = path.read_bytes()
        path.write_bytes(whole + whole[:10])
        reader.open(path)
        assert list(reader.read()) == [(key, record)]
        with path.open("ab") as file:
            file.write(whole[10:] + b"{}\n[]\nnothing\n")
        assert list(reader.read()) == [(key, record)]
