"""Rows of two sides matched by 128-bit hashes, all of a partition at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jupyter_mlops.data.difference.hashing import Hashes

    Places = NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """Indexes into the two sides: `left[i]` and `right[i]` are of one row that both have; `removed` only the
    left has, `added` only the right. `repeated_left` and `repeated_right` are all those that are not alone
    with their hash on their side."""

    left: Places
    right: Places
    removed: Places
    added: Places
    repeated_left: Places
    repeated_right: Places


def match(left: tuple[Hashes, Hashes], right: tuple[Hashes, Hashes]) -> Matches:
    """Match two multisets of hashes, each given as two halves of 64 bits.

    The first of a hash on the left is matched with the first on the right, the second with the second; what
    one side has more of is removed or added.
    """
    import numpy as np

    from_left = len(left[0])
    high, low = (np.concatenate(halves) for halves in zip(left, right, strict=True))
    order = _order(high, low)
    is_right = order >= from_left
    group = np.cumsum(_first_of_each(high[order], low[order])) - 1
    counts = [np.bincount(group[side], minlength=group[-1] + 1) if len(group) else group
              for side in (~is_right, is_right)]  # fmt: skip
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    # the order is stable: within a group those of the left come first, each side's by place
    rank = np.arange(len(order)) - starts[group] - np.where(is_right, counts[0][group], 0)
    shared = np.minimum(*counts)[group]
    paired = rank < shared
    repeated = np.where(is_right, counts[1][group], counts[0][group]) > 1
    return Matches(
        left=order[paired & ~is_right],
        right=order[paired & is_right] - from_left,
        removed=order[~paired & ~is_right],
        added=order[~paired & is_right] - from_left,
        repeated_left=order[repeated & ~is_right],
        repeated_right=order[repeated & is_right] - from_left,
    )


def _order(high: Hashes, low: Hashes) -> Places:
    """What sorts by both halves, stable."""
    import numpy as np

    order = np.argsort(high, kind="stable")
    tied = high[order][1:] == high[order][:-1]
    if (tied & (low[order][1:] != low[order][:-1])).any():  # one in 2**64 pairs
        order = np.lexsort((low, high))
    return order


def _first_of_each(high: Hashes, low: Hashes) -> NDArray[np.bool_]:
    import numpy as np

    first = np.ones(len(high), bool)
    first[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    return first
