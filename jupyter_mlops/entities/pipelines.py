"""The nouns of pipelines: what is declared, what travels to an engine, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.data import DatasetVersion
from jupyter_mlops.entities.runs import Run
from jupyter_mlops.entities.units import seconds, size


def _best(value: Any) -> Any:
    """``accuracy`` or ``rmse:min`` for the mapping that is meant."""
    if not isinstance(value, str):
        return value
    metric, _, mode = value.rpartition(":") if value.endswith((":min", ":max")) else (value, "", "max")
    return {"metric": metric, "mode": mode}


Size = Annotated[int, BeforeValidator(size)]
Length = Annotated[float, BeforeValidator(seconds)]


def step_name(step: str, point: str) -> str:
    """A step, and the point of its grid if it has one, as a person reads them."""
    return f"{step} {point}".rstrip()


class Resources(Entity):
    """What a step needs while it runs: processor cores, bytes of memory, GPUs."""

    cpu: float = Field(default=1.0, ge=0)
    memory: Size | None = None
    gpu: int = Field(default=0, ge=0)


class Select(Entity):
    """Which point of a grid is the best: by this metric, the highest or the lowest."""

    metric: str
    mode: Literal["max", "min"] = "max"


class Registration(Entity):
    """Register what the step `step` made as a new version of `model`."""

    model: str
    step: str = Field(alias="from")

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)


class Step(Entity):
    """One step of a pipeline, as ``mlops.yaml`` declares it.

    `notebook` is a path in the project. `inputs` and `outputs` map parameters of the notebook to paths in
    the project (an input may also be ``dataset:NAME`` or a URL); the notebook is given, in the parameter of
    that name, the place where it finds the input or is to put the output. `needs` names steps that must
    have ended before, beside those whose outputs are inputs here. `grid` maps parameters to values: one run
    for each combination; `select` tells the best of them, whose outputs are passed on. `retries` is how
    often a failed attempt is followed by another one, after `backoff` seconds, doubled each time. `when`
    is a condition on metrics and parameters of steps before it: ``prepare.rows > 100``.
    """

    notebook: str = ""
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    inputs: Mapping[str, str] = Field(default_factory=dict)
    outputs: Mapping[str, str] = Field(default_factory=dict)
    needs: tuple[str, ...] = ()
    grid: Mapping[str, tuple[Any, ...]] = Field(default_factory=dict)
    select: Annotated[Select, BeforeValidator(_best)] | None = None
    retries: int = Field(default=0, ge=0, le=100)
    backoff: Length = 1.0
    timeout: Length | None = None
    cell_timeout: Length | None = None
    resources: Resources = Field(default_factory=Resources)
    when: str | None = None
    kernel: str | None = None


class Pipeline(Entity):
    """Steps by name, or a `notebook` whose cells tagged ``step:NAME`` are the steps; `steps` then adds
    to what its cells tell.

    `parameters` are given to each step whose notebook has one of that name; a step's own win.
    """

    steps: Mapping[str, Step] = Field(default_factory=dict)
    notebook: str | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    experiment: str | None = None
    workers: int | None = Field(default=None, ge=1)
    registration: Registration | None = Field(default=None, alias="register")

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)


class Ingredients(Entity):
    """All that is known before a step runs of what its result depends on: its cache key is their digest.

    `cells` are digests of the code, cell by cell, without comments and layout; `parameters` values as source
    text; `inputs` content digests by name; `outputs` the names of what it is to make; `environment` the
    kernel and its interpreter.
    """

    cells: tuple[str, ...]
    parameters: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    environment: Mapping[str, str]


class StepOutput(Entity):
    """What a step made for one of its outputs: content digest, size in bytes, whether it is a folder."""

    digest: str
    size: int
    folder: bool = False


class StepRecord(Entity):
    """What a step's run keeps to be found again: by `key`; it holds as long as `modules` (project files that
    it imported, by path, with a digest of their code) and `packages` (distributions it imported, with
    versions) are what they were.

    `rows` is the number of rows of each input that has such.
    """

    key: str
    pipeline: str
    step: str
    point: str = ""
    ingredients: Ingredients
    modules: Mapping[str, str] = Field(default_factory=dict)
    packages: Mapping[str, str] = Field(default_factory=dict)
    outputs: Mapping[str, StepOutput] = Field(default_factory=dict)
    rows: Mapping[str, int] = Field(default_factory=dict)


class StepInput(Entity):
    """An input of a task: where it lies (a path or URL) and its content digest; `stored` where that content
    lies in the project's storage under that digest."""

    place: str
    digest: str
    size: int = 0
    folder: bool = False
    stored: bool = False

    @property
    def content(self) -> StepOutput:
        """What is kept, where it is `stored`."""
        return StepOutput(digest=self.digest, size=self.size, folder=self.folder)


