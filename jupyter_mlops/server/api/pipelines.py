"""Pipelines: their steps as they are, and runs of them."""

from __future__ import annotations

from jupyter_mlops.entities import PipelineRun
from jupyter_mlops.entities.panels import PipelineDetails, PipelineSummary, RunPipeline, Work
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.server.api.route import Call, Route


def _not_yet(call: Call) -> PipelineDetails:
    raise Refused("this cannot be asked yet", hint="ask again with the next version")


ROUTES = (
    Route("GET", "/pipelines", "The pipelines", _not_yet, PipelineSummary, many=True),
    Route("GET", "/pipelines/{pipeline}", "A pipeline and its steps", _not_yet, PipelineDetails),
    Route(
        "POST",
        "/pipelines/{pipeline}/run",
        "Run what is stale",
        _not_yet,
        Work,
        body=RunPipeline,
        status=202,
    ),
    Route("GET", "/pipelines/{pipeline}/runs/{run}", "A run of a pipeline, live", _not_yet, PipelineRun),
)
