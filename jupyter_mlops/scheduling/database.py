"""The database of slots: opened, written in whole transactions, and its failures told in one line."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.files import make_private
from jupyter_mlops.scheduling.clock import Clock, clock_from_environment
from jupyter_mlops.scheduling.schema import ADDED, SCHEMA, VERSION

FILE = "scheduler.db"
BUSY = 10.0  # seconds for which one waits for another who writes


def text_of(moment: datetime) -> str:
    """A time as the database holds it."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds")


def time_of(text: str | None) -> datetime | None:
    """And back."""
    return datetime.fromisoformat(text) if text else None


class Database:
    """``.mlops/scheduler.db`` of a project; made when it is first written to. Any number of threads and
    processes may share it, but for forks of a process that has it open: SQLite forbids that."""

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        self.path = root / STATE_FOLDER / FILE
        self.clock = clock or clock_from_environment()
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None
        self._openings = 0
        self._lock = threading.RLock()

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def opened(self) -> int:
        """How many times the file was opened, which it is now: that grows where somebody took it away.

        Raises:
            MLOpsError: it cannot be opened.
        """
        with self._lock, self._failures():
            self._opened()
            return self._openings

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written in the block, or, where it fails, nothing of it; alone among all who write. One
        within another is part of that.

        Raises:
            MLOpsError: the disk is full, the file locked or damaged.
        """
        with self._lock, self._failures():
            connection = self._opened()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """What a query finds; nothing where there is no database yet.

        Raises:
            MLOpsError: the file is locked or damaged.
        """
        with self._lock, self._failures():
            if not self.path.exists():
                return []
            return self._opened().execute(query, values).fetchall()

    def row(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first of `rows`."""
        return next(iter(self.rows(query, values)), None)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                if os.stat(self.path).st_ino == self._inode:
                    return self._connection
            self.close()  # somebody took the file away
        self.path.parent.mkdir(mode=0o700, exist_ok=True)  # a project that is gone is not made again
        make_private(self.path)
        connection = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._inode = os.stat(self.path).st_ino
        self._openings += 1
        self._connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous = FULL")  # a run that has begun is known after a power cut
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise MLOpsError(
                f"{self.path} was written by a newer jupyter-mlops", hint="pip install -U jupyter-mlops"
            )
        if found == VERSION:
            return
        _patiently(connection, "PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]  # others may have been here meanwhile
        for version in range(found + 1, VERSION + 1) if found else ():
            for statement in ADDED[version]:
                connection.execute(statement)
        for statement in _statements(SCHEMA):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from None
        except OSError as error:
            if error.filename is None or Path(str(error.filename)) not in (self.path, self.path.parent):
                raise
            raise self._told(error) from None

    def _told(self, error: Exception) -> MLOpsError:
        words = str(error)
        if "locked" in words:
            hint = (
                "another process writes to it for longer than it should: see jupyter mlops scheduler status"
            )
        elif "full" in words or "No space" in words:
            hint = "free some space; nothing is lost, what is due meanwhile is dealt with as misfire says"
        elif "malformed" in words or "not a database" in words:
            hint = (
                f"move it away with {FILE}-wal and {FILE}-shm: schedules go on with a new one, "
                "past slots are in the old"
            )
        else:
            hint = "see that its folder can be written to"
        return MLOpsError(f"{self.path}: {words}", hint=hint)


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """SQLite does not wait for others before it changes the kind of journal."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, to be run in a transaction that is open already."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