class StepTask(Entity):
    """One attempt at one step, or one point of its grid, as it travels to an engine: all that a worker needs
    to run it, as JSON.

    `part` names the cells of the notebook that are this step, where it is not all of them. `document` is the
    notebook as JSON text, `files` the text of project modules that it may import, by path
    in the project: both are for a worker that does not see the project's folder. `outputs` are file names;
    `shown` is where inputs and outputs lie as ``mlops.yaml`` says. `record` is what its run
    is to keep, but for what only running it tells. `versions` are the inputs as dataset versions. `parent` is
    the id of the pipeline's run, `replaces` that of a failed attempt before.
    """

    name: str
    notebook: str
    part: str | None = None
    document: str
    files: Mapping[str, str] = Field(default_factory=dict)
    values: Mapping[str, Any] = Field(default_factory=dict)
    text: Mapping[str, str] = Field(default_factory=dict)
    inputs: Mapping[str, StepInput] = Field(default_factory=dict)
    versions: Mapping[str, DatasetVersion] = Field(default_factory=dict)
    outputs: Mapping[str, str] = Field(default_factory=dict)
    shown: Mapping[str, str] = Field(default_factory=dict)
    kernel: str | None = None
    timeout: float | None = None
    cell_timeout: float | None = None
    resources: Resources = Field(default_factory=Resources)
    environment: Mapping[str, str] = Field(default_factory=dict)
    experiment: str | None = None
    parent: str = ""
    replaces: str | None = None
    attempt: int = 1
    force: bool = False
    record: StepRecord


class StepResult(Entity):
    """How an attempt ended: its run, and the record that the run keeps where it ended well. `cached` where
    another process had made it meanwhile, so that nothing was run."""

    run: Run
    record: StepRecord | None = None
    cached: bool = False


class StepEvent(Entity):
    """What is heard of an attempt while it goes on: its run once there is one, cells done and all, and in
    words what it waits for."""

    run_id: str = ""
    cell: int = 0
    cells: int = 0
    why: str = ""


class StepState(StrEnum):
    """What is known of a step, or of one point of its grid."""

    WAITING = "waiting"
    RUNNING = "running"
    CACHED = "cached"  # nothing that it depends on has changed
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # its condition said no, or that of a step before it
    NOT_RUN = "not run"  # a step before it failed, or it was not asked for
    STALE = "stale"  # it would run


class StepRun(Entity):
    """A step, or one point of its grid (`point`, such as ``C=0.1``), in a run of its pipeline.

    `why` says in words why it is in its state: what changed, whose failure stopped it. `cell` and `cells`
    count the cells done and all. `selected` marks the best point of a grid.
    """

    step: str
    point: str = ""
    state: StepState = StepState.WAITING
    why: str = ""
    run_id: str = ""
    attempt: int = 1
    cell: int = 0
    cells: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None
    metrics: Mapping[str, float] = Field(default_factory=dict)
    parameters: Mapping[str, str] = Field(default_factory=dict)
    outputs: Mapping[str, StepOutput] = Field(default_factory=dict)
    selected: bool = False

    @property
    def name(self) -> str:
        """Step and point as a person reads them."""
        return step_name(self.step, self.point)

    @property
    def duration(self) -> float | None:
        """Seconds, or None while it runs or where it did not."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()


class PipelineRun(Entity):
    """One execution of a pipeline: its parent run in MLflow, and each step in topological order, points of a
    grid one after the other. `edges` maps each step to those it comes after.

    Of a pipeline that was only looked at `run` is None. `asked` are the parameters that it was asked for, as
    text: with these it goes on where it stopped.
    """

    pipeline: str
    run: Run | None = None
    steps: tuple[StepRun, ...] = ()
    edges: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    asked: Mapping[str, str] = Field(default_factory=dict)
    registered: str | None = None
    exit_code: int = 0

    def step(self, name: str) -> StepRun:
        """The step of that name; of a grid its best point, else the first.

        Raises:
            KeyError: there is none.
        """
        found = [step for step in self.steps if step.step == name]
        if not found:
            raise KeyError(name)
        return next((step for step in found if step.selected), found[0])


class Garbage(Entity):
    """One stored output of a step, or copy of data, that no run of the kept window needs: size in bytes, when
    it was last used; `freed` once it is gone. `label` tells the versions of datasets that hold the data."""

    digest: str
    size: int
    used: datetime
    freed: bool = False
    kind: Literal["output", "data"] = "output"
    label: str = ""
