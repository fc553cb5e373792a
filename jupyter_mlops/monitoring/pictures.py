"""What is drawn of a column: how its values are spread on either side, on the same scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlops.data.comparable import levels
from jupyter_mlops.data.histograms import histograms
from jupyter_mlops.entities import ColumnKind
from jupyter_mlops.monitoring.pairs import Pair

TOP = 20  # values that are counted one by one
OTHER = "other"
LONGEST = 80  # characters of a value


def pictures(pair: Pair) -> Mapping[str, Any]:
    """The fields of `ColumnDrift` that hold histograms, of numbers and times, or the counts of the most
    frequent values, of all else but texts."""
    if pair.kind in {ColumnKind.NUMBER, ColumnKind.TIME}:
        found = histograms(pair.left, pair.right, pair.kind)
        return (
            {}
            if found is None
            else dict(zip(("reference_histogram", "current_histogram"), found, strict=True))
        )
    if pair.kind in {ColumnKind.CATEGORY, ColumnKind.BOOLEAN, ColumnKind.OTHER}:
        return _tops(pair)
    return {}


def _tops(pair: Pair) -> dict[str, Mapping[str, int]]:
    import numpy as np

    values, left, right = levels(pair.left, pair.right)
    order = np.argsort(-(left + right), kind="stable")
    if len(order) > TOP:
        order = order[: TOP - 1]
    made: dict[str, Mapping[str, int]] = {}
    for side, counts in (("reference_top", left), ("current_top", right)):
        top: dict[str, int] = {}
        for place in order:
            label = value_text(values[place])
            top[label] = top.get(label, 0) + int(counts[place])
        if len(order) < len(values):
            top[OTHER] = top.get(OTHER, 0) + int(counts.sum() - counts[order].sum())
        made[side] = top
    return made


def value_text(value: Any) -> str:
    """A value in one line."""
    text = " ".join(str(value).split()) or repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
