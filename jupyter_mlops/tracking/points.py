"""Metric points of runs in a project's own database: a line in the run's spool at once, rows of the database
soon after. The keeper writes them there within a fraction of a second, and whoever reads or ends the run
before it does.

Writing the same points again changes nothing. Nothing heavy is imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: `owners.supported` is False there, and points are written as MLflow does
    fcntl = None  # type: ignore[assignment]

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking import keeper, owners, spool
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.spool import ABOUT, FILES, OPERATIONS, Operation, Spool

LOCK = "points.lock"  # beside the runs: one process at a time writes points to the database
PREFIX = "sqlite:///"
SYNC_EVERY = 50  # milliseconds: a power cut loses at most this much
KEEPER_CHECK = 2000  # milliseconds between two looks whether the keeper lives
AT_ONCE = 20_000  # points of one transaction
LARGEST = 1.7976931348623157e308  # what MLflow writes for an infinity: SQL has none
_ROOM = 16 * 2**20  # bytes of a spool from which on a live run's is begun anew once it is drained

_INSERT = (
    "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
_LATEST = (
    "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, "
    "step = excluded.step, is_nan = excluded.is_nan "
    "WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)"
)

MAX_NAME = 250  # characters
_NAME = re.compile(r"^[/\w.\- :]*$")  # as MLflow's, which lets a last line end pass

Row = tuple[str, float, int, str, int, bool]
Progress = Callable[[Spool, int], None]


class Points:
    """The metric points that this process logs to one run of the database at `uri`; `folder` is the run's
    spool. Any number of threads, and beside them other processes, may log at once."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.spool = Spool(folder, lambda: {"uri": uri})
        self.uri = uri
        self._mine = threading.Lock()
        self._file = -1
        self._end = -1  # of the file, as far as only this process has written to it
        self._looked = -1  # the millisecond in which the file was last looked at
        self._steps: dict[str, int] = {}  # the next step of each metric that was logged without one
        self._heads: dict[str, str] = {}
        self._synced = 0
        self._watched = 0

    def log(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Log a point of each metric; without `step` it follows the last of its name.

        Once this returns, the points survive the death of the process.

        Raises:
            Refused: a name or step that the database cannot take.
            OSError: the disk is full; then none of them is kept.
        """
        if step is not None:
            check_step(step)
        with self._mine:
            now = int(time.time() * 1000)
            if now != self._looked:
                self._look(now)
            steps, heads = self._steps, self._heads
            if step is None:
                for name in values:
                    if name not in steps:
                        steps[name] = self._next_step(name)
            points = ",".join(
                [
                    f'{heads.get(name) or self._head(name)}{value!r}",'
                    f"{now},{steps[name] if step is None else step}]"
                    for name, value in values.items()
                ]
            )
            self._write(f'\n{{"op":"batch","metrics":[{points}],"params":[],"tags":[]}}\n', now)
            for name in values:
                if step is None:
                    steps[name] += 1
                elif name in steps:
                    steps[name] = max(steps[name], step + 1)

    def append(self, points: Iterable[tuple[str, float, int, int]]) -> None:
        """Log points that say themselves when they were taken: name, value, milliseconds, step.

        Raises:
            Refused: a time or step that the database cannot take.
            OSError: the disk is full; then none of them is kept.
        """
        given = [(name, repr(float(value)), int(stamp), int(step)) for name, value, stamp, step in points]
        for _, _, stamp, step in given:
            check_step(stamp)
            check_step(step)
        operation = {"op": "batch", "metrics": given, "params": [], "tags": []}
        line = json.dumps(operation, separators=(",", ":"))
        with self._mine:
            now = int(time.time() * 1000)
            if now != self._looked:
                self._look(now)
            self._write(f"\n{line}\n", now)
            for name, _, _, step in given:
                if name in self._steps:
                    self._steps[name] = max(self._steps[name], step + 1)

    def close(self) -> None:
        """Give the open file back; a later point opens it again."""
        with self._mine:
            self._let_go()

    def forked(self) -> None:
        """In a child process: lock and open file are shared with the parent."""
        self._mine, self._file, self._end = threading.Lock(), -1, -1

    def _look(self, now: int) -> None:
        """See to it that the file is there, and whether another process has written to it."""
        if self._file >= 0:
            found = os.fstat(self._file)
            if not found.st_nlink or self._end >= _ROOM:
                self._let_go()
                settle(self.spool.folder.parent, [self.spool])
                self.spool.remove_drained()
            elif found.st_size != self._end:
                self._steps.clear()
                self._end = found.st_size
        if self._file < 0:
            self._steps.clear()
            self._open()
            self._end = os.fstat(self._file).st_size
        self._looked = now
        if not 0 <= now - self._watched < KEEPER_CHECK:
            self._watched = now
            keeper.ensure(self.spool.folder.parent.parent)

    def _open(self) -> None:
        """Open the file and hold it: none that a process holds is tidied away."""
        while True:
            with contextlib.suppress(FileNotFoundError):  # tidied away in the middle
                self.spool.open_folder()
                flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
                self._file = os.open(self.spool.folder / OPERATIONS, flags, 0o600)
                fcntl.flock(self._file, fcntl.LOCK_SH)
                if os.fstat(self._file).st_nlink and (self.spool.folder / ABOUT).exists():
                    return
                self._let_go()

    def _let_go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = self._end = self._looked = -1

    def _write(self, text: str, now: int) -> None:
        """Append a line; it begins with the end of one, lest another process died within its own."""
        line = text.encode()
        written = os.write(self._file, line)
        if written < len(line):
            if os.fstat(self._file).st_size == self._end + written:
                os.ftruncate(self._file, self._end)
            raise OSError(28, "No space left on device", str(self.spool.folder))
        self._end += written
        if not 0 <= now - self._synced < SYNC_EVERY:
            self._synced = now
            getattr(os, "fdatasync", os.fsync)(self._file)

    def _head(self, name: str) -> str:
        """A point's beginning, up to its value."""
        check_name(name)
        return self._heads.setdefault(name, f'[{json.dumps(name)},"')

    def _next_step(self, name: str) -> int:
        settle(self.spool.folder.parent, [self.spool])
        database = Database(database_path(self.uri))
        with database.reading() as connection:
            row = connection.execute(
                "SELECT step FROM latest_metrics WHERE key = ? AND run_uuid = ?", (name, self.spool.run_id)
            ).fetchone()
        return 0 if row is None else int(row[0]) + 1


_logs: dict[Path, Points] = {}


def _forked() -> None:
    for each in _logs.values():
        each.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def points_of(folder: Path, run_id: str, uri: str) -> Points:
    """The points of a run; `folder` holds the project's spools. One for each run of a process."""
    path = folder / run_id
    found = _logs.get(path)
    if found is None or found.uri != uri:
        found = _logs[path] = Points(path, uri)
    return found


def check_name(name: str) -> None:
    """Return if MLflow takes the name for a metric's.

    Raises:
        Refused: it does not.
    """
    plain = posixpath.normpath(name)
    path = name == plain and name != "." and not name.startswith(("..", "/"))
    if not (path and _NAME.match(name) and len(name) <= MAX_NAME):
        raise Refused(
            f"{name!r} is no name of a metric",
            hint="up to 250 letters, digits, spaces and - . : / are allowed; a name is no folder's",
        )


def check_step(step: int) -> None:
    """Return if the number fits a column of the database.

    Raises:
        Refused: it does not.
    """
    if not -(2**63) <= step < 2**63:
        raise Refused(f"step {step} is too large", hint="steps have at most 64 bits")


def end(folder: Path, run_id: str) -> None:
    """All points of the run are in the database, and nothing of it is kept here any more.

    Raises:
        sqlite3.Error: they could not be written; they still wait.
    """
    each = Spool(folder / run_id)
    known = _logs.pop(each.folder, None)
    if known is not None:
        known.close()
    if each.identity:
        settle(folder, [each])
        each.remove_drained()


def local_uri(uri: str) -> str | None:
    """The URI of a database whose points may wait, the same in every process; None where they may not: it is
    no SQLite file, or its schema is not known here."""
    path = database_path(uri).absolute()
    suits = owners.supported() and uri.startswith(PREFIX) and Database.known(path) is not None
    return f"{PREFIX}{path}" if suits else None


def is_local(each: Spool) -> bool:
    """The spool's run is in a database of this machine, not on a server."""
    return str(each.about.get("uri", "")).startswith(PREFIX)


def database_path(uri: str) -> Path:
    """The file of an SQLite URI."""
    return Path(uri.removeprefix(PREFIX))


def settle(
    folder: Path,
    spools: Iterable[Spool] | None = None,
    progress: Progress | None = None,
    *,
    uri: str | None = None,
) -> int:
    """Write what waits, of all runs or of these, or of all of the database `uri`, to the database; the number
    of things written. One that cannot be written does not keep the others waiting.

    Raises:
        sqlite3.Error: it could not be written; it still waits.
    """
    waiting = [each for each in _candidates(folder, spools) if each.waits and is_local(each)]
    if uri is not None:
        waiting = [each for each in waiting if each.about.get("uri") == uri]
    if not waiting:
        return 0
    done, failure = 0, None
    with owners.locked(folder / LOCK):
        for each in waiting:
            try:
                done += _settle(each, progress)
            except sqlite3.Error as error:
                failure = failure or error
    if failure is not None:
        raise failure
    return done


def _candidates(folder: Path, spools: Iterable[Spool] | None) -> Iterable[Spool]:
    if spools is not None:
        return spools
    try:
        with os.scandir(folder) as found:
            return [Spool(folder / each.name) for each in found if each.is_dir() and each.name[0] != "."]
    except OSError:
        return []


def _settle(each: Spool, progress: Progress | None) -> int:
    uri = each.about.get("uri")
    if uri is None:  # another process has written all of it meanwhile, and tidied it away
        return 0
    path = database_path(str(uri))
    if not path.is_file():  # MLflow would make an empty one
        raise sqlite3.OperationalError(f"{path} is not there")
    database = Database.known(path)
    done = 0
    each.sync()
    for operations, offset in _portions(each):
        if database is not None:
            _insert(database, each, operations)
        else:
            _by_mlflow(each, operations)
        each.acknowledge(offset)
        written = sum(spool.things(operation) for operation in operations)
        done += written
        if progress is not None:
            progress(each, written)
    return done


def _portions(each: Spool) -> Iterator[tuple[list[Operation], int]]:
    portion: list[Operation] = []
    count = offset = 0
    for operation, offset in each.read(each.acknowledged):
        portion.append(operation)
        count += len(operation.get("metrics", ()))
        if count >= AT_ONCE:
            yield portion, offset
            portion, count = [], 0
    if portion:
        yield portion, offset


def _insert(database: Database, each: Spool, operations: list[Operation]) -> None:
    rows: list[Row] = []
    latest: dict[str, Row] = {}
    for operation in operations:
        try:
            rows += [_row(each.run_id, *point[:4]) for point in operation["metrics"]]
        except (
            KeyError,
            TypeError,
            ValueError,
            Refused,
        ) as error:  # nothing of ours; it must not block the rest
            each.refuse(operation, str(error))
    for row in rows:
        known = latest.get(row[0])
        if known is None or (row[4], row[2], row[1]) > (known[4], known[2], known[1]):
            latest[row[0]] = row
    with database.writing() as connection:
        run = connection.execute(
            "SELECT lifecycle_stage FROM runs WHERE run_uuid = ?", (each.run_id,)
        ).fetchone()
        if run is not None and run[0] == "active":
            connection.executemany(_INSERT, rows)
            connection.executemany(_LATEST, latest.values())
            return
    for operation in operations:
        each.refuse(operation, "the run was deleted")


def _row(run_id: str, key: str, text: str, timestamp: int, step: int) -> Row:
    """A point as MLflow's table has it."""
    value = float(text)
    check_step(timestamp)
    check_step(step)
    is_nan = value != value
    return key, 0.0 if is_nan else max(-LARGEST, min(LARGEST, value)), timestamp, run_id, step, is_nan


def _by_mlflow(each: Spool, operations: list[Operation]) -> None:
    """The schema of the database is not known here: it was upgraded while points waited."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    from jupyter_mlops.tracking.view import metrics

    store = SqlAlchemyStore(str(each.about["uri"]), FILES)
    points = [point for operation in operations for point in metrics(operation)]
    for first in range(0, len(points), 1000):
        store.log_batch(each.run_id, points[first : first + 1000], [], [])
