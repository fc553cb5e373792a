"""Checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing.checks import SHORTEST, folded_checks
from jupyter_mlops.entities import CheckReport, CheckStatus, Entity
from jupyter_mlops.views.parts import escaped, new_table, seconds

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    CheckStatus.PASSED: "green",
    CheckStatus.FAILED: "red",
    CheckStatus.ERROR: "red",
    CheckStatus.SKIPPED: "yellow",
}


def show_checks(console: Console, reports: Sequence[CheckReport]) -> None:
    for report in reports:
        _table(console, report)
        for result in report.results:
            if len(result.details) > 1 and result.status is not CheckStatus.PASSED:
                console.print(f"[bold]{escaped(result.name)}[/]")
                for line in result.details:
                    console.print(f"  {line}", markup=False)
        for note in report.notes:
            console.print(note, markup=False)
        console.print(f"{report.subject}: {_summary(report)}", markup=False)
        if report.run_id:
            console.print(f"recorded: jupyter mlops show {report.run_id[:8]}", markup=False)


def _table(console: Console, report: CheckReport) -> None:
    if not report.results:
        return
    table = new_table("CHECK", "STATUS", "TIME", "WHERE", "MESSAGE")
    for result in folded_checks(report.results):
        table.add_row(
            escaped(result.name),
            f"[{_STYLES[result.status]}]{result.status.value}[/]",
            seconds(result.seconds) if result.seconds >= SHORTEST else "",
            escaped(result.place),
            escaped(result.message),
        )
    console.print(table)


def _summary(report: CheckReport) -> str:
    found = Counter(result.status for result in report.results)
    return (
        ", ".join(f"{found[status]} {status.value}" for status in CheckStatus if found[status]) or "no checks"
    )


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {CheckReport: show_checks}
