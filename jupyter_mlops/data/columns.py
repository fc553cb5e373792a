"""What the values of a column are: numbers, times, labels, or something that only a program reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities.data import ColumnKind

if TYPE_CHECKING:
    import pandas

MOST_CATEGORIES = 1_000  # more different labels are text: each is too rare to be compared
FEW_CATEGORIES = 50  # so few are categories even where none occurs twice
_LOOK = 20_000  # rows that are looked at before all are

# what pandas calls the values of a column of objects
_INFERRED = {
    "boolean": ColumnKind.BOOLEAN,
    "integer": ColumnKind.NUMBER,
    "floating": ColumnKind.NUMBER,
    "mixed-integer-float": ColumnKind.NUMBER,
    "decimal": ColumnKind.NUMBER,
    "datetime": ColumnKind.TIME,
    "datetime64": ColumnKind.TIME,
    "date": ColumnKind.TIME,
    "timedelta": ColumnKind.TIME,
    "timedelta64": ColumnKind.TIME,
    "period": ColumnKind.TIME,
    "bytes": ColumnKind.OTHER,
    "complex": ColumnKind.OTHER,
    "empty": ColumnKind.CATEGORY,
}


def kind_of(column: pandas.Series[Any]) -> ColumnKind:
    """What the values of the column are, by its dtype and, of objects, by the values themselves.

    Dates, datetimes, durations and periods are times; `Decimal`s and integers beyond 64 bits are numbers;
    labels are of a category until there are too many different ones, see `kind_of_labels`; lists, dicts,
    bytes and complex numbers are other. A column of objects without any value is of a category.
    """
    return family_of(column) or _kind_of_labels(column)


def family_of(column: pandas.Series[Any]) -> ColumnKind | None:
    """As `kind_of`; None of labels, whatever their number, which costs more to know."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return ColumnKind.CATEGORY
    if pd.api.types.is_bool_dtype(dtype):
        return ColumnKind.BOOLEAN
    if dtype.kind == "c":
        return ColumnKind.OTHER
    if pd.api.types.is_numeric_dtype(dtype):
        return ColumnKind.NUMBER
    if dtype.kind in "mM" or isinstance(dtype, pd.PeriodDtype):
        return ColumnKind.TIME
    if isinstance(dtype, pd.StringDtype | pd.IntervalDtype):
        return None
    values = column.dropna().astype(object)
    kind = _INFERRED.get(pd.api.types.infer_dtype(values, skipna=True))
    return kind or (None if _are_labels(values) else ColumnKind.OTHER)


def kind_of_labels(distinct: int, count: int) -> ColumnKind:
    """Whether so many different labels among `count` make categories or text: text are more than 1,000, and
    more than 50 of which most occur only once."""
    many = distinct > MOST_CATEGORIES or (distinct > FEW_CATEGORIES and distinct > count / 2)
    return ColumnKind.TEXT if many else ColumnKind.CATEGORY


def _kind_of_labels(column: pandas.Series[Any]) -> ColumnKind:
    labels = column.dropna()
    if len(labels) > _LOOK and labels.iloc[:_LOOK].nunique() > MOST_CATEGORIES:
        return ColumnKind.TEXT
    return kind_of_labels(labels.nunique(), len(labels))


def _are_labels(values: pandas.Series[Any]) -> bool:
    """Whether each value can be counted, and is no container."""
    for kind in set(map(type, values)):
        if issubclass(kind, tuple | frozenset | bytes | bytearray) or kind.__hash__ is None:
            return False
    return True


def text_dtype() -> Any:
    """What this version of pandas holds texts in."""
    import pandas as pd

    return pd.Series(["a"]).dtype


def unique(names: Iterable[Any]) -> list[str]:
    """Labels as text; of equal ones the later get a number, as pandas does when it reads them."""
    found: dict[str, None] = {}
    for name in map(str, names):
        free, number = name, 0
        while free in found:
            number += 1
            free = f"{name}.{number}"
        found[free] = None
    return list(found)
