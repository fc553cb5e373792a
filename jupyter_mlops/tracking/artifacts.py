"""Artifacts of a run whose tracking server is behind a spool.

Imported only where MLflow is.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from mlflow.store.artifact.artifact_repo import ArtifactRepository, verify_artifact_path
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from jupyter_mlops.tracking import spool

if TYPE_CHECKING:
    from jupyter_mlops.tracking.spooled import SpooledStore
    from jupyter_mlops.tracking.view import RunView


class SpooledArtifacts(ArtifactRepository):
    """The artifacts of a spooled run: written to the spool, read from where they are kept."""

    def __init__(self, store: SpooledStore, view: RunView) -> None:
        super().__init__(view.artifact_uri or "", store.uri)
        self._store = store
        self._view = view

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Keep a file."""
        verify_artifact_path(artifact_path)
        self._store.artifact(self._view, Path(local_file), artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Keep a folder with all below it."""
        verify_artifact_path(artifact_path)
        self._store.artifact(self._view, Path(os.path.abspath(local_dir)), artifact_path)

    def list_artifacts(self, path: str | None = None) -> Any:
        """What the server has, once it has what waits."""
        self._store.catch_up()
        return self._kept().list_artifacts(path)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        self._kept()._download_file(posixpath.normpath(remote_file_path), local_path)

    def _kept(self) -> Any:
        """Where they are kept, unless that is known to be out of reach: MLflow would try for minutes."""
        if why := spool.away(self._view.spool.folder.parent, self._store.uri):
            raise MlflowException(
                f"the tracking server is away ({why}): artifacts cannot be listed or read now",
                TEMPORARILY_UNAVAILABLE,
            )
        return get_artifact_repository(self._store.artifact_uri(self._view), tracking_uri=self._store.uri)
