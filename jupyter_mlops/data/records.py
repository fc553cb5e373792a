"""Tables of records: JSON lines, a JSON list of records, rows of a database. Each value has its own type.
The dtype of a column is decided over all of them, and a column of values of several kinds is refused:

- whole numbers: ``int64``; with gaps ``float64``, or ``Int64`` where a float would lose digits; ``uint64`` or
  objects where they are too large for that;
- numbers, or nothing at all: ``float64``;
- true and false: ``bool``, with gaps ``boolean``;
- texts, and datetimes (``datetime64[us]``, with a time zone in UTC);
- all else as it is: dates, `Decimal`s, bytes, lists, records.
"""

from __future__ import annotations

import contextlib
import json
import operator
import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import text_dtype
from jupyter_mlops.data.delimited import EXACT
from jupyter_mlops.data.reading import CHUNK, FileTable, Table, rows_at_once
from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import pandas

Values = list[Any]  # one column of a chunk; None is missing
_OBJECT = "object"


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    return made


_read = json.JSONDecoder(
    parse_constant=lambda name: None if name == "NaN" else float(name), object_pairs_hook=_record
).decode
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")  # of a character, as JSON writes it
_NO_TEXT = "it holds half of a surrogate pair, which is no text"
_AWARE = "datetime64[us, UTC]"
_NAMES = {
    "number": "a number",
    "bool": "true or false",
    "str": "a text",
    "list": "a list",
    "dict": "a record",
}


def family(value: Any) -> str:
    """What kinds of values one column can hold together."""
    kind = type(value)
    if kind in (int, float):
        return "number"
    if kind is datetime:
        return "datetime" if value.tzinfo is None else "datetime with a time zone"
    return kind.__name__


@dataclass
class Held:
    """What the chunks of one column held so far: kinds of values, and the ends of whole numbers."""

    families: dict[str, None] = field(default_factory=dict)
    missing: bool = False
    fractions: bool = False
    low: int = 0
    high: int = 0

    def add(self, values: Values) -> None:
        """Take in the values of one chunk."""
        kinds = set(map(type, values))
        if type(None) in kinds:
            self.missing = True
        if float in kinds:
            self.fractions = True
        if int in kinds:
            whole = [value for value in values if type(value) is int]
            self.low, self.high = min(self.low, *whole), max(self.high, *whole)
        if datetime in kinds:
            self.families.update(dict.fromkeys(family(value) for value in values if value is not None))
        else:
            plain = {int: "number", float: "number"}
            self.families.update(
                dict.fromkeys(plain.get(kind, kind.__name__) for kind in kinds if kind is not type(None))
            )

    def dtype(self) -> str:
        """The dtype that holds all chunks."""
        (one,) = self.families or ("number",)
        if one == "number":
            return self._of_numbers()
        if one == "bool":
            return "boolean" if self.missing else "bool"
        if one == "str":
            return str(text_dtype())
        return {"datetime": "datetime64[us]", "datetime with a time zone": _AWARE}.get(one, _OBJECT)

    def _of_numbers(self) -> str:
        if self.fractions or not self.families:
            return "float64"
        if self.low < -(2**63) or self.high >= 2**64 or (self.low < 0 and self.high >= 2**63):
            return _OBJECT
        wide = "uint64" if self.high >= 2**63 else "int64"
        if not self.missing:
            return wide
        large = max(-self.low, self.high) > EXACT
        return {"int64": "Int64", "uint64": "UInt64"}[wide] if large else "float64"


class RecordsTable(Table):
    """What tables of records have in common."""

    @abstractmethod
    def batches(self, size: int) -> Iterator[tuple[int, dict[str, Values]]]:
        """(rows, values by column) of at most `size` rows at once, without columns that none of them has."""

    @abstractmethod
    def place(self, row: int) -> str:
        """Where a person finds the row, which is counted from 0."""

    @property
    def schema(self) -> Mapping[str, str]:
        """Columns and the names of their dtypes."""
        return self._scanned[1]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._scanned[0]

    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        """The rows in order, at most `size` at once."""
        rows, dtypes = self._scanned
        if not rows:
            yield _frame(0, {}, dtypes)
        for count, columns in self.batches(size):
            yield _frame(count, columns, dtypes)

    @cached_property
    def _scanned(self) -> tuple[int, dict[str, str]]:
        """(rows, dtype of each column)."""
        total, held = 0, dict[str, Held]()
        for count, columns in self.batches(rows_at_once(len(held) or 20)):
            for name, values in columns.items():
                if name not in held:
                    held[name] = Held(missing=total > 0)
                held[name].add(values)
                if len(held[name].families) > 1:
                    raise self._mixed(name)
            for name in held.keys() - columns.keys():
                held[name].missing = True
            total += count
        return total, {name: each.dtype() for name, each in held.items()}

    def _mixed(self, name: str) -> Refused:
        """What tells the first row whose value is of another kind than those before."""
        first, before = "", 0
        for count, columns in self.batches(CHUNK):
            for row, value in enumerate(columns.get(name, ())):
                if value is None:
                    continue
                found = family(value)
                first = first or found
                if found != first:
                    what, others = _NAMES.get(found, found), _NAMES.get(first, first)
                    return Refused(
                        f"{self.label}: {self.place(before + row)}: column {name!r} holds {what},"
                        f" where the rows before hold {others}",
                        hint="write all values of a column in one type",
                    )
            before += count
        return Refused(f"{self.label}: column {name!r} holds values of several kinds", hint="write one type")


