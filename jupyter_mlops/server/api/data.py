"""Datasets: versions, lineage, differences, drift; monitors."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import Lineage, MonitorState
from jupyter_mlops.entities.panels import DatasetPage, DatasetSummary, VersionQuery
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _lineage(call: Call) -> Lineage:
    return call.project.datasets.lineage(call.names["dataset"])


def _monitors(call: Call) -> Sequence[MonitorState]:
    return call.project.monitors()


def _monitor(call: Call) -> MonitorState:
    return call.project.monitor(call.names["monitor"])


def _not_yet(call: Call) -> DatasetPage:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


_NAMED = "/datasets/{dataset}"
ROUTES = (
    Route("GET", "/datasets", "The datasets", _not_yet, DatasetSummary, many=True),
    Route("GET", _NAMED, "A dataset and its versions", _not_yet, DatasetPage, query=VersionQuery),
    Route("GET", f"{_NAMED}/lineage", "What led to a dataset, and what came of it", _lineage, Lineage),
    Route("GET", "/monitors", "The monitors", _monitors, MonitorState, many=True),
    Route("GET", "/monitors/{monitor}", "A monitor and its readings", _monitor, MonitorState),
)
