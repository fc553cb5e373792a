"""What is drawn of a column: how its values are spread on either side, on the same scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data import divergence
from jupyter_mlops.data.comparable import as_floats, levels
from jupyter_mlops.entities import ColumnKind, Histogram
from jupyter_mlops.monitoring.pairs import Pair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 20
TOP = 20  # values that are counted one by one
OTHER = "other"
LONGEST = 80  # characters of a value


def pictures(pair: Pair) -> Mapping[str, Any]:
    """The fields of `ColumnDrift` that hold histograms, of numbers and times, or the counts of the most
    frequent values, of all else but texts."""
    if pair.kind in {ColumnKind.NUMBER, ColumnKind.TIME}:
        return _histograms(*as_floats(pair.left, pair.right, pair.kind))
    if pair.kind in {ColumnKind.CATEGORY, ColumnKind.BOOLEAN, ColumnKind.OTHER}:
        return _tops(pair)
    return {}


def _histograms(left: NDArray[np.float64], right: NDArray[np.float64]) -> dict[str, Histogram]:
    import numpy as np

    everything = np.concatenate([left, right])
    finite = everything[np.isfinite(everything)]
    if not len(finite):
        return {}
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(*_range(finite), BINS + 1)
        if not (np.isfinite(edges).all() and np.all(np.diff(edges) > 0)):  # numbers too huge for bins
            return {}
    made = {}
    for side, values in (("reference", left), ("current", right)):
        counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
        made[f"{side}_histogram"] = Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))
    return made


def _range(finite: NDArray[np.float64]) -> tuple[float, float]:
    """From the least to the greatest value; values that lie far out are counted in the outer bins."""
    low, high = divergence.quartile_fence(finite, divergence.FARTHEST)
    least, greatest = float(finite.min()), float(finite.max())
    if low < high:
        least, greatest = max(low, least), min(high, greatest)
    if least == greatest:
        half = abs(least) / 2 or 0.5
        return least - half, greatest + half
    return least, greatest


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
