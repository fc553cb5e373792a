"""Digests of rows that come in chunks, where they may be in any order or do not fit in memory at once.

Of each value 64 bits are made, of each row 128. In order, those of all rows are hashed; in any order, each
half of them is summed modulo 2**64. Like the digest of files it tells any change that happens, and is no seal
against somebody who makes two tables of one digest on purpose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.digest import (
    add_column,
    add_text,
    floats_of,
    hashes_of,
    is_fixed,
    is_float,
    is_hashable,
    start,
    text_of,
    texts_of,
)

if TYPE_CHECKING:
    import numpy
    import pandas

    Columns = list[tuple[str, pandas.Series[Any]]]  # with what messages call them
    Hashes = numpy.ndarray[Any, numpy.dtype[numpy.uint64]]

_BLOCK = 16_384  # rows whose hashes stay in the processor's cache
# odd numbers without a pattern, of either half: digits of the golden ratio and of pi
_STARTS = (0x9E3779B97F4A7C15, 0x243F6A8885A308D3)
_FACTORS = (0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
_MISSING = 0x452821E638D01377


class RowsDigest:
    """The digest of the rows of a table, which does not depend on how they are parted in chunks.

    ordered: the order of rows counts.
    """

    def __init__(self, ordered: bool) -> None:
        self._ordered = ordered
        self._head: hashlib.blake2b | None = None
        self._rows = 0
        self._sums = [0, 0]
        self._folded = hashlib.blake2b(digest_size=16)

    def add(self, frame: pandas.DataFrame, *, index: bool = False) -> None:
        """Take in the rows of a chunk, with the index where that counts; all have the same dtypes.

        Raises:
            Refused: a cell holds an object whose content cannot be read.
        """
        columns = _columns(frame, index)
        if self._head is None:
            self._head = _head(frame, columns, "rows" if self._ordered else "bag")
        self._rows += len(frame)
        halves = _row_hashes(columns, len(frame))
        if self._ordered:
            import numpy as np

            self._folded.update(np.column_stack(halves).astype("<u8", copy=False).data)
            return
        for half, hashes in enumerate(halves):
            self._sums[half] = (self._sums[half] + int(hashes.sum())) % 2**64

    def hexdigest(self) -> str:
        """32 hexadecimal characters, of all rows so far."""
        folded = start("bag") if self._head is None else self._head.copy()
        add_text(folded, f"{self._rows}")
        add_text(folded, self._folded.hexdigest() if self._ordered else f"{self._sums}")
        return folded.hexdigest()


def counts(index: pandas.Index[Any]) -> bool:
    """Whether the index says more than the place of a row, from 0, in some order."""
    import pandas as pd

    if index.nlevels > 1 or index.name is not None:
        return True
    if not len(index):
        return False
    if not pd.api.types.is_integer_dtype(index.dtype):
        return True
    return not (index.min() == 0 and index.max() == len(index) - 1 and index.is_unique)


def _columns(frame: pandas.DataFrame, index: bool) -> Columns:
    found = []
    if index:
        for level in range(frame.index.nlevels):
            values = frame.index.get_level_values(level).to_series()
            found.append((f"index {text_of(frame.index.names[level])}", values))
    for place, name in enumerate(frame.columns):
        found.append((f"column {text_of(name)}", frame.iloc[:, place]))
    return found


def _head(frame: pandas.DataFrame, columns: Columns, kind: str) -> hashlib.blake2b:
    folded = start(kind)
    add_text(folded, text_of(list(frame.columns.names)))
    for name, column in columns:
        add_text(folded, name)
        add_column(folded, column.iloc[:0], name)  # the dtype, and categories with their order
    return folded


def _row_hashes(columns: Columns, rows: int) -> list[Hashes]:
    """Two independent hashes of each row."""
    import numpy as np

    halves = [np.full(rows, seed, dtype=np.uint64) for seed in _STARTS]
    spare = np.empty(min(rows, _BLOCK), dtype=np.uint64)
    for name, column in columns:
        values = _value_hashes(column, name)
        for at in range(0, rows, _BLOCK):
            part = values[at : at + _BLOCK]
            for half, factor in zip(halves, _FACTORS, strict=True):
                block = half[at : at + _BLOCK]
                block ^= part
                _stir(block, factor, 32, spare)
    for half, factor in zip(halves, _FACTORS, strict=True):
        for at in range(0, rows, _BLOCK):
            for shift in (29, 32):
                _stir(half[at : at + _BLOCK], factor, shift, spare)
    return halves


def _stir(block: Hashes, factor: int, shift: int, spare: Hashes) -> None:
    """Let each bit depend on others; no two numbers become one."""
    import numpy as np

    block *= np.uint64(factor)
    moved = np.right_shift(block, np.uint64(shift), out=spare[: len(block)])
    block ^= moved


def _value_hashes(column: pandas.Series[Any], where: str) -> Hashes:
    """64 bits of each value, different where the values of one dtype are."""
    import numpy as np
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(dtype=np.int64).view(np.uint64)
    if isinstance(dtype, np.dtype) and is_fixed(dtype):
        return _bits(column.to_numpy())
    if is_float(dtype):
        values, missing = floats_of(column)
        return np.where(missing, np.uint64(_MISSING), _bits(values))
    if is_hashable(dtype):
        try:
            return _of_pandas(column)
        except UnicodeEncodeError:
            column = column.astype(object)
    if column.dtype == object:
        return _of_objects(column, where)
    return _hashes(texts_of(column, where))


def _of_objects(column: pandas.Series[Any], where: str) -> Hashes:
    """A text has the same bits beside texts only and beside other objects."""
    import numpy as np

    texts = np.fromiter((type(value) is str for value in column), dtype=bool, count=len(column))
    hashes = np.empty(len(column), dtype=np.uint64)
    try:
        hashes[texts] = _of_pandas(column[texts])
    except UnicodeEncodeError:  # lone surrogates, which cannot be told apart from others that way
        texts &= np.fromiter((type(v) is str and _is_whole(v) for v in column), dtype=bool, count=len(column))
        hashes[texts] = _of_pandas(column[texts])
    hashes[~texts] = _hashes(texts_of(column[~texts], where))
    return hashes


def _of_pandas(column: pandas.Series[Any]) -> Hashes:
    import numpy as np

    hashes = hashes_of(column)
    missing = column.isna().to_numpy()
    if missing.any():
        hashes[missing] = np.uint64(_MISSING)
    return hashes


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _bits(values: numpy.ndarray[Any, Any]) -> Hashes:
    import numpy as np

    if values.dtype.kind == "c":
        real, imaginary = _bits(values.real), _bits(values.imag)
        mixed = real.copy()
        _stir(mixed, _FACTORS[0], 29, np.empty_like(mixed))
        return mixed ^ imaginary
    if values.dtype.kind == "f":
        nans = np.isnan(values)
        wide = np.ascontiguousarray(values, dtype=np.float64)  # without loss
        if nans.any():
            wide = np.where(nans, np.nan, wide)
        return wide.view(np.uint64)
    if values.dtype.kind in "mM":
        values = values.astype(values.dtype.newbyteorder("="), copy=False).view(np.int64)
    kept = np.uint64 if values.dtype.kind == "u" else np.int64
    return np.ascontiguousarray(values, dtype=kept).view(np.uint64)


def _hashes(texts: Iterable[str]) -> Hashes:
    import numpy as np

    made = b"".join(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts
    )
    return np.frombuffer(made, dtype="<u8").astype(np.uint64)
