"""Runs: listed page by page, shown, compared, ended; their notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import Run, RunDetails, RunDiff
from jupyter_mlops.entities.panels import (
    DiffQuery,
    MetricPoints,
    MetricsQuery,
    RunChoice,
    RunComparison,
    RunPage,
    RunProgress,
    RunQuery,
    RunRow,
)
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _runs(call: Call) -> RunPage:
    query: RunQuery = call.query
    found = call.project.runs(where=query.where, order_by=query.order_by, limit=query.limit)
    return RunPage(rows=tuple(RunRow(run=run) for run in found))


def _run(call: Call) -> RunDetails:
    return call.project.show(call.names["run"])


def _diff(call: Call) -> RunDiff:
    return call.project.diff(call.query.left, call.query.right)


def _cancel(call: Call) -> Run:
    return call.project.cancel(call.names["run"])


def _not_yet(call: Call) -> Sequence[MetricPoints]:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


ROUTES = (
    Route("GET", "/runs", "Runs, page by page", _runs, RunPage, query=RunQuery),
    Route("GET", "/progress", "How far the runs that go on are", _not_yet, RunProgress, many=True),
    Route("GET", "/runs/{run}", "All that is known of a run", _run, RunDetails),
    Route(
        "GET",
        "/runs/{run}/metrics",
        "Metrics of a run as they were logged",
        _not_yet,
        MetricPoints,
        many=True,
        query=MetricsQuery,
    ),
    Route("POST", "/runs/{run}/cancel", "End a run that goes on", _cancel, Run),
    Route("GET", "/diff", "What separates two runs", _diff, RunDiff, query=DiffQuery),
    Route("GET", "/comparison", "Runs side by side", _not_yet, RunComparison, query=RunChoice),
)
