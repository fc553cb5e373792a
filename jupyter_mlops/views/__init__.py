"""Entities as a person reads them: tables on a terminal or in a notebook, or JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import as_html
from jupyter_mlops.entities import (
    Entity,
    Garbage,
    ModelVersion,
    Parameter,
    PipelineRun,
    Run,
    RunDetails,
    RunDiff,
    Sync,
)
from jupyter_mlops.views import (
    cards,
    checks,
    comparison,
    data,
    drift,
    gates,
    monitors,
    notices,
    predictions,
    promotion,
    replay,
    retention,
    scheduler,
    schedules,
)
from jupyter_mlops.views.pipelines import show_garbage, show_pipeline_runs
from jupyter_mlops.views.registry import show_models, show_parameters, show_sync
from jupyter_mlops.views.runs import show_details, show_diff, show_runs

if TYPE_CHECKING:
    from rich.console import Console


def to_json(value: Entity | Sequence[Entity] | str) -> str:
    """One entity as an object, several as a list; NaN and infinities as JSON's null cannot tell them, so
    as the texts ``NaN``, ``Infinity`` and ``-Infinity``."""
    if isinstance(value, str):
        return json.dumps(value)
    dumped = value.model_dump(mode="python") if isinstance(value, Entity) else [_dump(item) for item in value]
    return json.dumps(_strict(dumped), indent=1, ensure_ascii=False, allow_nan=False)


def show(value: Entity | Sequence[Entity] | str, *, as_json: bool = False) -> None:
    """Print it on standard output, as JSON or as a person reads it, in colour where that is a terminal."""
    if as_json:
        print(to_json(value))
        return
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # the caller decides: rich would exit with 1

    console: Console = Piped(highlight=False, emoji=False)
    if not console.is_terminal:
        console = Piped(highlight=False, emoji=False, width=max(console.width, 120))
    if isinstance(value, str):
        console.print(value, markup=False)
        return
    items = [value] if isinstance(value, Entity) else list(value)
    if not items:
        console.print("nothing there yet; record a run: jupyter mlops run NOTEBOOK, or %track start")
        return
    _VIEWS[type(items[0])](console, items)


def display(value: Entity | Sequence[Entity] | str) -> None:
    """In a notebook: a pipeline's run as a drawing and a table, a report with its plots, all else as `show`
    prints it."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display as display_in_cell

    # IPython on a terminal has neither a kernel nor a page
    if hasattr(get_ipython(), "kernel") and (bundle := bundled(value)) is not None:
        display_in_cell(bundle, raw=True)
    else:
        show(value)


def bundled(value: object) -> dict[str, str] | None:
    """As HTML and as plain text, by MIME type; None of what has no HTML."""
    from jupyter_mlops.drawing import pages  # a terminal needs none of it

    if isinstance(value, PipelineRun):
        return {"text/html": as_html(value), "text/plain": printed(value)}
    if isinstance(value, Entity) and type(value) in pages.DRAWN:
        return {"text/html": pages.fragment(value), "text/plain": printed(value)}
    return None


def printed(value: Entity) -> str:
    """What a viewer shows that knows text only."""
    from rich.console import Console

    if type(value) not in _VIEWS:
        return repr(value)
    file = io.StringIO()
    console = Console(file=file, width=120, highlight=False, emoji=False, force_jupyter=False)
    _VIEWS[type(value)](console, [value])
    return file.getvalue()


def _dump(item: Entity) -> dict[str, Any]:
    return item.model_dump(mode="python")


_VIEWS: dict[type[Entity], Callable[[Console, Any], None]] = {
    Run: show_runs,
    RunDetails: show_details,
    RunDiff: show_diff,
    ModelVersion: show_models,
    Parameter: show_parameters,
    Sync: show_sync,
    PipelineRun: show_pipeline_runs,
    Garbage: show_garbage,
    **data.VIEWS,
    **drift.VIEWS,
    **comparison.VIEWS,
    **checks.VIEWS,
    **promotion.VIEWS,
    **gates.VIEWS,
    **replay.VIEWS,
    **cards.VIEWS,
    **predictions.VIEWS,
    **notices.VIEWS,
    **schedules.VIEWS,
    **scheduler.VIEWS,
    **monitors.VIEWS,
    **retention.VIEWS,
}


def _strict(value: Any) -> Any:
    """Plain JSON values only."""
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_strict(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    return value if value is None or isinstance(value, bool | int | float) else str(value)
