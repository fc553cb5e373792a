"""MLflow's client of an SQLite database, for processes that record: a metric point is a line of the run's
spool at once, see `points`; all else is written as MLflow does. Whatever is read finds what was logged.

Imported only where MLflow is.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, RunInfo, RunStatus
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, TEMPORARILY_UNAVAILABLE
from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.tracking._tracking_service.utils import _SERVER_ARTIFACT_ROOT_ENV_VAR
from mlflow.utils.validation import (
    _validate_batch_log_data,
    _validate_batch_log_limits,
    _validate_metric,
    _validate_run_id,
)

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking import clashes, points
from jupyter_mlops.tracking.points import Points, points_of
from jupyter_mlops.tracking.spool import ENDED


class QueuedStore(SqlAlchemyStore):
    """A database before which metric points may wait, in the spools below `folder`."""

    ManagedSessionMaker: Any

    def __init__(self, store_uri: str, artifact_uri: str | None, folder: Path) -> None:
        self.folder = folder
        self.uri = points.local_uri(store_uri) or store_uri
        kept = artifact_uri or os.environ.get(_SERVER_ARTIFACT_ROOT_ENV_VAR)
        super().__init__(store_uri, kept or DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH)
        self._points: dict[str, Points] = {}
        self._within = threading.local()
        self._session = self.ManagedSessionMaker
        self.ManagedSessionMaker = self._caught_up

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """One metric point.

        Raises:
            MlflowException: a name or value that MLflow does not allow, or no such run.
            OSError: the disk is full.
        """
        _validate_metric(metric.key, metric.value, metric.timestamp, metric.step)
        if not self._queue(run_id, [metric]):
            super().log_metric(run_id, metric)

    def log_batch(self, run_id: str, metrics: Any, params: Any, tags: Any) -> None:
        """Metric points, parameters and tags.

        Raises:
            MlflowException: a name or value that MLflow does not allow, or another value of a parameter.
            OSError: the disk is full.
        """
        _validate_run_id(run_id)
        metrics, params, tags = _validate_batch_log_data(metrics, params, tags)
        _validate_batch_log_limits(metrics, params, tags)
        if params or tags:  # what is refused of these is refused with the points, as by MLflow
            try:
                super().log_batch(run_id, [], params, tags)
            except MlflowException:
                known = self.get_run(run_id).data.params
                clashes.note(run_id, [p.key for p in params if known.get(p.key, p.value) != p.value])
                raise
        if metrics and not self._queue(run_id, metrics):
            super().log_batch(run_id, metrics, [], [])

    def update_run_info(
        self, run_id: str, run_status: Any, end_time: int | None, run_name: str | None
    ) -> RunInfo:
        """Status, end and name; a run that has ended has all its points."""
        if run_status is not None and RunStatus.to_string(run_status) in ENDED:
            self._points.pop(run_id, None)
            with _told():
                points.end(self.folder, run_id)
        return super().update_run_info(run_id, run_status, end_time, run_name)

    def delete_run(self, run_id: str) -> None:
        """Delete the run: it takes no more points."""
        super().delete_run(run_id)
        self._points.pop(run_id, None)

    def _queue(self, run_id: str, metrics: list[Metric]) -> bool:
        """Take the points into the run's spool; False where MLflow has to write them: a point that belongs
        to a model or a dataset is kept in several tables."""
        if any(metric.model_id or metric.dataset_name for metric in metrics):
            return False
        known = self._points.get(run_id)
        if known is None:
            with self._session(True) as session:
                self._check_run_is_active(self._get_run(run_uuid=run_id, session=session))
            known = self._points[run_id] = points_of(self.folder, run_id, self.uri)
        try:
            known.append([(metric.key, metric.value, metric.timestamp, metric.step) for metric in metrics])
        except Refused as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from None
        return True

    @contextlib.contextmanager
    def _caught_up(self, read_only: bool = True) -> Iterator[Any]:
        """A session of the database, once that has what waits; one within another changes nothing."""
        depth = getattr(self._within, "depth", 0)
        if depth == 0:
            with _told():
                points.settle(self.folder, uri=self.uri)
        self._within.depth = depth + 1
        try:
            with self._session(read_only) as session:
                yield session
        finally:
            self._within.depth = depth


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A database that cannot be written is told as MLflow tells it."""
    try:
        yield
    except sqlite3.Error as error:
        raise MlflowException(
            f"points wait and cannot be written: {error}", TEMPORARILY_UNAVAILABLE
        ) from None
