"""Statistics of each column of a table, in one pass over its chunks and in bounded memory."""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import family_of, kind_of_labels, unique
from jupyter_mlops.data.measures import Moments, Sample, histogram, numbers_of, quantiles
from jupyter_mlops.data.reading import rows_at_once
from jupyter_mlops.entities.data import ColumnKind, ColumnProfile, Profile

if TYPE_CHECKING:
    import pandas

MOST_DISTINCT = 10_000  # values that are counted one by one
TOP = 10
_LONGEST = 80  # characters of a value
_MEASURED = (ColumnKind.NUMBER, ColumnKind.TIME, ColumnKind.BOOLEAN)


def profile(chunks: Iterable[pandas.DataFrame]) -> Profile:
    """Statistics of each column.

    Counts, minimum, maximum, mean and standard deviation (with n - 1) are of all rows; so are the counts of
    the ten most frequent values of a column with at most 10,000 different ones. Where there are more than
    100,000 rows, quantiles, histograms of 20 bins and other most frequent values are of so many, drawn evenly
    and always the same. Infinite values count, and are minimum or maximum; the other statistics leave them
    out. Times are seconds since 1970, UTC, in quantiles, histograms and mean, and ISO 8601 else. Lists,
    records and the like are told apart by their ``repr``.

    Args:
        chunks: frames with the same columns and dtypes, such as of `jupyter_mlops.data.tables.Table.chunks`.
    """
    columns: list[_Column] = []
    sample, rows = Sample(), 0
    for chunk in chunks:
        if not columns:
            named = zip(unique(chunk.columns), chunk.dtypes, strict=True)
            columns = [_Column(name, str(dtype)) for name, dtype in named]
        for part in _parts(chunk):
            rows += len(part)
            sample.add(part)
            for column, (_, values) in zip(columns, part.items(), strict=True):
                column.add(values)
    if not columns:
        return Profile(rows=rows)
    drawn = sample.frame()
    return Profile(
        rows=rows,
        columns=tuple(
            column.profile(values) for column, (_, values) in zip(columns, drawn.items(), strict=True)
        ),
        sampled=len(drawn) if len(drawn) < rows else None,
    )


def _parts(chunk: pandas.DataFrame) -> Iterable[pandas.DataFrame]:
    size = rows_at_once(len(chunk.columns))
    return (chunk.iloc[start : start + size] for start in range(0, max(len(chunk), 1), size))


class _Column:
    """What is known of one column so far."""

    def __init__(self, name: str, dtype: str) -> None:
        self.name = name
        self.dtype = dtype
        self.family: ColumnKind | None = ColumnKind.CATEGORY  # of a column without values
        self.count = 0
        self.missing = 0
        self.moments = Moments()
        self.ends: list[Any] = []  # the least and the largest value
        self.finite: list[float] = []  # of those that are finite, as floats
        self.counted: Counter[Any] | None = Counter()

    def add(self, column: pandas.Series[Any]) -> None:
        """Take in the values of a chunk."""
        family = family_of(column)
        present = column.dropna()
        self.missing += len(column) - len(present)
        if not self.count and (len(present) or column.dtype != object):
            self.family = family
        elif len(present) and family != self.family:
            self._mix()
        self.count += len(present)
        if not len(present):
            return
        if self.family in _MEASURED:
            self._measure(present)
        if self.counted is not None:
            self._count(present)

    def _mix(self) -> None:
        """Chunks of objects differ in what they hold."""
        self.family, self.ends, self.moments = ColumnKind.OTHER, [], Moments()
        if self.counted is not None:
            self.counted = Counter({repr(value): times for value, times in self.counted.items()})

    def _measure(self, present: pandas.Series[Any]) -> None:
        import numpy as np

        assert self.family is not None
        values = numbers_of(present, self.family)
        finite = values[np.isfinite(values)]
        self.moments.add(finite)
        if self.family is ColumnKind.BOOLEAN:
            return
        ends = list(present) if present.dtype == object else [present.min(), present.max()]
        with contextlib.suppress(TypeError):  # times with and without a zone have no order
            self.ends = [min([*self.ends, *ends]), max([*self.ends, *ends])]
        if len(finite):
            both = [*self.finite, float(finite.min()), float(finite.max())]
            self.finite = [min(both), max(both)]

    def _count(self, present: pandas.Series[Any]) -> None:
        counts = _counts(present, self.family)
        if self.counted is not None and len(counts) <= MOST_DISTINCT:
            for value, times in zip(counts.index, counts.tolist(), strict=True):
                self.counted[value] += times
            if len(self.counted) <= MOST_DISTINCT:
                return
        self.counted = None

    def profile(self, sample: pandas.Series[Any]) -> ColumnProfile:
        """The statistics, with those that are of a sample of the rows."""
        import numpy as np

        measured = self.family in _MEASURED and self.moments.count > 0
        shape: dict[str, Any] = {}
        if measured and self.family is not ColumnKind.BOOLEAN:
            assert self.family is not None
            values = numbers_of(sample, self.family)
            values = values[np.isfinite(values)]
            shape = {"quantiles": quantiles(values), "histogram": histogram(values, *self.finite)}
        low, high = [_told(end, self.family) for end in self.ends] if self.ends else (None, None)
        return ColumnProfile(
            name=self.name,
            dtype=self.dtype,
            kind=self._kind(),
            count=self.count,
            missing=self.missing,
            distinct=None if self.counted is None else len(self.counted),
            minimum=low,
            maximum=high,
            mean=_finite(self.moments.mean) if measured else None,
            std=_finite(self.moments.std) if measured else None,
            top=self._top(sample),
            **shape,
        )

    def _kind(self) -> ColumnKind:
        if self.family is not None:
            return self.family
        distinct = MOST_DISTINCT + 1 if self.counted is None else len(self.counted)
        return kind_of_labels(distinct, self.count)

    def _top(self, sample: pandas.Series[Any]) -> tuple[tuple[str, int], ...]:
        if self.counted is None:
            counts = _counts(sample.dropna(), self.family)
            counts = counts[counts > 1]  # else none is more frequent than others
            counts = counts[counts >= counts.nlargest(TOP).min()] if len(counts) else counts
            items = list(zip(counts.index, counts.tolist(), strict=True))
        else:
            items = list(self.counted.items())
        told = [(_told(value, self.family), times) for value, times in items]
        return tuple(sorted(told, key=lambda item: (-item[1], item[0]))[:TOP])


def _counts(present: pandas.Series[Any], family: ColumnKind | None) -> pandas.Series[int]:
    """How often each value occurs."""
    import pandas as pd

    if family is ColumnKind.OTHER:
        present = present.map(repr).astype(object)
    if present.dtype == object:
        found = Counter(present)  # 1 and "1" are two values, which pandas would not sort
        return pd.Series(list(found.values()), index=pd.Index(list(found), dtype=object, tupleize_cols=False))
    counts = present.value_counts(sort=False)
    return counts[counts > 0]


def _told(value: Any, family: ColumnKind | None) -> str:
    """The value as a person reads it."""
    if family is ColumnKind.TIME and hasattr(value, "isoformat") and not hasattr(value, "total_seconds"):
        return str(value.isoformat())
    text = str(value)
    if text == "-0.0":  # which of the zeros comes first is chance
        text = "0.0"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _finite(value: float | None) -> float | None:
    """None where floats do not reach."""
    return value if value is not None and math.isfinite(value) else None
