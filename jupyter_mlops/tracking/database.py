"""The project's own MLflow database, reached without importing MLflow, which takes longer than most runs.

Only a database whose schema is known here, revision by revision, is touched; of any other `known` is None,
and whoever asked goes through MLflow's client. `tests/tracking/test_embedded.py` compares, column by
column, what is written here with what MLflow writes.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

REVISIONS = frozenset({"dc11669786a5"})  # of MLflow's schema: those that were read and compared
BUSY = 30.0  # seconds that a writer waits for another


class Database:
    """The SQLite file at `path`; each connection lasts as long as the block that uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def known(cls, path: Path | None) -> Database | None:
        """The database at `path`; None where there is none, or its schema is not one of `REVISIONS`."""
        if path is None or not path.is_file():
            return None
        database = cls(path.absolute())
        try:
            with database.reading() as connection:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.Error:
            return None
        return database if row is not None and row[0] in REVISIONS else None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the database while the block lasts, and changes nothing."""
        connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=BUSY)
        try:
            connection.isolation_level = None
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are all on disk when the block ends, or none if it raises."""
        connection = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()

    def experiment_id(self, name: str) -> str | None:
        """The id of the experiment of that name; None where there is none that is not deleted."""
        query = (
            "SELECT experiment_id FROM experiments "
            "WHERE name = ? AND workspace = 'default' AND lifecycle_stage = 'active'"
        )
        with self.reading() as connection:
            row = connection.execute(query, [name]).fetchone()
        return None if row is None else str(row[0])
