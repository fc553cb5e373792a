"""Tables, of whatever they are made: their columns, and their rows in chunks of which each fits in memory."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import unique
from jupyter_mlops.data.digest import mark, unchanged
from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import pandas

CHUNK = 100_000  # rows
_CELLS = 20_000_000  # values that are held at once
_MEND = "mend the file, or give the DataFrame that you read from it"


class Table(ABC):
    """Rows under named columns. Every chunk has the same columns, with the same dtypes, and an index from 0.

    name: what the data are called.
    label: what messages call them.
    size: bytes of the file or folder that it is in; None of what is in memory or a database.
    """

    size: int | None = None
    keeper: object = None  # lives as long as the table, for what goes with it

    def __init__(self, name: str, label: str = "") -> None:
        self.name = name
        self.label = label or f"dataset {name!r}"

    @property
    @abstractmethod
    def schema(self) -> Mapping[str, str]:
        """Columns and the names of their dtypes, as pandas has them. Names are unique texts.

        Raises:
            Refused: it cannot be read as a table; the message names the place.
        """

    @property
    @abstractmethod
    def rows(self) -> int | None:
        """How many rows there are; None where nobody can tell before they are read.

        Raises:
            Refused: it cannot be read as a table; the message names the place.
        """

    @abstractmethod
    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        """The rows in order, at most `size` at once; one chunk without rows where there are none.

        Raises:
            Refused: it cannot be read as a table; the message names the place.
        """

    def as_text(self, columns: Collection[str]) -> Table:
        """The same rows, with the values of these columns as the texts that are written there, where a file
        has nothing but texts and the types are guessed: 01234 stays that. Other tables are as they were."""
        return self

    def notes(self, columns: Collection[str] | None = None) -> tuple[str, ...]:
        """What a person might not expect of how these columns, by default all, are read."""
        return ()

    def frame(self) -> pandas.DataFrame:
        """All rows, which must fit in memory.

        Raises:
            Refused: it cannot be read as a table; the message names the place.
        """
        import pandas as pd

        parts = list(self.chunks())
        return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


class FrameTable(Table):
    """A table in memory. An index with a name, or with labels that are no whole numbers, is a column."""

    def __init__(self, frame: pandas.DataFrame, name: str) -> None:
        super().__init__(name)
        self._frame = _flat(frame)

    @property
    def schema(self) -> Mapping[str, str]:
        """Columns and the names of their dtypes."""
        return schema_of(self._frame)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._frame)

    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        """The rows in order, at most `size` at once."""
        for start in range(0, max(len(self._frame), 1), size):
            yield self._frame.iloc[start : start + size].reset_index(drop=True)

    def frame(self) -> pandas.DataFrame:
        """All rows."""
        return self._frame.copy(deep=False)


class FileTable(Table):
    """A table in a file, which may not change from the first look at it to the last."""

    def __init__(self, path: Path, name: str, label: str = "") -> None:
        super().__init__(name, label or str(path))
        with unchanged(path):
            status = path.stat()
        self.path = path
        self.size = status.st_size
        self._mark = mark(status)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the reading in the block to the state of the file in which it was first met.

        Raises:
            Refused: it is another by now, or cannot be read.
        """
        with unchanged(self.path):
            if mark(self.path.stat()) != self._mark:
                raise Refused(
                    f"{self.label} changed while it was read",
                    hint="wait until its writer is done",
                )
            yield

    def broken(self, problem: object, *, hint: str = _MEND) -> Refused:
        """What tells that the file is not what its name says."""
        return Refused(f"{self.label}: {problem}", hint=hint)

    def not_text(self) -> Refused:
        """What tells the first byte that is not UTF-8."""
        start = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    where = f"line {number}: byte 0x{line[error.start]:02x} at offset {start + error.start}"
                    return self.broken(f"{where} is not UTF-8", hint="save the file as UTF-8")
                start += len(line)
        return self.broken("it is not UTF-8", hint="save the file as UTF-8")


def schema_of(frame: pandas.DataFrame) -> dict[str, str]:
    """Columns and the names of their dtypes; columns of one name are told apart by a number."""
    return dict(zip(unique(frame.columns), map(str, frame.dtypes), strict=True))


def rows_at_once(columns: int) -> int:
    """How many rows of so many columns are read at once."""
    return max(1_000, min(CHUNK, _CELLS // max(columns, 1)))


def _flat(frame: pandas.DataFrame) -> pandas.DataFrame:
    """The frame under unique texts, with what its index says in columns."""
    import pandas as pd

    flat = frame.copy(deep=False)
    index, flat.index = frame.index, pd.RangeIndex(len(frame))
    names: list[Any] = list(frame.columns)
    for level in reversed(range(index.nlevels)):
        values = index.get_level_values(level)
        if index.nlevels == 1 and values.name is None and pd.api.types.is_integer_dtype(values.dtype):
            continue
        unnamed = "index" if index.nlevels == 1 else f"level_{level}"
        names.insert(0, unnamed if values.name is None else values.name)
        flat.insert(0, names[0], values.array, allow_duplicates=True)
    flat.columns = pd.Index(unique(names))
    return flat
