"""The ledger, and what became of a promotion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import Entity, History, LedgerAction, LedgerEntry, Promotion
from jupyter_mlops.letters import harmless
from jupyter_mlops.views import gates
from jupyter_mlops.views.parts import escaped, new_table

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    LedgerAction.PROMOTE: "green",
    LedgerAction.APPROVE: "green",
    LedgerAction.ROLLBACK: "yellow",
    LedgerAction.REJECT: "yellow",
    LedgerAction.OVERRIDE: "bold red",
}
_HEAD = 12  # characters of a hash that are shown in a line


def show_history(console: Console, found: Sequence[History]) -> None:
    for history in found:
        aliases = ", ".join(f"{alias} is {version}" for alias, version in sorted(history.aliases.items()))
        console.print(f"[bold]{_line(history.model)}[/]  {_line(aliases or 'no alias')}")
        if history.entries:
            console.print(_table(history.entries))
        else:
            console.print("the ledger is empty: nothing was promoted, approved or rejected yet")
        for note in history.notes:
            console.print(f"note: {_line(note)}")
        _show_findings(console, history)
        if history.head:
            console.print(f"head: {history.head}", markup=False)


def show_promotion(console: Console, found: Sequence[Promotion]) -> None:
    for promotion in found:
        label = f"{promotion.version.name}@{promotion.version.version}"
        if promotion.gates is not None and promotion.gates.results:
            gates.show_gates(console, [promotion.gates])
        entry = promotion.entry
        if entry is not None:
            style = _STYLES[entry.action]
            said = f"{_told(entry, label)} by {entry.who} ({entry.identity})"
            console.print(f"[{style}]{_line(said)}[/]  entry {entry.number}, {entry.hash[:_HEAD]}")
            if entry.overridden:
                console.print(f"[bold red]in spite of: {_line(', '.join(entry.overridden))}[/]")
        elif promotion.gates is not None:
            verdict = "[green]all gates say yes[/]" if promotion.gates.passed else "[red]a gate says no[/]"
            console.print(f"{_line(label)}: {verdict}; nothing was moved")
        for note in promotion.notes:
            console.print(f"note: {_line(note)}")


def _told(entry: LedgerEntry, label: str) -> str:
    before = f" (it was {entry.from_version})" if entry.from_version else ""
    return {
        LedgerAction.PROMOTE: f"{label} is {entry.alias} now{before}: promoted",
        LedgerAction.OVERRIDE: f"{label} is {entry.alias} now{before}: promoted by OVERRIDE",
        LedgerAction.ROLLBACK: f"{label} is {entry.alias} again{before}: rolled back",
        LedgerAction.APPROVE: f"{label} approved",
        LedgerAction.REJECT: f"{label} rejected",
    }[entry.action]


def _table(entries: Sequence[LedgerEntry]) -> Any:
    table = new_table("#", "WHEN (UTC)", "WHAT", "VERSION", "WHO", "REASON", "HASH")
    for entry in entries:
        row = (
            str(entry.number),
            _utc(entry.when),
            f"{entry.action.value} {entry.alias}" if entry.moves else entry.action.value,
            f"{entry.from_version or '-'} -> {entry.to_version}" if entry.moves else entry.to_version,
            f"{entry.who} ({entry.identity})",
            "; ".join(filter(None, [entry.reason, _spite(entry)])),
            entry.hash[:_HEAD],
        )
        style = _STYLES[entry.action] if entry.action is LedgerAction.OVERRIDE else None
        table.add_row(*(_line(cell) for cell in row), style=style)
    return table


def _spite(entry: LedgerEntry) -> str:
    return f"in spite of: {', '.join(entry.overridden)}" if entry.overridden else ""


def _show_findings(console: Console, history: History) -> None:
    if history.findings is None:
        return
    if not history.findings:
        count = len(history.entries)
        console.print(f"[green]the ledger is whole: {count} {'entry' if count == 1 else 'entries'}[/]")
        return
    for finding in history.findings:
        console.print(f"[bold red]{_line(finding.kind)}[/]: {_line(finding.message)}")


def _line(text: str) -> str:
    """As it is, whoever wrote it into the store; without what a terminal would obey."""
    return escaped(harmless(text))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {History: show_history, Promotion: show_promotion}
