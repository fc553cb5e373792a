"""Which client MLflow uses for an SQLite database in processes that record: `queued.QueuedStore`, which is
imported when it is first needed. A headless kernel that only imports MLflow does not wait for it.

Imported only where MLflow is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES
from mlflow.tracking._tracking_service import utils

from jupyter_mlops.tracking import owners, points

_builders: dict[str, Callable[..., Any]] = {}  # MLflow's own, by scheme


def register() -> None:
    """From now on MLflow's clients of SQLite databases in this process are `QueuedStore`, where the schema
    is known here."""
    registry = utils._tracking_store_registry
    if owners.supported() and registry._registry.get("sqlite") is not _build:
        _builders["sqlite"] = registry._registry["sqlite"]
        registry.register("sqlite", _build)
        type(registry)._get_store_with_resolved_uri.cache_clear()


def _build(store_uri: str, artifact_uri: str | None = None, **_: Any) -> Any:
    from jupyter_mlops.tracking.spooled import spool_folder

    folder = spool_folder()
    if folder is None or MLFLOW_ENABLE_WORKSPACES.get():
        return _builders["sqlite"](store_uri, artifact_uri)
    if points.local_uri(store_uri) is None:
        made = _builders["sqlite"](store_uri, artifact_uri)  # makes the tables where there are none
        if points.local_uri(store_uri) is None:
            return made
    from jupyter_mlops.tracking.queued import QueuedStore

    return QueuedStore(store_uri, artifact_uri, folder)
