"""The project that a page works on."""

from __future__ import annotations

from importlib.metadata import version

from jupyter_mlops.config import CONFIG_NAME
from jupyter_mlops.entities.panels import ProjectInfo
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.server.api.route import Call, Route


def _project(call: Call) -> ProjectInfo:
    known = ProjectInfo(
        folder=call.places.relative(call.root),
        name=call.root.name,
        configured=(call.root / CONFIG_NAME).exists(),
        who=str(call.who),
        version=version("jupyter-mlops"),
    )
    try:
        store = call.project.store
    except MLOpsError as error:  # a page shows it, and goes on when it is mended
        return known.model_copy(update={"problem": str(error), "hint": error.hint or ""})
    told = {"tracking": store.shown_uri, "is_server": store.is_server, "empty": store.is_new}
    return known.model_copy(update=told)


ROUTES = (Route("GET", "/project", "The project that is worked on", _project, ProjectInfo, asks_store=False),)
