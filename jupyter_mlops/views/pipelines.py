"""Runs of pipelines, and what may be freed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.drawing import as_text, clean, duration, size_text, summary, telling
from jupyter_mlops.entities import Garbage, PipelineRun, StepRun, StepState
from jupyter_mlops.views.parts import (
    STYLES,
    columns,
    escaped,
    new_table,
    number_text,
    status_text,
    when,
)

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_STEPS = 100
SHOWN_FAILURES = 10


def show_pipeline_runs(console: Console, runs: Sequence[PipelineRun]) -> None:
    for run in runs:
        _header(console, run)
        if run.run is None:
            _graph(console, run)
        _steps(console, run.steps)
        _failures(console, run.steps)
        if run.registered:
            console.print(f"registered {clean(run.registered, 200)}", markup=False)


def show_garbage(console: Console, items: Sequence[Garbage]) -> None:
    table = new_table("DIGEST", "SIZE", "LAST USED", "WHAT", "FREED", one_line=True)
    for item in items:
        what = f"data {item.label}" if item.kind == "data" else "output"
        row = [escaped(item.digest[:20]), size_text(item.size), when(item.used), escaped(clean(what, 60))]
        table.add_row(*row, "yes" if item.freed else "")
    console.print(table)
    freed = [item for item in items if item.freed]
    left = [item for item in items if not item.freed]
    for told, group in (("freed", freed), ("would be freed", left)):
        if group:
            copies = sum(item.kind == "data" for item in group)
            counts = ((len(group) - copies, "output", "outputs"), (copies, "copy of data", "copies of data"))
            each = ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in counts if count)
            console.print(f"{told}: {each}, {size_text(sum(item.size for item in group))}")


def _header(console: Console, run: PipelineRun) -> None:
    told = summary(run.steps)
    name = escaped(clean(run.pipeline, 80))
    if run.run is None:
        console.print(f"[bold]{name}[/]: {told}")
        return
    took = f", {duration(run.run.duration)}" if run.run.duration is not None else ""
    head = f"[bold]{name}[/]  {escaped(run.run.run_id[:8])}  {status_text(run.run.status)}"
    console.print(f"{head}{took}: {told}")
    if run.run.error and not any(step.error for step in run.steps):
        console.print(escaped(clean(run.run.error, 500)))


def _graph(console: Console, run: PipelineRun) -> None:
    from rich.text import Text

    ascii_only = not console.encoding.lower().startswith("utf")
    for line in as_text(run, console.width, ascii_only=ascii_only):
        pieces = [(text, STYLES[state] if state else "") for text, state in line]
        console.print(Text.assemble(*pieces), no_wrap=True, crop=False, overflow="ignore")
    console.print()


def _steps(console: Console, steps: Sequence[StepRun]) -> None:
    shown = telling(steps, SHOWN_STEPS)
    named = {name for step in shown for name in step.metrics}
    metrics = columns({name: [number_text(step.metrics.get(name)) for step in shown] for name in named})
    reasons = any(step.why for step in shown)
    ran = any(step.run_id for step in shown)
    heads = ["STEP", "STATE", "TIME", *(["RUN"] if ran else []), *metrics, *(["WHY"] if reasons else [])]
    table = new_table(*heads)
    for step in shown:
        table.add_row(
            escaped(clean(step.name, 60)),
            _state(step),
            "" if step.duration is None else duration(step.duration),
            *([escaped(step.run_id[:8])] if ran else []),
            *[number_text(step.metrics.get(name)) for name in metrics],
            *([escaped(clean(step.why, 300))] if reasons else []),
        )
    console.print(table)
    if len(shown) < len(steps):
        console.print(f"and {len(steps) - len(shown):,} more")


def _state(step: StepRun) -> str:
    told = status_text(step.state)
    if step.state is StepState.RUNNING and step.cells:
        told += f" {step.cell}/{step.cells}"
    if step.attempt > 1:
        told += f", attempt {step.attempt}"
    return f"{told}, best" if step.selected else told


def _failures(console: Console, steps: Sequence[StepRun]) -> None:
    failed = [step for step in steps if step.state is StepState.FAILED]
    for step in failed[:SHOWN_FAILURES]:
        error = clean(step.error or step.why, 1000) or "no reason is known"
        console.print(f"{clean(step.name, 60)} failed: {error}", markup=False)
        if step.run_id:
            console.print(f"where: jupyter mlops show {step.run_id[:8]}", markup=False)
    if len(failed) > SHOWN_FAILURES:
        console.print(f"and {len(failed) - SHOWN_FAILURES:,} more failed")
