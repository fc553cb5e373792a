"""The table of runs: sort, filter, select, compare and plot them inside a notebook."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import Any

import traitlets

from jupyter_mlops.entities import Run
from jupyter_mlops.widgets.widget import Widget, read

STATIC_ROWS = 50
STATIC_WIDTH = 200  # characters of all parameters, or all metrics, of one run
_STATIC_COLUMNS = ("name", "status", "started", "duration", "parameters", "metrics", "notebook")
_EMPTY = "No runs yet. `%track start` records this notebook from then on; `%%track NAME` records one cell."


class RunsTable(Widget):
    """A table of `runs`. In the page they can be sorted, filtered, selected, compared and plotted.

    `selected` holds the ids of the runs that are ticked, in the page or from Python. `on_refresh` is asked
    for the runs anew by the Refresh button and by `refresh()`; without it there is no such button. Viewers
    that run no widgets show a plain table of the first 50.
    """

    _esm = read("elements.js", "runs_data.js", "runs_plot.js", "runs.js")
    _css = read("runs.css")

    runs = traitlets.List(traitlets.Dict()).tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    refreshable = traitlets.Bool(False).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, runs: Sequence[Run] = (), *, on_refresh: Callable[[], Sequence[Run]] | None = None
    ) -> None:
        self._entities: tuple[Run, ...] = tuple(runs)
        self._on_refresh = on_refresh
        super().__init__(runs=_plain_runs(runs), refreshable=on_refresh is not None)
        self.on_msg(self._receive)

    def refresh(self) -> None:
        """Load the runs anew. Where that fails, the old ones stay and `problem` says why."""
        if self._on_refresh is None:
            return
        try:
            runs = tuple(self._on_refresh())
        except Exception as error:  # a button has no caller to raise to: the page must tell
            self.problem = f"The runs could not be read again: {error}"
        else:
            self._entities = runs
            known = {run.run_id for run in runs}
            with self.hold_sync():
                self.runs = _plain_runs(runs)
                self.selected = [run_id for run_id in self.selected if run_id in known]
                self.problem = ""

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "refresh":
            self.refresh()
            # The runs may be the same as before, and then no trait tells the page that it was heard.
            self.send({"type": "refreshed"})

    def __repr__(self) -> str:
        return _as_text(self._entities)

    def _without_widgets(self) -> dict[str, str]:
        return {"text/html": _as_html(self._entities)}


def _plain_runs(runs: Iterable[Run]) -> list[dict[str, Any]]:
    return [_plain(run) for run in runs]


def _plain(run: Run) -> dict[str, Any]:
    """The run as JSON can carry it."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "status": run.status.value,
        "kind": run.kind.value,
        "started": run.started.isoformat() if run.started else None,
        "duration": run.duration,
        "notebook": run.notebook,
        "error": run.error,
        "parameters": dict(run.parameters),
        "metrics": {name: _plain_number(value) for name, value in run.metrics.items()},
    }


def _plain_number(value: float) -> float | str:
    """JSON knows no NaN and no infinity: they travel by the names that JavaScript gives them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _row(run: Run) -> tuple[str, ...]:
    started = run.started.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if run.started else ""
    return (
        run.name,
        run.status.value,
        started,
        "" if run.duration is None else f"{run.duration:.1f} s",
        _short(", ".join(f"{name}={value}" for name, value in run.parameters.items())),
        _short(", ".join(f"{name}={value:.6g}" for name, value in run.metrics.items())),
        run.notebook or "",
    )


def _short(text: str) -> str:
    return textwrap.shorten(text, STATIC_WIDTH, placeholder=" …")


def _as_html(runs: Sequence[Run]) -> str:
    """A table that needs neither script nor style."""
    if not runs:
        return f"<p>{html.escape(_EMPTY)}</p>"
    head = "".join(f'<th scope="col">{column}</th>' for column in _STATIC_COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _row(run)) + "</tr>"
        for run in runs[:STATIC_ROWS]
    )
    more = f"<p>and {len(runs) - STATIC_ROWS:,} more</p>" if len(runs) > STATIC_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _as_text(runs: Sequence[Run]) -> str:
    if not runs:
        return _EMPTY
    lines = [" | ".join(cell for cell in _row(run) if cell) for run in runs[:STATIC_ROWS]]
    if len(runs) > STATIC_ROWS:
        lines.append(f"and {len(runs) - STATIC_ROWS:,} more")
    return "\n".join(lines)
