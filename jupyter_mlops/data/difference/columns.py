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
    for name, one in left.side.columns.items():
        known = statistics[name]
        if name not in places:
            columns.append(ColumnDiff(name=name, change="dropped", left_dtype=one.dtype, left=known.left))
            continue
        other, place = right.side.columns[name], places[name]
        other_values = counts[name] is None and left.sums[place] != right.sums[place]
        columns.append(
            ColumnDiff(
                name=name,
                change=_change(_is_retyped(one, other, known), bool(counts[name] or other_values)),
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
            profile = statistics[name].right
            columns.append(ColumnDiff(name=name, change="added", right_dtype=other.dtype, right=profile))
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


def _is_retyped(one: Column, other: Column, known: Statistics) -> bool:
    """Whether another dtype says something: not where a side has no value, nor of ways to hold texts."""
    if one.dtype == other.dtype or not all(side and side.count for side in (known.left, known.right)):
        return False
    return not (one.family == other.family == "text" and "category" not in (one.dtype, other.dtype))


def _change(is_retyped: bool, is_changed: bool) -> Literal["same", "changed", "retyped"]:
    if is_retyped:
        return "retyped"
    return "changed" if is_changed else "same"
