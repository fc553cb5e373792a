"""Values that may occur once: looked for in all chunks of a table, whatever its size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import CheckStatus

if TYPE_CHECKING:
    import numpy
    import pandas

SHOWN = 5  # values that are told
MOST = 100_000  # rows that are compared by value; beyond that by a 64-bit hash, which so many cannot share


class Uniqueness:
    """Whether the values of these columns, taken together, occur once each.

    Eight bytes are held for each row; rows that share a hash are read again and compared.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._hashes: list[numpy.ndarray[Any, Any]] = []
        self._missing: list[str] = []
        self._values = self._rows = 0
        self._examples: list[str] = []

    def look(self, chunk: pandas.DataFrame) -> None:
        """Take the rows of a chunk into account."""
        self._missing = [name for name in self.columns if name not in chunk.columns]
        if not self._missing:
            self._hashes.append(_hashed(chunk[list(self.columns)]))

    def settle(self, again: Callable[[], Iterator[pandas.DataFrame]]) -> None:
        """Look which rows are alike; `again` reads all of them once more, if that is needed."""
        import numpy as np
        import pandas as pd

        if self._missing or not self._hashes:
            return
        hashes = np.concatenate(self._hashes)
        self._hashes = []
        values, counts = np.unique(hashes, return_counts=True)
        alike = values[counts > 1]
        if not len(alike):
            return
        suspected = np.isin(hashes, alike)
        self._values, self._rows = len(alike), int(suspected.sum())
        seen, before = [], 0
        for chunk in again():
            rows = np.flatnonzero(suspected[before : before + len(chunk)])
            part = chunk[list(self.columns)].iloc[rows]
            seen.append(part.set_axis(rows + before + 1))
            before += len(chunk)
            if sum(map(len, seen)) > MOST:
                break
        self._compare(pd.concat(seen), exact=before == len(hashes))

    def _compare(self, rows: pandas.DataFrame, *, exact: bool) -> None:
        import numpy as np

        texts = rows.astype(str) if any(_unhashable(rows[name]) for name in rows) else rows
        twice = texts.duplicated(keep=False)
        found, texts = rows[twice], texts[twice]
        groups = texts.groupby(list(texts.columns), dropna=False, sort=False, observed=True).ngroup()
        if exact:
            self._rows, self._values = len(found), int(groups.max()) + 1 if len(found) else 0
        for group in range(min(SHOWN, int(groups.max()) + 1 if len(found) else 0)):
            places = found.index[np.asarray(groups == group)]
            value = ", ".join(str(each)[:40] for each in found.loc[places[0]])
            self._examples.append(f"{value} in rows {', '.join(f'{place:,}' for place in places[:SHOWN])}")

    def judged(self) -> tuple[CheckStatus, str, tuple[str, ...]]:
        """Status, message and examples."""
        if self._missing:
            return CheckStatus.SKIPPED, f"missing: {', '.join(self._missing)}", ()
        if not self._rows:
            return CheckStatus.PASSED, "", ()
        values = f"{self._values:,} value{'s' if self._values > 1 else ''}"
        told = f"{values} more than once, in {self._rows:,} rows, first {self._examples[0]}"
        return CheckStatus.FAILED, told, tuple(self._examples)


def _hashed(frame: pandas.DataFrame) -> numpy.ndarray[Any, Any]:
    from pandas.util import hash_pandas_object

    # categories are hashed by their values: another chunk may number them otherwise
    try:
        return hash_pandas_object(frame, index=False, categorize=True).to_numpy()
    except TypeError:  # lists and the like
        return hash_pandas_object(frame.astype(str), index=False).to_numpy()


def _unhashable(column: pandas.Series[Any]) -> bool:
    return column.dtype == object and not column.map(lambda value: getattr(value, "__hash__", None)).all()
