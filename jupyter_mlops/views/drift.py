"""Drift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import ColumnDrift, Decay, DriftReport, DriftState, Entity
from jupyter_mlops.views.parts import escaped, new_table

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    DriftState.DRIFTED: "red",
    DriftState.ADDED: "red",
    DriftState.DROPPED: "red",
    DriftState.RETYPED: "red",
    DriftState.SAME: "green",
    DriftState.CONSTANT: "green",
}


def show_drift(console: Console, reports: Sequence[DriftReport]) -> None:
    for report in reports:
        style = "red" if report.drifted else "green"
        console.print(f"[bold {style}]{escaped(report.verdict)}[/]")
        rows = f"{report.reference_rows:,} and {report.current_rows:,} rows"
        console.print(f"{escaped(report.reference)} -> {escaped(report.current)}, {rows}")
        if report.columns:
            console.print(_columns("COLUMN", report.columns))
        if report.predictions:
            console.print(_columns(f"PREDICTIONS OF {report.model}", report.predictions))
        if report.decay:
            console.print(_decay(report.decay))
        for note in report.notes:
            console.print(note, markup=False)


def _columns(title: str, columns: Sequence[ColumnDrift]) -> Any:
    """Those that drifted first, the rest in the data's order."""
    table = new_table(title, "STATE", "EFFECT", "WHY")
    for column in sorted(columns, key=lambda column: not column.drifted):
        style = _STYLES.get(column.state, "yellow")
        table.add_row(
            escaped(column.name),
            f"[{style}]{column.state.value}[/]",
            _effect(column),
            escaped(column.why),
        )
    return table


def _decay(metrics: Sequence[Decay]) -> Any:
    table = new_table("METRIC", "STATE", "REFERENCE", "CURRENT", "DIFFERENCE", "95 % INTERVAL", "P")
    for metric in sorted(metrics, key=lambda metric: not metric.decayed):
        table.add_row(
            escaped(metric.metric),
            "[red]decayed[/]" if metric.decayed else "[green]no decay shown[/]",
            f"{metric.reference:.4g}",
            f"{metric.current:.4g}",
            f"{metric.difference:+.3g}",
            f"{metric.low:+.3g} to {metric.high:+.3g}",
            _short(metric.p_value),
        )
    return table


def _effect(column: ColumnDrift) -> str:
    """Beside its threshold."""
    if column.effect is None or column.threshold is None:
        return ""
    sign = ">" if column.effect > column.threshold else "<="
    return f"{column.effect:.2g} {sign} {column.threshold:g}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {DriftReport: show_drift}
