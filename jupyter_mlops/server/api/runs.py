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
)
from jupyter_mlops.server.api.route import Call, Route


def _runs(call: Call) -> RunPage:
    return call.project.page_of_runs(call.query)


def _progress(call: Call) -> Sequence[RunProgress]:
    return call.project.progress()


def _run(call: Call) -> RunDetails:
    return call.project.show(call.names["run"])


def _metrics(call: Call) -> Sequence[MetricPoints]:
    return call.project.metric_points(call.names["run"], call.query.metric)


def _comparison(call: Call) -> RunComparison:
    return call.project.side_by_side(call.query.run)


def _diff(call: Call) -> RunDiff:
    return call.project.diff(call.query.left, call.query.right)


def _cancel(call: Call) -> Run:
    return call.project.cancel(call.names["run"])


ROUTES = (
    Route("GET", "/runs", "Runs, page by page", _runs, RunPage, query=RunQuery),
    Route(
        "GET",
        "/progress",
        "How far the runs that go on are",
        _progress,
        RunProgress,
        many=True,
        asks_store=False,
    ),
    Route("GET", "/runs/{run}", "All that is known of a run", _run, RunDetails),
    Route(
        "GET",
        "/runs/{run}/metrics",
        "Metrics of a run as they were logged",
        _metrics,
        MetricPoints,
        many=True,
        query=MetricsQuery,
    ),
    Route("POST", "/runs/{run}/cancel", "End a run that goes on", _cancel, Run),
    Route("GET", "/diff", "What separates two runs", _diff, RunDiff, query=DiffQuery),
    Route("GET", "/comparison", "Runs side by side", _comparison, RunComparison, query=RunChoice),
)
