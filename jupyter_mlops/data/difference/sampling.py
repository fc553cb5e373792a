"""A sample of rows drawn while they pass by, the same rows of two tables where they have the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from jupyter_mlops.data.difference.hashing import Hashes

_CELLS = 2_000_000
_MOST, _LEAST = 100_000, 1_000


class Sample:
    """Of the rows of `columns` columns the 100,000 with the smallest numbers, fewer where they are wide.

    Numbers that are hashes of what tells rows apart make it a random sample (bottom-k: Cohen and Kelson 2007)
    in which unchanged rows of two tables meet, so that what differs is not an accident of drawing.
    """

    def __init__(self, columns: int) -> None:
        self.size = max(_LEAST, min(_MOST, _CELLS // max(columns, 1)))
        self.seen = 0
        self._frames: list[pd.DataFrame] = []
        self._numbers: list[Hashes] = []
        self._limit: int | None = None

    def add(self, frame: pd.DataFrame, numbers: Hashes) -> None:
        """Let the rows of a chunk pass by."""
        import numpy as np

        self.seen += len(frame)
        if self._limit is not None:
            chosen = np.flatnonzero(numbers < np.uint64(self._limit))
            frame, numbers = frame.iloc[chosen], numbers[chosen]
        if len(frame):
            self._frames.append(frame)
            self._numbers.append(numbers)
        if sum(map(len, self._numbers)) > 2 * self.size:
            self._shrink()

    def _shrink(self) -> None:
        import numpy as np
        import pandas as pd

        frame, numbers = pd.concat(self._frames, ignore_index=True), np.concatenate(self._numbers)
        if len(frame) > self.size:
            chosen: NDArray[np.int64] = np.sort(np.argpartition(numbers, self.size)[: self.size])
            frame, numbers = frame.iloc[chosen], numbers[chosen]
            self._limit = int(numbers.max())
        self._frames, self._numbers = [frame], [numbers]

    def frame(self) -> pd.DataFrame | None:
        """The rows drawn, in their order; None where there were none."""
        if not self._frames:
            return None
        self._shrink()
        return self._frames[0].reset_index(drop=True)
