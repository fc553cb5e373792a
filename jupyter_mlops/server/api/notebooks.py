"""A notebook: its form, its badges, a headless run of it."""

from __future__ import annotations

from jupyter_mlops.entities.panels import (
    NotebookBadges,
    NotebookInfo,
    NotebookQuery,
)
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _not_yet(call: Call) -> NotebookInfo:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


ROUTES = (
    Route(
        "GET", "/notebook", "What may be done with a notebook", _not_yet, NotebookInfo, query=NotebookQuery
    ),
    Route(
        "GET",
        "/notebook/badges",
        "What is on the record of a notebook's cells",
        _not_yet,
        NotebookBadges,
        query=NotebookQuery,
    ),
)
