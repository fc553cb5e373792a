"""A dataset version from whatever a notebook holds: a frame, an array, records, a file, a folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.digest import array_digest, file_digest, folder_digest, frame_digest, unchanged
from jupyter_mlops.data.memo import Memo, remembering
from jupyter_mlops.entities import FILE_DIGEST, DatasetVersion
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused

if TYPE_CHECKING:
    import numpy
    import pandas

_LARGE = 100_000_000  # bytes
_CHUNK = 200_000  # rows: a file larger than memory is described too
_MEND = "mend the file, or track the DataFrame that you read from it"
_ACCEPTED = "a DataFrame, Series, numpy array, polars or pyarrow table, a dict or list of records, or a Path"

Content = tuple[str, int | None, dict[str, str]]


def describe(
    value: Any,
    *,
    name: str,
    source: str = "",
    context: str | None = None,
    tags: Mapping[str, str] = {},
    memo: Path | None = None,
) -> DatasetVersion:
    """The version of the data `value` by its content: one digest over all of it, rows, column dtypes.

    `value` is a pandas DataFrame or Series, a numpy array, anything with ``to_pandas`` (polars, pyarrow),
    a dict of columns, a list of records, or a `Path`. A file is digested by its bytes; rows and dtypes
    are known of .csv, .parquet, .jsonl and .json (lines or a list of records). `source` tells where the
    data came from; by default a file's path. In the folder `memo` is kept what was found of files, so that
    ones that nobody touched since are not read again.

    Raises:
        NotFound: the path does not exist.
        Refused: the value is none of these, or the file is not what its ending says; the message names
            file and place.
    """
    if isinstance(value, Path):
        with remembering(memo) as known:
            digest, rows, schema = _path(value, known)
    else:
        digest, rows, schema = _content(value, name)
    source = source or (str(value) if isinstance(value, Path) else "")
    scheme, remote, _ = source.partition("://")
    return DatasetVersion(
        name=name,
        digest=digest,
        rows=rows,
        schema_=schema,
        source=source,
        source_type=scheme if remote else "local",
        context=context,
        tags=dict(tags),
    )


def _content(value: Any, name: str) -> Content:
    import numpy as np
    import pandas as pd

    if isinstance(value, np.ndarray):
        return array_digest(value), value.shape[0] if value.ndim else None, _array_schema(value)
    if isinstance(value, dict | list):
        value = _records(value, name)
    elif not isinstance(value, pd.DataFrame | pd.Series):
        value = _to_pandas(value, name)
    frame = value.to_frame() if isinstance(value, pd.Series) else value
    return frame_digest(frame), len(frame), _schema(frame)


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


def row_count(path: Path, memo: Path | None = None) -> int | None:
    """Rows of the table in a file; None for what is no table, for a broken one, and for one so large that
    reading it for that alone takes long. What `memo` knows untouched is not read."""
    try:
        if path.suffix.lower() not in _READERS or path.stat().st_size > _LARGE:
            return None
        with remembering(memo) as known:
            return _path(path, known)[1]
    except (MLOpsError, OSError):
        return None


def remote_token(url: str) -> str:
    """What changes when the content behind a URL does, as far as its server tells: a digest of what it says
    of it (entity tag, time, size).

    Raises:
        NotFound: there is nothing.
        Refused: it cannot be asked.
    """
    try:
        import fsspec
    except ImportError:
        raise Refused(
            f"{url}: URLs need fsspec", hint="pip install fsspec, and the package of that protocol"
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
        system.invalidate_cache()
        told = system.ukey(path)
    except FileNotFoundError:
        raise NotFound(f"there is nothing at {url}", hint="check the URL") from None
    except Exception as error:  # every protocol has its own
        raise Refused(f"{url} cannot be looked at: {error}", hint="check URL and credentials") from None
    return f"url:{told}"


def _records(value: dict[Any, Any] | list[Any], name: str) -> pandas.DataFrame:
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


def _path(path: Path, memo: Memo) -> Content:
    if path.is_dir():
        return folder_digest(path, memo), None, {}
    if not path.exists():
        raise NotFound(f"no such file: {path}", hint=_neighbours(path))
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        return file_digest(path, memo), None, {}

    def read() -> Content:
        with unchanged(path):  # or rows and digest could be of two states
            rows, schema = reader(path)
            return file_digest(path), rows, schema

    # names of dtypes differ from one version of pandas to the next
    what = f"{FILE_DIGEST}{path.suffix.lower()} pandas {metadata.version('pandas')}"
    digest, rows, schema = memo.of(path, what, read)
    return digest, rows, schema


def _neighbours(path: Path) -> str:
    from jupyter_mlops.exceptions import did_you_mean

    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either; relative paths start at {Path.cwd()}"
    names = [file.name for file in path.parent.iterdir() if not file.name.startswith(".")]
    return did_you_mean(path.name, names) if len(names) <= 50 else f"look into {path.parent}"


def _schema(frame: pandas.DataFrame) -> dict[str, str]:
    return _unique((str(name), str(dtype)) for name, dtype in zip(frame.columns, frame.dtypes, strict=True))


def _unique(columns: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Columns of one name are told apart by a number, as pandas does when it reads them."""
    schema: dict[str, str] = {}
    for name, dtype in columns:
        free, number = name, 0
        while free in schema:
            number += 1
            free = f"{name}.{number}"
        schema[free] = dtype
    return schema


