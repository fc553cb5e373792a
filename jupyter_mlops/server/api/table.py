"""All routes."""

from __future__ import annotations

from jupyter_mlops.server.api import data, models, notebooks, pipelines, projects, runs, schedules, working
from jupyter_mlops.server.api.route import Route

ROUTES: tuple[Route, ...] = (
    *projects.ROUTES,
    *runs.ROUTES,
    *notebooks.ROUTES,
    *pipelines.ROUTES,
    *schedules.ROUTES,
    *models.ROUTES,
    *data.ROUTES,
    *working.ROUTES,
)
