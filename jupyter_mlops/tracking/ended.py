"""Runs that ended well, as they end: for whoever waits for them.

Of the project's own database only what changed since the last look is read, and without MLflow. Any other
store is asked by a process of its own, as MLflow takes longer to import, and more memory, than a scheduler is
to: ``python -m jupyter_mlops.tracking.ended ROOT URI SINCE`` prints what `asked` gives, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.entities import Entity, RunKind
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.tracking import monitors, tags
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.reader import experiment_names, search_runs
from jupyter_mlops.tracking.rows import Rows, connected, pages
from jupyter_mlops.tracking.store import Store

_SETTLED = 2.0  # seconds after which a file's times tell whether it was written to
_SOON = 1.0  # and before which it is not asked again, where nothing tells that it was
_WHOLE = 600.0  # seconds after which all is read again
_AHEAD = 60.0  # seconds by which a run may end in the future
_TAGS = (
    tags.KIND,
    tags.PIPELINE,
    tags.STEP,
    tags.NOTEBOOK,
    tags.PREDICTS,
    tags.EXIT_CODE,
    tags.VERSION_NAME,
    monitors.LAST,
    monitors.BREACH,
    monitors.VERDICT,
)


class EndedRun(Entity):
    """A run that is FINISHED: when, in seconds since 1970, and those of its tags that tell what it was."""

    run_id: str
    ended: float
    marks: Mapping[str, str] = Field(default_factory=dict)
    metrics: Mapping[str, float] = Field(default_factory=dict)

    @property
    def names(self) -> list[tuple[str, str]]:
        """What somebody may wait for that it is: (sort, name)."""
        marks = self.marks
        kind, found = marks.get(tags.KIND), list[tuple[str, str]]()
        if marks.get(tags.EXIT_CODE, "0") != "0":
            return found
        if kind == RunKind.PIPELINE and tags.PIPELINE in marks:
            found.append(("pipeline", marks[tags.PIPELINE]))
        if kind == RunKind.HEADLESS and tags.NOTEBOOK in marks:
            found.append(("notebook", marks[tags.NOTEBOOK]))
        if tags.PREDICTS in marks:
            found.append(("model", marks[tags.PREDICTS]))
        if kind == RunKind.DATASET and tags.VERSION_NAME in marks:
            found.append(("dataset", marks[tags.VERSION_NAME]))
        return found


class EndedRuns:
    """Runs of the project's own `database` that ended well; see `since`."""

    def __init__(self, store: Store, database: Database) -> None:
        self._store = store
        self._database = database
        self._place = str(database.path)
        self._stamp: tuple[Any, ...] = ()
        self._until = 0.0  # by the monotonic clock: so long the stamp is taken to tell all
        self._whole = 0.0  # when all was read last, by the monotonic clock
        self._from: float | None = None
        self._top = 0
        self._open: set[str] = set()
        self._known: dict[str, EndedRun] = {}
        self._by_name: dict[tuple[str, str], list[EndedRun]] = defaultdict(list)
        self.newest = 0.0

    def since(self, moment: float | None, overlap: float, *names: tuple[str, str]) -> list[EndedRun]:
        """Those that are one of `names` and ended at `moment` or later, in seconds since 1970; None stands
        for so many seconds, `overlap`, before the newest of all, which is `newest` then.

        Raises:
            StoreError: the database cannot be read.
        """
        self._look(moment, overlap)
        least = self.newest - overlap if moment is None else moment
        return [run for name in names for run in self._by_name.get(name, ()) if run.ended >= least]

    def metrics(self, run_id: str) -> dict[str, float]:
        """What the run logged last of each metric."""
        with self._reading() as connection:
            return Rows(connection).metrics([run_id])[run_id]

    def readings(self, monitor: str) -> list[tuple[str, dict[str, str], dict[str, float]]]:
        """(run, tags, metrics of the last reading) of what the monitor found."""
        query = (
            "SELECT tags.run_uuid FROM tags JOIN runs ON runs.run_uuid = tags.run_uuid "
            "WHERE key = ? AND value = ? AND lifecycle_stage = 'active'"
        )
        values = "SELECT key, value FROM latest_metrics WHERE run_uuid = ? AND step = ? AND is_nan = 0"
        with self._reading() as connection:
            found = []
            for (run_id,) in connection.execute(query, [monitors.NAME, monitor]).fetchall():
                marks = _marks(connection, [run_id])[run_id]
                last = int(marks[monitors.LAST]) if marks.get(monitors.LAST, "").isdecimal() else 0
                found.append((run_id, marks, dict(connection.execute(values, [run_id, last]).fetchall())))
            return found

    def version(self, dataset: str) -> str:
        """The digest of the newest version of the dataset; "" where there is none."""
        query = (
            "SELECT digests.value FROM tags AS names "
            "JOIN runs ON runs.run_uuid = names.run_uuid "
            "JOIN tags AS numbers ON numbers.run_uuid = names.run_uuid AND numbers.key = ? "
            "JOIN tags AS digests ON digests.run_uuid = names.run_uuid AND digests.key = ? "
            "JOIN tags AS kinds ON kinds.run_uuid = names.run_uuid AND kinds.key = ? "
            "WHERE names.key = ? AND names.value = ? AND kinds.value = ? "
            "AND status = 'FINISHED' AND lifecycle_stage = 'active' "
            "ORDER BY CAST(numbers.value AS INTEGER) DESC LIMIT 1"
        )
        values = [tags.VERSION_NUMBER, tags.VERSION_DIGEST, tags.KIND, tags.VERSION_NAME, dataset]
        with self._reading() as connection:
            row = connection.execute(query, [*values, RunKind.DATASET.value]).fetchone()
        return "" if row is None else str(row[0])

    def _reading(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """One state of the database, with all that was logged until now, if it can be written to."""
        return connected(self._store.readable() or self._database)

    @property
    def stamp(self) -> tuple[Any, ...]:
        """Another one when the database was written to. Not to be relied on within two seconds of that."""
        return (*_times(self._place), *_times(f"{self._place}-wal"))

    def _look(self, moment: float | None, overlap: float) -> None:
        now = time.monotonic()
        enough = self._from is not None and (moment is None or moment >= self._from)
        stamp = self.stamp
        if enough and stamp == self._stamp and now < min(self._until, self._whole + _WHOLE):
            return
        began = time.time()
        with connected(self._database) as connection:
            if not enough or now - self._whole >= _WHOLE or self._was_moved(connection):
                self._read_all(connection, moment, overlap)
                self._whole = now
            else:
                self._read_on(connection)
        fresh = any(abs(began - times) < _SETTLED for times in stamp[1::3])
        self._stamp = stamp
        self._until = now + _SOON if fresh else math.inf  # there may be thousands who ask in one tick

    def _was_moved(self, connection: sqlite3.Connection) -> bool:
        """The places of rows are others: the database was vacuumed, or is another one."""
        (top,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM runs").fetchone()
        return int(top) < self._top

    def _read_all(self, connection: sqlite3.Connection, moment: float | None, overlap: float) -> None:
        least = moment
        if least is None:
            query = "SELECT max(end_time) FROM runs WHERE status = 'FINISHED'"
            (last,) = connection.execute(query).fetchone()
            least = min((last or 0) / 1000, time.time()) - overlap
        if self._from is not None:
            least = min(least, self._from)
        self._from, self._top = least, 0
        self._open.clear()
        self._known.clear()
        self._by_name.clear()
        self._take(connection, self._rows(connection, "rowid > 0"))

    def _read_on(self, connection: sqlite3.Connection) -> None:
        rows = self._rows(connection, "rowid > ?", self._top)
        for page in pages(sorted(self._open)):
            rows += self._rows(connection, f"run_uuid IN ({_marks_for(page)})", *page)
        self._take(connection, rows)

    def _rows(self, connection: sqlite3.Connection, where: str, *values: Any) -> list[tuple[Any, ...]]:
        query = (
            "SELECT rowid, run_uuid, status, coalesce(end_time, 0) / 1000.0 FROM runs "
            f"WHERE lifecycle_stage = 'active' AND {where} AND (status IN ('RUNNING', 'SCHEDULED') "
            "OR (status = 'FINISHED' AND end_time >= ?))"
        )
        return connection.execute(query, [*values, int((self._from or 0) * 1000)]).fetchall()

    def _take(self, connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        (top,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM runs").fetchone()
        self._top = int(top)
        ended = {run_id: moment for _, run_id, status, moment in rows if status == "FINISHED"}
        self._open = {run_id for _, run_id, status, _ in rows if status != "FINISHED"}
        fresh = [run_id for run_id in ended if run_id not in self._known]
        for run_id, marks in _marks(connection, fresh).items():
            run = self._known[run_id] = EndedRun(run_id=run_id, ended=ended[run_id], marks=marks)
            for name in run.names:
                self._by_name[name].append(run)
        self.newest = max([self.newest, *(min(each, time.time() + _AHEAD) for each in ended.values())])


def asked(store: Store, since: float) -> dict[str, Any]:
    """Runs that ended well at `since` or later, in seconds since 1970, of any store: by MLflow's client."""
    where = f"attributes.status = 'FINISHED' AND attributes.end_time >= {int(since * 1000)}"
    found = search_runs(store, list(experiment_names(store)), where, None, None)
    runs = [
        EndedRun(
            run_id=run.info.run_id,
            ended=run.info.end_time / 1000,
            marks={name: run.data.tags[name] for name in _TAGS if name in run.data.tags},
            metrics=dict(run.data.metrics),
        )
        for run in found
    ]
    return {"runs": [run.model_dump(mode="json") for run in runs]}


def _marks(connection: sqlite3.Connection, runs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Those tags of each run that tell what it was."""
    found: dict[str, dict[str, str]] = {run_id: {} for run_id in runs}
    for page in pages(runs):
        query = (
            f"SELECT run_uuid, key, value FROM tags WHERE run_uuid IN ({_marks_for(page)}) "
            f"AND key IN ({_marks_for(_TAGS)})"
        )
        for run_id, key, value in connection.execute(query, [*page, *_TAGS]):
            found[run_id][key] = value
    return found


def _marks_for(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _times(path: str) -> tuple[int, float, int]:
    """Size, time of the last write in seconds, and inode; zeros where there is no such file."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0.0, 0
    return found.st_size, found.st_mtime_ns / 1e9, found.st_ino


def main(words: list[str]) -> int:
    """Print what ended; 1 where that cannot be told, with why."""
    root, uri, since = words
    try:
        told = asked(Store(Path(root), TrackingConfig(uri=uri)), float(since))
    except MLOpsError as error:
        told = {"problem": str(error)}
    except Exception as error:  # a client's own
        told = {"problem": f"{type(error).__name__}: {error}"}
    print(json.dumps(told))
    return int("problem" in told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