def _array_schema(array: numpy.ndarray[Any, Any]) -> dict[str, str]:
    if array.dtype.names:
        return {field: str(array.dtype[field]) for field in array.dtype.names}
    return {"values": f"{array.dtype}{list(array.shape[1:]) if array.ndim > 1 else ''}"}


def _chunks(chunks: Iterable[pandas.DataFrame]) -> tuple[int, dict[str, str], bool]:
    """(rows, dtype of each column, whether the last column lacks a value) over all chunks."""
    import pandas as pd

    rows, gaps, heads = 0, False, []
    for chunk in chunks:
        if not isinstance(chunk.index, pd.RangeIndex):
            extra = chunk.index.nlevels
            raise ValueError(f"rows have {extra} more field{'s' * (extra > 1)} than the header in line 1")
        rows += len(chunk)
        gaps = gaps or (len(chunk.columns) > 0 and bool(chunk.iloc[:, -1].isna().any()))
        heads.append(chunk.iloc[:0])
    # of empty frames: pandas itself says which dtype holds what the chunks hold
    return rows, _schema(pd.concat(heads)) if heads else {}, gaps


def _csv(path: Path) -> tuple[int, dict[str, str]]:
    import pandas as pd

    try:
        with pd.read_csv(path, chunksize=_CHUNK) as chunks:
            rows, schema, gaps = _chunks(chunks)
        # pandas fills a short row with missing values, so without one in the last column there is none
        if gaps:
            _check_lengths(path)
    except UnicodeDecodeError as error:
        raise _broken(path, f"not UTF-8: {error.reason} at byte {error.start}") from None
    except (ValueError, csv.Error) as error:  # pandas' parser errors are ValueErrors
        raise _broken(path, str(error)) from None
    return rows, schema


def _check_lengths(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        expected = 0
        for row in rows:
            expected = expected or len(row)
            if row and len(row) != expected:
                raise ValueError(f"expected {expected} fields in line {rows.line_num}, saw {len(row)}")


def _parquet(path: Path) -> tuple[int, dict[str, str]]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            schema = _unique((field.name, str(field.type)) for field in file.schema_arrow)
            return int(file.metadata.num_rows), schema
    except (ArrowException, ValueError, OSError) as error:
        raise _broken(path, str(error)) from None


def _json_lines(path: Path) -> tuple[int, dict[str, str]]:
    import pandas as pd

    try:
        with pd.read_json(path, lines=True, chunksize=_CHUNK) as chunks:
            rows, schema, _ = _chunks(chunks)
    except UnicodeDecodeError as error:
        raise _broken(path, f"not UTF-8: {error.reason} at byte {error.start}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise _bad_line(path) or _broken(path, str(error)) from None
    return rows, schema


def _bad_line(path: Path) -> MLOpsError | None:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line) if line.strip() else {}
            except ValueError as error:
                return _broken(path, f"line {number}: {error}")
            if not isinstance(record, dict):
                return _broken(path, f"line {number}: a {type(record).__name__}, not a record")
    return None


def _json(path: Path) -> tuple[int | None, dict[str, str]]:
    """Lines of records, or one document, which has rows where it is a list of records."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _broken(path, f"not UTF-8: {error.reason} at byte {error.start}") from None
    except ValueError as error:
        if str(error).startswith("Extra data"):
            return _json_lines(path)
        raise _broken(path, str(error)) from None
    if isinstance(document, list) and document and all(isinstance(record, dict) for record in document):
        frame = _records(document, path.name)
        return len(frame), _schema(frame)
    return None, {}


def _broken(path: Path, problem: str) -> Refused:
    return Refused(f"{path}: {problem}", hint=_MEND)


_READERS: Mapping[str, Callable[[Path], tuple[int | None, dict[str, str]]]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".json": _json,
}
