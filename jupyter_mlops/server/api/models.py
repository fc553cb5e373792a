"""Registered models: versions, gates, decisions, history, card."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import RunDiff
from jupyter_mlops.entities.panels import CardPage, CardQuery, ModelDetails, ModelSummary
from jupyter_mlops.server.api.route import Call, Route


def _models(call: Call) -> Sequence[ModelSummary]:
    return call.project.model_summaries()


def _model(call: Call) -> ModelDetails:
    return call.project.model_details(call.names["model"])


def _card(call: Call) -> CardPage:
    return call.project.card_page(call.names["model"], call.query.version)


def _changes(call: Call) -> RunDiff:
    return call.project.model_changes(call.names["model"], call.query.version)


_NAMED = "/models/{model}"
ROUTES = (
    Route("GET", "/models", "The registered models", _models, ModelSummary, many=True),
    Route("GET", _NAMED, "A model: versions, gates, ledger", _model, ModelDetails),
    Route("GET", f"{_NAMED}/card", "The card of a version", _card, CardPage, query=CardQuery),
    Route("GET", f"{_NAMED}/diff", "What it changes of the champion", _changes, RunDiff, query=CardQuery),
)
