"""All that a run's cells print, in one file as a person reads it, and beside it an index of which cell
printed what to which stream; written, and read while it is being written."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jupyter_mlops.files import private

BLOCK = 65_536  # bytes that are read at once, and characters of a line that is given out in parts
STREAMS = ("stdout", "stderr", "error")
_HEAD = re.compile(r"--- cell (\d+) ---\n")
_LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r(?!\Z))")  # a return at the very end may belong to a newline


def index_of(log: Path) -> Path:
    """The index beside the log: a line for each stretch of it that one cell printed to one stream, of where
    the stretch before ends, where it begins (a head for people lies between), index of the cell, stream."""
    return log.with_suffix(".index")


class LogWriter:
    """Appends to the log at `path`, and to its index, both made if missing."""

    def __init__(self, path: Path) -> None:
        # unbuffered: whatever is in the log has its line in the index, whenever we may be killed
        self._index = open(index_of(path), "ab", buffering=0, opener=private)  # noqa: SIM115
        self._file = open(path, "ab", opener=private)  # noqa: SIM115 - closed by `close`
        self._end = self._file.tell()
        self._last: tuple[int, str] | None = None
        self._within = False  # a line

    def write(self, cell: int, stream: str, text: str) -> None:
        """Add what the cell at index `cell` printed to `stream`."""
        if not text:
            return
        stream = stream if stream in STREAMS else "stdout"  # a kernel may call them anything
        if self._last != (cell, stream):
            other = self._last is None or self._last[0] != cell
            head = f"{chr(10) * self._within}--- cell {cell + 1} ---\n".encode() if other else b""
            begin = self._end + len(head)
            self._index.write(f"{self._end} {begin} {cell} {stream}\n".encode())
            self._file.write(head)
            self._last, self._end = (cell, stream), begin
        data = text.encode("utf-8", "backslashreplace")
        self._file.write(data)
        self._end += len(data)
        self._within = not data.endswith(b"\n")

    def flush(self) -> None:
        """Hand all that was taken to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Close both files."""
        self._file.close()
        self._index.close()


@dataclass(frozen=True)
class Piece:
    """A line that a cell printed, or part of one; `cell` is None where nothing tells which it was."""

    cell: int | None
    stream: str
    text: str


class LogReader:
    """Gives out the log as far as it is written, and then what has come since; holds both files open, so that
    the end of it is had even when they are gone."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._index: BinaryIO | None = None
        self._at = 0
        self._cell: int | None = None
        self._stream = "stdout"
        self._next: tuple[int, int, int, str] | None = None
        self._part = b""  # of a line of the index
        self._held = ""  # of a line of the log
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def opened(self) -> bool:
        """The log is there."""
        return self._file is not None

    def open(self, log: Path, index: Path | None = None) -> None:
        """Take the files there, once they are there."""
        if self._file is None and log.exists():
            index = index or index_of(log)
            self._index = index.open("rb") if index.exists() else None
            self._file = log.open("rb")

    def close(self) -> None:
        """Close both files."""
        for file in (self._file, self._index):
            if file is not None:
                file.close()

    def read(self, *, final: bool = False) -> Iterator[Piece]:
        """What has come since the last call: whole lines; a part of one if no more of it has come since then,
        if another cell or stream takes over, or if this is the `final` call."""
        grown = False
        while self._file is not None:
            self._file.seek(self._at)
            data = self._file.read(BLOCK)
            self._look_up()  # after reading: what was read is in the index by now
            end = len(data) if self._next is None else min(len(data), self._next[0] - self._at)
            self._at += max(end, 0)
            if end > 0:
                grown = True
                yield from self._lines(data[:end])
            if self._next is not None and self._at >= self._next[0]:
                yield from self._rest()
                self._decoder.reset()
                _, self._at, self._cell, self._stream = self._next
                self._next = None
            elif not data:
                break
        if final or not grown:
            yield from self._rest()

    def rest(self, cell: int) -> Iterator[Piece]:
        """The part of a line that was read last, if this cell printed it, which prints no more."""
        if cell == self._cell:
            yield from self._rest()

    def _look_up(self) -> None:
        """The next stretch, where the index has one."""
        if self._next is not None or self._index is None:
            return
        self._part += self._index.readline()
        if self._part.endswith(b"\n"):
            words, self._part = self._part.decode("ascii", "replace").split(), b""
            if len(words) == 4 and all(map(str.isdecimal, words[:3])) and words[3] in STREAMS:
                self._next = int(words[0]), int(words[1]), int(words[2]), words[3]

    def _lines(self, data: bytes) -> Iterator[Piece]:
        self._held += self._decoder.decode(data)
        at = 0
        while (match := _LINE.match(self._held, at)) is not None:
            at = match.end()
            yield from self._piece(match.group())
        self._held = self._held[at:]
        if len(self._held) > BLOCK:
            yield from self._piece(self._held)
            self._held = ""

    def _rest(self) -> Iterator[Piece]:
        text, self._held = self._held, ""
        if text:
            yield from self._piece(text)

    def _piece(self, text: str) -> Iterator[Piece]:
        if self._index is None and (head := _HEAD.fullmatch(text)) is not None:  # of an older run
            self._cell = int(head[1]) - 1
            return
        yield Piece(self._cell, self._stream, text.replace("\r\n", "\n"))
