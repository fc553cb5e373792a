"""Values as 64-bit hashes that are equal where a person takes the values for equal, of whatever dtype.

Missing is missing, whether nan, None, NaT or NA. Numbers count by value: 1 is 1.0 and True, whole numbers of
any size exactly, a Decimal is the float that is written the same. Times count by instant, those without a
zone as UTC; dates as their midnight. Categories count as what they stand for. The text "1" is not the
number 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

#: hash of a missing value
MISSING = 0x6D697373696E6721
# what keeps hashes of one kind of values from those of another
_FLOAT, _UNSIGNED = 0xA24BAED4963EE407, 0x9FB21C651E98DF25
_TIME, _DURATION = 0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F
_SEEDS = (0, 0x9E3779B97F4A7C15)
_TEXT_KEYS = ("jupyter-mlops: 0", "jupyter-mlops: 1")
_FIRST = 1000
_WRITTEN_KEYS = ("jupyter-mlops: 2", "jupyter-mlops: 3")


def hash_values(column: pd.Series[Any], *, compared_as: str | None = None, seed: int = 0) -> Hashes:
    """One hash for each value. Of `seed` 0 and 1 come two that have nothing to do with each other.

    Numbers are `compared_as` a smaller float dtype, such as ``float32``; texts in ISO 8601 as ``time``.
    """
    import numpy as np

    if len(column) == 0:
        return np.zeros(0, np.uint64)
    hashes = _hash(column, None if compared_as == "time" else compared_as, seed)
    if compared_as == "time":
        _read_times(column, hashes, seed)
    missing = column.isna().to_numpy(dtype=bool)
    if missing.any():
        hashes[missing] = np.uint64(MISSING)
    return hashes


def _read_times(column: pd.Series[Any], hashes: Hashes, seed: int) -> None:
    """Give texts that are times the hashes of these."""
    import numpy as np
    import pandas as pd

    values = column.astype(object)
    texts = np.flatnonzero([isinstance(value, str) for value in values])
    times = pd.to_datetime(values.iloc[texts], format="ISO8601", utc=True, errors="coerce")
    read = times.notna().to_numpy()
    moments = times[read].dt.tz_localize(None).to_numpy()
    hashes[texts[read]] = _times(moments, _TIME, seed)


def fold(columns: Sequence[Hashes], rows: int, *, seed: int = 0) -> Hashes:
    """One hash for each row of several columns of hashes."""
    import numpy as np

    folded = np.full(rows, _SEEDS[seed], np.uint64)
    for hashes in columns:
        folded = _mix(folded * np.uint64(0x9FB21C651E98DF25) + hashes)
    return folded


def _mix(values: Hashes) -> Hashes:
    """splitmix64's finaliser (Steele, Lea and Flood 2014), which gives no two values the same hash."""
    import numpy as np

    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _hash(column: pd.Series[Any], precision: str | None, seed: int) -> Hashes:
    import numpy as np
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categories = hash_values(dtype.categories.to_series(), compared_as=precision, seed=seed)
        return np.append(categories, np.uint64(MISSING))[column.cat.codes.to_numpy()]
    if isinstance(dtype, pd.StringDtype):
        return _column_of_texts(column, seed)
    if isinstance(dtype, pd.ArrowDtype):
        column = _of_arrow(column, dtype)
        return _hash(column, precision, seed)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _times(column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), _TIME, seed)
    if isinstance(dtype, pd.SparseDtype):
        return _hash(pd.Series(np.asarray(column.array)), precision, seed)
    if not isinstance(dtype, np.dtype) and dtype.kind in "biuf":  # pandas' own with a mask
        plain = np.dtype(str(dtype).lower().replace("boolean", "bool"))
        return _numbers(column.to_numpy(dtype=plain, na_value=plain.type(0)), precision, seed)
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return _numbers(column.to_numpy(), precision, seed)
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return _times(column.to_numpy(), _TIME if dtype.kind == "M" else _DURATION, seed)
    return _objects(column.to_numpy(dtype=object), precision, seed)


def _of_arrow(column: pd.Series[Any], dtype: pd.ArrowDtype) -> pd.Series[Any]:
    """The same values as pandas' own dtype where it has one, else as objects."""
    import numpy as np
    import pandas as pd
    import pyarrow

    kept = dtype.pyarrow_dtype
    if pyarrow.types.is_integer(kept):
        return column.astype("UInt64" if dtype.kind == "u" else "Int64")
    if pyarrow.types.is_boolean(kept):
        return column.astype("boolean")
    if pyarrow.types.is_floating(kept):
        return column.astype("Float32" if kept.bit_width < 64 else "Float64")
    if pyarrow.types.is_timestamp(kept):
        zoned = pd.DatetimeTZDtype(kept.unit, kept.tz) if kept.tz else np.dtype(f"M8[{kept.unit}]")
        return column.astype(zoned)
    return column.astype(object)


