"""Datasets: versions, lineage, differences, drift; monitors."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import Lineage, MonitorState
from jupyter_mlops.entities.panels import DatasetPage, DatasetSummary, VersionQuery
from jupyter_mlops.server.api.route import Call, Route


def _datasets(call: Call) -> Sequence[DatasetSummary]:
    return call.project.datasets.summaries()


def _dataset(call: Call) -> DatasetPage:
    return call.project.datasets.page(call.names["dataset"], call.query.version)


def _lineage(call: Call) -> Lineage:
    name, version = call.names["dataset"], call.query.version
    return call.project.datasets.lineage(name if version is None else f"{name}@{version}")


def _monitors(call: Call) -> Sequence[MonitorState]:
    return call.project.monitors()


def _monitor(call: Call) -> MonitorState:
    return call.project.monitor(call.names["monitor"])


_NAMED = "/datasets/{dataset}"
ROUTES = (
    Route("GET", "/datasets", "The datasets", _datasets, DatasetSummary, many=True),
    Route("GET", _NAMED, "A dataset and its versions", _dataset, DatasetPage, query=VersionQuery),
    Route("GET", f"{_NAMED}/lineage", "Where it came from and went", _lineage, Lineage, query=VersionQuery),
    Route("GET", "/monitors", "The monitors", _monitors, MonitorState, many=True),
    Route("GET", "/monitors/{monitor}", "A monitor and its readings", _monitor, MonitorState),
)
