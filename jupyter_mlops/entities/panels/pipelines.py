"""The nouns of the list of pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.pipelines import PipelineRun
from jupyter_mlops.entities.runs import Run


class PipelineSummary(Entity):
    """A pipeline of ``mlops.yaml``: its steps, and its last run; `problem` tells why it cannot be run."""

    name: str
    steps: tuple[str, ...] = ()
    last: Run | None = None
    problem: str = ""


class PipelineQuery(Entity):
    """Whether the steps are to be looked at, which reads what they depend on: leave that out to follow a run
    that goes on."""

    now: bool = True


class PipelineDetails(Entity):
    """A pipeline as it is: `now` tells of each step whether it is cached or stale, and why, where that was
    asked for; `last` is its last run, live where that goes on; `problem` why it cannot be run."""

    name: str
    now: PipelineRun | None = None
    last: PipelineRun | None = None
    problem: str = ""


class RunPipeline(Entity):
    """A run of a pipeline that is asked for; what is cached is not run again, so that it goes on where the
    run with the id `resume` stopped, whose parameters it takes. See `NamedPipeline.run`."""

    parameters: Mapping[str, str] = Field(default_factory=dict)
    resume: str | None = None
    only: tuple[str, ...] = ()
    start: str | None = None
    force: bool = False
    workers: int | None = Field(default=None, ge=1, le=1000)
    engine: Literal["local", "dask"] = "local"
