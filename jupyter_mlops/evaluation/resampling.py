"""The paired bootstrap: what the difference of two sides might have been on other rows of the same kind.

Rows are drawn with replacement, the same for both sides, so that what makes a row hard for both cancels out
(Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13: percentile intervals).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

RESAMPLES = 2000
SEED = 0
MOST_UNITS = 10_000  # that are drawn: more rows are drawn in blocks
_AT_ONCE = 4_000_000  # numbers held at a time


def interval(differences: Array) -> tuple[float, float]:
    """The percentiles between which lie 95 % of the resampled differences."""
    import numpy as np

    low, high = np.nanquantile(differences, [0.025, 0.975])
    return float(low), float(high)


def draws_of_cells(counts: Array) -> Iterator[Array]:
    """How many rows of each cell, where rows within a cell are alike, a resample holds: arrays of shape (some
    resamples, cells), `RESAMPLES` in all. It is the bootstrap over rows, but takes no longer for more."""
    import numpy as np

    random = np.random.default_rng(SEED)
    rows = int(counts.sum())
    for size in _sizes(len(counts)):
        yield random.multinomial(rows, counts / rows, size=size)


def swaps_of_cells(counts: Array) -> Iterator[Array]:
    """How many rows of each cell change sides in a random exchange of the two sides' answers: shapes as for
    `draws_of_cells`."""
    import numpy as np

    random = np.random.default_rng(SEED)
    for size in _sizes(len(counts)):
        yield random.binomial(counts, 0.5, size=(size, len(counts)))


def weights(units: int) -> Iterator[Array]:
    """How often each of `units` is drawn in a resample: arrays of shape (some resamples, units)."""
    import numpy as np

    random = np.random.default_rng(SEED)
    for size in _sizes(units):
        drawn = random.integers(0, units, size=(size, units), dtype=np.int32)
        drawn += (np.arange(size, dtype=np.int32) * units)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units)


def means(terms: Array) -> Array:
    """Means of the columns of `terms`, of shape (rows, columns), in each resample: (resamples, columns).

    Where there are many rows, blocks of them, put together at random, are drawn: their sums are as
    independent and alike as the rows are."""
    import numpy as np

    sums = np.column_stack([terms, np.ones(len(terms))])
    if len(terms) > MOST_UNITS:
        order = np.random.default_rng(SEED).permutation(len(terms))
        starts = np.linspace(0, len(terms), MOST_UNITS, endpoint=False).astype(int)
        sums = np.add.reduceat(sums[order], starts, axis=0)
    drawn = np.concatenate([weight @ sums for weight in weights(len(sums))])
    return np.asarray(drawn[:, :-1] / drawn[:, -1:])


def _sizes(width: int) -> Iterator[int]:
    most = max(1, min(RESAMPLES, _AT_ONCE // max(width, 1)))
    for start in range(0, RESAMPLES, most):
        yield min(most, RESAMPLES - start)
