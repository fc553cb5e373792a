"""Tables written chunk by chunk, whole or not at all: Parquet, CSV or JSON lines, by the file's ending."""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from jupyter_mlops.data.tables import Table
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.files import is_gone, sync_folder

if TYPE_CHECKING:
    import pandas

ENDINGS = (".parquet", ".csv", ".jsonl")
_PART = ".part"


def check_target(path: Path) -> Path:
    """The file that `path` means, once links are followed.

    Raises:
        Refused: its ending is of no kind that can be written, or it is a folder.
        NotFound: there is no folder to hold it.
    """
    if path.suffix.lower() not in ENDINGS:
        raise Refused(f"{path}: no table can be written so", hint=f"end it in {', '.join(ENDINGS)}")
    if path.is_dir():
        raise Refused(f"{path} is a folder", hint="name a file")
    if not path.parent.is_dir():
        raise NotFound(f"no such folder: {path.parent}", hint="make it")
    return path.resolve()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when the block ends well: a reader sees the old file or the
    new one. If the block, the disk or the process fails, the old one, or none, stays; what a killed process
    left beside it is taken away by the next that writes there.

    Raises:
        MLOpsError: it cannot be written.
    """
    begin = f".{path.name}.{socket.gethostname()}-"
    for stale in path.parent.glob(f"{_literal(begin)}*{_PART}"):
        process = stale.name.removeprefix(begin).partition(".")[0]
        if process.isdecimal() and is_gone(int(process)):
            stale.unlink(missing_ok=True)
    part = path.with_name(f"{begin}{os.getpid()}.{secrets.token_hex(4)}{_PART}")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666))  # less what umask says
        with contextlib.suppress(FileNotFoundError):
            part.chmod(path.stat().st_mode & 0o777)
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MLOpsError(
            f"{path} cannot be written: {error.strerror or error}", hint="make room, or check permissions"
        ) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _literal(text: str) -> str:
    """The text for a glob, which takes nothing in it for a pattern."""
    import glob

    return glob.escape(text)


class Writer(ABC):
    """Takes frames that have the same columns, in order. To be closed, whether or not all went well."""

    @abstractmethod
    def write(self, frame: pandas.DataFrame) -> None:
        """Append the rows.

        Raises:
            Refused: a value is of no kind that the file can hold.
        """

    @abstractmethod
    def close(self) -> None:
        """End the file."""


def open_writer(path: Path, target: Path, types: Mapping[str, Any]) -> Writer:
    """A writer to the file `path`, in the form that the ending of `target` names. `types` are the Arrow types
    of columns that only a look at all rows tells, see `object_types`."""
    suffix = target.suffix.lower()
    if suffix == ".parquet":
        return _Parquet(path, target, types)
    return _Csv(path, target) if suffix == ".csv" else _JsonLines(path, target)


def object_types(table: Table, wanted: list[str], target: Path) -> dict[str, Any]:
    """The Arrow types of columns of objects: a chunk in which all are missing does not tell.

    Raises:
        Refused: a column holds values of several kinds.
    """
    import pyarrow as pa

    names = [name for name in wanted if table.schema[name] == "object"]
    if not names or target.suffix.lower() != ".parquet":
        return {}
    schemas = []
    for chunk in table.chunks():
        fields = [(name, _arrow(chunk[name], name, target).type) for name in names]
        schemas.append(pa.schema(fields))
    try:
        united = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise _several_kinds(target, error) from None
    return {field.name: field.type for field in united}


def _arrow(column: pandas.Series[Any], name: str, target: Path, kind: Any = None) -> Any:
    import pyarrow as pa

    try:
        return pa.Array.from_pandas(column, type=kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise _several_kinds(target, f"column {name!r}: {error}") from None


def _several_kinds(target: Path, problem: object) -> Refused:
    return Refused(
        f"{target.name} cannot hold what is there: {problem}", hint="write to a file that ends in .jsonl"
    )


class _Parquet(Writer):
    def __init__(self, path: Path, target: Path, types: Mapping[str, Any]) -> None:
        self._path, self._target, self._types = path, target, types
        self._schema: Any = None
        self._writer: Any = None

    def write(self, frame: pandas.DataFrame) -> None:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        if self._writer is None:
            given = {name: self._types.get(name) for name in map(str, frame)}
            arrays = [_arrow(frame[name], name, self._target, kind) for name, kind in given.items()]
            first = pa.Table.from_pandas(frame.iloc[:0], preserve_index=False)
            self._schema = pa.schema(
                [(name, each.type) for name, each in zip(frame, arrays, strict=True)], first.schema.metadata
            )
            self._writer = ParquetWriter(self._path, self._schema)
        else:
            arrays = [
                _arrow(frame[field.name], field.name, self._target, field.type) for field in self._schema
            ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Csv(Writer):
    def __init__(self, path: Path, target: Path) -> None:
        self._stream: TextIO = path.open("w", encoding="utf-8", newline="")
        self._begun = False

    def write(self, frame: pandas.DataFrame) -> None:
        _with_iso_times(frame).to_csv(self._stream, index=False, header=not self._begun, lineterminator="\n")
        self._begun = True

    def close(self) -> None:
        self._stream.close()


class _JsonLines(Writer):
    def __init__(self, path: Path, target: Path) -> None:
        self._target = target
        self._stream: TextIO = path.open("w", encoding="utf-8", newline="")

    def write(self, frame: pandas.DataFrame) -> None:
        plain = _with_iso_times(frame)
        names = list(map(str, plain))
        columns = [_json_values(plain[name], name, self._target) for name in names]
        for values in zip(*columns, strict=True):
            record = dict(zip(names, values, strict=True))
            self._stream.write(json.dumps(record, ensure_ascii=False, default=_json_value) + "\n")

    def close(self) -> None:
        self._stream.close()


def _with_iso_times(frame: pandas.DataFrame) -> pandas.DataFrame:
    """Times as ISO 8601 texts: pandas would write them according to what else is in the chunk."""
    made = frame.copy(deep=False)
    for name in map(str, frame):
        if getattr(frame[name].dtype, "kind", "") == "M":
            texts = frame[name].map(lambda each: each.isoformat(), na_action="ignore")
            made[name] = texts.astype(object)
    return made


def _json_values(column: pandas.Series[Any], name: str, target: Path) -> list[Any]:
    """Python's own values, None for what is missing."""
    import pandas as pd

    values = column.astype(object).tolist()
    gaps = column.isna().tolist()
    if pd.api.types.is_float_dtype(column.dtype):
        wrong = next((v for v, gap in zip(values, gaps, strict=True) if not gap and math.isinf(v)), None)
        if wrong is not None:
            raise Refused(
                f"{target.name}: column {name!r} holds infinite numbers, which JSON has no word for",
                hint="write to a file that ends in .parquet",
            )
    return [None if gap else value for value, gap in zip(values, gaps, strict=True)]


def _json_value(value: Any) -> Any:
    """What JSON has no type for: arrays as lists, all else as its text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
