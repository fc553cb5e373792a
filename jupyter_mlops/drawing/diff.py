"""What separates two dataset versions as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jupyter_mlops.drawing.datasets import COLUMNS, distinct_text, missing_share
from jupyter_mlops.drawing.markup import (
    Markup,
    count,
    data,
    facts,
    joined,
    more,
    more_text,
    notes,
    plot,
    section,
    table,
    tag,
    verdict,
)
from jupyter_mlops.drawing.nodes import clean
from jupyter_mlops.drawing.plots import categories_svg, histograms_svg
from jupyter_mlops.drawing.scales import probability, short, statistic_texts
from jupyter_mlops.entities import ColumnDiff, ColumnKind, ColumnProfile, DataDiff, RowDiff

EXAMPLES = 50
VALUES = 8  # of one row
EXAMPLE_HEADS = ("change", "row", "column", "left", "right")
_SIZES = {"large": 3, "medium": 2, "small": 1, "none": 0}
_CHANGES = {"dropped": 0, "added": 0, "retyped": 1, "changed": 2, "same": 3}


def diff_html(diff: DataDiff, plots: int) -> Markup:
    """What separates two versions, with plots of at most so many columns."""
    columns = telling_diffs(diff.columns)
    shown = columns[:COLUMNS]
    shifted = [column for column in shown if column.shift is not None and column.shift.size != "none"]
    cards = [card for card in (_shift_card(column, diff) for column in shifted[:plots]) if card]
    return joined(
        verdict("✓" if diff.identical else "≠", "good" if diff.identical else "plain", diff_summary(diff)),
        facts(side_texts(diff)),
        notes(diff.notes),
        section("Columns", _diff_table(shown), more(len(shown), len(columns), "column")),
        section(
            "Where values moved",
            tag("div", *cards, kind="cards") if cards else "",
            more(len(cards), len(shifted), "column"),
        ),
        section(
            "Rows that differ",
            table(
                EXAMPLE_HEADS,
                [[data(text, 200) for text in row] for row in example_rows(diff.examples[:EXAMPLES])],
            ),
            more(min(len(diff.examples), EXAMPLES), len(diff.examples), "example"),
        ),
    )


def diff_summary(diff: DataDiff) -> str:
    """What became of rows and columns, in a sentence."""
    if diff.identical:
        return "the two are identical"
    told = [
        f"{count(number, 'row')} {what}"
        for number, what in ((diff.added, "added"), (diff.removed, "removed"), (diff.changed, "changed"))
        if number
    ]
    if diff.reordered:
        told.append("rows in another order")
    for change in ("added", "dropped", "retyped"):
        found = [column for column in diff.columns if column.change == change]
        if found:
            told.append(f"{count(len(found), 'column')} {change}")
    shifted = [column for column in diff.columns if column.shift and column.shift.size in {"medium", "large"}]
    if shifted:
        told.append(f"values of {count(len(shifted), 'column')} moved")
    return ", ".join(told) or "they differ"


def side_texts(diff: DataDiff) -> list[tuple[str, str]]:
    """What was compared, and how rows were matched."""
    return [
        ("left", f"{clean(diff.left, 200)}{_of(diff.left_rows)}"),
        ("right", f"{clean(diff.right, 200)}{_of(diff.right_rows)}"),
        ("rows matched by", ", ".join(clean(name, 60) for name in diff.key)),
    ]


def telling_diffs(columns: Sequence[ColumnDiff]) -> list[ColumnDiff]:
    """Those that came, went or are of another type first, then those whose values moved farthest."""

    def rank(column: ColumnDiff) -> tuple[int, int, float, int]:
        effect = column.shift.effect if column.shift else 0.0
        size = _SIZES[column.shift.size] if column.shift else 0
        return (
            _CHANGES[column.change],
            -size,
            -(0.0 if math.isnan(effect) else abs(effect)),
            -(column.changed or 0),
        )

    return sorted(columns, key=rank)


def diff_plot(column: ColumnDiff, labels: tuple[str, str]) -> str:
    """Both sides of the column on top of each other; empty where no profile is known."""
    left, right = column.left, column.right
    known = [profile for profile in (left, right) if profile is not None]
    if not known:
        return ""
    if any(profile.histogram for profile in known):
        return histograms_svg(
            column.name,
            left.histogram if left else None,
            right.histogram if right else None,
            labels=labels,
            time=any(profile.kind is ColumnKind.TIME for profile in known),
        )
    return categories_svg(
        column.name,
        _top(left),
        _top(right),
        labels=labels,
        totals=(left.count if left else 0, right.count if right else 0),
    )


def diff_facts(column: ColumnDiff) -> list[tuple[str, str]]:
    """Its numbers by name, as text."""
    left, right, shift = column.left, column.right, column.shift
    changed = "" if column.changed is None else f"{column.changed:,}"
    found = [("dtype", dtypes(column)), ("values changed", changed)]
    if shift is not None:
        found += [
            (shift.measure, f"{short(shift.effect)} ({shift.size})"),
            ("p", probability(shift.p_value)),
            *statistic_texts(shift.statistics, shift.effect),
        ]
    for name, one, other in (
        ("missing", missing_share(left), missing_share(right)),
        ("distinct", distinct_text(left), distinct_text(right)),
        ("minimum", left and left.minimum, right and right.minimum),
        ("mean", left and short(left.mean), right and short(right.mean)),
        ("maximum", left and left.maximum, right and right.maximum),
    ):
        if one or other:
            found.append((name, f"{one or '–'} → {other or '–'}" if one != other else str(one)))
    return [(name, value) for name, value in found if value]


def example_rows(examples: Sequence[RowDiff]) -> list[tuple[str, ...]]:
    """Texts for each value that differs; of a row that is on one side only, some values on one line."""
    rows: list[tuple[str, ...]] = []
    for row in examples:
        key = _named(row.key, len(row.key))
        if row.change != "changed":
            rows.append((row.change, key, "", _named(row.left, VALUES), _named(row.right, VALUES)))
            continue
        for name in list(dict.fromkeys([*row.left, *row.right]))[:VALUES]:
            rows.append((row.change, key, name, row.left.get(name, ""), row.right.get(name, "")))
    return rows


def _named(values: Mapping[str, str], most: int) -> str:
    told = ", ".join(f"{clean(name, 30)}={clean(value, 30)}" for name, value in list(values.items())[:most])
    return f"{told} {more_text(most, len(values), 'value')}".rstrip()


def _diff_table(columns: Sequence[ColumnDiff]) -> Markup:
    rows = [
        (
            data(column.name),
            column.change,
            dtypes(column),
            "" if column.changed is None else f"{column.changed:,}",
            column.shift.measure if column.shift else "",
            short(column.shift.effect) if column.shift else "",
            column.shift.size if column.shift else "",
            probability(column.shift.p_value) if column.shift else "",
        )
        for column in columns
    ]
    heads = ("column", "change", "dtype", "values changed", "measure", "effect", "size", "p")
    return table(heads, rows, numbers=(3, 5, 7))


def _shift_card(column: ColumnDiff, diff: DataDiff) -> Markup:
    drawn = diff_plot(column, (diff.left, diff.right))
    if not drawn:
        return Markup("")
    return tag("div", tag("h4", data(column.name, 80)), plot(drawn), facts(diff_facts(column)), kind="card")


def _of(rows: int | None) -> str:
    return "" if rows is None else f", {count(rows, 'row')}"


def dtypes(column: ColumnDiff) -> str:
    """Its dtype on either side."""
    left, right = column.left_dtype or "", column.right_dtype or ""
    return left if left == right else f"{left or '–'} → {right or '–'}"


def _top(profile: ColumnProfile | None) -> Mapping[str, int]:
    return dict(profile.top) if profile else {}
