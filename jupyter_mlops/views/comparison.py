"""Comparisons, impact and explanations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import (
    Comparison,
    Entity,
    Explanation,
    Impact,
    MetricComparison,
    RowExplanation,
)
from jupyter_mlops.views.parts import escaped, new_table, number_text

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_FEATURES = 20
SHOWN_CONTRIBUTIONS = 8
BAR = 24  # characters of the longest bar
LONGEST = 60  # characters of a name or value
SHORT, SHORTER = 14, 11  # characters of a side's name that heads a column
_MEASURES = ("DIFFERENCE", "95 % INTERVAL", "P")


def show_comparisons(console: Console, items: Sequence[Comparison]) -> None:
    """Numbers in tables that fit 80 columns, verdicts in lines below them; the main one last."""
    for found in items:
        left, right = _text(found.left), _text(found.right)
        rows = f", {_count(found.rows, 'row')}" if found.task != "runs" else ""
        console.print(f"[bold]{left}[/] and [bold]{right}[/] on {_text(found.data)}{rows}")
        table = _numbers_table("METRIC", *_heads(found, SHORT), *_MEASURES)
        for metric in found.metrics:
            table.add_row(_text(metric.metric), *_sides(metric), *_measures(metric))
        console.print(table)
        for metric in found.metrics[1:]:
            console.print(f"{_text(metric.metric)}: {_verdict(metric)}")
        _slices(console, found)
        _notes(console, found.notes)
        main = found.metrics[0] if found.metrics else None
        told = f"{_text(main.metric)}: " if main else ""
        console.print(f"{told}[bold]{_text(found.verdict)}[/]{_test(main) if main else ''}")


def _slices(console: Console, found: Comparison) -> None:
    if not found.slices:
        return
    main = found.metrics[0].metric
    console.print(f"\n[bold]{_text(main)} by slice[/]")
    table = _numbers_table("SLICE", "ROWS", *_heads(found, SHORTER), *_MEASURES[1:])
    told = []
    for part in found.slices:
        name = f"{_text(part.column)} = {_text(part.value)}"
        metric = next((each for each in part.metrics if each.metric == main), None)
        numbers = [*_sides(metric), *_measures(metric)[1:]] if metric else []
        table.add_row(name, f"{part.rows:,}", *numbers)
        told.append(f"{name}: {_verdict(metric) if metric else _text(part.note)}")
    console.print(table)
    for line in told:
        console.print(line)
    console.print()


def _heads(found: Comparison, longest: int) -> tuple[str, str]:
    """The sides' names, if they are short; the title tells them in their order anyway."""
    names = clean(found.left, LONGEST), clean(found.right, LONGEST)
    return names if max(map(len, names)) <= longest else ("LEFT", "RIGHT")


def _numbers_table(*columns: str) -> Any:
    """A table in which only the first column, of names, may fold."""
    table = new_table(*columns)
    for column in table.columns[1:]:
        column.no_wrap = True
    return table


def _sides(metric: MetricComparison) -> list[str]:
    return [number_text(metric.left), number_text(metric.right)]


def _measures(metric: MetricComparison) -> list[str]:
    interval = ""
    if metric.low is not None and metric.high is not None:
        interval = f"{metric.low:+.3g} to {metric.high:+.3g}"
    p_value = "" if metric.p_value is None else _p_text(metric.p_value)
    difference = "" if metric.difference is None else f"{metric.difference:+.3g}"
    return [difference, interval, p_value]


def _verdict(metric: MetricComparison) -> str:
    style = {None: "", "left": "[yellow]", "right": "[green]"}[metric.better]
    return f"{style}{_text(metric.verdict)}{'[/]' if style else ''}{_test(metric)}"


def _test(metric: MetricComparison) -> str:
    return f" [dim]({_text(metric.test)})[/]" if metric.test and metric.p_value is not None else ""


def _p_text(p_value: float) -> str:
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def show_impacts(console: Console, items: Sequence[Impact]) -> None:
    for impact in items:
        console.print(f"[bold]{_text(impact.dataset)}[/]: {_text(impact.metric)} of the runs built on it")
        table = new_table("VERSION", "ROWS", "RUNS", "MEAN", "95 % INTERVAL")
        for each in impact.versions:
            interval = f"{each.low:.6g} to {each.high:.6g}" if each.low is not None else ""
            rows = "" if each.version.rows is None else f"{each.version.rows:,}"
            table.add_row(
                _text(each.version.label), rows, str(len(each.runs)), number_text(each.mean), interval
            )
        console.print(table)
        for change in impact.differences:
            console.print(f"{_text(change.left)} -> {_text(change.right)}: {_text(change.verdict)}")


def show_explanations(console: Console, items: Sequence[Explanation]) -> None:
    for found in items:
        score = "" if found.score is None else f", {_text(found.metric)} {number_text(found.score)}"
        console.print(
            f"[bold]{_text(found.model)}[/] on {_text(found.data)}, {_count(found.rows, 'row')}{score}"
        )
        _features(console, found)
        for row in found.examples:
            _row(console, row)
        _notes(console, found.notes)
        for path in found.artifacts:
            where = f" in the artifacts of run {found.run_id[:8]}" if found.run_id else ""
            console.print(f"kept: {clean(path, 300)}{where}", markup=False)


def _features(console: Console, found: Explanation) -> None:
    told = {"permutation": f"LOSS OF {clean(found.metric, LONGEST).upper()}", "shap": "MEAN |SHAP|"}[
        found.method
    ]
    table = new_table("FEATURE", told, "")
    shown = found.features[:SHOWN_FEATURES]
    largest = max((abs(each.importance) for each in shown), default=0.0)
    for each in shown:
        spread = "" if each.std is None else f" ± {each.std:.2g}"
        table.add_row(
            _text(each.feature), f"{each.importance:.4g}{spread}", _bar(max(each.importance, 0), largest)
        )
    console.print(table)
    if len(found.features) > len(shown):
        console.print(f"and {len(found.features) - len(shown):,} more")


def _row(console: Console, row: RowExplanation) -> None:
    console.print(f"\n[bold]row {row.row}[/]: {_text(row.told)}")
    table = new_table("FEATURE", "VALUE", "ADDS", "")
    ordered = sorted(row.contributions.items(), key=lambda item: -abs(item[1]))[:SHOWN_CONTRIBUTIONS]
    largest = max((abs(value) for _, value in ordered), default=0.0)
    for name, value in ordered:
        colour = "green" if value >= 0 else "red"
        bar = f"[{colour}]{_bar(abs(value), largest)}[/]"
        table.add_row(_text(name), _text(row.values.get(name, "")), f"{value:+.4g}", bar)
    console.print(table)
    if len(row.contributions) > len(ordered):
        console.print(f"and {len(row.contributions) - len(ordered):,} smaller")


def _bar(value: float, largest: float) -> str:
    return "█" * round(BAR * value / largest) if largest > 0 else ""


def _notes(console: Console, notes: Sequence[str]) -> None:
    for note in notes:
        console.print(f"[dim]{_text(note, 300)}[/]")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _text(text: str, longest: int = 0) -> str:
    return escaped(clean(text, longest or 300))


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {
    Comparison: show_comparisons,
    Impact: show_impacts,
    Explanation: show_explanations,
}
