"""All routes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from jupyter_mlops.server.api import (
    data,
    decisions,
    differences,
    headless,
    models,
    notebooks,
    pipelines,
    projects,
    run_notebooks,
    runs,
    schedules,
    working,
)
from jupyter_mlops.server.api.route import Route


def _quick(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Those that ask no tracking server: what waits for one is not in their way."""
    return tuple(dataclasses.replace(route, asks_store=False) for route in routes)


ROUTES: tuple[Route, ...] = (
    *projects.ROUTES,
    *runs.ROUTES,
    *run_notebooks.ROUTES,
    *notebooks.ROUTES,
    *headless.ROUTES,
    *pipelines.ROUTES,
    *_quick(schedules.ROUTES),
    *models.ROUTES,
    *decisions.ROUTES,
    *data.ROUTES,
    *differences.ROUTES,
    *working.ROUTES,
)
