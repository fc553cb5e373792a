"""The project that a page works on."""

from __future__ import annotations

from importlib.metadata import version

from jupyter_mlops.entities.panels import ProjectInfo
from jupyter_mlops.server.api.route import Call, Route


def _project(call: Call) -> ProjectInfo:
    project = call.project
    return ProjectInfo(
        folder="",
        name=project.root.name,
        empty=project.store.is_new,
        is_server=project.store.is_server,
        configured=(project.root / "mlops.yaml").exists(),
        who=str(call.who),
        version=version("jupyter-mlops"),
    )


ROUTES = (Route("GET", "/project", "The project that is worked on", _project, ProjectInfo),)
