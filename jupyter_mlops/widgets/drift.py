"""A drift report inside a notebook."""

from __future__ import annotations

from functools import partial

from jupyter_mlops.drawing.drift import (
    drift_facts,
    drift_plot,
    side_texts,
    state_sign,
    telling_columns,
)
from jupyter_mlops.drawing.pages import title
from jupyter_mlops.drawing.scales import probability, short, signed
from jupyter_mlops.entities import ColumnDrift, DriftReport
from jupyter_mlops.widgets.report import Column, ReportWidget, State, plain_pairs

_HEADS = (
    ("name", "column", False),
    ("state", "state", False),
    ("effect", "effect", True),
    ("p", "p", True),
)


class DriftWidget(ReportWidget):
    """The columns of a drift report, those that drifted first; predictions come before all columns."""

    def __init__(self, report: DriftReport, *, text: str = "") -> None:
        columns = [*report.predictions, *telling_columns(report.columns)]
        kind = "bad" if report.drifted else "good"
        super().__init__(
            report,
            [_column(column) for column in columns],
            _HEADS,
            text=text,
            heading=title(report),
            verdict=State(report.verdict, "≠" if report.drifted else "✓", kind).plain(),
            facts=plain_pairs([*side_texts(report), *_decay(report)]),
            notes=list(report.notes),
        )


def _column(column: ColumnDrift) -> Column:
    sign, kind = state_sign(column)
    return Column(
        name=column.name,
        state=State(column.state.value, sign, kind),
        cells=(
            column.name,
            column.state.value,
            short(column.effect),
            probability(column.p_value),
        ),
        sort=(
            column.name,
            column.state.value,
            column.effect,
            column.p_value,
        ),
        words=column.why,
        facts=drift_facts(column),
        draw=partial(drift_plot, column),
    )


def _decay(report: DriftReport) -> list[tuple[str, str]]:
    return [
        (
            decay.metric,
            f"{short(decay.reference)} → {short(decay.current)}: {signed(decay.difference)}, 95 % interval "
            f"{signed(decay.low)} to {signed(decay.high)}{', decayed' if decay.decayed else ''}",
        )
        for decay in report.decay
    ]
