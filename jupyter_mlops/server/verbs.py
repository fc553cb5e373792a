"""What a work does: one function for each verb, of a project, an order, and who is told how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import CellRecord, Entity, GateResult, StepRun
from jupyter_mlops.entities.panels import DataSides, Decision, RunNotebook, RunPipeline, WorkVerb
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.forms.telling import LONGEST as LONGEST_WORD
from jupyter_mlops.forms.telling import hint_of
from jupyter_mlops.project import Project
from jupyter_mlops.server.orders import End, Order

LONGEST = 4_000_000  # characters of a result


class Tell(Protocol):
    """Who is told how far a work is."""

    def run(self, run_id: str) -> None:
        """It made this run."""

    def said(self, line: str) -> None:
        """It is so far."""


def done(project: Project, order: Order, tell: Tell) -> End:
    """Do it; how it ended. It never raises `MLOpsError`."""
    try:
        return _VERBS[order.verb](project, order, tell)
    except MLOpsError as error:
        return ended_by(error)


def ended_by(error: MLOpsError) -> End:
    """The end of what was refused or went wrong; of a gate's no with its report."""
    report = getattr(error, "report", None)
    told = _end(report) if isinstance(report, Entity) else End()
    return told.model_copy(
        update={
            "problem": clean(str(error), LONGEST_WORD),
            "hint": hint_of(error),
            "exit_code": error.exit_code,
            "http_status": error.http_status,
        }
    )


def _end(found: Entity, exit_code: int = 0, problem: str | None = None) -> End:
    kind, text, told = type(found).__name__, found.model_dump_json(), clean(problem or "", LONGEST_WORD)
    if len(text) > LONGEST:
        hint = "what it found is too long for a page: ask for it on the command line"
        return End(kind=kind, exit_code=exit_code, problem=told, hint=hint)
    return End(kind=kind, result=json.loads(text), exit_code=exit_code, problem=told)


def _run(project: Project, order: Order, tell: Tell) -> End:
    asked = RunNotebook.model_validate(order.arguments)
    begun: list[str] = []

    def began(run_id: str) -> None:
        begun.append(run_id)
        tell.run(run_id)

    def progress(record: CellRecord, count: int, cells: int) -> None:
        for each in project.progress():  # as pages count them
            if each.run_id in begun and each.cells:
                tell.said(f"cell {each.cell or each.done} of {each.cells}")

    run = project.run(
        asked.path,
        text=asked.parameters,
        experiment=asked.experiment,
        timeout=asked.timeout,
        register=asked.register_as,
        progress=progress,
        began=began,
    )
    return _end(run, run.exit_code or 0, run.error)


def _pipeline(project: Project, order: Order, tell: Tell) -> End:
    asked = RunPipeline.model_validate(order.arguments)

    def progress(step: StepRun) -> None:
        cells = f", {step.cell} of {step.cells} cells" if step.cells else ""
        tell.said(f"{step.name}: {step.state.value}{cells}")

    found = project.pipeline(order.subject).run(
        text=asked.parameters,
        resume=asked.resume,
        only=asked.only,
        start=asked.start,
        force=asked.force,
        workers=asked.workers,
        engine=asked.engine,
        progress=progress,
        begun=tell.run,
    )
    return _end(found, found.exit_code, None if found.run is None else found.run.error)


def _gates(project: Project, order: Order, tell: Tell) -> End:
    asked = Decision.model_validate(order.arguments)
    found = project.gates(order.subject, to=asked.to, judge=True, done=_judged(tell), report=tell.said)
    if found.run_id is not None:
        tell.run(found.run_id)
    return _end(found) if found.passed else _end(found, 3, f"gates of {order.subject}: {found.told}")


def _promote(project: Project, order: Order, tell: Tell) -> End:
    asked = Decision.model_validate(order.arguments)
    return _end(
        project.promote(
            order.subject,
            to=asked.to,
            reason=asked.reason,
            override=asked.override,
            report=tell.said,
            done=_judged(tell),
        )
    )


def _rollback(project: Project, order: Order, tell: Tell) -> End:
    asked = Decision.model_validate(order.arguments)
    return _end(project.rollback(order.subject, to=asked.to, reason=asked.reason))


def _approve(project: Project, order: Order, tell: Tell) -> End:
    return _end(project.approve(order.subject, reason=Decision.model_validate(order.arguments).reason))


def _reject(project: Project, order: Order, tell: Tell) -> End:
    return _end(project.reject(order.subject, reason=Decision.model_validate(order.arguments).reason or ""))


def _diff(project: Project, order: Order, tell: Tell) -> End:
    sides = DataSides.model_validate(order.arguments)
    return _end(project.datasets.diff(sides.left, sides.right, key=sides.key))


def _drift(project: Project, order: Order, tell: Tell) -> End:
    sides = DataSides.model_validate(order.arguments)
    return _end(project.drift(sides.left, sides.right))


def _judged(tell: Tell) -> Callable[[GateResult, int, int], None]:
    return lambda result, number, count: tell.said(
        f"gate {number} of {count}: {result.name}: {result.status.value}"
    )


_VERBS: Mapping[WorkVerb, Callable[[Project, Order, Tell], End]] = {
    WorkVerb.RUN: _run,
    WorkVerb.PIPELINE: _pipeline,
    WorkVerb.GATES: _gates,
    WorkVerb.PROMOTE: _promote,
    WorkVerb.ROLLBACK: _rollback,
    WorkVerb.APPROVE: _approve,
    WorkVerb.REJECT: _reject,
    WorkVerb.DIFF: _diff,
    WorkVerb.DRIFT: _drift,
}
