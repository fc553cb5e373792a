"""Columns of the reference beside those of the current data, and as what they can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import kind_of
from jupyter_mlops.data.comparable import missing
from jupyter_mlops.entities import ColumnKind

if TYPE_CHECKING:
    import pandas as pd

LABELS = frozenset({ColumnKind.CATEGORY, ColumnKind.TEXT})
ISO_DATE = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?"


@dataclass(frozen=True)
class Pair:
    """One column on both sides. `kind` is None where the sides are of kinds that cannot be compared. Rows and
    missing values are of all rows, `left` and `right` may be samples of them."""

    name: str
    left: pd.Series[Any]
    right: pd.Series[Any]
    kind: ColumnKind | None
    rows: tuple[int, int]
    missing: tuple[int, int]

    @property
    def counts(self) -> tuple[int, int]:
        """How many values are there on either side."""
        return self.rows[0] - self.missing[0], self.rows[1] - self.missing[1]

    @property
    def durations(self) -> bool:
        """Whether a side holds durations."""
        import pandas as pd

        sides = (self.left, self.right)
        return any(pd.api.types.infer_dtype(side, skipna=True).startswith("timedelta") for side in sides)


def pair(
    name: str,
    left: pd.Series[Any],
    right: pd.Series[Any],
    *,
    samples: tuple[pd.Series[Any], pd.Series[Any]] | None = None,
) -> Pair:
    """Both sides of a column; `samples` of them are compared where they are given."""
    gone = missing(left), missing(right)
    one, other = samples or (left, right)
    return Pair(name, one, other, common_kind(one, other), (len(left), len(right)), gone)


def common_kind(left: pd.Series[Any], right: pd.Series[Any]) -> ColumnKind | None:
    """The kind as which both can be compared, None where there is none.

    Integers and floats are both numbers; booleans and numbers are compared where the numbers are 0 and 1;
    a category of numbers is compared with numbers as numbers. Texts that all are dates as in ISO 8601, which
    is how a CSV holds them, are times. A side without values is of any kind.
    """
    one, other = _kind(left), _kind(right)
    if one is None or other is None or one is other:
        return one or other or kind_of(left)
    kinds = {one, other}
    if kinds == {ColumnKind.NUMBER, ColumnKind.BOOLEAN}:
        numbers = left if one is ColumnKind.NUMBER else right
        return ColumnKind.NUMBER if numbers.dropna().isin([0, 1]).all() else None
    if kinds == {ColumnKind.NUMBER, ColumnKind.CATEGORY}:
        return ColumnKind.NUMBER if _of_numbers(left) and _of_numbers(right) else None
    if kinds <= LABELS:
        return one  # the reference decides: of few current rows all may be different, or few
    return None


def _kind(column: pd.Series[Any]) -> ColumnKind | None:
    if column.isna().all():
        return None
    kind = kind_of(column)
    if kind in LABELS and _are_dates(column.dropna()):
        return ColumnKind.TIME
    return kind


def _are_dates(texts: pd.Series[Any]) -> bool:
    """Whether all texts are dates; the first few tell of most that they are not."""
    import pandas as pd

    if pd.api.types.infer_dtype(texts.iloc[:20]) != "string":
        return False
    for part in (texts.iloc[:20], texts):
        if not part.astype(str).str.fullmatch(ISO_DATE).all():
            return False
    return bool(pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601").notna().all())


def _of_numbers(column: pd.Series[Any]) -> bool:
    import pandas as pd

    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
    return pd.api.types.is_numeric_dtype(values.dtype)
