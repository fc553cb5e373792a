"""A gate on its way: what a judge is handed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.config import load_config
from jupyter_mlops.entities import Gate, Identity
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.tracking.registry import find_version


def context_of(project: Project, version: str, champion: str | None = None, **how: Any) -> Context:
    """`version` and `champion` as ``NAME@NUMBER``; the configuration as ``mlops.yaml`` is now."""
    given: dict[str, Any] = {
        "alias": "champion",
        "entries": (),
        "who": Identity(name="ada", source="test"),
        "now": datetime(2026, 11, 29, 12, tzinfo=UTC),
        "champion": None if champion is None else find_version(project.store, champion),
        **how,
    }
    given.setdefault("present", given["champion"] if given["alias"] == "champion" else None)
    return Context(project.store, load_config(project.root), find_version(project.store, version), **given)


def gate(kind: str, options: Mapping[str, Any] = {}, name: str | None = None) -> Gate:
    """A gate of that kind."""
    return Gate(name=name or kind, kind=kind, options=options, place="mlops.yaml models.churn.gates.0")
