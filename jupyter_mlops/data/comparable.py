"""The values of two columns as arrays that can be compared, whatever dtypes they came in."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from jupyter_mlops.entities import ColumnKind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

EXACT_INTEGER = 2**53  # beyond it floats skip integers
TIED = 5  # occurrences from which on it matters which of equally frequent values comes first
ORDINARY = 100  # decimal exponent up to which squares neither overflow nor vanish


class Levels(NamedTuple):
    """The different `values` of two columns, and how often each occurs on either side."""

    values: list[Any]
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def missing(column: pd.Series) -> int:
    """How many values are missing."""
    return int(column.isna().sum())


def paired_numbers(
    left: pd.Series, right: pd.Series, kind: ColumnKind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The numbers of both columns, times as seconds and booleans as 0 and 1, without missing ones and what
    is no number. Where they are too great to be told apart or squared, both are moved and scaled alike."""
    import numpy as np

    read = times if kind is ColumnKind.TIME else _numbers
    one, other = read(left), read(right)
    if one.dtype.kind in "iuO" and other.dtype.kind in "iuO" and len(one) and len(other):
        origin = min(one.min(), other.min())
        if max(abs(int(origin)), abs(int(one.max())), abs(int(other.max()))) > EXACT_INTEGER:
            one, other = (_less(side, origin) for side in (one, other))
    floats = [_floats(side) for side in (one, other)]
    first, second = (side[~np.isnan(side)] for side in floats)
    if kind is ColumnKind.TIME:
        return first / 1e9, second / 1e9
    return _scaled(first, second)


def as_floats(
    left: pd.Series, right: pd.Series, kind: ColumnKind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `paired_numbers`, in the values' own unit, exact or not."""
    import numpy as np

    read, unit = (times, 1e9) if kind is ColumnKind.TIME else (_numbers, 1.0)
    one, other = (_floats(read(side)) / unit for side in (left, right))
    return one[~np.isnan(one)], other[~np.isnan(other)]


def times(column: pd.Series) -> NDArray[Any]:
    """Nanoseconds since 1970, UTC, of the moments that are there; durations as nanoseconds. What is neither
    is left out."""
    import numpy as np
    import pandas as pd

    present = column.dropna()
    if present.dtype == object:
        present = present.infer_objects()
    if present.dtype == object and present.map(lambda value: isinstance(value, datetime.timedelta)).all():
        present = pd.to_timedelta(present)
    if isinstance(present.dtype, pd.PeriodDtype):
        present = present.dt.to_timestamp()
    if present.dtype.kind == "m":
        return present.to_numpy().astype("timedelta64[ns]").astype(np.int64)
    if present.dtype.kind != "M":
        kinds = (str, datetime.date, np.datetime64)
        present = present.astype(object)[[isinstance(value, kinds) for value in present]]
    moments = pd.to_datetime(present, utc=True, errors="coerce", format="ISO8601").dropna()
    return moments.dt.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)


def _numbers(column: pd.Series) -> NDArray[Any]:
    """Integers as such, also those beyond 64 bits, as objects; all else as floats."""
    import numpy as np
    import pandas as pd

    present = column.dropna()
    if isinstance(present.dtype, pd.CategoricalDtype):
        present = present.astype(present.cat.categories.dtype)
    if present.dtype.kind == "b":
        return present.to_numpy(dtype=np.float64)
    if present.dtype.kind == "m":
        return times(present)
    if present.dtype.kind in "iu":
        return present.to_numpy(dtype=np.uint64 if present.dtype.kind == "u" else np.int64)
    if present.dtype.kind in "fc":
        return np.real(present.to_numpy(dtype=complex if present.dtype.kind == "c" else np.float64))
    values = list(present)
    if all(isinstance(value, int) for value in values):
        return np.array([int(value) for value in values], dtype=object)
    return np.array([_as_float(value) for value in values], dtype=np.float64)


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    import numpy as np

    if values.dtype == object:
        return np.array([_as_float(value) for value in values], dtype=np.float64)
    return np.asarray(values, dtype=np.float64)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    except (TypeError, ValueError):
        return float("nan")


def _less(values: NDArray[Any], origin: Any) -> NDArray[np.float64]:
    """Taken away as integers, so that none is rounded off; `origin` is not greater than any of them."""
    import numpy as np

    if values.dtype != object and isinstance(origin, values.dtype.type):
        return np.asarray(values.astype(np.uint64) - np.array(origin).astype(np.uint64), dtype=np.float64)
    return np.array([_as_float(int(value) - int(origin)) for value in values], dtype=np.float64)


def _scaled(
    left: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    sizes = np.abs(np.concatenate([left, right]))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not len(sizes):
        return left, right
    exponent = int(np.frexp(sizes.max())[1])
    if abs(exponent) * np.log10(2) < ORDINARY:
        return left, right
    return np.ldexp(left, -exponent), np.ldexp(right, -exponent)


def levels(left: pd.Series, right: pd.Series) -> Levels:
    """How often each value occurs; missing ones are left out. In a column of several types 1, "1" and True
    are three values, written as in Python."""
    import numpy as np
    import pandas as pd

    one, other = (column.dropna().to_numpy(dtype=object) for column in (left, right))
    pooled = np.concatenate([one, other])
    if pd.api.types.infer_dtype(pooled, skipna=False).startswith("mixed"):
        pooled = np.array([repr(value) for value in pooled], dtype=object)
    codes, values = pd.factorize(pooled)
    return Levels(
        list(values),
        np.bincount(codes[: len(one)], minlength=len(values)),
        np.bincount(codes[len(one) :], minlength=len(values)),
    )


def in_order(counts: Levels) -> Levels:
    """The rarest first, of equally frequent ones by text: whichever side they came first on."""
    import numpy as np

    total = counts.left + counts.right
    often = total >= TIED
    order = np.flatnonzero(often).tolist()
    order.sort(key=lambda place: (total[place], str(counts.values[place])))
    rare = np.flatnonzero(~often)
    places = [*rare[np.argsort(total[rare], kind="stable")].tolist(), *order]
    return Levels([counts.values[place] for place in places], counts.left[places], counts.right[places])


def texts(column: pd.Series, limit: int) -> list[str]:
    """The values that are there as texts; `limit` of them, drawn at random by a fixed seed, if more."""
    import numpy as np

    present = column.dropna()
    if len(present) > limit:
        present = present.iloc[np.random.default_rng(0).choice(len(present), limit, replace=False)]
    return [str(value) for value in present]


def distinct_counts(left: NDArray[np.float64], right: NDArray[np.float64], most: int) -> Levels | None:
    """How often each number occurs; None if there are more than `most` different ones."""
    import numpy as np

    values = np.unique(np.concatenate([left, right]))
    if len(values) > most:
        return None
    one, other = (np.bincount(np.searchsorted(values, side), minlength=len(values)) for side in (left, right))
    return Levels(values.tolist(), one, other)
