"""A run that was run again, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jupyter_mlops.drawing.markup import (
    Markup,
    data,
    facts,
    joined,
    more,
    notes,
    section,
    table,
    tag,
    verdict,
)
from jupyter_mlops.entities import CellReplay, Difference, MetricReplay, Replay, ReplayVerdict
from jupyter_mlops.letters import harmless

METRICS, CELLS = 100, 20
_LINES, _WIDTH = 60, 300  # of a diff
_SIGNS = {
    ReplayVerdict.REPRODUCED: ("✓", "good"),
    ReplayVerdict.WITHIN: ("≈", "unsure"),
    ReplayVerdict.DIFFERENT: ("✗", "bad"),
    ReplayVerdict.IMPOSSIBLE: ("!", "bad"),
}


def replay_html(replay: Replay, _plots: int) -> Markup:
    """The verdict, the metrics, then the cells that differ."""
    sign, kind = _SIGNS[replay.verdict]
    reason = f": {replay.reason}" if replay.reason else ""
    return joined(
        verdict(sign, kind, f"{replay.label}: {replay.verdict.value}{reason}"),
        facts(
            [
                ("run", replay.run_id[:8]),
                ("replay", replay.replayed[:8] if replay.replayed else ""),
                ("tolerance", f"{replay.tolerance:g}" if replay.tolerance else ""),
                ("when", f"{replay.when:%Y-%m-%d %H:%M} UTC" if replay.when else ""),
                ("environment", "rebuilt from the run's record" if replay.rebuilt else ""),
            ]
        ),
        notes(replay.notes),
        section("Metrics", _metrics(replay.metrics)),
        section("Cells that differ", *map(_cell, replay.cells[:CELLS]), _more_cells(replay)),
        section("Data", notes(replay.data)),
        section("Packages that differ", _packages(replay.environment)),
    )


def _metrics(rows: Sequence[MetricReplay]) -> Markup:
    ranked = sorted(rows, key=lambda row: row.within)
    made = [
        (data(row.metric), _number(row.original), _number(row.replayed), "yes" if row.within else "no")
        for row in ranked[:METRICS]
    ]
    shown = table(("metric", "original", "replay", "agrees"), made, numbers=(1, 2))
    return joined(shown, more(len(made), len(rows), "metric"))


def _cell(cell: CellReplay) -> Markup:
    logged = f", which logs {', '.join(cell.metrics)}" if cell.metrics else ""
    head = tag("p", tag("strong", f"code cell {cell.number}"), logged, ": ", tag("code", cell.source))
    return joined(head, _diff(cell.diff))


def _diff(diff: str) -> Markup:
    """The lines as they are, blanks too; whatever is no text is a replacement character."""
    lines = [harmless(line[:_WIDTH]) for line in diff.splitlines()[2 : _LINES + 2]]
    if not lines:
        return Markup("")
    return Markup(f'<div class="scroll"><pre>{escape(chr(10).join(lines))}</pre></div>')


def _more_cells(replay: Replay) -> Markup:
    return more(min(len(replay.cells), CELLS), len(replay.cells), "cell")


def _packages(found: Sequence[Difference]) -> Markup:
    rows = [(data(each.name), data(each.left or ""), data(each.right or "none")) for each in found[:METRICS]]
    return joined(table(("package", "original", "replay"), rows), more(len(rows), len(found), "package"))


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.10g}"
