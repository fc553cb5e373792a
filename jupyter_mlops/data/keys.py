"""Keys: columns whose values tell the rows of a table apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.reading import Table
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean

if TYPE_CHECKING:
    import numpy
    import pandas

_SHOWN = 3  # rows that are named as examples
_LONGEST = 40  # characters of a value


def check_key(table: Table, key: Sequence[str]) -> None:
    """Return if the columns `key` tell the rows apart, at 8 bytes of memory for each row.

    Raises:
        NotFound: there is no such column.
        Refused: a value of the key is missing, or two rows have the same; the first of them are named.
    """
    if not key:
        return
    key = list(dict.fromkeys(key))
    for name in key:
        if name not in table.schema:
            raise NotFound(f"{table.label} has no column {name!r}", hint=did_you_mean(name, table.schema))
    twice = _seen_twice(table, key)
    if not len(twice):
        return
    rows: dict[tuple[Any, ...], list[int]] = {}
    before = 0
    for chunk in table.chunks():
        import numpy as np

        hashes = _hashes(chunk[key])
        for row in np.flatnonzero(np.isin(hashes, twice)):
            values = tuple(_plain(value) for value in chunk[key].iloc[row])
            rows.setdefault(values, []).append(before + int(row) + 1)
        before += len(chunk)
    found = {values: places for values, places in rows.items() if len(places) > 1}
    if found:  # else two keys had one hash
        raise _duplicates(table, key, found)


def _seen_twice(table: Table, key: list[str]) -> numpy.ndarray[Any, Any]:
    """The hashes that two rows have."""
    import numpy as np

    parts, before = [], 0
    for chunk in table.chunks():
        missing = chunk[key].isna()
        if missing.to_numpy().any():
            row = int(missing.any(axis=1).to_numpy().argmax())
            name = key[int(missing.iloc[row].to_numpy().argmax())]
            raise Refused(
                f"{table.label}: row {before + row + 1} has no {name!r}, which is of the key",
                hint="fill it in, or choose another key",
            )
        parts.append(_hashes(chunk[key]))
        before += len(chunk)
    hashes = np.sort(np.concatenate(parts)) if parts else np.array([], dtype=np.uint64)
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def _hashes(frame: pandas.DataFrame) -> numpy.ndarray[Any, Any]:
    import pandas as pd

    try:
        return pd.util.hash_pandas_object(frame, index=False).to_numpy()
    except (TypeError, UnicodeEncodeError):  # lists and the like
        return pd.util.hash_pandas_object(frame.map(repr), index=False).to_numpy()


def _plain(value: Any) -> Any:
    """The value, as something that can be looked up."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _duplicates(table: Table, key: list[str], found: dict[tuple[Any, ...], list[int]]) -> Refused:
    examples = []
    for values, places in list(found.items())[:_SHOWN]:
        told = ", ".join(f"{name} = {str(value)[:_LONGEST]}" for name, value in zip(key, values, strict=True))
        more = " ..." if len(places) > _SHOWN else ""
        examples.append(f"rows {', '.join(map(str, places[:_SHOWN]))}{more} ({told})")
    count = f"{len(found)} keys occur" if len(found) > 1 else "1 key occurs"
    return Refused(
        f"{table.label}: {count} more than once: {'; '.join(examples)}",
        hint="remove the rows that are there twice, or name more columns as the key",
    )
