"""Work that takes long: looked at, and ended."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities.panels import Work
from jupyter_mlops.server.api.route import Call, Route


def _works(call: Call) -> Sequence[Work]:
    return call.works.known()


def _work(call: Call) -> Work:
    return call.works.work(call.names["work"])


def _cancel(call: Call) -> Work:
    return call.works.cancel(call.names["work"])


ROUTES = (
    Route("GET", "/work", "What goes on, and what ended of late", _works, Work, many=True, asks_store=False),
    Route("GET", "/work/{work}", "One work, with what it found", _work, Work, asks_store=False),
    Route("POST", "/work/{work}/cancel", "End a work", _cancel, Work, asks_store=False),
)
