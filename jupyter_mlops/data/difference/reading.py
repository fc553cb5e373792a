"""One side read once: hashes of its rows kept for matching, a sample of them for statistics."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.difference.hashing import fold, hash_values
from jupyter_mlops.data.difference.sampling import Sample
from jupyter_mlops.data.difference.sides import Plan, Side
from jupyter_mlops.data.difference.spill import Spill
from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import pandas as pd

    from jupyter_mlops.data.difference.hashing import Hashes

#: columns of a row that is kept: the two halves of the hash it is matched by, its place; then, where there is
#: a key, one hash for each value beside it
HIGH, LOW, PLACE, VALUES = range(4)


@dataclass
class Reading:
    """What is kept of one side.

    `matched` holds the rows parted by what they are matched by; `cells`, where there is no key, one hash for
    each value, in order. `order` differs where rows come in another order, `sums` where a column holds other
    values in whatever order.
    """

    side: Side
    matched: Spill
    cells: Spill
    sample: Sample
    rows: int = 0
    sums: list[int] = field(default_factory=list)
    _order: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    @property
    def order(self) -> str:
        """A digest of what rows are matched by, in order."""
        return str(self._order.hexdigest())

    @property
    def is_sampled(self) -> bool:
        """Whether the sample lacks rows."""
        return self.rows > self.sample.size

    def see(self, chunk: pd.DataFrame, plan: Plan) -> None:
        """Take in the next rows.

        Raises:
            Refused: a key is missing.
            MLOpsError: there is no room on the disk.
        """
        import numpy as np

        hashes = {
            name: hash_values(chunk[name], compared_as=plan.compared_as.get(name)) for name in plan.shared
        }
        places = np.arange(self.rows, self.rows + len(chunk), dtype=np.uint64)
        if plan.key:
            self._check_key(chunk, plan.key)
            second = [
                hash_values(chunk[name], compared_as=plan.compared_as.get(name), seed=1) for name in plan.key
            ]
            high = fold([hashes[name] for name in plan.key], len(chunk))
            low = fold(second, len(chunk), seed=1)
            numbers = high
            self.matched.add(np.column_stack([high, low, places, *(hashes[name] for name in plan.values)]))
        else:
            high, low = (fold(list(hashes.values()), len(chunk), seed=seed) for seed in (0, 1))
            numbers = fold([places], len(chunk))
            self.matched.add(np.column_stack([high, low, places]))
            self.cells.add(np.column_stack(list(hashes.values())) if hashes else _no_cells(len(chunk)))
        self._order.update(np.column_stack([high, low]).tobytes())
        sums = [int(values.sum(dtype=np.uint64)) for values in hashes.values()]
        self.sums = [(one + other) % 2**64 for one, other in zip(self.sums, sums, strict=True)]
        self.sample.add(chunk, numbers)
        self.rows += len(chunk)

    def _check_key(self, chunk: pd.DataFrame, key: tuple[str, ...]) -> None:
        for name in key:
            missing = chunk[name].isna().to_numpy(dtype=bool).nonzero()[0]
            if len(missing):
                rows = [f"{self.rows + place + 1:,}" for place in missing[:3]]
                more = " and others" if len(missing) > 3 else ""
                raise Refused(
                    f"{self.side.label}: key {name!r} is missing in row{'s' * (len(missing) > 1)} "
                    f"{', '.join(rows)}{more}",
                    hint="fill it in, drop those rows, or name other columns as the key",
                )


def _no_cells(rows: int) -> Hashes:
    import numpy as np

    return np.zeros((rows, 0), np.uint64)


def start_reading(side: Side, plan: Plan, folder: Path, name: str) -> Reading:
    """What will be kept of that side, in memory or, where it is much, in `folder`."""
    return Reading(
        side=side,
        matched=Spill(folder, f"{name}-rows", VALUES + len(plan.values) * bool(plan.key), parted=True),
        cells=Spill(folder, f"{name}-cells", len(plan.shared), parted=False),
        sample=Sample(len(side.columns)),
        sums=[0] * len(plan.shared),
    )


def passing(reading: Reading, plan: Plan) -> Iterator[pd.DataFrame]:
    """The chunks of that side, each taken in as it passes."""
    for chunk in reading.side.chunks():
        reading.see(chunk, plan)
        yield chunk
