"""What changed of a store since the last look, by topics: cheap enough to be asked twice a second."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_mlops.entities.panels import Topic
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.rows import pages
from jupyter_mlops.tracking.store import Store, plain

ALL = frozenset({Topic.RUNS, Topic.PIPELINES, Topic.MODELS, Topic.DATA})
ASK = 10.0  # seconds between two questions to a tracking server
SLOW = 5.0  # seconds after which one that has not answered is called slow
_READ = 5_000  # rows of a table of the registry that are compared
_NEWEST = 100  # versions of datasets whose tags are looked at
_REGISTRY = (
    "SELECT name, last_updated_time, description FROM registered_models",
    "SELECT name, version, last_updated_time, description, current_stage FROM model_versions",
    "SELECT name, alias, version FROM registered_model_aliases",
    "SELECT name, key, substr(value, 1, 200) FROM registered_model_tags",
    "SELECT name, version, key, substr(value, 1, 200) FROM model_version_tags",
)


class Version:
    """Tells whether the SQLite file at `path` was written to, by anybody. For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._openings = 0

    def look(self) -> tuple[int, int] | None:
        """Another value than the last time, if it was; None where there is no such file.

        Raises:
            sqlite3.Error: it cannot be read.
        """
        try:
            inode = os.stat(self._path).st_ino
        except OSError:
            self.close()
            return None
        if inode != self._inode:
            self.close()
        if self._connection is None:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=1.0, check_same_thread=False)
            self._inode, self._openings = inode, self._openings + 1
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return self._openings, version

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class DatabaseSigns:
    """What changes of the project's own database."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._version = Version(path)
        self._seen: tuple[int, int] | None = None
        self._begun = False
        self._top = 0
        self._apart: dict[str, list[str]] = {name: [] for name in tags.APART}
        self._open: dict[str, str] = {}  # experiment of each run that goes on
        self._registry: Any = None
        self._data: Any = None

    def look(self) -> frozenset[Topic]:
        """The topics that changed since the last look; none at the first.

        Raises:
            sqlite3.Error: the database cannot be read.
        """
        version = self._version.look()
        if self._begun and version == self._seen:
            return frozenset()
        first, self._begun = not self._begun, True
        found = self._finer() if version is not None else ALL
        self._seen = version
        return frozenset() if first else found | {Topic.RUNS}

    def close(self) -> None:
        """Let go of the file."""
        self._version.close()

    def _finer(self) -> frozenset[Topic]:
        direct = self._store.direct()
        if direct is None:
            return ALL
        with direct.reading() as connection:
            found = set(self._runs(connection))
            registry, data = _registry(connection), self._of_data(connection)
        if registry != self._registry:
            found.add(Topic.MODELS)
        if data != self._data:
            found.add(Topic.DATA)
        self._registry, self._data = registry, data
        return frozenset(found)

    def _runs(self, connection: sqlite3.Connection) -> Iterable[Topic]:
        """What runs that began or ended since the last look mean."""
        (top,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM runs").fetchone()
        if top < self._top:  # rows were moved, or it is another database
            self._top, self._open = 0, {}
            self._apart = {name: [] for name in tags.APART}
        names = dict(connection.execute("SELECT experiment_id, name FROM experiments").fetchall())
        query = "SELECT run_uuid, experiment_id, status FROM runs WHERE rowid > ? ORDER BY rowid"
        touched = []
        for run_id, experiment, status in connection.execute(query, [self._top]):
            name = names.get(experiment, "")
            touched.append(name)
            if name in self._apart:
                self._apart[name].append(run_id)
            if status in {"RUNNING", "SCHEDULED"}:
                self._open[run_id] = name
        self._top = top
        for page in pages(list(self._open)):
            marks = ", ".join("?" * len(page))
            still = f"SELECT run_uuid FROM runs WHERE run_uuid IN ({marks}) AND end_time IS NULL"
            going = {run_id for (run_id,) in connection.execute(still, page)}
            touched += [self._open.pop(run_id) for run_id in page if run_id not in going]
        for name in touched:
            yield {
                tags.DATASETS: Topic.DATA,
                tags.MONITORS: Topic.DATA,
                tags.LEDGER: Topic.MODELS,
            }.get(name, Topic.PIPELINES)

    def _of_data(self, connection: sqlite3.Connection) -> Any:
        """What is told of datasets, of those that runs read, and of monitors."""
        watched = [*self._apart[tags.DATASETS][-_NEWEST:], *self._apart[tags.MONITORS][-_NEWEST:]]
        marks = ", ".join("?" * len(watched))
        told = "SELECT run_uuid, key, substr(value, 1, 200) FROM tags WHERE run_uuid IN ({})"
        readings = "SELECT run_uuid, key, step, value FROM latest_metrics WHERE run_uuid IN ({})"
        return (
            connection.execute("SELECT max(rowid) FROM inputs").fetchone(),
            connection.execute("SELECT max(rowid) FROM datasets").fetchone(),
            *(hash(tuple(connection.execute(query.format(marks), watched))) for query in (told, readings)),
        )


def _registry(connection: sqlite3.Connection) -> Any:
    found = []
    for query in _REGISTRY:
        table = query.rpartition(" ")[2]
        rows = connection.execute(f"{query} ORDER BY rowid DESC LIMIT {_READ}").fetchall()
        found.append((hash(tuple(rows)), *connection.execute(f"SELECT count(*) FROM {table}").fetchone()))
    return found


class ServerSigns:
    """What changes of a tracking server, or of any other store that only MLflow's client can ask: seldom, and
    in a thread, as it may take long."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[Topic, Any] = {}
        self._thread: threading.Thread | None = None
        self._began = self._due = 0.0
        self._answer: dict[Topic, Any] | str | None = None
        self.problem = ""

    def look(self) -> frozenset[Topic]:
        """The topics that changed, as far as it has answered; `problem` is what keeps it from doing so."""
        now = time.monotonic()
        if self._thread is not None and self._thread.is_alive():
            if now > self._began + SLOW:
                self.problem = f"the tracking server {self._store.shown_uri} is slow: it has not answered yet"
            return frozenset()
        self._thread, answer = None, self._answer
        self._answer = None
        if now >= self._due:
            self._began, self._due = now, now + ASK
            self._thread = threading.Thread(target=self._ask, name="tracking server", daemon=True)
            self._thread.start()
        if answer is None:
            return frozenset()
        if isinstance(answer, str):
            self.problem = answer
            return frozenset()
        self.problem, before, self._told = "", self._told, answer
        return frozenset(topic for topic in answer if before and before.get(topic) != answer[topic])

    def _ask(self) -> None:
        try:
            self._store.check_answers()
            self._answer = _asked(self._store)
        except MLOpsError as error:
            self._answer = str(error)
        except Exception as error:  # a client's own
            self._answer = f"the store {self._store.shown_uri} cannot be asked: {plain(error)[:300]}"


def _asked(store: Store) -> dict[Topic, Any]:
    """What of each topic is compared with the answer before."""
    from jupyter_mlops.tracking.reader import experiment_names

    client, names = store.client(), experiment_names(store)
    newest = client.search_runs(
        [key for key, name in names.items() if name not in tags.APART], max_results=30
    )
    kept = [key for key, name in names.items() if name in {tags.DATASETS, tags.MONITORS}]
    data = client.search_runs(kept, max_results=30) if kept else []
    models = client.search_registered_models(max_results=100)
    runs = [(run.info.run_id, run.info.status, str(sorted(run.data.metrics.items()))) for run in newest]
    return {
        Topic.RUNS: runs,
        Topic.PIPELINES: [(run_id, status) for run_id, status, _ in runs],
        Topic.DATA: [(run.info.run_id, str(sorted(run.data.tags.items()))) for run in data],
        Topic.MODELS: [
            (model.name, model.last_updated_timestamp, str(sorted(model.aliases.items())), str(model.tags))
            for model in models
        ],
    }


def signs_of(store: Store) -> DatabaseSigns | ServerSigns:
    """What tells of the store's changes."""
    return ServerSigns(store) if store.database is None else DatabaseSigns(store, store.database)
