"""Content digests over all of the data: 32 hexadecimal characters, of blake2b for tables and arrays; of
xxh3 for files and folders, marked ``xxh:``. That one reads as fast as the disk gives, and tells any change
that happens; it is no seal against somebody who makes two files of one digest on purpose.

Numbers are hashed as their bytes and strings by pandas. What pandas cannot hash or takes for the same (lists;
1 and "1"; None and nan; the text "nan" and a missing string) is written as text first; in a dict the order of
keys counts, as it does for Python code that goes through it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.memo import Memo
from jupyter_mlops.entities import FILE_DIGEST
from jupyter_mlops.exceptions import NotFound, Refused

if TYPE_CHECKING:
    import numpy
    import pandas

_BLOCK = 1 << 20
_LOOK = 10_000  # rows that tell whether values occur often
_FORGETFUL = Memo()
_PLAIN = (bool, int, float, complex, bytes, bytearray, str, type(None), type(...))


def frame_digest(frame: pandas.DataFrame, *, ordered: bool = True) -> str:
    """Digest of a DataFrame: every value, row order, index, column names, dtypes.

    An equal index is equal however it is stored; the categories of a categorical count with their order.
    Where it is not `ordered`, rows may come in any order, and an index without a name does not count if it is
    made of the places of rows, from 0: it goes with them.

    Raises:
        Refused: a cell holds an object whose content cannot be read, such as a lock or an open file.
    """
    if not ordered:
        from jupyter_mlops.data.rows import RowsDigest, counts

        rows = RowsDigest(ordered=False)
        rows.add(frame, index=counts(frame.index))
        return rows.hexdigest()
    folded = start("frame")
    add_text(folded, f"{len(frame)} {len(frame.columns)}")
    add_text(folded, text_of(list(frame.columns.names)) + text_of(list(frame.index.names)))
    for level in range(frame.index.nlevels):
        add_column(folded, frame.index.get_level_values(level).to_series(), "the index")
    for position, name in enumerate(frame.columns):
        add_text(folded, text_of(name))
        add_column(folded, frame.iloc[:, position], f"column {name!r}")
    return folded.hexdigest()


def array_digest(array: numpy.ndarray[Any, Any]) -> str:
    """Digest of a numpy array: every element, shape and dtype. The memory layout does not count.

    Raises:
        Refused: an element is an object whose content cannot be read.
    """
    import numpy as np
    import pandas as pd

    folded = start("array")
    add_text(folded, f"{array.dtype.descr if array.dtype.names else array.dtype.str} {array.shape}")
    if isinstance(array, np.ma.MaskedArray):
        add_text(folded, array_digest(np.ma.getmaskarray(array)))
        array = array.filled()
    if is_fixed(array.dtype):
        _add_bytes(folded, array)
    elif array.dtype.names:  # padding between fields is noise
        for field in array.dtype.names:
            add_text(folded, array_digest(array[field]))
    else:
        flat = pd.Series(list(array.reshape(-1)), dtype=object)
        add_text(folded, frame_digest(flat.to_frame()))
    return folded.hexdigest()


def file_digest(path: Path, memo: Memo = _FORGETFUL) -> str:
    """Digest of a file's bytes; one that `memo` knows untouched is not read.

    Raises:
        NotFound: there is no such file.
        Refused: it is not a regular file, cannot be read, or was written to while it was read.
    """
    return memo.of(path, FILE_DIGEST, lambda: _file_digest(path))


def _file_digest(path: Path) -> str:
    import xxhash

    folded, block = xxhash.xxh3_128(), memoryview(bytearray(_BLOCK))
    with unchanged(path), path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            folded.update(block[:size])
    return FILE_DIGEST + folded.hexdigest()


def folder_digest(path: Path, memo: Memo = _FORGETFUL) -> str:
    """Digest of all files below a folder: their names relative to it and their bytes. Files that `memo`
    knows untouched are not read.

    A link to a file counts as that file; a link to a folder, or to nothing, by where it points. Empty
    folders do not count.

    Raises:
        NotFound: there is no such folder.
        Refused: a file in it cannot be read, or was written to meanwhile.
    """
    if not path.is_dir():
        raise NotFound(f"no such folder: {path}", hint="check the path")
    folded = start("folder")
    for name in sorted(files_below(path), key=lambda name: name.split("/")):
        file = path / name
        add_text(folded, name)
        linked = file.is_symlink() and not file.is_file()
        add_text(folded, f"-> {os.readlink(file)}" if linked else file_digest(file, memo))
    return FILE_DIGEST + folded.hexdigest()


@contextlib.contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Hold the caller's reading of the file `path` to one state of it.

    Raises:
        NotFound: there is no such file.
        Refused: it is not a regular file, cannot be read, or was written to meanwhile.
    """
    try:
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            raise Refused(f"{path} is not a regular file", hint="name a file or folder that holds data")
        yield
        after = path.stat()
    except FileNotFoundError:
        raise NotFound(f"no such file: {path}", hint="check the path; the data may not be made yet") from None
    except OSError as error:
        raise Refused(
            f"{path} cannot be read: {error.strerror or error}", hint="check its permissions"
        ) from None
    if mark(before) != mark(after):
        raise Refused(
            f"{path} changed while it was read", hint="wait until its writer is done, then try again"
        )


