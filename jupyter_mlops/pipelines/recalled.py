"""Pipelines and their runs as they are on the record: listed, and each run with its steps, also while it goes
on, whichever process is at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_mlops.config import Config
from jupyter_mlops.entities import PipelineRun, Run, RunKind, RunStatus, StepRun, StepState
from jupyter_mlops.entities.panels import PipelineSummary
from jupyter_mlops.exceptions import MLOpsError, NotFound
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parts import read_parts
from jupyter_mlops.pipelines.declared import build
from jupyter_mlops.pipelines.driver import described
from jupyter_mlops.pipelines.recorded import STATE
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.pipelines import last_runs
from jupyter_mlops.tracking.reader import children, local_copy
from jupyter_mlops.tracking.store import Store

_STATES = {
    RunStatus.RUNNING: StepState.RUNNING,
    RunStatus.SCHEDULED: StepState.WAITING,
    RunStatus.FINISHED: StepState.FINISHED,
    RunStatus.FAILED: StepState.FAILED,
    RunStatus.KILLED: StepState.CANCELLED,
}
_CUT_OFF = "the run was cut off"


def summaries(store: Store, config: Config) -> list[PipelineSummary]:
    """The pipelines of ``mlops.yaml`` by name, with the last run of each."""
    names = sorted(config.pipelines)
    last = last_runs(store, names)
    return [_summary(name, store, config, last.get(name)) for name in names]


def recall(store: Store, run: Run) -> PipelineRun:
    """The run of a pipeline with its steps: as they are now while it goes on, else as they ended.

    Raises:
        NotFound: it is no run of a pipeline.
    """
    if run.kind is not RunKind.PIPELINE:
        raise NotFound(f"run {run.run_id[:8]} ({run.name}) is no run of a pipeline", hint="show the run")
    found = _read(store, run)
    if found is None:  # it goes on elsewhere, or was cut off before it told anything
        steps = tuple(_step(child) for child in children(store, run.run_id))
        found = PipelineRun(pipeline=run.name, steps=steps)
    steps = found.steps
    if run.status is not RunStatus.RUNNING and any(step.ended is None for step in steps):
        steps = tuple(_settled(store, run, steps))
    asked = found.asked if "asked" in found.model_fields_set else run.parameters
    return found.model_copy(update={"run": run, "steps": steps, "asked": asked, "exit_code": run.exit_code})


def _summary(name: str, store: Store, config: Config, last: Run | None) -> PipelineSummary:
    pipeline = config.pipelines[name]
    steps, problem = tuple(pipeline.steps), ""
    places = [place for step in pipeline.steps.values() for place in step.inputs.values()]
    try:
        if pipeline.notebook is not None:
            steps = tuple(part.name for part in read_parts(read_notebook(store.root / pipeline.notebook)))
        if not any("://" in _place(config, place) for place in places):  # a list must not ask the network
            steps = tuple(build(config, name, store.root).nodes)
    except MLOpsError as error:
        problem = described(error)
    return PipelineSummary(name=name, steps=steps, last=last, problem=problem)


def _place(config: Config, place: str) -> str:
    dataset = config.datasets.get(place.removeprefix("dataset:"))
    return place if dataset is None or not place.startswith("dataset:") else dataset.source


def _read(store: Store, run: Run) -> PipelineRun | None:
    """What it told last, where it goes on here; else what it has kept."""
    try:
        text = (store.run_folder(run.run_id) / tags.FOLDER / STATE).read_text(encoding="utf-8")
        return PipelineRun.model_validate_json(text)
    except (OSError, ValueError):
        pass
    with local_copy(store, run.run_id, f"{tags.FOLDER}/{STATE}") as path:
        try:
            return PipelineRun.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None


def _settled(store: Store, run: Run, steps: Sequence[StepRun]) -> Iterator[StepRun]:
    """The steps of a run that was cut off before it could tell how they ended."""
    known = {child.run_id: child for child in children(store, run.run_id)}
    for step in steps:
        child = known.get(step.run_id)
        if step.state is StepState.RUNNING and child is not None:
            yield _step(child).model_copy(update={"step": step.step, "point": step.point})
        elif step.state is StepState.RUNNING:
            yield step.model_copy(update={"state": StepState.CANCELLED, "error": _CUT_OFF})
        elif step.state is StepState.WAITING:
            yield step.model_copy(update={"state": StepState.NOT_RUN, "why": _CUT_OFF})
        else:
            yield step


def _step(run: Run) -> StepRun:
    return StepRun(
        step=run.name,
        state=_STATES[run.status],
        run_id=run.run_id,
        started=run.started,
        ended=run.ended,
        error=run.error,
        metrics=run.metrics,
        parameters=run.parameters,
    )
