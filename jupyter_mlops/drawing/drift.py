"""A drift report as HTML: the verdict, then each column, those that drifted first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jupyter_mlops.drawing.markup import (
    Markup,
    count,
    data,
    facts,
    folded,
    joined,
    more,
    notes,
    plot,
    section,
    table,
    tag,
    verdict,
)
from jupyter_mlops.drawing.nodes import clean
from jupyter_mlops.drawing.plots import Interval, categories_svg, histograms_svg, intervals_svg
from jupyter_mlops.drawing.scales import percent, probability, short, signed, statistic_texts
from jupyter_mlops.entities import ColumnDrift, ColumnKind, Decay, DriftReport, DriftState

COLUMNS = 100  # shown at most: beyond that nobody reads
SIGNS = {True: "≠", False: "✓"}
_UNSURE = {DriftState.TOO_FEW, DriftState.UNTESTED, DriftState.MISSING}


def drift_html(report: DriftReport, plots: int) -> Markup:
    """The report, with plots of at most so many columns."""
    columns = telling_columns(report.columns)
    shown = columns[:COLUMNS]
    drifted = [column for column in shown if column.drifted]
    rest = [column for column in shown if not column.drifted]
    cards = [_card(column, report, drawn=place < plots) for place, column in enumerate(drifted)]
    left = max(plots - len(drifted), 0)
    others = [_card(column, report, drawn=place < left) for place, column in enumerate(rest[:left])]
    return joined(
        verdict(SIGNS[report.drifted], "bad" if report.drifted else "good", report.verdict),
        facts(side_texts(report)),
        notes(report.notes),
        section("Performance", _decay(report.decay)),
        section("Predictions", *(_card(column, report, drawn=True) for column in report.predictions)),
        section(
            "Columns that drifted",
            tag("div", *cards, kind="cards") if cards else "",
        ),
        section("All columns", columns_table(shown), more(len(shown), len(columns), "column")),
        folded(f"Plots of {count(len(others), 'other column')}", tag("div", *others, kind="cards"))
        if others
        else "",
    )


def side_texts(report: DriftReport) -> list[tuple[str, str]]:
    """What was compared."""
    return [
        ("reference", f"{clean(report.reference, 200)}, {count(report.reference_rows, 'row')}"),
        ("current", f"{clean(report.current, 200)}, {count(report.current_rows, 'row')}"),
        ("model", report.model or ""),
    ]


def telling_columns(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    """Those that drifted first, the farthest before others, then those that could not be judged."""

    def rank(column: ColumnDrift) -> tuple[int, float, str]:
        group = 0 if column.drifted else 1 if column.state in _UNSURE else 2
        return group, -_beyond(column), column.name

    return sorted(columns, key=rank)


def drift_plot(column: ColumnDrift) -> str:
    """Both sides of the column on top of each other; empty where nothing is known of them."""
    if column.reference_top or column.current_top:
        return categories_svg(
            column.name,
            column.reference_top,
            column.current_top,
            totals=(column.reference_count, column.current_count),
        )
    return histograms_svg(
        column.name,
        column.reference_histogram,
        column.current_histogram,
        time=column.kind is ColumnKind.TIME,
    )


def drift_facts(column: ColumnDrift) -> list[tuple[str, str]]:
    """Its numbers by name, as text."""
    fresh = ", ".join(clean(value, 30) for value in column.new_values[:8])
    if len(column.new_values) > 8:
        fresh += f" and {len(column.new_values) - 8:,} more"
    found = [
        ("kind", column.kind.value),
        ("values", f"{column.reference_count:,} → {column.current_count:,}"),
        ("missing", f"{_missing(column, 'reference')} → {_missing(column, 'current')}"),
        (column.measure or "effect", _against(column) if column.effect is not None else ""),
        ("p", probability(column.p_value)),
        *statistic_texts(column.statistics, column.effect),
        ("new values", fresh),
    ]
    return [(name, value) for name, value in found if value]


def columns_table(columns: Sequence[ColumnDrift]) -> Markup:
    """A row for each column."""
    rows = [
        (
            data(column.name),
            state(column),
            column.kind.value,
            column.measure,
            short(column.effect),
            short(column.threshold),
            probability(column.p_value),
            column.why,
        )
        for column in columns
    ]
    heads = ("column", "state", "kind", "measure", "effect", "threshold", "p", "why")
    return table(heads, rows, numbers=(4, 5, 6))


def state(column: ColumnDrift) -> Markup:
    """What was decided, with a sign."""
    sign, kind = state_sign(column)
    return joined(tag("span", sign, kind=f"sign {kind}", aria_hidden="true"), f" {column.state.value}")


def state_sign(column: ColumnDrift) -> tuple[str, str]:
    """A sign for what was decided, and whether that is ``good``, ``bad`` or ``unsure``."""
    if column.state in _UNSURE:
        return "?", "unsure"
    return ("≠", "bad") if column.drifted else ("✓", "good")


def _card(column: ColumnDrift, report: DriftReport, *, drawn: bool) -> Markup:
    return tag(
        "div",
        tag("h4", data(column.name, 80), " – ", state(column)),
        tag("p", column.why, kind="quiet") if column.why else "",
        plot(drift_plot(column)) if drawn else "",
        facts(drift_facts(column)),
        kind="card",
    )


def _decay(found: Sequence[Decay]) -> Markup:
    if not found:
        return Markup("")
    rows = [
        (
            joined(
                tag("span", SIGNS[decay.decayed], kind=f"sign {'bad' if decay.decayed else 'good'}"),
                " ",
                data(decay.metric),
            ),
            short(decay.reference),
            short(decay.current),
            f"{signed(decay.difference)} ({signed(decay.low)} to {signed(decay.high)})",
            probability(decay.p_value),
        )
        for decay in found
    ]
    # whether less is worse depends on the metric: the one who judged it says so
    drawn = [
        Interval(decay.metric, decay.difference, decay.low, decay.high, False if decay.decayed else None)
        for decay in found
    ]
    heads = ("metric", "reference", "current", "difference (95 % interval)", "p")
    return joined(
        table(heads, rows, numbers=(1, 2, 4)),
        plot(intervals_svg("Change of the metrics", drawn, axis="current less reference")),
    )


def _beyond(column: ColumnDrift) -> float:
    """How far beyond what is allowed: the effect as a multiple of the threshold."""
    if column.effect is None or math.isnan(column.effect):
        return 0.0
    return abs(column.effect) / column.threshold if column.threshold else abs(column.effect)


def _against(column: ColumnDrift) -> str:
    limit = "" if column.threshold is None else f" (threshold {short(column.threshold)})"
    return f"{short(column.effect)}{limit}"


def _missing(column: ColumnDrift, side: str) -> str:
    missing = column.reference_missing if side == "reference" else column.current_missing
    there = column.reference_count if side == "reference" else column.current_count
    return percent(missing / (missing + there)) if missing + there else "–"
