"""Opens whatever holds rows and columns as a table."""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from jupyter_mlops.data.delimited import DelimitedTable
from jupyter_mlops.data.folders import FolderTable
from jupyter_mlops.data.parquet import ParquetTable
from jupyter_mlops.data.reading import CHUNK, FileTable, FrameTable, Table
from jupyter_mlops.data.records import JsonLinesTable, open_json
from jupyter_mlops.data.sources import Query, QueryTable, fetch, is_url, temporary_folder
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.letters import without_passwords

if TYPE_CHECKING:
    import numpy
    import pandas

__all__ = ["CHUNK", "FILES", "FrameTable", "Query", "Table", "open_file", "open_table", "to_frame"]

FILES = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json")  # endings of files that hold tables
_ACCEPTED = (
    "a DataFrame, Series, numpy array, polars or pyarrow table, a dict or list of records,"
    " a Path, a URL or a Query"
)


def open_table(value: Any, *, name: str, memo: Path | None = None) -> Table:
    """The table that the value is, or that is where it tells.

    Args:
        value: a pandas DataFrame or Series, a numpy array, anything with ``to_pandas`` (polars, pyarrow), a
            dict of columns, a list of records, a `Path` to a file (.csv, with commas, or semicolons, tabs
            or bars where those part its header; .tsv, .parquet, .jsonl, .ndjson, .json) or a folder, the text
            of a URL that fsspec opens, or a `Query`.
        name: what messages call it.
        memo: a folder in which digests of files are kept, see `jupyter_mlops.data.memo`.

    Raises:
        NotFound: there is no such file.
        Refused: the value is none of these, or no table; the message names file and place. A file is read
            when its rows, schema or chunks are asked for, so those raise it too.
    """
    if isinstance(value, Query):
        return QueryTable(value, name)
    if is_url(value):
        return _open_url(value, name, memo)
    if isinstance(value, Path):
        table = _open_path(value, name, memo=memo)
        if table is None:
            raise _no_table(str(value))
        return table
    return FrameTable(to_frame(value, name), name)


def open_file(path: Path, name: str, label: str = "") -> FileTable | None:
    """The table in a file, by its ending; None of what has another one, and of JSON that has no rows.

    Raises:
        NotFound: there is no such file.
        Refused: it cannot be read as what its ending says.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        return open_json(path, name, label)
    if suffix == ".parquet":
        return ParquetTable(path, name, label)
    if suffix in (".jsonl", ".ndjson"):
        return JsonLinesTable(path, name, label)
    if suffix in (".csv", ".tsv"):
        return DelimitedTable(path, name, label, separator="\t" if suffix == ".tsv" else None)
    return None


def to_frame(value: Any, name: str) -> pandas.DataFrame:
    """The rows and columns of what is in memory.

    Raises:
        Refused: it has none.
    """
    import numpy as np
    import pandas as pd

    if isinstance(value, np.ndarray):
        return _of_array(value, name)
    if isinstance(value, dict | list):
        value = _of_records(value, name)
    elif not isinstance(value, pd.DataFrame | pd.Series):
        value = _to_pandas(value, name)
    return value.to_frame() if isinstance(value, pd.Series) else value


def is_folder(path: Path) -> bool:
    """Whether a folder is there, or else a file.

    Raises:
        NotFound: there is neither; the hint tells which there are.
        Refused: it cannot be looked at.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            problem = f"{path} is a link to nothing: there is no {os.readlink(path)}"
            raise NotFound(problem, hint="mend the link") from None
        raise NotFound(f"no such file: {path}", hint=_neighbours(path)) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise Refused(f"{path} cannot be read: {said}", hint="check the path and its permissions") from None


def _neighbours(path: Path) -> str:
    try:
        names = [file.name for file in path.parent.iterdir() if not file.name.startswith(".")]
    except OSError:
        return f"there is no folder {path.parent} either; relative paths start at {Path.cwd()}"
    return did_you_mean(path.name, names) if len(names) <= 50 else f"look into {path.parent}"


def local_path(url: str) -> Path | None:
    """The path that a ``file://`` URL means; None of other URLs."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" and parts.netloc in ("", "localhost") else None


def _open_path(path: Path, name: str, label: str = "", memo: Path | None = None) -> Table | None:
    if is_folder(path):
        return FolderTable(path, name, label, memo)
    table = open_file(path, name, label)
    return None if table is None or table.rows is None else table


def _open_url(url: str, name: str, memo: Path | None) -> Table:
    local = local_path(url)
    if local is not None:
        table = _open_path(local, name, memo=memo)
    else:
        keeper = _Keeper()
        table = _open_path(fetch(url, temporary_folder(keeper)), name, without_passwords(url))
        if table is not None:
            table.keeper = keeper
    if table is None:
        raise _no_table(without_passwords(url))
    return table


class _Keeper:
    """What was fetched lies on disk for as long as this does."""


def _no_table(what: str) -> Refused:
    return Refused(f"{what} holds no table", hint=f"give a folder, or a file that ends in {', '.join(FILES)}")


def _of_array(array: numpy.ndarray[Any, Any], name: str) -> pandas.DataFrame:
    import pandas as pd

    if array.ndim == 0:
        raise Refused(f"dataset {name!r}: an array without dimensions has no rows", hint="give rows")
    if array.dtype.names:
        return pd.DataFrame(array.reshape(-1))
    if array.ndim == 1:
        return pd.DataFrame({"values": array})
    return pd.DataFrame(array.reshape(len(array), math.prod(array.shape[1:])))


def _to_pandas(value: Any, name: str) -> Any:
    import pandas as pd

    # asked of the class: an object that answers to every name is no table
    if not isinstance(value, type) and callable(getattr(type(value), "to_pandas", None)):
        try:
            converted = value.to_pandas()
        except Exception as error:  # another library's: it may raise anything
            raise Refused(
                f"dataset {name!r}: {type(value).__name__}.to_pandas() failed: {error}",
                hint="turn it into a pandas DataFrame yourself",
            ) from error
        if isinstance(converted, pd.DataFrame | pd.Series):
            return converted
    hint = "wrap a file's name: Path(...)" if isinstance(value, str) else f"give {_ACCEPTED}"
    raise Refused(f"dataset {name!r}: a {type(value).__name__} is not {_ACCEPTED}", hint=hint)


def _of_records(value: dict[Any, Any] | list[Any], name: str) -> pandas.DataFrame:
    import pandas as pd

    if isinstance(value, list) and not all(isinstance(record, Mapping) for record in value):
        raise Refused(
            f"dataset {name!r}: a list of {type(value[0]).__name__} is not a list of records",
            hint="give a list of dicts, a DataFrame or a numpy array",
        )
    try:
        return pd.DataFrame(value)
    except (ValueError, TypeError) as error:
        raise Refused(f"dataset {name!r}: no table can be made of it: {error}", hint=_ACCEPTED) from None
