"""What separates two dataset versions, inside a notebook."""

from __future__ import annotations

from functools import partial

from jupyter_mlops.drawing.diff import (
    EXAMPLE_HEADS,
    EXAMPLES,
    diff_facts,
    diff_plot,
    diff_summary,
    dtypes,
    example_rows,
    side_texts,
    telling_diffs,
)
from jupyter_mlops.drawing.markup import more_text
from jupyter_mlops.drawing.pages import title
from jupyter_mlops.drawing.scales import short
from jupyter_mlops.entities import ColumnDiff, DataDiff
from jupyter_mlops.widgets.report import Column, ReportWidget, State, plain_examples, plain_pairs

_HEADS = (
    ("name", "column", False),
    ("state", "change", False),
    ("dtype", "dtype", False),
    ("changed", "changed", True),
    ("effect", "effect", True),
    ("size", "size", False),
)
_SIGNS = {
    "same": ("=", "plain"),
    "changed": ("≠", "unsure"),
    "added": ("+", "good"),
    "dropped": ("−", "bad"),
    "retyped": ("≠", "bad"),
}


class DiffWidget(ReportWidget):
    """The columns of two dataset versions, those that differ most first, and rows that differ."""

    def __init__(self, diff: DataDiff, *, text: str = "") -> None:
        sign, kind = ("✓", "good") if diff.identical else ("≠", "plain")
        super().__init__(
            diff,
            [_column(column, diff) for column in telling_diffs(diff.columns)],
            _HEADS,
            text=text,
            heading=title(diff),
            verdict=State(diff_summary(diff), sign, kind).plain(),
            facts=plain_pairs(side_texts(diff)),
            notes=list(diff.notes),
            examples=plain_examples(
                EXAMPLE_HEADS,
                example_rows(diff.examples[:EXAMPLES]),
                more_text(EXAMPLES, len(diff.examples), "example"),
            ),
        )


def _column(column: ColumnDiff, diff: DataDiff) -> Column:
    shift = column.shift
    return Column(
        name=column.name,
        state=State(column.change, *_SIGNS[column.change]),
        cells=(
            column.name,
            column.change,
            dtypes(column),
            "" if column.changed is None else f"{column.changed:,}",
            short(shift.effect) if shift else "",
            shift.size if shift else "",
        ),
        sort=(
            column.name,
            column.change,
            dtypes(column),
            column.changed,
            shift.effect if shift else None,
            shift.size if shift else None,
        ),
        words="",
        facts=diff_facts(column),
        draw=partial(diff_plot, column, (diff.left, diff.right)),
    )
