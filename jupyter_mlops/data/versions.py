"""A dataset version from whatever a notebook holds: a frame, records, a file, a folder, a URL, a query."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jupyter_mlops.data.digest import array_digest, file_digest, folder_digest, frame_digest, unchanged
from jupyter_mlops.data.folders import FolderTable
from jupyter_mlops.data.keys import check_key
from jupyter_mlops.data.memo import Memo, remembering
from jupyter_mlops.data.reading import FrameTable, Table
from jupyter_mlops.data.rows import RowsDigest
from jupyter_mlops.data.sources import Query, QueryTable, fetch, is_url, without_password
from jupyter_mlops.data.tables import FILES, is_folder, local_path, open_file, to_frame
from jupyter_mlops.entities import FILE_DIGEST, DatasetVersion
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.letters import without_passwords

if TYPE_CHECKING:
    import numpy

_LARGE = 100_000_000  # bytes
_READING = 3  # counts the ways in which files were read; what an earlier one found is found anew


class Content(NamedTuple):
    """What is told of data by reading them."""

    digest: str
    rows: int | None
    schema: dict[str, str]
    size: int | None = None


def describe(
    value: Any,
    *,
    name: str,
    source: str = "",
    context: str | None = None,
    tags: Mapping[str, str] = {},
    memo: Path | None = None,
    key: Sequence[str] = (),
    ordered: bool = True,
) -> DatasetVersion:
    """The version of the data `value` by its content: one digest over all of it, rows, column dtypes.

    A file is digested by its bytes, or, where it holds a table and is not `ordered`, by its rows; so is the
    answer to a query. Tables need not fit in memory, but for those that are in it.

    Args:
        value: whatever `jupyter_mlops.data.tables.open_table` opens, or a `Path` to any other file, of which
            no rows are known.
        source: where the data came from; by default a file's path, a URL without its password, the URL and
            statement of a query.
        memo: a folder in which is kept what was found of files, so that ones that nobody touched since are
            not read again.
        key: columns whose values tell rows apart. That none is missing and none is there twice is checked.
        ordered: the order of rows counts.

    Raises:
        NotFound: the path does not exist, or a column of the key.
        Refused: the value is none of these, the file is not what its ending says, or two rows have the same
            key; the message names file and place.
    """
    with remembering(memo) as known:
        content = _content(value, name, tuple(key), ordered, known)
    if isinstance(value, Path):
        source = source or str(value)
    elif isinstance(value, Query):
        source = source or value.source
    elif is_url(value):
        source = source or without_passwords(value)
    scheme, remote, _ = source.partition("://")
    return DatasetVersion(
        name=name,
        digest=content.digest,
        rows=content.rows,
        schema_=content.schema,
        source=source,
        source_type=scheme if remote and scheme != "file" else "local",
        context=context,
        tags=dict(tags),
        key=tuple(key),
        ordered=ordered,
        size=content.size,
    )


def row_count(path: Path, memo: Path | None = None) -> int | None:
    """Rows of the table in a file; None for what is no table, for a broken one, and for one so large that
    reading it for that alone takes long. What `memo` knows untouched is not read."""
    try:
        if path.suffix.lower() not in FILES or path.stat().st_size > _LARGE:
            return None
        with remembering(memo) as known:
            return _path(path, path.name, (), True, known).rows
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
            f"{without_passwords(url)}: URLs need fsspec",
            hint="pip install fsspec, and the package of that protocol",
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
        system.invalidate_cache()
        told = system.ukey(path)
    except FileNotFoundError:
        raise NotFound(f"there is nothing at {without_passwords(url)}", hint="check the URL") from None
    except Exception as error:  # every protocol has its own
        said = without_password(str(error), url)
        raise Refused(
            f"{without_passwords(url)} cannot be looked at: {said}", hint="check URL and credentials"
        ) from None
    return f"url:{told}"


def _content(value: Any, name: str, key: tuple[str, ...], ordered: bool, memo: Memo) -> Content:
    import numpy as np

    if isinstance(value, Path):
        return _path(value, name, key, ordered, memo)
    if is_url(value):
        local = local_path(value)
        if local is not None:
            return _path(local, name, key, ordered, memo)
        with tempfile.TemporaryDirectory() as folder:
            return _path(fetch(value, Path(folder)), name, key, ordered, memo, without_passwords(value))
    if isinstance(value, Query):
        table: Table = QueryTable(value, name)
        check_key(table, key)
        return Content(_rows_digest(table, ordered), table.rows, dict(table.schema))
    if isinstance(value, np.ndarray) and ordered and not key:
        return Content(array_digest(value), value.shape[0] if value.ndim else None, _array_schema(value))
    frame = to_frame(value, name)
    table = FrameTable(frame, name)
    check_key(table, key)
    in_order = array_digest(value) if isinstance(value, np.ndarray) else None
    digest = in_order if in_order and ordered else frame_digest(frame, ordered=ordered)
    return Content(digest, len(frame), dict(table.schema))


def _path(path: Path, name: str, key: tuple[str, ...], ordered: bool, memo: Memo, label: str = "") -> Content:
    if is_folder(path):
        folder = FolderTable(path, name, label)
        check_key(folder, key)
        return Content(folder_digest(path, memo), folder.rows, dict(folder.schema), folder.size)
    size = path.stat().st_size
    if path.suffix.lower() not in FILES:
        if key:
            raise Refused(f"{label or path} holds no table, so it has no key", hint="leave the key out")
        return Content(file_digest(path, memo), None, {}, size)
    # names of dtypes differ from one version of pandas to the next
    what = f"{FILE_DIGEST}{path.suffix.lower()} {_READING} pandas {metadata.version('pandas')}"
    if key or not ordered:
        what += f" key {key} ordered {ordered}"
    digest, rows, schema = memo.of(path, what, lambda: _read(path, name, key, ordered, label))
    return Content(digest, rows, schema, size)


def _read(
    path: Path, name: str, key: tuple[str, ...], ordered: bool, label: str
) -> tuple[str, int | None, dict[str, str]]:
    with unchanged(path):  # or rows and digest could be of two states
        table = open_file(path, name, label)
        if table is None or table.rows is None:
            if key:
                raise Refused(f"{label or path} holds no table, so it has no key", hint="leave the key out")
            return file_digest(path), None, {}
        check_key(table, key)
        digest = file_digest(path) if ordered else _rows_digest(table, ordered)
        return digest, table.rows, dict(table.schema)


def _rows_digest(table: Table, ordered: bool) -> str:
    folded = RowsDigest(ordered)
    for chunk in table.chunks():
        folded.add(chunk)
    return folded.hexdigest()


def _array_schema(array: numpy.ndarray[Any, Any]) -> dict[str, str]:
    if array.dtype.names:
        return {field: str(array.dtype[field]) for field in array.dtype.names}
    return {"values": f"{array.dtype}{list(array.shape[1:]) if array.ndim > 1 else ''}"}
