"""What profiles are made of: values as numbers, moments, quantiles, histograms, a sample of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities.data import ColumnKind, Histogram

if TYPE_CHECKING:
    import numpy
    import pandas

    Floats = numpy.ndarray[Any, numpy.dtype[numpy.float64]]

BINS = 20
SAMPLE = 100_000  # rows
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_SEED = 20240229


def numbers_of(column: pandas.Series[Any], kind: ColumnKind) -> Floats:
    """The values of a column of numbers, times or booleans as floats, nan where one is missing. Times are
    seconds since 1970, UTC; durations and the time within none are seconds."""
    import numpy as np
    import pandas as pd

    if kind is ColumnKind.TIME:
        return _seconds(column)
    if isinstance(column.dtype, np.dtype) and column.dtype != object:
        return column.to_numpy(dtype=np.float64)
    if isinstance(column.dtype, np.dtype):
        return np.array([math.nan if pd.isna(value) else _float(value) for value in column], dtype=np.float64)
    return column.to_numpy(dtype=np.float64, na_value=math.nan)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return math.inf if value > 0 else -math.inf


def _seconds(column: pandas.Series[Any]) -> Floats:
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    elif column.dtype == object:
        column = _times_of(column)
    unit = "timedelta64[us]" if column.dtype.kind == "m" else "datetime64[us]"
    values = column.to_numpy(dtype=unit)
    seconds: Floats = np.where(np.isnat(values), np.nan, values.view(np.int64) / 1e6)
    return seconds


def _times_of(column: pandas.Series[Any]) -> pandas.Series[Any]:
    """Python's own dates, datetimes and durations."""
    import pandas as pd

    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred.startswith("timedelta"):
        return pd.to_timedelta(column)
    if inferred == "period":
        return pd.Series(pd.PeriodIndex(column).to_timestamp())
    return pd.to_datetime(column, utc=True, errors="coerce")


@dataclass
class Moments:
    """Count, mean and sum of squared deviations, by the pairwise update of Chan, Golub and LeVeque (1979)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: Floats) -> None:
        """Take in more values, all finite."""
        import numpy as np

        if not len(values):
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            squares = float(((values - mean) ** 2).sum())
            count = self.count + len(values)
            apart = mean - self.mean
            self.squares += squares + apart * apart * self.count * len(values) / count
            self.mean += apart * len(values) / count
            self.count = count

    @property
    def std(self) -> float | None:
        """The standard deviation of the sample, with ``count - 1``; None of fewer than two values."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else None


def quantiles(values: Floats) -> dict[str, float]:
    """Quantiles of finite values, interpolated, by their share as text."""
    import numpy as np

    if not len(values):
        return {}
    found = np.quantile(values, QUANTILES)
    return {f"{share:g}": float(value) for share, value in zip(QUANTILES, found, strict=True)}


def histogram(values: Floats, low: float, high: float) -> Histogram | None:
    """How many finite values lie in each of 20 equal parts from `low` to `high`, one if these are equal."""
    import numpy as np

    if not len(values):
        return None
    if low == high:
        half = max(0.5, abs(low) * 1e-6)
        return Histogram(edges=(low - half, high + half), counts=(len(values),))
    scale = max(abs(low), abs(high)) if math.isinf(high - low) else 1.0
    try:
        counts, edges = np.histogram(values / scale, BINS, (low / scale, high / scale))
    except ValueError:  # there are not so many floats between them
        return Histogram(edges=(low, high), counts=(len(values),))
    return Histogram(edges=tuple((edges * scale).tolist()), counts=tuple(counts.tolist()))


class Sample:
    """Rows drawn evenly from chunks, the same ones each time however the rows are parted.

    Each row draws a number, and those with the smallest stay, in their order.
    """

    def __init__(self) -> None:
        import numpy as np

        self._random = np.random.default_rng(_SEED)
        self._parts: list[pandas.DataFrame] = []
        self._drawn: list[Floats] = []
        self._held = 0
        self._bar = math.inf

    def add(self, chunk: pandas.DataFrame) -> None:
        """Take in the rows of a chunk."""
        drawn = self._random.random(len(chunk))
        if self._bar < math.inf:
            kept = drawn < self._bar
            chunk, drawn = chunk[kept], drawn[kept]
        self._parts.append(chunk)
        self._drawn.append(drawn)
        self._held += len(drawn)
        if self._held > 2 * SAMPLE:
            self._trim()

    def frame(self) -> pandas.DataFrame:
        """The rows that stayed."""
        self._trim()
        return self._parts[0]

    def _trim(self) -> None:
        import numpy as np
        import pandas as pd

        frame, drawn = pd.concat(self._parts, ignore_index=True), np.concatenate(self._drawn)
        if len(drawn) > SAMPLE:
            kept = np.sort(np.argpartition(drawn, SAMPLE)[:SAMPLE])
            frame, drawn = frame.iloc[kept], drawn[kept]
            self._bar = float(drawn.max())
        self._parts, self._drawn, self._held = [frame], [drawn], len(drawn)
