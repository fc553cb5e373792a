"""A notebook: its form, its badges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlops.entities.panels import NotebookBadges, NotebookInfo, NotebookQuery
from jupyter_mlops.forms import notebooks
from jupyter_mlops.server.api.route import Call, Route

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _info(call: Call) -> NotebookInfo:
    place, project = call.places.notebook(call.query.path), _project(call)
    known = {"path": call.query.path, "folder": call.places.relative(project.root)}
    return notebooks.info(project, place).model_copy(update=known)


def _badges(call: Call) -> NotebookBadges:
    place = call.places.notebook(call.query.path)
    return _project(call).badges(place).model_copy(update={"path": call.query.path})


def _project(call: Call) -> Project:
    """The project that the notebook lies in, whichever the request names."""
    return call.opened(call.places.project_root(call.query.path))


ROUTES = (
    Route("GET", "/notebook", "What may be done with a notebook", _info, NotebookInfo, query=NotebookQuery),
    Route(
        "GET",
        "/notebook/badges",
        "What is on the record of a notebook's cells",
        _badges,
        NotebookBadges,
        query=NotebookQuery,
    ),
)
