"""Gates, judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.drawing.gates import evidence_text, summary
from jupyter_mlops.entities import Entity, GateReport, GateStatus
from jupyter_mlops.views.parts import escaped, new_table

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST = 2000  # characters of a text
_STYLES = {
    GateStatus.PASSED: "green",
    GateStatus.FAILED: "red",
    GateStatus.ERROR: "red",
    GateStatus.SKIPPED: "yellow",
    GateStatus.WAITING: "dim",
}


def show_gates(console: Console, reports: Sequence[GateReport]) -> None:
    for report in reports:
        _table(console, report)
        for result in report.results:
            shut = not result.open and result.status is not GateStatus.WAITING
            if shut and len(result.details) > 1:
                console.print(f"[red]{_shown(result.name)}[/]")
                for line in result.details:
                    console.print(f"  {clean(line, _LONGEST)}", markup=False)
        for note in report.notes:
            console.print(f"note: {clean(note, _LONGEST)}", markup=False)
        console.print(clean(summary(report), _LONGEST), markup=False)
        if report.run_id:
            console.print(f"evidence: jupyter mlops show {report.run_id[:8]}", markup=False)


def _table(console: Console, report: GateReport) -> None:
    if not report.results:
        return
    table = new_table("STATUS", "GATE", "MESSAGE", "EVIDENCE")
    table.columns[0].no_wrap = True
    for result in report.results:
        style = _STYLES[result.status]
        message = _shown(result.message)
        table.add_row(
            f"[{style}]{result.status.value}[/]",
            _shown(result.name) + (" [dim](by default)[/]" if result.implied else ""),
            f"[red]{message}[/]" if style == "red" and message else message,
            f"[dim]{escaped(evidence_text(result))}[/]",
        )
    console.print(table)


def _shown(text: str) -> str:
    """Text of others: neither markup nor what a terminal would obey."""
    return escaped(clean(text, _LONGEST))


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {GateReport: show_gates}