def mark(status: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file is written to."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def files_below(folder: Path) -> Iterator[str]:
    """The files below a folder, and links to folders, by their names relative to it.

    Raises:
        Refused: a folder in it cannot be read.
    """

    def fail(error: OSError) -> None:
        raise Refused(f"{error.filename} cannot be read: {error.strerror}", hint="check its permissions")

    for where, folders, files in os.walk(folder, onerror=fail):
        base = Path(where)
        for name in (*files, *(name for name in folders if (base / name).is_symlink())):
            yield (base / name).relative_to(folder).as_posix()


def start(kind: str) -> hashlib.blake2b:
    """A digest of that kind, of nothing so far."""
    return hashlib.blake2b(digest_size=16, person=b"jm1 " + kind.encode())


def add_text(folded: hashlib.blake2b, text: str) -> None:
    """Add one text so that its neighbours cannot borrow from it."""
    data = text.encode("utf-8", "surrogatepass")
    folded.update(b"%d:" % len(data))
    folded.update(data)


def is_fixed(dtype: numpy.dtype[Any]) -> bool:
    """Whether the value is its bytes: not for objects, nor long doubles, which are padded with noise."""
    if dtype.kind in "fc":
        return dtype.itemsize <= (8 if dtype.kind == "f" else 16)
    return dtype.kind in "biumMSUV" and not dtype.names and not dtype.hasobject


def _add_bytes(folded: hashlib.blake2b, values: numpy.ndarray[Any, Any]) -> None:
    import numpy as np

    if values.dtype.kind == "f":
        # processors differ in the sign of the nan that they make
        nans = np.isnan(values)
        if nans.any():
            values = np.where(nans, values.dtype.type(np.nan), values).astype(values.dtype, copy=False)
    flat = np.ascontiguousarray(values).reshape(-1)
    if flat.dtype.itemsize:
        folded.update(flat.view(np.uint8).data)


def add_column(folded: hashlib.blake2b, column: pandas.Series[Any], where: str) -> None:
    """Add dtype, categories and values; `where` is what messages call it."""
    import numpy as np
    import pandas as pd

    dtype = column.dtype
    add_text(folded, str(dtype))
    if isinstance(dtype, pd.CategoricalDtype):
        add_text(folded, f"ordered={dtype.ordered}")
        add_column(folded, dtype.categories.to_series(), where)
        _add_bytes(folded, column.cat.codes.to_numpy(dtype=np.int64))
    elif isinstance(dtype, np.dtype) and is_fixed(dtype):
        _add_bytes(folded, column.to_numpy())
    elif is_float(dtype):
        values, missing = floats_of(column)
        _add_bytes(folded, values)
        _add_bytes(folded, missing)
    elif is_hashable(dtype) or is_text(column):
        _add_hashed(folded, column, where)
    else:
        _add_texts(folded, column, where)


def is_float(dtype: Any) -> bool:
    """Whether it is an extension dtype of floats, such as ``Float64``."""
    import numpy as np

    return not isinstance(dtype, np.dtype) and dtype.kind == "f"


def floats_of(column: pandas.Series[Any]) -> tuple[numpy.ndarray[Any, Any], numpy.ndarray[Any, Any]]:
    """The values of a column of such a dtype, and which are missing: those are nan, as others may be."""
    import numpy as np

    return column.to_numpy(dtype=np.float64, na_value=np.nan), column.isna().to_numpy()


def is_hashable(dtype: Any) -> bool:
    """Whether it is an extension dtype whose values pandas hashes, each another one otherwise."""
    import numpy as np
    import pandas as pd

    return isinstance(dtype, pd.StringDtype) or (not isinstance(dtype, np.dtype) and dtype.kind in "biuMm")


def is_text(column: pandas.Series[Any]) -> bool:
    """Whether it holds objects that are texts or missing."""
    import pandas as pd

    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "string"


def _add_hashed(folded: hashlib.blake2b, column: pandas.Series[Any], where: str) -> None:
    """A column of strings, or of an extension dtype, with what stands for a missing value."""
    try:
        hashes = hashes_of(column)
    except UnicodeEncodeError:  # a lone surrogate
        _add_texts(folded, column, where)
        return
    missing = column.isna().to_numpy()
    _add_bytes(folded, hashes)
    _add_bytes(folded, missing)
    if column.dtype == object:
        add_text(folded, "".join(map(text_of, column[missing])))


def hashes_of(column: pandas.Series[Any]) -> numpy.ndarray[Any, numpy.dtype[numpy.uint64]]:
    """64 bits of each value; missing ones of any kind have the same."""
    import numpy as np
    import pandas as pd

    head = column.iloc[:_LOOK]
    texts = column.dtype == object or isinstance(column.dtype, pd.StringDtype)
    rare = texts and bool(head.nunique() > len(head) / 2)  # else each different text is hashed once
    hashes: Any = pd.util.hash_pandas_object(column, index=False, categorize=not rare).to_numpy(copy=True)
    if rare:
        hashes[column.isna().to_numpy()] = np.iinfo(np.uint64).max  # as pandas does in the other way
    return hashes


def _add_texts(folded: hashlib.blake2b, column: pandas.Series[Any], where: str) -> None:
    for text in texts_of(column, where):
        add_text(folded, text)


def texts_of(column: pandas.Series[Any], where: str) -> Iterator[str]:
    """Each value as text that differs where type or content does.

    Raises:
        Refused: one has no content that can be read.
    """
    try:
        for value in column.astype(object).array:
            yield text_of(value)
    except Refused:
        raise
    except Exception as error:  # a foreign object's __reduce__ may raise anything
        problem = "contains itself" if isinstance(error, RecursionError) else str(error)
        raise Refused(
            f"{where} holds a value whose content cannot be read: {problem}",
            hint="leave that column out, or write its content as numbers or text",
        ) from None


@functools.singledispatch
def text_of(value: Any) -> str:
    """The value as text that differs where type or content does; TypeError where it has no content."""
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        if "<" in value.__qualname__:
            raise TypeError(f"{value.__qualname__} has no name of its own")
        return f"{value.__module__}.{value.__qualname__}"
    return _text_of_library(value) or _text_of_object(value)


def _sized(kind: str, parts: list[str]) -> str:
    return f"{kind}[{''.join(f'{len(part)}:{part}' for part in parts)}]"


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


@text_of.register(bool)
@text_of.register(int)
@text_of.register(float)
@text_of.register(complex)
@text_of.register(str)
@text_of.register(bytes)
@text_of.register(bytearray)
@text_of.register(type(None))
@text_of.register(type(...))
def _plain(value: Any) -> str:
    if type(value) in _PLAIN:
        return f"{type(value).__name__}:{value!r}"
    return _text_of_library(value) or _text_of_object(value)  # a subclass: an enum's member, numpy.float64


@text_of.register(list)
@text_of.register(tuple)
def _sequence(value: list[Any] | tuple[Any, ...]) -> str:
    return _sized(_kind(value), [text_of(part) for part in value])


@text_of.register(set)
@text_of.register(frozenset)
def _set(value: set[Any] | frozenset[Any]) -> str:
    return _sized(_kind(value), sorted(text_of(part) for part in value))


@text_of.register(dict)
def _dict(value: dict[Any, Any]) -> str:
    return _sized(_kind(value), [text_of(part) for pair in value.items() for part in pair])


def _text_of_library(value: Any) -> str:
    """Texts of numpy's and pandas' own values, or "": their repr is cut short or varies by version."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.ndarray):
        return f"{_kind(value)}:{array_digest(value)}"
    if isinstance(value, np.void):
        return f"void{value.dtype.descr}:{array_digest(np.array([value]))}"
    if isinstance(value, np.generic):
        return f"{value.dtype.str}:{value!s}"
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        frame = value if isinstance(value, pd.DataFrame) else value.to_frame()
        return f"{_kind(value)}:{frame_digest(frame)}"
    if isinstance(value, pd.Timestamp | pd.Timedelta | pd.Period | pd.Interval) or value is pd.NaT:
        return f"{_kind(value)}:{value!r}"
    return "pandas.NA" if value is pd.NA else ""


def _text_of_object(value: Any) -> str:
    """What rebuilds the object, as copying it would; unlike a pickle it does not depend on identities."""
    made = value.__reduce_ex__(4)
    if isinstance(made, str):
        return f"{_kind(value)}:{made}"
    parts = [text_of(part) for part in made[:3]]
    parts += [text_of(list(items)) for items in made[3:5] if items is not None]
    return _sized(_kind(value), parts)
