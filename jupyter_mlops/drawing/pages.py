"""Reports as HTML with neither script nor anything from elsewhere: a page, or a part of a notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mlops.drawing.card import card_html
from jupyter_mlops.drawing.datasets import details_html, impact_html, profile_html
from jupyter_mlops.drawing.diff import diff_html
from jupyter_mlops.drawing.drift import drift_html
from jupyter_mlops.drawing.gates import gates_html
from jupyter_mlops.drawing.judgements import checks_html, comparison_html, explanation_html
from jupyter_mlops.drawing.lineage import lineage_html
from jupyter_mlops.drawing.markup import Markup, joined, tag
from jupyter_mlops.drawing.monitors import monitor_html
from jupyter_mlops.drawing.replay import replay_html
from jupyter_mlops.entities import (
    Card,
    CheckReport,
    Comparison,
    DataDiff,
    DatasetDetails,
    DriftReport,
    Entity,
    Explanation,
    GateReport,
    Impact,
    Lineage,
    MonitorState,
    Profile,
    Replay,
)

PLOTS = 20  # columns with a plot in a notebook, which keeps them all
PAGE_PLOTS = 100
STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
_PAGE_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:24px auto;max-width:72em;padding:0 16px;background:Canvas;color:CanvasText}"
)
# whatever text from data might say, a browser loads nothing and runs nothing
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_REPORTS: dict[type[Entity], tuple[Callable[[Any], str], Callable[[Any, int], Markup]]] = {
    DriftReport: (lambda found: f"Drift: {found.reference} → {found.current}", drift_html),
    DataDiff: (lambda found: f"Difference: {found.left} → {found.right}", diff_html),
    DatasetDetails: (lambda found: f"Dataset {found.version.label}", details_html),
    Profile: (lambda found: "Profile", profile_html),
    Lineage: (lambda found: f"Lineage of {found.start}", lineage_html),
    Impact: (lambda found: f"Impact of {found.dataset} on {found.metric}", impact_html),
    Comparison: (lambda found: f"Comparison: {found.left} → {found.right}", comparison_html),
    Explanation: (lambda found: f"Explanation of {found.model}", explanation_html),
    CheckReport: (lambda found: f"Checks of {found.subject}", checks_html),
    Replay: (lambda found: f"Replay of {found.label}", replay_html),
    Card: (lambda found: f"{found.model}, version {found.version}", card_html),
    GateReport: (lambda found: f"Gates of {found.model}@{found.version}", gates_html),
    MonitorState: (lambda found: f"Monitor {found.name} of {found.monitor.model}", monitor_html),
}
DRAWN = frozenset(_REPORTS)


def title(entity: Entity) -> str:
    """What a report is of."""
    return _REPORTS[type(entity)][0](entity)


def page(entity: Entity) -> str:
    """A whole HTML document, readable in light and dark, of at most 100 columns, the most telling ones.

    Raises:
        TypeError: there is no report of that kind of entity; `DRAWN` holds those of which there is.
    """
    heading, body = _report(entity, PAGE_PLOTS)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"{tag('title', heading)}<style>{_PAGE_STYLE}\n{STYLE}</style></head>"
        f'<body><main class="jp-mlops-report">{tag("h1", heading)}{body}</main></body></html>\n'
    )


def fragment(entity: Entity) -> str:
    """The same as one ``<div>`` for a notebook's output, with plots of at most 20 columns.

    Raises:
        TypeError: as of `page`.
    """
    heading, body = _report(entity, PLOTS)
    return framed(heading, body)


def framed(heading: str, *body: str) -> str:
    """A heading and what follows it as one ``<div>`` that brings its style along."""
    return f'<div class="jp-mlops-report"><style>{STYLE}</style>{tag("h2", heading)}{joined(*body)}</div>'


def _report(entity: Entity, plots: int) -> tuple[str, Markup]:
    if type(entity) not in _REPORTS:
        raise TypeError(f"there is no report of {type(entity).__name__}")
    return title(entity), _REPORTS[type(entity)][1](entity, plots)
