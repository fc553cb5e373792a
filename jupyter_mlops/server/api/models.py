"""Registered models: versions, gates, decisions, history, card."""

from __future__ import annotations

from jupyter_mlops.entities import RunDiff
from jupyter_mlops.entities.panels import (
    CardPage,
    CardQuery,
    ModelDetails,
    ModelSummary,
)
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _not_yet(call: Call) -> ModelDetails:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


_NAMED = "/models/{model}"
ROUTES = (
    Route("GET", "/models", "The registered models", _not_yet, ModelSummary, many=True),
    Route("GET", _NAMED, "A model: versions, gates, ledger", _not_yet, ModelDetails),
    Route("GET", f"{_NAMED}/card", "The card of a version", _not_yet, CardPage, query=CardQuery),
    Route(
        "GET",
        f"{_NAMED}/diff",
        "What it changes of the champion",
        _not_yet,
        RunDiff,
        query=CardQuery,
    ),
)