def _numbers(values: NDArray[Any], precision: str | None, seed: int) -> Hashes:
    import numpy as np

    salt = np.uint64(_SEEDS[seed])
    if values.dtype.kind == "f" or precision is not None:
        hashes = _mix(_float_bits(values, precision) + salt)
        if values.dtype.kind == "f":
            hashes[np.isnan(values)] = np.uint64(MISSING)  # pandas' Float64 tells it from a missing one
        return hashes
    bits = values.astype(np.int64 if values.dtype.kind != "u" else np.uint64).view(np.uint64)
    if values.dtype == np.uint64:
        large = bits >> np.uint64(63) == 1
        if large.any():
            bits = bits.copy()
            bits[large] = _large_bits(bits[large])
    return _mix(bits + salt)


def _large_bits(values: Hashes) -> Hashes:
    """Of whole numbers of 2**63 and more: those of the float that is the same number, where there is one."""
    import numpy as np

    floats = values.astype(np.float64)
    # 2**64 itself is no uint64
    same = (floats < 2.0**64) & (np.where(floats < 2.0**64, floats, 0.0).astype(np.uint64) == values)
    return np.where(same, _float_bits(floats, None), values ^ np.uint64(_UNSIGNED))


def _float_bits(values: NDArray[Any], precision: str | None) -> Hashes:
    """Whole numbers within 64 bits as such, so that they equal those of a column of integers."""
    import numpy as np

    with np.errstate(all="ignore"):
        given = values.astype(precision) if precision else values
        floats = given.astype(np.float64)
        whole = floats.astype(np.int64)
        is_whole = (whole == floats) & (floats >= -(2.0**63)) & (floats < 2.0**63)
        bits = np.where(is_whole, whole.view(np.uint64), floats.view(np.uint64) ^ np.uint64(_FLOAT))
        if given.dtype.itemsize > 8:  # what a double has no digits for
            rest = np.where(np.isfinite(floats), given - floats, 0).astype(np.float64)
            bits = np.where(rest != 0, _mix(bits) ^ rest.view(np.uint64), bits)
    return bits


def _times(values: NDArray[Any], salt: int, seed: int) -> Hashes:
    """By whole seconds and nanoseconds within, which any unit has without running over."""
    import numpy as np

    kind = values.dtype.kind
    with np.errstate(all="ignore"):
        seconds = values.astype(f"{kind}8[s]")
        within = (values - seconds).astype("m8[ns]").view(np.uint64)
    return _mix(_mix(seconds.view(np.uint64) + np.uint64(salt) + np.uint64(_SEEDS[seed])) + within)


def _column_of_texts(column: pd.Series[Any], seed: int) -> Hashes:
    """Each different text hashed once where few of the first are different, which takes a third as long."""
    import numpy as np
    import pandas as pd

    if len(column) <= _FIRST or column.iloc[:_FIRST].nunique() > _FIRST // 10:
        return _texts(column.to_numpy(dtype=object), seed)
    codes, distinct = pd.factorize(column.array)
    hashes = _texts(np.asarray(distinct, dtype=object), seed)
    return np.append(hashes, np.uint64(MISSING))[codes]


def _texts(values: NDArray[Any], seed: int) -> Hashes:
    from pandas.util import hash_array

    try:
        # counting the distinct first takes eight times as long where most are
        return hash_array(values, hash_key=_TEXT_KEYS[seed], categorize=False)
    except UnicodeEncodeError:  # half of a pair of UTF-16
        import numpy as np

        broken = np.array([isinstance(value, str) and not _encodable(value) for value in values])
        hashes = np.zeros(len(values), np.uint64)
        hashes[~broken] = _texts(values[~broken], seed)
        hashes[broken] = _written([ascii(value) for value in values[broken]], seed)
        return hashes


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _written(texts: list[str], seed: int) -> Hashes:
    """Of what stands as text for a value that is none."""
    import numpy as np
    from pandas.util import hash_array

    values = np.array([*texts, None], dtype=object)[:-1]
    return hash_array(values, hash_key=_WRITTEN_KEYS[seed], categorize=False)


