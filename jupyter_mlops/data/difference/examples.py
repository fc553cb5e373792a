"""A few of the rows that differ, with their values as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.difference.hashing import hash_values
from jupyter_mlops.data.difference.rows import Found, chosen_examples
from jupyter_mlops.data.difference.sides import Plan, Side
from jupyter_mlops.entities import RowDiff

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 200
_MISSING = "NaN"


def examples(left: Side, right: Side, plan: Plan, found: Found) -> tuple[RowDiff, ...]:
    """Ten rows at most, of each sort the first: changed, added, removed."""
    counts = chosen_examples(found)
    changed = found.changed_places[: counts["changed"]]
    added, removed = found.added_places[: counts["added"]], found.removed_places[: counts["removed"]]
    lefts = left.rows_at([*removed, *(place for place, _ in changed)])
    rights = right.rows_at([*added, *(place for _, place in changed)])
    told = [_changed(lefts[one], rights[other], plan, one) for one, other in changed]
    for place in added:
        told.append(_whole("added", rights[place], plan, place))
    for place in removed:
        told.append(_whole("removed", lefts[place], plan, place))
    return tuple(told)


def _key(row: pd.DataFrame, plan: Plan, place: int) -> dict[str, str]:
    return texts(row, plan.key) if plan.key else {"row": str(place + 1)}


def _whole(change: Any, row: pd.DataFrame, plan: Plan, place: int) -> RowDiff:
    values = texts(row, [name for name in row.columns if name not in plan.key])
    sides = {"right": values} if change == "added" else {"left": values}
    return RowDiff(change=change, key=_key(row, plan, place), **sides)


def _changed(one: pd.DataFrame, other: pd.DataFrame, plan: Plan, place: int) -> RowDiff:
    left, right = {}, {}
    for name in plan.values:
        how = plan.compared_as.get(name)
        hashes = [hash_values(row[name], compared_as=how)[0] for row in (one, other)]
        if hashes[0] != hashes[1]:
            left[name], right[name] = _apart(one[name].iloc[0], other[name].iloc[0])
    return RowDiff(change="changed", key=_key(one, plan, place), left=left, right=right)


def texts(row: pd.DataFrame, names: Sequence[str]) -> dict[str, str]:
    """The values of those columns in the first row."""
    return {name: _text(row[name].iloc[0]) for name in names}


def _apart(one: Any, other: Any) -> tuple[str, str]:
    """Two values that differ as texts that do: written as in Python where they else look alike."""
    left, right = _text(one), _text(other)
    if left != right:
        return left, right
    # such as the text 1 and the number 1, or texts that differ far behind
    for write in (repr, lambda value: f"{value!r} ({type(value).__name__})"):
        left, right = write(one), write(other)
        if left != right:
            break
    return _cut(left, right)


def _cut(left: str, right: str) -> tuple[str, str]:
    """Long texts from a little before where they part."""
    if max(len(left), len(right)) <= _LONGEST:
        return left, right
    pairs = enumerate(zip(left, right, strict=False))
    start = next((place for place, (a, b) in pairs if a != b), min(len(left), len(right)))
    start = max(0, start - 20)
    return tuple(("…" if start else "") + _short(text[start:]) for text in (left, right))  # type: ignore


def _text(value: Any) -> str:
    import numpy as np
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return _MISSING
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
