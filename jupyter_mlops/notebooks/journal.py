"""The journal of a run: an append-only file, one line an event, of what each cell did."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from jupyter_mlops.entities import CellRecord
from jupyter_mlops.notebooks.document import cell_digest

_RESOLUTION = timedelta(milliseconds=1)  # of a metric's time


class Journal:
    """Appends to the file at `path`, made readable by its owner only; each event is on disk at return of
    `write` as far as the operating system holds it (no fsync)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._executions = 0
        if _torn(path):  # by a process that was killed: what comes now must not be joined to it
            self._append("\n")

    def start(self, record: CellRecord) -> str:
        """Write a new execution; the key under which its later states are written."""
        self._executions += 1
        key = str(self._executions)
        self.write(key, record)
        return key

    def write(self, key: str, record: CellRecord) -> None:
        """Append the execution's present state."""
        self._append(json.dumps({"key": key, **record.model_dump(mode="json")}, allow_nan=False) + "\n")

    def _append(self, line: str) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)


def read_journal(path: Path) -> list[CellRecord]:
    """The executions in order, each in its last state; a torn last line is passed over."""
    return list(read_states(path).values())


def read_states(path: Path) -> dict[str, CellRecord]:
    """Like `read_journal`, by the key under which each was written."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return dict(state for line in lines if (state := state_in(line)) is not None)


def state_in(line: str | bytes) -> tuple[str, CellRecord] | None:
    """Key and state that are written in a line of the file; None where it is no such line."""
    try:
        event: dict[str, Any] = json.loads(line)
        return str(event.pop("key")), CellRecord.model_validate(event)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class JournalReader:
    """Gives out the states that are written to a journal, as they come; see `LogReader`."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._part = b""

    @property
    def opened(self) -> bool:
        """The journal is there."""
        return self._file is not None

    def open(self, journal: Path) -> None:
        """Take the file there, once it is there."""
        if self._file is None and journal.exists():
            self._file = journal.open("rb")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def read(self) -> Iterator[tuple[str, CellRecord]]:
        """Key and state of each execution whose state was written since the last call."""
        for line in self._file or ():
            self._part += line
            if not line.endswith(b"\n"):
                return
            whole, self._part = self._part, b""
            if (found := state_in(whole)) is not None:
                yield found


def _torn(path: Path) -> bool:
    """The file ends within a line."""
    try:
        with path.open("rb") as file:
            return file.seek(0, os.SEEK_END) > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
    except OSError:
        return False


def at_work(moment: datetime, executions: Sequence[CellRecord]) -> CellRecord | None:
    """The execution that went on at the moment, which is told to the millisecond; where none did, the last
    one that had begun."""
    until = moment + _RESOLUTION
    begun = (one for one in reversed(executions) if one.started is not None and one.started < until)
    return next(begun, None)


def new_record(index: int, cell: Mapping[str, Any], **fields: Any) -> CellRecord:
    """The record of a notebook's cell; `fields` give its state."""
    source = str(cell["source"])
    return CellRecord(
        index=index, cell_id=cell.get("id"), source=source, digest=cell_digest(source), **fields
    )
