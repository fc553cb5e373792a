"""What a run holds, read from a known database in microseconds: enough to tell whether a cell has recorded
anything."""

from __future__ import annotations

import sqlite3

from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.database import Database

_QUERIES = (
    "SELECT key FROM params WHERE run_uuid = :run ORDER BY key",
    "SELECT key, value, is_nan FROM latest_metrics WHERE run_uuid = :run ORDER BY key",
    "SELECT key, value FROM tags WHERE run_uuid = :run AND key GLOB :output ORDER BY key",
    "SELECT count(*) FROM inputs WHERE destination_type = 'RUN' AND destination_id = :run",
    "SELECT count(*) FROM inputs WHERE source_type = 'RUN_OUTPUT' AND source_id = :run",
)


class Contents:
    """Looks at one run again and again, over a connection that is kept until `close`."""

    def __init__(self, database: Database, run_id: str) -> None:
        self._words = {"run": run_id, "output": f"{tags.OUTPUT}*"}
        # looked at by whichever thread runs the cells, one after the other
        self._connection = sqlite3.connect(
            f"{database.path.as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        self._version: object = None
        self._found = ""

    def state(self) -> str:
        """Something that differs as soon as the run holds another parameter, metric, input, output or
        model."""
        version = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:  # somebody has written to the database; perhaps to this run
            rows = [self._connection.execute(query, self._words).fetchall() for query in _QUERIES]
            self._found, self._version = repr(rows), version
        return self._found

    def close(self) -> None:
        """Look no more."""
        self._connection.close()
