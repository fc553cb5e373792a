"""Data as a model wants them: its columns, in its order, of its types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import pandas

WHOLE = frozenset({"long", "integer"})
_REAL = frozenset({"double", "float"})
_SHOWN = 8  # names in a message


def aligned(
    frame: pandas.DataFrame,
    features: Sequence[str],
    *,
    label: str,
    types: Mapping[str, str] = {},
    optional: frozenset[str] = frozenset(),
) -> pandas.DataFrame:
    """The columns `features` of `frame`, in that order; others are dropped.

    Args:
        frame: the data, one row each.
        features: the columns that the model was fitted on.
        label: the model, as messages call it.
        types: what the model's signature says of columns: ``long``, ``double``, ``boolean``, ``string``,
            ``datetime``. Values are turned into these where nothing is lost.
        optional: columns that are filled with missing values where the data lack them.

    Raises:
        Refused: columns are missing, or hold text where numbers are needed, or numbers where text is: what
            a code was before it became a number, nobody can tell.
    """
    import pandas as pd

    there: dict[str, Any] = {str(column): column for column in frame.columns}
    missing = [name for name in features if name not in there and name not in optional]
    if missing:
        raise Refused(
            f"the data lack {_columns(missing)} that {label} needs: {listed(missing)}",
            hint=f"there are: {listed(list(there)) or 'none'}",
        )
    columns = {}
    for name in features:
        found = frame[there[name]] if name in there else pd.Series(float("nan"), frame.index)
        if isinstance(found, pd.DataFrame):
            raise Refused(f"the data have several columns {name!r}", hint="rename or drop all but one")
        columns[name] = _cast(found, name, types.get(name, ""), label)
    return pd.DataFrame(columns, index=frame.index)


def listed(names: Sequence[str]) -> str:
    """Names for a message, the first few of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(str, names[:_SHOWN])) + more


def _columns(names: Sequence[str]) -> str:
    return "a column" if len(names) == 1 else "columns"


def _cast(column: pandas.Series[Any], name: str, kind: str, label: str) -> pandas.Series[Any]:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    numeric = is_numeric_dtype(column.dtype)
    if kind in WHOLE | _REAL:
        if not numeric:
            column = _numbers(column, name, label)
        if kind in _REAL:
            return column.astype("float64")
        return column.astype("int64") if _are_whole(column) else column
    if kind == "boolean" and numeric and not is_bool_dtype(column.dtype) and column.isin([0, 1]).all():
        return column.astype(bool)
    if kind == "string" and numeric:
        return _texts(column, name, label)
    if kind == "datetime" and column.dtype.kind != "M":
        return _times(column, name, label)
    return column


def _are_whole(column: pandas.Series[Any]) -> bool:
    values = column.astype("float64")
    return bool((values == values.round()).all() and (values.abs() < 2**53).all())


def _numbers(column: pandas.Series[Any], name: str, label: str) -> pandas.Series[Any]:
    import pandas as pd

    converted = pd.to_numeric(column, errors="coerce")
    bad = column[converted.isna() & column.notna()]
    if len(bad):
        raise Refused(
            f"column {name!r}: {label} needs numbers, but {len(bad):,} values are none, e.g. "
            f"{str(bad.iloc[0])[:40]!r} in row {_number(bad.index[0])}",
            hint="bring the data to what the model was trained on",
        )
    return converted


def _number(place: Any) -> Any:
    """Rows are counted from 1; a frame's own labels stay."""
    return int(place) + 1 if hasattr(place, "__index__") else place


def _texts(column: pandas.Series[Any], name: str, label: str) -> pandas.Series[Any]:
    if column.notna().any():
        example = column.dropna().iloc[0]
        raise Refused(
            f"column {name!r}: {label} needs texts, but the data hold numbers, e.g. {str(example)[:40]}: "
            "zeros that a code began with would be lost",
            hint=f"read it as text: pandas.read_csv(..., dtype={{{name!r}: str}})",
        )
    return column.astype(object).where(column.notna(), None)


def _times(column: pandas.Series[Any], name: str, label: str) -> pandas.Series[Any]:
    import pandas as pd

    try:
        return pd.to_datetime(column)
    except (ValueError, TypeError) as error:
        raise Refused(
            f"column {name!r}: {label} needs times: {error}", hint="bring them to ISO 8601"
        ) from None
