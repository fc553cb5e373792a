"""Parts of the rows, by the values of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import pandas

MOST_VALUES = 20  # slices of a column; the most frequent values count
_FEW_NUMBERS = 10  # different numbers that are values of their own; more are cut into quarters


def slices_of(column: pandas.Series[Any]) -> list[tuple[str, numpy.ndarray[Any, Any]]]:
    """Value, as text, and mask of its rows, for each value of a column, the most frequent first; numbers and
    times of many values by quarters of the rows, in order. Missing values come last."""
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    missing = column.isna()
    ordered = is_numeric_dtype(column.dtype) or is_datetime64_any_dtype(column.dtype)
    if ordered and not is_bool_dtype(column.dtype) and column.nunique() > _FEW_NUMBERS:
        found = _quarters(column)
    else:
        counts = column.value_counts(sort=True)
        values = [value for value, count in counts.items() if count][:MOST_VALUES]
        found = [(str(value), ((column == value) & ~missing).to_numpy(dtype=bool)) for value in values]
    if missing.any():
        found.append(("missing", missing.to_numpy(dtype=bool)))
    return found


def left_out(column: pandas.Series[Any], found: int) -> int:
    """How many values have no slice of their own."""
    return max(int(column.nunique()) - found, 0) if found >= MOST_VALUES else 0


def _quarters(column: pandas.Series[Any]) -> list[tuple[str, numpy.ndarray[Any, Any]]]:
    import pandas as pd

    cut = pd.qcut(column, 4, labels=False, duplicates="drop")
    masks = [(cut == place).to_numpy(dtype=bool) for place in sorted(cut.dropna().unique())]
    return [(f"{_end(column[mask].min())} to {_end(column[mask].max())}", mask) for mask in masks]


def _end(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else f"{value:.6g}"
