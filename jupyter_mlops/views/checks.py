"""Checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import CheckReport, CheckResult, CheckStatus, Entity
from jupyter_mlops.views.parts import escaped, new_table, seconds

if TYPE_CHECKING:
    from rich.console import Console

SHORTEST = 0.05  # seconds that are told
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
    for result in _folded(report.results):
        table.add_row(
            escaped(result.name),
            f"[{_STYLES[result.status]}]{result.status.value}[/]",
            seconds(result.seconds) if result.seconds >= SHORTEST else "",
            escaped(result.place),
            escaped(result.message),
        )
    console.print(table)


def _folded(results: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """What a schema asks of one column, and is so, in one row."""

    def key(result: CheckResult) -> object:
        return (result.kind, result.place, result.status, id(result) if not _folds(result) else 0)

    for _, group in groupby(results, key):
        found = list(group)
        names = [result.name.partition(": ")[2] or result.name for result in found]
        if len(found) > 1:
            column = found[0].name.partition(": ")[0]
            yield found[0].model_copy(update={"name": f"{column}: {', '.join(names)}"})
        else:
            yield found[0]


def _folds(result: CheckResult) -> bool:
    return result.kind == "schema" and result.status is CheckStatus.PASSED and ": " in result.name


def _summary(report: CheckReport) -> str:
    found = Counter(result.status for result in report.results)
    return (
        ", ".join(f"{found[status]} {status.value}" for status in CheckStatus if found[status]) or "no checks"
    )


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {CheckReport: show_checks}