def _objects(values: NDArray[Any], precision: str | None, seed: int) -> Hashes:
    """Python objects: each kind among them as its columns are."""
    import numpy as np
    from pandas.api.types import infer_dtype

    if infer_dtype(values, skipna=True) == "string":
        return _texts(values, seed)
    hashes = np.zeros(len(values), np.uint64)
    types = [type(value) for value in values]
    names = {kind: _kind_of(kind) for kind in set(types)}
    kinds = np.array([names[kind] for kind in types])
    for kind in sorted(set(names.values())):
        where = np.flatnonzero(kinds == kind)
        hashes[where] = _of_kind(kind, values[where], precision, seed)
    return hashes


def _kind_of(kind: type) -> str:
    import numpy as np
    import pandas as pd

    kinds: tuple[tuple[Any, str], ...] = (
        (type(pd.NaT), "missing"),
        ((bool, np.bool_, int, np.integer), "whole"),
        ((float, np.floating), "float"),
        (str, "text"),
        (Decimal, "decimal"),
        ((bytes, bytearray, memoryview), "bytes"),
        ((datetime, np.datetime64), "time"),
        (date, "date"),
        ((timedelta, np.timedelta64), "duration"),
    )
    return next((name for types, name in kinds if issubclass(kind, types)), "other")


def _of_kind(kind: str, values: NDArray[Any], precision: str | None, seed: int) -> Hashes:
    import numpy as np

    if kind == "missing":
        return np.full(len(values), MISSING, np.uint64)
    if kind == "float":
        return _numbers(values.astype(np.float64), precision, seed)
    if kind == "text":
        return _texts(values, seed)
    if kind == "date":
        return _times(values.astype("M8[D]"), _TIME, seed)
    each = {"whole": _whole, "decimal": _decimal, "time": _time, "duration": _duration}.get(kind)
    if each is not None:
        return _each(values, each, precision, seed)
    return _written(
        [f"{kind}:{_bytes(value) if kind == 'bytes' else _other(value)}" for value in values], seed
    )


def _each(values: NDArray[Any], narrow: Callable[[Any], Any], precision: str | None, seed: int) -> Hashes:
    """Narrow each to int64, float64, datetime64, timedelta64 or text, then hash those of a dtype together."""
    import numpy as np

    narrowed = [narrow(value) for value in values]
    hashes = np.zeros(len(values), np.uint64)
    kinds = np.array([_dtype_of(value) for value in narrowed])
    for dtype in sorted(set(kinds.tolist())):
        where = np.flatnonzero(kinds == dtype)
        if dtype == "O":
            hashes[where] = _written([narrowed[place] for place in where], seed)
            continue
        part = np.array([narrowed[place] for place in where], dtype=dtype)
        if part.dtype.kind in "mM":
            hashes[where] = _times(part, _TIME if part.dtype.kind == "M" else _DURATION, seed)
        else:
            hashes[where] = _numbers(part, precision, seed)
    return hashes


def _dtype_of(value: Any) -> str:
    import numpy as np

    if isinstance(value, np.datetime64 | np.timedelta64):
        return str(value.dtype.str)
    if isinstance(value, int):
        return "i8" if value < 2**63 else "u8"
    return "f8" if isinstance(value, float) else "O"


def _whole(value: Any) -> int | float | str:
    number = int(value)
    if -(2**63) <= number < 2**64:
        return number
    try:
        same = float(number)
    except OverflowError:
        return f"number:{number:x}"
    return same if int(same) == number else f"number:{number:x}"


def _decimal(value: Decimal) -> int | float | str:
    """A float where that is written with the same digits; else exactly."""
    if not value.is_finite():
        return float(value) if not value.is_snan() else math.nan
    if value == value.to_integral_value():
        return _whole(value)
    same = float(value)
    if Decimal(repr(same)) == value:
        return same
    over, under = value.as_integer_ratio()
    return f"number:{over:x}/{under:x}"


def _time(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, np.datetime64):
        return value
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.to_datetime64() if isinstance(value, pd.Timestamp) else np.datetime64(value, "us")


def _duration(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, np.timedelta64):
        return value
    return value.to_timedelta64() if isinstance(value, pd.Timedelta) else np.timedelta64(value, "us")


def _bytes(value: Any) -> str:
    return bytes(value).hex()


def _other(value: Any) -> str:
    """Nested values as JSON, with the keys of each mapping in order; anything else as Python writes it."""
    return json.dumps(_plain(value), default=repr, ensure_ascii=True)


def _plain(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray | np.generic):
        held = value.tolist()
        return repr(held) if isinstance(held, np.generic) else _plain(held)  # Python has no long doubles
    if isinstance(value, dict):
        pairs = sorted((str(_plain(name)), name) for name in value)
        return {text: _plain(value[name]) for text, name in pairs}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(part) for part in value), key=repr)
    return value if isinstance(value, str | int | float | bool | type(None)) else repr(value)
