"""Registered models: versions, gates, decisions, history, card."""

from __future__ import annotations

from jupyter_mlops.entities import RunDiff
from jupyter_mlops.entities.panels import (
    CardPage,
    CardQuery,
    Decision,
    ModelDetails,
    ModelSummary,
    Work,
)
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _not_yet(call: Call) -> ModelDetails:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


def _decision(verb: str, summary: str) -> Route:
    return Route("POST", f"{_NAMED}/{verb}", summary, _not_yet, Work, body=Decision, status=202)


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
    _decision("gates", "Judge the gates of a version"),
    _decision("promote", "Promote a version, if its gates say so"),
    _decision("rollback", "Point an alias back at the version before"),
    _decision("approve", "Approve a version"),
    _decision("reject", "Reject a version"),
)
