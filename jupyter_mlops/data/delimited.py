"""CSV files. What a column holds is decided over all of its rows, and then every chunk holds it so:

- whole numbers, all there: ``int64``, or ``uint64`` where they need it;
- whole numbers with gaps: ``float64``, or ``Int64`` where a float would lose digits;
- numbers, or nothing at all: ``float64``; they are read to the nearest float;
- true and false: ``bool``, with gaps ``boolean``;
- all else is text, each value exactly as it is written: 007 beside A12 stays 007. So are whole numbers that
  none of these holds, and dates.

Numbers are what `pandas.read_csv` takes for numbers, so 007 in a column of nothing but numbers is 7, unless
the column is asked for as text; missing is what it takes for missing. A number with a decimal comma is text.

Fields are parted by commas. Where the header has none, but another of ``;``, tab and ``|``, and that parts
each of the first lines into as many fields as the header, it is taken instead.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import text_dtype
from jupyter_mlops.data.reading import CHUNK, FileTable, rows_at_once
from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import pandas

EXACT = 2**53  # whole numbers up to here are floats without loss
_OTHERS = ";\t|"  # separators beside the comma
_FIRST = 20  # rows that tell which one it is
_LONGEST = 2**31 - 1  # characters of a field
_TEXT, _PERHAPS = "text", "Int64?"
_NUMBER = re.compile(  # or missing
    r"\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?|[+-]?nan|n/?a|<na>|null|none|[+-]?(1\.)?#.*|)\s*",
    re.IGNORECASE,
)


_HEAD = 1000  # rows that tell whether a column of texts may be one of numbers
_NEARLY_ALL = 0.9


@dataclass
class Found:
    """What the chunks of one column held so far."""

    kinds: set[str] = field(default_factory=set)
    missing: bool = False
    large: bool = False  # whole numbers that a float may not hold
    negative: bool = False
    as_read: bool = True  # texts, as pandas takes them to be without being told

    def add(self, column: pandas.Series[Any]) -> None:
        """Take in the column of one chunk, as pandas understood it by itself."""
        import pandas as pd

        gaps = bool(column.isna().any())
        self.missing |= gaps
        if gaps and column.isna().all():
            return
        kind = column.dtype.kind
        if kind in "iu":
            self.kinds.add("int" if kind == "i" else "uint")
            self.large |= bool(column.max() > EXACT or column.min() < -EXACT)
            self.negative |= bool(column.min() < 0)
        elif kind == "f":
            present = column.dropna()
            whole = bool((present % 1 == 0).all())
            self.kinds.add("whole" if whole else "float")
            self.large |= whole and bool(present.abs().max() >= EXACT)
        else:
            inferred = pd.api.types.infer_dtype(column, skipna=True)
            self.kinds.add("bool" if inferred == "boolean" else _TEXT)
            # beside whole numbers too large for it, pandas takes numbers and missing ones for texts
            self.as_read &= inferred == "string" and not _NUMBER.fullmatch(str(column.dropna().iloc[0]))

    def dtype(self) -> str:
        """The dtype that holds all chunks."""
        if self.kinds == {"bool"}:
            return "boolean" if self.missing else "bool"
        if self.kinds - {"int", "uint", "whole", "float"} or (self.negative and "uint" in self.kinds):
            return _TEXT
        if "float" in self.kinds or not self.kinds:
            return "float64"
        if "whole" in self.kinds or self.missing:
            return _PERHAPS if self.large else "float64"
        return "uint64" if "uint" in self.kinds else "int64"


class DelimitedTable(FileTable):
    """A CSV file in UTF-8 with a header.

    separator: parts the fields; by default it is found.
    """

    def __init__(self, path: Path, name: str, label: str = "", separator: str | None = None) -> None:
        super().__init__(path, name, label)
        self._given = separator
        self._texts: frozenset[str] = frozenset()

    def as_text(self, columns: Collection[str]) -> DelimitedTable:
        """The same rows, with the values of these columns as they are written."""
        made = copy.copy(self)
        made._texts = self._texts | frozenset(columns)
        return made

    @cached_property
    def _separator(self) -> str:
        if self._given is not None:
            return self._given
        with contextlib.suppress(UnicodeDecodeError, csv.Error):  # told when the rows are read
            header = next((row for _, row in self._records(",")), [])
            if len(header) == 1 and "," not in header[0]:
                found = [each for each in _OTHERS if self._is_parted_by(each)]
                return found[0] if len(found) == 1 else ","
        return ","

    def _is_parted_by(self, separator: str) -> bool:
        """Whether it parts each of the first rows into as many fields, of which there are several."""
        first = itertools.islice(self._records(separator), _FIRST)
        widths = {len(row) for _, row in first}
        return len(widths) == 1 and widths != {1}

    @property
    def schema(self) -> Mapping[str, str]:
        """Columns and the names of their dtypes."""
        return {name: str(text_dtype()) if dtype == _TEXT else dtype for name, dtype in self._dtypes.items()}

    @property
    def _dtypes(self) -> dict[str, str]:
        found = self._scanned[1]
        return {name: _TEXT if name in self._texts else dtype for name, dtype in found.items()}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._scanned[0]

    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        """The rows in order, at most `size` at once."""
        found, as_read = self._dtypes, self._scanned[2]
        text = text_dtype()
        dtypes = {name: str if dtype == _TEXT else dtype for name, dtype in found.items()}
        for name in as_read:  # it costs much to be told
            del dtypes[name]
        # parted as at the first look, so that pandas takes them for the same again
        for read in self._read(rows_at_once(len(found)), dtype=dtypes):
            for name in as_read:
                if read[name].dtype != text:  # all are missing
                    read[name] = read[name].astype(text)
            for start in range(0, max(len(read), 1), size):
                yield read.iloc[start : start + size].reset_index(drop=True)

    def _read(self, size: int, **options: Any) -> Iterator[pandas.DataFrame]:
        import pandas as pd

        with self.reading():
            try:
                with pd.read_csv(
                    self.path,
                    sep=self._separator,
                    chunksize=size,
                    low_memory=False,
                    **_precision(),
                    **options,
                ) as chunks:
                    yield from chunks
            except UnicodeDecodeError:
                raise self.not_text() from None
            except (ValueError, csv.Error) as error:  # pandas' parser errors are ValueErrors
                raise self._unclosed(error) or self._ragged() or self.broken(error) from None

    @cached_property
    def _scanned(self) -> tuple[int, dict[str, str], list[str]]:
        """(rows, dtype of each column, columns of text that pandas takes for such by itself)."""
        width = self._check_header()
        rows, found = 0, dict[str, Found]()
        gaps = False
        for chunk in self._read(rows_at_once(width)):
            if len(chunk.columns) != width or not _is_counted(chunk):
                raise self._ragged() or self.broken(f"expected {width} fields in each line")
            rows += len(chunk)
            last = chunk.iloc[:, -1]  # beside numbers too large for it, pandas takes "" for a text
            gaps = gaps or bool(last.isna().any() or (last.dtype.kind not in "iufb" and (last == "").any()))
            for name in chunk.columns:
                found.setdefault(str(name), Found()).add(chunk[name])
        # a short row is filled with missing values, so without one in the last column there is none
        if gaps and (ragged := self._ragged()):
            raise ragged
        dtypes = self._settled({name: each.dtype() for name, each in found.items()})
        return rows, dtypes, [name for name, each in found.items() if each.kinds == {_TEXT} and each.as_read]

    def _check_header(self) -> int:
        """How many columns there are."""
        with self.reading():
            try:
                header, (line, first) = self._beginning()
            except UnicodeDecodeError:
                raise self.not_text() from None
            except csv.Error as error:
                raise self.broken(f"line 1: {error}") from None
        if header is None:
            raise self.broken("it is empty: there is not even a header", hint="write the data first")
        twice = sorted(name for name, times in Counter(header).items() if name and times > 1)
        if twice:
            names = ", ".join(map(repr, twice))
            raise self.broken(f"line 1 names more than one column {names}", hint="give each its own name")
        if len(first) > len(header):  # pandas would take the first field for an index
            raise self.broken(f"line {line}: expected {len(header)} fields, saw {len(first)}")
        return len(header)

    def _beginning(self) -> tuple[list[str] | None, tuple[int, list[str]]]:
        """The header, None where there is none, and the first row with the line in which it begins."""
        rows = self._records()
        _, header = next(rows, (0, None))
        return header, next(rows, (0, []))

    def _records(self, separator: str | None = None) -> Iterator[tuple[int, list[str]]]:
        """(line in which it begins, fields) of each row that is not blank."""
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))  # whole documents are fields, too
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=separator or self._separator)
            start = 1
            for row in rows:
                if row[1:] or any(map(str.strip, row)):
                    yield start, row
                start = rows.line_num + 1

    def _unclosed(self, error: Exception) -> Refused | None:
        """What tells the row in which a quote is opened that the file does not close."""
        if "EOF inside string" not in str(error):
            return None
        with contextlib.suppress(UnicodeDecodeError, csv.Error):
            line = max((line for line, _ in self._records()), default=1)
            return self.broken(
                f"line {line}: a quote is opened there and never closed", hint='close it, or write it as ""'
            )
        return None

    def notes(self, columns: Collection[str] | None = None) -> tuple[str, ...]:
        """What a person might not expect: columns that are texts though nearly all values are numbers, but
        for those that are asked for as text."""
        found = self._scanned[1].items() if columns is None else [(n, self._scanned[1][n]) for n in columns]
        texts = [name for name, dtype in found if dtype == _TEXT and name not in self._texts]
        head = next(self.chunks(_HEAD)) if texts else None
        told = []
        for name in texts:
            if head is not None and _share_of_numbers(head[name]) > _NEARLY_ALL:
                told += self._no_numbers(name)
        return tuple(told)

    def _no_numbers(self, name: str) -> list[str]:
        count = total = 0
        first: int | None = None
        for chunk in self._read(CHUNK, usecols=[name], dtype=str):
            present = chunk[name].dropna()
            other = present[~_are_numbers(present)]
            if first is None and len(other):
                first = int(other.index[0])
            count, total = count + len(other), total + len(present)
        if first is None:
            return [f"{name}: no type of 64 bits holds all of these whole numbers: all are taken for texts"]
        if count > (1 - _NEARLY_ALL) * total:
            return []
        line = next(line for row, (line, _) in enumerate(self._records()) if row == first + 1)
        what = "is no number" if count == 1 else "are no numbers"
        return [
            f"{name}: {count:,} of {total:,} values {what}, first in line {line:,}: all are taken for texts"
        ]

    def _ragged(self) -> Refused | None:
        """What tells the first row with more or fewer fields than the header."""
        expected = 0
        try:
            for line, row in self._records():
                expected = expected or len(row)
                if len(row) != expected:
                    return self.broken(f"line {line}: expected {expected} fields, saw {len(row)}")
        except UnicodeDecodeError:
            return self.not_text()
        except csv.Error as error:
            return self.broken(error)
        return None

    def _settled(self, dtypes: dict[str, str]) -> dict[str, str]:
        """The dtypes, with what can only be told from the digits told."""
        perhaps = [name for name, dtype in dtypes.items() if dtype == _PERHAPS]
        if perhaps:
            dtypes |= dict.fromkeys(perhaps, "Int64")
            for chunk in self._read(CHUNK, usecols=perhaps, dtype=str):
                for name in perhaps:
                    dtypes[name] = _by_digits(chunk[name].dropna().str.strip(), dtypes[name])
        return dtypes


def _are_numbers(present: pandas.Series[Any]) -> pandas.Series[bool]:
    return present.astype(str).str.fullmatch(_NUMBER)


def _share_of_numbers(column: pandas.Series[Any]) -> float:
    present = column.dropna()
    return float(_are_numbers(present).mean()) if len(present) else 0.0


def _precision() -> dict[str, Any]:
    """What makes pandas read the nearest float; since 3.1 it always does, and warns of the option."""
    import pandas as pd

    version = tuple(map(int, pd.__version__.split(".")[:2]))
    return {"float_precision": "round_trip"} if version < (3, 1) else {}


def _is_counted(chunk: pandas.DataFrame) -> bool:
    """Whether the index counts rows: else rows have more fields than the header."""
    import pandas as pd

    return isinstance(chunk.index, pd.RangeIndex)


def _by_digits(written: pandas.Series[Any], dtype: str) -> str:
    if not written.str.fullmatch(r"[+-]?\d+").all():
        return "float64"
    longest = written[written.str.len() > 18]
    if dtype == "Int64" and any(not -(2**63) <= int(value) < 2**63 for value in longest):
        return _TEXT
    return dtype
