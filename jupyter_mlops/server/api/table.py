"""All routes."""

from __future__ import annotations

from jupyter_mlops.server.api import (
    data,
    decisions,
    differences,
    headless,
    models,
    notebooks,
    pipelines,
    projects,
    runs,
    schedules,
    working,
)
from jupyter_mlops.server.api.route import Route

ROUTES: tuple[Route, ...] = (
    *projects.ROUTES,
    *runs.ROUTES,
    *notebooks.ROUTES,
    *headless.ROUTES,
    *pipelines.ROUTES,
    *schedules.ROUTES,
    *models.ROUTES,
    *decisions.ROUTES,
    *data.ROUTES,
    *differences.ROUTES,
    *working.ROUTES,
)
