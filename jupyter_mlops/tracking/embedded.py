"""A run in the project's own database, written without MLflow: what a headless run says of itself.

Whatever MLflow would refuse or change is refused or changed here in the same way; what is not written here
(metrics, models) goes through MLflow, whose import a run that logs none of them does not pay for.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import DatasetVersion, RecordedParameter, Run, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.files import copy_tree
from jupyter_mlops.tracking import points, tags
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.recorder import MAX_PARAMETER, MAX_TAG, Recorder, cut
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store, local_folder, plain
from jupyter_mlops.tracking.versions import to_dataset

_RUN = (
    "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, "
    "start_time, source_version, lifecycle_stage, artifact_uri, experiment_id) "
    "VALUES (?, ?, 'UNKNOWN', '', '', ?, 'RUNNING', ?, '', 'active', ?, ?)"
)
_TAG = (
    "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?) "
    "ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value"
)
_PARAMETER = "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_DATASET = (
    "INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source, "
    "dataset_schema, dataset_profile) SELECT ?, experiment_id, ?, ?, ?, ?, ?, ? FROM runs WHERE run_uuid = ? "
    "ON CONFLICT (experiment_id, name, digest) DO NOTHING"
)
_INPUT = (
    "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id) "
    "SELECT ?, 'DATASET', dataset_uuid, 'RUN', run_uuid FROM runs JOIN datasets "
    "ON datasets.experiment_id = runs.experiment_id WHERE run_uuid = ? AND datasets.name = ? AND digest = ? "
    "ON CONFLICT DO NOTHING"
)
_INPUT_TAG = "INSERT INTO input_tags (input_uuid, name, value) VALUES (?, ?, ?)"
_MAX_NAME = 250  # characters of a key, in MLflow's schema


class EmbeddedRecorder(Recorder):
    """A `Recorder` of a run in a `database` of known schema."""

    def __init__(self, store: Store, run_id: str, database: Database) -> None:
        super().__init__(store, run_id)
        self.database = database

    @classmethod
    def begin(cls, store: Store, database: Database, experiment: str, named: Mapping[str, str]) -> Recorder:
        """Create the run, RUNNING, with these tags; its name is one of them.

        Raises:
            MLOpsError: the database does not take it.
        """
        run_id, name = uuid.uuid4().hex, named[tags.RUN_NAME]
        try:
            with database.writing() as connection:
                query = "SELECT experiment_id, artifact_location FROM experiments WHERE experiment_id = ?"
                found = connection.execute(query, [experiment]).fetchone()
                if found is None:
                    raise sqlite3.DatabaseError(f"experiment {experiment} is gone")
                identifier, location = found
                uri = f"{location.rstrip('/')}/{run_id}/artifacts"
                user = named.get(tags.USER, "unknown")
                connection.execute(_RUN, [run_id, name, user, _now(), uri, identifier])
                connection.executemany(_TAG, [(key, value, run_id) for key, value in named.items()])
        except (sqlite3.Error, OSError) as error:
            raise MLOpsError(
                f"the run could not be begun: {plain(error)}", hint="make room, or mend the store"
            ) from None
        return cls(store, run_id, database)

    def parameters(self, values: Iterable[RecordedParameter]) -> None:
        """Log parameters; ones that are logged already are passed over."""
        rows = [(parameter.name, cut(parameter.value, MAX_PARAMETER), self.run_id) for parameter in values]
        if any(len(row[0]) > _MAX_NAME for row in rows):  # MLflow says what it thinks of that
            super().parameters(values)
            return
        with self.database.writing() as connection:
            connection.executemany(_PARAMETER, rows)

    def logged_parameters(self, names: Iterable[str] | None = None) -> Mapping[str, str]:
        """Parameters of the run so far, by name."""
        query = "SELECT key, value FROM params WHERE run_uuid = ?"
        with self.database.reading() as connection:
            return dict(connection.execute(query, [self.run_id]))

    def tags(self, values: Mapping[str, Any]) -> None:
        """Set tags; None values are passed over, long ones cut with a visible mark."""
        with self.database.writing() as connection:
            self._tag(connection, values)

    def _tag(self, connection: sqlite3.Connection, values: Mapping[str, Any]) -> None:
        rows = [
            (key, cut(str(value), MAX_TAG), self.run_id) for key, value in values.items() if value is not None
        ]
        connection.executemany(_TAG, rows)

    def dataset(self, version: DatasetVersion) -> None:
        """Log a dataset version that the run read, or made; one that it has already stays as it is."""
        made, link = to_dataset(version), uuid.uuid4().hex
        known = [made.source_type, made.source, made.schema, made.profile]
        with self.database.writing() as connection:
            connection.execute(_DATASET, [uuid.uuid4().hex, made.name, made.digest, *known, self.run_id])
            linked = connection.execute(_INPUT, [link, self.run_id, made.name, made.digest])
            if linked.rowcount:
                connection.executemany(_INPUT_TAG, [(link, *mark) for mark in made.marks.items()])

    def artifact(self, path: Path, folder: str | None = None, *, ours: bool = False) -> None:
        """Put a file, or a folder with all below it, with the run's artifacts."""
        target = local_folder(self._row()["artifact_uri"])
        if target is None:
            super().artifact(path, folder)
        else:
            copy_tree(path, target / (folder or "") / ("" if path.is_dir() else path.name), link=ours)

    def close(
        self,
        status: RunStatus,
        *,
        exit_code: int,
        error: str | None = None,
        peak_memory: int | None = None,
        flush: bool = True,
    ) -> None:
        """End the run with its true status, all of that at once, and with all the points that were logged."""
        points.end(self.store.spools, self.run_id)
        told = {tags.EXIT_CODE: exit_code, tags.ERROR: error, tags.PEAK_MEMORY: peak_memory}
        with self.database.writing() as connection:
            self._tag(connection, told)
            connection.execute(
                "UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?",
                [status.value, _now(), self.run_id],
            )

    def complete(self) -> None:
        """End the run FINISHED."""
        self.close(RunStatus.FINISHED, exit_code=0)

    def rename(self, name: str) -> None:
        """Give the run this name."""
        with self.database.writing() as connection:
            connection.execute("UPDATE runs SET name = ? WHERE run_uuid = ?", [name, self.run_id])
            self._tag(connection, {tags.RUN_NAME: name})

    def experiment(self) -> str:
        """The name of the experiment that the run belongs to."""
        return str(self._row()["experiment"])

    def snapshot(self) -> Run:
        """The run as the database has it."""
        with reading(self.database) as rows:
            found = rows.runs([self.run_id])
        return found[0] if found else super().snapshot()  # deleted meanwhile: MLflow still tells of it

    def _row(self) -> dict[str, Any]:
        query = (
            "SELECT runs.*, experiments.name AS experiment FROM runs JOIN experiments "
            "ON runs.experiment_id = experiments.experiment_id WHERE run_uuid = ?"
        )
        with self.database.reading() as connection:
            connection.row_factory = sqlite3.Row
            return dict(connection.execute(query, [self.run_id]).fetchone())


def _now() -> int:
    return int(time.time() * 1000)