class JsonLinesTable(FileTable, RecordsTable):
    """A file with one JSON record in each line."""

    def batches(self, size: int) -> Iterator[tuple[int, dict[str, Values]]]:
        """(rows, values by column) of at most `size` rows at once."""
        records = []
        for _, record in self._records():
            records.append(record)
            if len(records) == size:
                yield len(records), columns_of(records)
                records = []
        if records:
            yield len(records), columns_of(records)

    def place(self, row: int) -> str:
        """The line of the row."""
        return next((f"line {line}" for at, (line, _) in enumerate(self._records()) if at == row), "")

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with self.reading(), self.path.open("rb") as file:
            number = 0
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    record = _read(line.decode("utf-8-sig" if number == 1 else "utf-8"))
                except UnicodeDecodeError:
                    raise self.not_text() from None
                except ValueError as error:
                    raise self.broken(f"line {number}: {error}") from None
                except RecursionError:
                    raise self.broken(f"line {number}: it is nested too deeply") from None
                if not isinstance(record, dict):
                    raise self.broken(f"line {number}: a {type(record).__name__}, not a record")
                if _HALF.search(line) and not _is_text(record):
                    raise self.broken(f"line {number}: {_NO_TEXT}")
                yield number, record
            if not number:
                raise self.broken("it is empty", hint="write the data first")


class JsonTable(FileTable, RecordsTable):
    """A JSON file that holds a list of records, all of which is read at once."""

    def __init__(self, path: Path, name: str, label: str, records: list[dict[str, Any]]) -> None:
        super().__init__(path, name, label)
        self._records = records

    def batches(self, size: int) -> Iterator[tuple[int, dict[str, Values]]]:
        """(rows, values by column) of at most `size` rows at once."""
        for start in range(0, len(self._records), size):
            part = self._records[start : start + size]
            yield len(part), columns_of(part)

    def place(self, row: int) -> str:
        """The number of the record."""
        return f"record {row + 1}"


class _Document(FileTable):
    """A file with one JSON value; reads it."""

    schema: Mapping[str, str] = {}
    rows = None

    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        raise self.broken("it is no list of records", hint="write a list of records, or one in each line")

    def value(self) -> Any:
        with self.reading():
            try:
                return _read(self.path.read_text(encoding="utf-8-sig"))
            except UnicodeDecodeError:
                raise self.not_text() from None
            except (ValueError, RecursionError) as error:
                raise self.broken(error) from None

    def in_lines(self) -> bool:
        """Whether the first line is a record and is not the only line."""
        with self.reading(), self.path.open("rb") as file:
            lines = (line for line in file if line.strip())
            try:
                record = _read(next(lines, b"").decode("utf-8-sig"))
            except (ValueError, RecursionError):
                return False
            return isinstance(record, dict) and next(lines, None) is not None


def open_json(path: Path, name: str, label: str = "") -> FileTable:
    """A file with a record in each line, with a list of records, or with a JSON value that has no rows.

    Raises:
        Refused: it is no JSON.
    """
    document = _Document(path, name, label)
    if document.in_lines():
        return JsonLinesTable(path, name, label)
    value = document.value()
    if isinstance(value, list) and value and all(isinstance(record, dict) for record in value):
        if _HALF.search(path.read_bytes()) and not _is_text(value):
            row = next(row for row, record in enumerate(value, 1) if not _is_text(record))
            raise document.broken(f"record {row}: {_NO_TEXT}")
        return JsonTable(path, name, label, value)
    return document


def _is_text(value: Any) -> bool:
    """Whether all texts in it can be written: JSON may hold one half of a character that takes two."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def columns_of(records: list[dict[str, Any]]) -> dict[str, Values]:
    """The values of records by column; None where a record has none."""
    names = list(records[0])
    if len(names) > 1 and all(len(record) == len(names) for record in records):
        with contextlib.suppress(KeyError):
            rows = map(operator.itemgetter(*names), records)
            return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    names = list(dict.fromkeys(name for record in records for name in record))
    return {name: [record.get(name) for record in records] for name in names}


def _frame(rows: int, columns: Mapping[str, Values], dtypes: Mapping[str, str]) -> pandas.DataFrame:
    import pandas as pd

    absent = [None] * rows
    made = {name: _column(columns.get(name, absent), dtype) for name, dtype in dtypes.items()}
    return pd.DataFrame(made, index=pd.RangeIndex(rows))


def _column(values: Values, dtype: Any) -> Any:
    import numpy as np
    import pandas as pd

    if dtype == "float64":
        return np.array(values, dtype=dtype)
    if dtype == _OBJECT:
        held = np.empty(len(values), dtype=object)
        for row, value in enumerate(values):  # or numpy would look into lists
            held[row] = value
        return held
    if dtype == _AWARE:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True)).astype(dtype)
    if dtype.startswith("datetime"):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object))).astype(dtype)
    return pd.array(values, dtype=dtype)
