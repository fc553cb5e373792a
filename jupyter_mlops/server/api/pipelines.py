"""Pipelines: their steps as they are, and runs of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.entities import PipelineRun
from jupyter_mlops.entities.panels import (
    PipelineDetails,
    PipelineQuery,
    PipelineSummary,
    RunPipeline,
    Work,
    WorkVerb,
)
from jupyter_mlops.exceptions import MLOpsError, NotFound, did_you_mean
from jupyter_mlops.server.api.route import Call, Route, work_route

if TYPE_CHECKING:
    from jupyter_mlops.pipelines.named import NamedPipeline


def _pipelines(call: Call) -> Sequence[PipelineSummary]:
    return call.project.pipelines()


def _pipeline(call: Call) -> PipelineDetails:
    pipeline = _named(call)
    now, problem = None, ""
    if call.query.now:
        try:
            now = pipeline.show()
        except MLOpsError as error:
            problem = f"{error} ({error.hint})" if error.hint else str(error)
    return PipelineDetails(name=pipeline.name, now=now, last=pipeline.last(), problem=problem)


def _run(call: Call) -> Work:
    work = call.works.start(WorkVerb.PIPELINE, call.body, call, subject=_named(call).name)
    return call.works.begun(work.id)


def _named(call: Call) -> NamedPipeline:
    """The pipeline of ``mlops.yaml`` that is meant: not one of any notebook, which could lie anywhere."""
    name = call.names["pipeline"]
    if name not in call.project.config.pipelines:
        raise NotFound(f"no pipeline {name!r}", hint=did_you_mean(name, call.project.config.pipelines))
    return call.project.pipeline(name)


def _recorded(call: Call) -> PipelineRun:
    found = call.project.pipeline_run(call.names["run"])
    if found.pipeline != call.names["pipeline"]:
        raise NotFound(f"this is a run of {found.pipeline}", hint="name that pipeline")
    return found


_NAMED = "/pipelines/{pipeline}"
ROUTES = (
    Route("GET", "/pipelines", "The pipelines", _pipelines, PipelineSummary, many=True),
    Route("GET", _NAMED, "A pipeline and its steps", _pipeline, PipelineDetails, query=PipelineQuery),
    work_route(f"{_NAMED}/run", "Run what is stale", _run, RunPipeline),
    Route("GET", f"{_NAMED}/runs/{{run}}", "A run of a pipeline, live", _recorded, PipelineRun),
)
