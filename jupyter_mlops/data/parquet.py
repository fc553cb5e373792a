"""Parquet files. Whole numbers with gaps are ``float64``, or ``Int64`` where a float would lose digits; true
and false with gaps are ``boolean``; all else is as `pandas.read_parquet` has it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import unique
from jupyter_mlops.data.delimited import EXACT
from jupyter_mlops.data.reading import CHUNK, FileTable

if TYPE_CHECKING:
    import pandas

_BUFFER = 1 << 20  # bytes of a column that are read at once
_INDEX = "__index_level_"  # begins the column of an index without a name


class ParquetTable(FileTable):
    """A Parquet file. The index of a frame that was written with it is a column, as it is of the frame."""

    @property
    def schema(self) -> Mapping[str, str]:
        """Columns and the names of their dtypes."""
        frame = self._frame(self._opened[1].empty_table())
        return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._opened[0]

    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        """The rows in order, at most `size` at once."""
        import pyarrow as pa

        schema, empty = self._opened[1], True
        for batch in self._batches(size):
            empty = False
            table = pa.Table.from_batches([batch])
            yield self._frame(table.replace_schema_metadata(schema.metadata))
        if empty:
            yield self._frame(schema.empty_table())

    def _batches(self, size: int, columns: list[str] | None = None) -> Iterator[Any]:
        with self._file() as file:
            yield from file.iter_batches(size, columns=columns)

    @contextlib.contextmanager
    def _file(self) -> Iterator[Any]:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        if not self.size:
            raise self.broken("it is empty", hint="write the data first")
        with self.reading():
            try:
                # or Arrow would hold all that it has read of the file until its end
                with ParquetFile(self.path, pre_buffer=False, buffer_size=_BUFFER) as file:
                    yield file
            except (ArrowException, ValueError, OSError) as error:
                raise self.broken(error) from None

    @cached_property
    def _opened(self) -> tuple[int, Any, dict[int, list[Any]]]:
        """(rows, Arrow schema, statistics of the groups of rows by the column's place)."""
        with self._file() as file:
            metadata, schema = file.metadata, file.schema_arrow
            statistics: dict[int, list[Any]] = {}
            if metadata.num_columns == len(schema):  # nothing is nested, so places are those of the schema
                for place in range(len(schema)):
                    groups = (metadata.row_group(group) for group in range(metadata.num_row_groups))
                    statistics[place] = [group.column(place).statistics for group in groups]
            return int(metadata.num_rows), schema, statistics

    @cached_property
    def _pandas(self) -> dict[str, Any]:
        """What pandas noted of the frame when it wrote the file."""
        noted: dict[str, Any] = json.loads((self._opened[1].metadata or {}).get(b"pandas", b"{}"))
        return noted

    @cached_property
    def _gaps(self) -> dict[int, str]:
        """The dtypes of whole numbers and of booleans with gaps, by the column's place."""
        import pyarrow as pa

        nullable = {
            column["field_name"]
            for column in self._pandas.get("columns", ())
            if str(column["numpy_type"])[:1] in "IUb" and column["numpy_type"] != "bool"
        }
        found = {}
        for place, field in enumerate(self._opened[1]):
            whole = pa.types.is_integer(field.type)
            if field.name in nullable or not (whole or pa.types.is_boolean(field.type)):
                continue
            gaps, large = self._known(place) or self._counted(place)
            if gaps:
                wide = "UInt64" if pa.types.is_unsigned_integer(field.type) else "Int64"
                found[place] = (wide if large else "float64") if whole else "boolean"
        return found

    def _known(self, place: int) -> tuple[bool, bool] | None:
        """(some are missing, some are too large for a float), where the file itself tells."""
        gaps = large = False
        for group in self._opened[2].get(place, [None]):
            if group is None or not group.has_null_count:
                return None
            gaps = gaps or group.null_count > 0
            if group.has_min_max:
                large = large or max(abs(int(group.min)), abs(int(group.max))) > EXACT
            elif group.num_values:
                return None
        return gaps, large

    def _counted(self, place: int) -> tuple[bool, bool]:
        """The same of a file that does not tell."""
        import pyarrow.compute as pc

        schema = self._opened[1]
        name = schema.field(place).name
        among = [other for other, field in enumerate(schema) if field.name == name].index(place)
        gaps = large = False
        for batch in self._batches(CHUNK, [name]):
            column = batch.column(among)
            gaps = gaps or column.null_count > 0
            ends = pc.min_max(column).as_py()
            large = (
                large or max((abs(int(end)) for end in ends.values() if end is not None), default=0) > EXACT
            )
        return gaps, large

    @cached_property
    def _categories(self) -> dict[int, list[Any]]:
        """All categories of each categorical column: groups of rows may know different ones."""
        import pyarrow as pa

        found: dict[int, list[Any]] = {}
        for place, field in enumerate(self._opened[1]):
            if pa.types.is_dictionary(field.type):
                names: dict[Any, None] = {}
                seen: Any = None
                for batch in self._batches(CHUNK):
                    dictionary = batch.column(place).dictionary
                    if seen is None or not dictionary.equals(seen):
                        names.update(dict.fromkeys(dictionary.to_pandas()))
                    seen = dictionary
                found[place] = list(names)
        return found

    def _frame(self, table: Any) -> pandas.DataFrame:
        import pandas as pd

        metadata = table.schema.metadata or {}
        if self._pandas:
            noted = json.dumps({**self._pandas, "index_columns": []}).encode()
            metadata = {**metadata, b"pandas": noted}
        try:
            frame = table.replace_schema_metadata(metadata).to_pandas()
            columns = [frame.iloc[:, place] for place in range(len(table.schema))]
            for place, dtype in self._gaps.items():
                if dtype == "float64":
                    columns[place] = table.column(place).cast(dtype).to_pandas()
                else:
                    extension: Any = pd.api.types.pandas_dtype(dtype)
                    columns[place] = pd.Series(extension.__from_arrow__(table.column(place)))
        except ValueError as error:  # Arrow's errors of values are such
            raise self.broken(error) from None
        for place, names in self._categories.items():
            columns[place] = columns[place].cat.set_categories(names)
        places = self._places(table.schema)
        named = unique(places.values())
        return pd.DataFrame(
            dict(zip(named, (columns[place] for place in places), strict=True)),
            index=pd.RangeIndex(len(table)),
        )

    def _places(self, schema: Any) -> dict[int, Any]:
        """The names of columns by their place, those of the index first."""
        import pyarrow as pa

        labels = {
            column["field_name"]: column["name"]
            for column in self._pandas.get("columns", ())
            if column["name"] is not None
        }
        index = [name for name in self._pandas.get("index_columns", ()) if isinstance(name, str)]
        first: dict[int, Any] = {}
        others: dict[int, Any] = {}
        for place, field in enumerate(schema):
            if not field.name.startswith(_INDEX):
                (first if field.name in index else others)[place] = labels.get(field.name, field.name)
            elif len(index) > 1:
                first[place] = f"level_{field.name.removeprefix(_INDEX).rstrip('_')}"
            elif not pa.types.is_integer(field.type):
                first[place] = "index"
        return first | others
