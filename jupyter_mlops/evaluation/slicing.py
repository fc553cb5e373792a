"""Parts of the rows, by the values of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import pandas

MOST_VALUES = 20  # slices of a column; the most frequent values count
MOST_GROUPS = 1000  # groups of a column that are judged; the most frequent values count
_FEW_NUMBERS = 10  # different numbers that are values of their own; more are cut into quarters
_CODES = 100  # different whole numbers that may be names of something, such as of shops


def slices_of(column: pandas.Series[Any]) -> list[tuple[str, numpy.ndarray[Any, Any]]]:
    """Value, as text, and mask of its rows, for each value of a column, the most frequent first; numbers and
    times of many values by quarters of the rows, in order. Missing values come last."""
    missing = column.isna()
    if _is_ordered(column) and column.nunique() > _FEW_NUMBERS:
        found = _quarters(column)
    else:
        counts = column.value_counts(sort=True)
        values = [value for value, count in counts.items() if count][:MOST_VALUES]
        found = [(str(value), ((column == value) & ~missing).to_numpy(dtype=bool)) for value in values]
    if missing.any():
        found.append(("missing", missing.to_numpy(dtype=bool)))
    return found


@dataclass(frozen=True)
class Groups:
    """Parts of the rows that share none: name, and numbers of the rows, from 0. `beyond` counts values that
    are in no part, being too many."""

    parts: tuple[tuple[str, numpy.ndarray[Any, Any]], ...]
    beyond: int = 0


def groups_of(column: pandas.Series[Any], few: int) -> Groups:
    """The rows by each value of a column, for whoever may overlook none that has `few` rows: the most
    frequent first, missing ones last. Numbers and times of many values are cut into quarters; but of up to
    100 whole numbers each that has `few` rows is a group, and only the rarer ones are cut."""
    import numpy as np

    missing = column.isna().to_numpy(dtype=bool)
    codes, names, beyond = _coded(column, few)
    if missing.any():
        codes[missing] = len(names)
        names.append("missing")
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    parts = tuple((name, order[ends[i] : ends[i + 1]]) for i, name in enumerate(names))
    return Groups(parts, beyond)


def _coded(column: pandas.Series[Any], few: int) -> tuple[numpy.ndarray[Any, Any], list[str], int]:
    """Of each row the number of its group, -1 of one in none; the groups' names; and how many values have
    none."""
    import numpy as np
    import pandas as pd

    found, values = pd.factorize(column)
    counts = np.bincount(found[found >= 0], minlength=len(values))
    by_rows = np.argsort(-counts, kind="stable")
    many = len(values) > _FEW_NUMBERS and _is_ordered(column)
    if many and not (len(values) <= _CODES and _is_whole(column)):
        return *_joined([], _quarters(column), len(column)), 0
    chosen = by_rows[counts[by_rows] >= few] if many else by_rows[:MOST_GROUPS]
    number = np.full(len(values) + 1, -1)  # the last is that of missing values
    number[chosen] = np.arange(len(chosen))
    names, codes = [_text(values[place]) for place in chosen], number[found]
    rest = column[(codes < 0) & (found >= 0)] if many else column[:0]
    if not len(rest):
        return codes, names, len(values) - len(chosen)
    masks = _quarters(rest, min(4, max(len(rest) // few, 1)))
    later, more = _joined(names, masks, len(rest))
    codes[(codes < 0) & (found >= 0)] = later
    return codes, [*names, *(f"{name}, rarer values" for name in more)], 0


def _joined(
    names: list[str], masks: list[tuple[str, numpy.ndarray[Any, Any]]], rows: int
) -> tuple[numpy.ndarray[Any, Any], list[str]]:
    """The masks as numbers that follow those of `names`."""
    import numpy as np

    codes = np.full(rows, -1)
    for number, (_, mask) in enumerate(masks, len(names)):
        codes[mask] = number
    return codes, [name for name, _ in masks]


def _is_ordered(column: pandas.Series[Any]) -> bool:
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    ordered = is_numeric_dtype(column.dtype) or is_datetime64_any_dtype(column.dtype)
    return ordered and not is_bool_dtype(column.dtype)


def _is_whole(column: pandas.Series[Any]) -> bool:
    """Missing values make floats of whole numbers."""
    from pandas.api.types import is_datetime64_any_dtype, is_integer_dtype

    if is_integer_dtype(column.dtype) or is_datetime64_any_dtype(column.dtype):
        return is_integer_dtype(column.dtype)
    return all(float(value).is_integer() for value in column.dropna().unique())


def _text(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def left_out(column: pandas.Series[Any], found: int) -> int:
    """How many values have no slice of their own."""
    return max(int(column.nunique()) - found, 0) if found >= MOST_VALUES else 0


def _quarters(column: pandas.Series[Any], parts: int = 4) -> list[tuple[str, numpy.ndarray[Any, Any]]]:
    import pandas as pd

    if column.nunique() < 2:
        return [(_end(column.iloc[0]), column.notna().to_numpy(dtype=bool))]
    cut = pd.qcut(column, parts, labels=False, duplicates="drop")
    masks = [(cut == place).to_numpy(dtype=bool) for place in sorted(cut.dropna().unique())]
    return [(f"{_end(column[mask].min())} to {_end(column[mask].max())}", mask) for mask in masks]


def _end(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else f"{value:.6g}"
