"""What was found out of files, kept for as long as nobody touches them: looking again costs one stat.

A file counts as untouched while size, times, inode and device are the same. One that was modified within two
seconds before it was looked at is not kept: a second write in one tick of its file system's clock would
leave the same times.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from jupyter_mlops.files import make_private

_T = TypeVar("_T")

FILE = "digests.db"
SETTLED = 2_000_000_000  # nanoseconds
_MOST = 20_000  # entries; the oldest go first
_WAIT = 1.0  # seconds for another process that writes; then it is done without

_TABLE = (
    "CREATE TABLE IF NOT EXISTS memo (path TEXT, what TEXT, mark TEXT, value TEXT, PRIMARY KEY (path, what))"
)


class Memo:
    """Values by file; see `remembering`. Without a connection nothing is remembered."""

    def __init__(self, connection: sqlite3.Connection | None = None) -> None:
        self._connection = connection
        self._found: list[tuple[str, str, str, str]] = []

    def of(self, path: Path, what: str, find: Callable[[], _T]) -> _T:
        """What `find` returns of the file, a JSON value; not called where it is known of the file as it is.

        Args:
            path: the file.
            what: tells values of one file apart, and what they depend on beside it.
            find: reads the file.
        """
        key, before = os.path.abspath(path), _mark(path)
        if self._connection is None or before is None:
            return find()
        with contextlib.suppress(sqlite3.Error, ValueError):
            query = "SELECT value FROM memo WHERE path = ? AND what = ? AND mark = ?"
            row = self._connection.execute(query, [key, what, json.dumps(before)]).fetchone()
            if row is not None:
                known: _T = json.loads(row[0])
                return known
        began = time.time_ns()
        value = find()
        if before == _mark(path) and max(before[1:3]) < began - SETTLED:
            self._found.append((key, what, json.dumps(before), json.dumps(value)))
        return value

    def save(self) -> None:
        """Write down what was found; no other process waits for this one while it reads files."""
        if self._connection is None or not self._found:
            return
        with contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO memo VALUES (?, ?, ?, ?)", self._found)
            self._connection.execute(
                "DELETE FROM memo WHERE rowid <= (SELECT max(rowid) FROM memo) - ?", [_MOST]
            )


@contextlib.contextmanager
def remembering(folder: Path | None) -> Iterator[Memo]:
    """A memo in `folder`, its owner's only, that any number of processes share; None remembers nothing.
    It is no more than a help: where it cannot be read or written, files are read again."""
    connection = None if folder is None else _open(folder / FILE)
    memo = Memo(connection)
    try:
        yield memo
        memo.save()
    finally:
        if connection is not None:
            connection.close()


def _open(path: Path) -> sqlite3.Connection | None:
    try:
        make_private(path)
        connection = sqlite3.connect(path, timeout=_WAIT)
    except (OSError, sqlite3.Error):
        return None
    try:
        with connection:
            connection.execute(_TABLE)
    except sqlite3.OperationalError:  # locked, or the disk is full: another time
        connection.close()
        return None
    except sqlite3.DatabaseError:  # not a database any more: begin a new one next time
        connection.close()
        path.unlink(missing_ok=True)
        return None
    return connection


def _mark(path: Path) -> list[int] | None:
    """What changes when the file does; None for what is no regular file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev]
