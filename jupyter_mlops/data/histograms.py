"""How the values of a column are spread on both sides, so that one can be drawn over the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.data import divergence
from jupyter_mlops.data.comparable import as_floats, levels
from jupyter_mlops.entities import ColumnKind, Histogram

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

BINS = 20
TOP = 10
_LONGEST = 80

Tops = tuple[tuple[str, int], ...]


def histograms(
    left: pd.Series[Any], right: pd.Series[Any], kind: ColumnKind
) -> tuple[Histogram, Histogram] | None:
    """Histograms of numbers or times with the same 20 bins; None where there is nothing to count.

    Values that lie far out, beyond ten interquartile ranges from the quartiles, are in the outer bins.
    """
    import numpy as np

    one, other = as_floats(left, right, kind)
    both = np.concatenate([one, other])
    both = both[np.isfinite(both)]
    if not len(both):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(*_range(both), BINS + 1)
    if not (np.isfinite(edges).all() and (np.diff(edges) > 0).all()):  # numbers that bins cannot part
        return None
    return _histogram(one, edges), _histogram(other, edges)


def _histogram(values: NDArray[np.float64], edges: NDArray[np.float64]) -> Histogram:
    import numpy as np

    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = divergence.quartile_fence(values, divergence.FARTHEST)
    least, greatest = float(values.min()), float(values.max())
    if low < high:
        least, greatest = max(low, least), min(high, greatest)
    if least == greatest:
        half = abs(least) / 2 or 0.5
        return least - half, greatest + half
    return least, greatest


def tops(left: pd.Series[Any], right: pd.Series[Any]) -> tuple[Tops, Tops]:
    """How often the ten values occur on either side that are most frequent on both together."""
    import numpy as np

    values, one, other = levels(left, right)
    order = np.argsort(-(one + other), kind="stable")[:TOP]
    texts = [" ".join(str(values[place]).split())[:_LONGEST] for place in order]
    return tuple(  # type: ignore[return-value]
        tuple(zip(texts, counts[order].tolist(), strict=True)) for counts in (one, other)
    )
