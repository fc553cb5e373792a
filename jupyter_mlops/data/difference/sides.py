"""The two tables that are compared: their columns, which of them belong together, and the rows in chunks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.folders import FolderTable
from jupyter_mlops.data.reading import CHUNK, Table
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

_CHUNK_CELLS = 2_000_000


@dataclass(frozen=True)
class Column:
    """What is known of a column before its rows are read: `family` is the sort of values that the first
    rows hold ("" where there are none), equal only within one."""

    name: str
    dtype: str
    family: str
    zoned: bool = False


class Side:
    """One of the tables, called `label` in messages."""

    def __init__(self, table: Table, label: str) -> None:
        self.label = label
        self.is_folder = isinstance(table, FolderTable)
        self._table = table
        self._size = max(1000, min(CHUNK, _CHUNK_CELLS // max(len(table.schema), 1)))
        self._opened = iter(table.chunks(self._size))
        self._first: pd.DataFrame | None = next(self._opened)
        self.columns = {str(name): _column(str(name), values) for name, values in self._first.items()}

    def chunks(self) -> Iterator[pd.DataFrame]:
        """The rows in order."""
        first, self._first = self._first, None
        opened: Iterable[pd.DataFrame] = self._table.chunks(self._size)
        if first is not None:
            opened = itertools.chain([first], self._opened)
        yield from opened

    def rows_at(self, places: Sequence[int]) -> dict[int, pd.DataFrame]:
        """The rows at those places, counted from 0, each as a frame; no more is read than needed."""
        found: dict[int, pd.DataFrame] = {}
        wanted, start = sorted(set(places)), 0
        for chunk in self.chunks() if wanted else ():
            while wanted and wanted[0] < start + len(chunk):
                place = wanted.pop(0)
                found[place] = chunk.iloc[[place - start]]
            start += len(chunk)
            if not wanted:
                break
        return found


def _column(name: str, values: pd.Series[Any]) -> Column:
    return Column(name, str(values.dtype), _family(values), _zoned(values))


_FAMILIES = {
    "string": "text",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "boolean": "number",
    "complex": "number",
    "datetime": "time",
    "datetime64": "time",
    "date": "time",
    "timedelta": "duration",
    "timedelta64": "duration",
    "bytes": "bytes",
    "empty": "",
}


def _family(values: pd.Series[Any]) -> str:
    """The sort of values that a column holds: values of two sorts are never equal."""
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.dtype.categories.to_series()
    if values.dtype.kind == "O" or isinstance(values.dtype, pd.StringDtype | pd.ArrowDtype):
        kind = pd.api.types.infer_dtype(values, skipna=True)
        return _FAMILIES.get(kind, kind)
    if values.isna().all():
        return ""
    kinds = {"M": "time", "m": "duration"}
    return kinds.get(values.dtype.kind, "number" if values.dtype.kind in "biufc" else str(values.dtype))


def _zoned(values: pd.Series[Any]) -> bool:
    import pandas as pd

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return True
    if values.dtype.kind != "O":
        return False
    first = values.dropna().head(1)
    return len(first) > 0 and getattr(first.iloc[0], "tzinfo", None) is not None


@dataclass(frozen=True)
class Plan:
    """How rows are compared: by the `shared` columns, matched by those of the `key`. `compared_as` maps
    columns that hold floats of two sizes to the smaller, and those of texts and times to ``time``."""

    shared: tuple[str, ...]
    key: tuple[str, ...]
    compared_as: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The shared columns beside the key."""
        return tuple(name for name in self.shared if name not in self.key)


def plan(left: Side, right: Side, key: Sequence[str]) -> Plan:
    """Decide how the two are compared; files of folders by their paths, unless told otherwise.

    Raises:
        NotFound: a side has no such key column.
        Refused: a column is named twice in the key, or holds values on the two sides that are never equal.
    """
    if not key and left.is_folder and right.is_folder:
        key = ("path",)
    key = tuple(key) if len(set(key)) == len(key) else _repeated(key)
    for side in (left, right):
        for name in key:
            if name not in side.columns:
                hint = did_you_mean(name, side.columns)
                raise NotFound(f"{side.label} has no column {name!r} to be a key", hint=hint)
    shared = tuple(name for name in left.columns if name in right.columns)
    notes, compared_as = [], {}
    for name in shared:
        one, other = left.columns[name], right.columns[name]
        families = {one.family, other.family}
        if {one.dtype.lower(), other.dtype.lower()} == {"float32", "float64"}:
            compared_as[name] = "float32"
            notes.append(f"{name} is compared as float32, the coarser of the two")
        elif families == {"text", "time"}:
            compared_as[name] = "time"
            where = left.label if one.family == "text" else right.label
            notes.append(f"{name} is text in {where}, compared as the time that it tells in ISO 8601")
        elif name in key and _incomparable(one, other):
            raise Refused(
                f"key {name!r} is {_said(one)} in {left.label} but {_said(other)} in {right.label}",
                hint=f"give both the same dtype, such as frame[{name!r}].astype({one.dtype!r})",
            )
        elif (note := _note(one, other, left.label, right.label)) is not None:
            notes.append(note)
    if not shared and left.columns and right.columns:
        notes.append("no column is in both, so no row can be matched")
    elif len(shared) > 1 and [name for name in right.columns if name in shared] != list(shared):
        notes.append("the columns are in another order")
    return Plan(shared, key, compared_as, tuple(notes))


def _repeated(key: Sequence[str]) -> tuple[str, ...]:
    twice = next(name for name in key if list(key).count(name) > 1)
    raise Refused(f"key {twice!r} is named twice", hint="name each column once")


def _incomparable(one: Column, other: Column) -> bool:
    families = {one.family, other.family}
    return len(families) == 2 and "" not in families and not any("mixed" in name for name in families)


def _said(column: Column) -> str:
    return f"{column.family} ({column.dtype})"


def _note(one: Column, other: Column, left: str, right: str) -> str | None:
    if _incomparable(one, other):
        return (
            f"{one.name} is {_said(one)} in {left} but {_said(other)} in {right}: "
            "no value of the one equals one of the other"
        )
    if one.family == other.family == "time" and one.zoned != other.zoned:
        return f"{one.name} has a time zone in {left if one.zoned else right} only; the other is taken as UTC"
    return None
