"""What became of the columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from jupyter_mlops.data.difference.reading import Reading
from jupyter_mlops.data.difference.rows import Found
from jupyter_mlops.data.difference.sides import Column, Plan
from jupyter_mlops.data.difference.statistics import Statistics
from jupyter_mlops.entities import ColumnDiff


def column_diffs(
    left: Reading, right: Reading, plan: Plan, found: Found | None, statistics: Mapping[str, Statistics]
) -> tuple[ColumnDiff, ...]:
    """One for each column: those of the left in its order, then those that only the right has."""
    counts = changed_counts(plan, found)
    places = {name: place for place, name in enumerate(plan.shared)}
    columns = []
    nothing = Statistics()
    for name, one in left.side.columns.items():
        known = statistics.get(name, nothing)
        if name not in places:
            columns.append(ColumnDiff(name=name, change="dropped", left_dtype=one.dtype, left=known.left))
            continue
        other, place = right.side.columns[name], places[name]
        columns.append(
            ColumnDiff(
                name=name,
                change=_change(left, right, place, counts[name], (one, other)),
                left_dtype=one.dtype,
                right_dtype=other.dtype,
                changed=counts[name],
                shift=known.shift,
                left=known.left,
                right=known.right,
            )
        )
    for name, other in right.side.columns.items():
        if name not in places:
            made = statistics.get(name, nothing).right
            columns.append(ColumnDiff(name=name, change="added", right_dtype=other.dtype, right=made))
    return tuple(columns)


def changed_counts(plan: Plan, found: Found | None) -> Mapping[str, int | None]:
    """How many values of each shared column changed; None where rows cannot be matched one by one."""
    if found is None:
        return dict.fromkeys(plan.shared)
    if found.cells is not None:
        names = plan.values if plan.key else plan.shared
        return {**dict.fromkeys(plan.key, 0), **dict(zip(names, found.cells.tolist(), strict=True))}
    # all rows of one side are on the other, unchanged
    return dict.fromkeys(plan.shared, 0 if not (found.added and found.removed) else None)


def _change(
    left: Reading, right: Reading, place: int, changed: int | None, columns: tuple[Column, Column]
) -> Literal["same", "changed", "retyped"]:
    has_values = all(side.missing[columns[0].name] < side.rows for side in (left, right))
    if has_values and not _same_type(*columns):
        return "retyped"
    other_values = changed is None and left.sums[place] != right.sums[place]
    return "changed" if changed or other_values else "same"


def _same_type(one: Column, other: Column) -> bool:
    """Texts are of one type whichever way pandas holds them."""
    texts = one.family == other.family == "text" and "category" not in (one.dtype, other.dtype)
    return texts or one.dtype == other.dtype
