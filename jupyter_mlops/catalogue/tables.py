"""Tables read whole, until they are read by chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import pandas


class Table:
    """A table: its columns with their dtypes, and its rows."""

    def __init__(self, frame: pandas.DataFrame, name: str) -> None:
        self.name = name
        self._frame = frame.reset_index(drop=True)

    @property
    def schema(self) -> Mapping[str, str]:
        """Columns with their dtypes."""
        return {str(name): str(dtype) for name, dtype in self._frame.dtypes.items()}

    @property
    def rows(self) -> int | None:
        """How many rows there are."""
        return len(self._frame)

    def chunks(self, size: int = 100_000) -> Iterator[pandas.DataFrame]:
        """The rows, at most `size` at once."""
        for start in range(0, max(len(self._frame), 1), size):
            yield self._frame.iloc[start : start + size].reset_index(drop=True)

    def frame(self) -> pandas.DataFrame:
        """All rows."""
        return self._frame


def open_table(value: Any, *, name: str) -> Table:
    """The table that `value` holds.

    Raises:
        Refused: it holds none.
    """
    import pandas as pd

    if isinstance(value, Path):
        readers: dict[str, Any] = {
            ".csv": pd.read_csv,
            ".parquet": pd.read_parquet,
            ".jsonl": lambda path: pd.read_json(path, lines=True),
            ".json": pd.read_json,
        }
        read = readers.get(value.suffix.lower())
        if read is None:
            raise Refused(f"{name} is no table", hint="name a .csv, .parquet, .jsonl or .json file")
        return Table(read(value), name)
    frame = value.to_pandas() if hasattr(type(value), "to_pandas") else pd.DataFrame(value)
    return Table(frame, name)
