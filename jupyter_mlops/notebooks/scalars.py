"""Scalars of numpy and pandas: written as source that gives them back, or as the Python value they hold."""

from __future__ import annotations

import warnings
from datetime import date, datetime, timedelta
from typing import Any

from jupyter_mlops.notebooks.moments import zone_source

_NUMPY = "__import__('numpy')"
_PANDAS = "__import__('pandas')"


def is_scalar(value: Any) -> bool:
    """Whether it is one value of numpy or pandas (no array, no frame)."""
    module = type(value).__module__.partition(".")[0]
    if module == "numpy":
        import numpy as np

        return isinstance(value, np.generic)
    return module == "pandas" and type(value).__name__ in {"Timestamp", "Timedelta", "NaTType", "NAType"}


def to_python(value: Any) -> Any:
    """The Python value that a scalar of numpy or pandas holds; anything else untouched.

    Raises:
        ValueError: Python has no such value, e.g. a nanosecond.
    """
    if not is_scalar(value):
        return value
    kind = type(value).__name__
    if type(value).__module__.partition(".")[0] == "pandas":
        return _python_of_pandas(value, kind)
    if kind in {"str_", "bytes_"}:
        return str.__str__(value) if kind == "str_" else bytes(value)  # item() drops zeros at the end
    held = _python_of_numpy(value, kind)
    if not isinstance(held, bool | int | float | date | timedelta):
        raise ValueError(f"Python has no value for {value!r}")
    # a longdouble or a nanosecond may not fit; a nan equals nothing, not even itself
    if type(value)(held) != value and value == value:
        raise ValueError(f"{value!r} would lose digits as a Python {type(held).__name__}")
    return held


def _python_of_numpy(value: Any, kind: str) -> Any:
    import numpy as np

    if kind == "longdouble":
        return float(value)
    if kind not in {"datetime64", "timedelta64"}:
        return value.item()
    unit = np.datetime_data(value.dtype)[0]
    if unit in {"ns", "ps", "fs", "as"}:
        return value.astype(f"{kind}[us]").item()
    held = value.item()  # an int where Python has no such moment, or the unit no fixed length
    return held if isinstance(held, date | timedelta) and unit != "generic" else None


def _python_of_pandas(value: Any, kind: str) -> datetime | timedelta:
    if kind in {"NaTType", "NAType"}:
        raise ValueError(f"Python has no value for {value!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nanoseconds are lost is told below, as an error
        held: datetime | timedelta = value.to_pydatetime() if kind == "Timestamp" else value.to_pytimedelta()
    if getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0):
        raise ValueError(f"{value!r} would lose its nanoseconds as a Python {type(held).__name__}")
    return held


def scalar_source(value: Any) -> str | None:
    """Source that gives a scalar of numpy or pandas back; None for anything else, and for what has none."""
    if not is_scalar(value):
        return None
    if type(value).__module__.partition(".")[0] == "pandas":
        return _pandas_source(value)
    import numpy as np

    name = type(value).__name__
    if name == "bool":
        name = "bool_"  # numpy 1 has no other
    if getattr(np, name, None) is not type(value):
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):
        return _moment_source(value, name)
    if isinstance(value, np.bool_ | np.integer | np.str_ | np.bytes_):
        held = to_python(value)
        return f"{_NUMPY}.{name}({held!r})"
    return _float_source(value, name) if isinstance(value, np.floating) else None


def _float_source(value: Any, name: str) -> str:
    import numpy as np

    if np.isfinite(value) and type(value)(float(value)) == value:
        return f"{_NUMPY}.{name}({float(value)!r})"
    for text in ("inf", "-inf", "nan"):
        if type(value)(text).tobytes() == value.tobytes():
            return f"{_NUMPY}.{name}({text!r})"
    # a longdouble beyond a float's digits, or a nan with a sign or a payload: no text gives them all back
    return f"{_NUMPY}.frombuffer({value.tobytes()!r}, {name!r})[0]"


def _moment_source(value: Any, name: str) -> str:
    import numpy as np

    unit, step = np.datetime_data(value.dtype)
    spelt = "" if unit == "generic" else f", {unit if step == 1 else f'{step}{unit}'!r}"
    text = str(value)  # what a person can read, where it is exact
    if np.isnat(value) or (name == "datetime64" and _reads_back(text, value)):
        return f"{_NUMPY}.{name}({text!r}{spelt})"
    return f"{_NUMPY}.{name}({int(value.astype('int64'))}{spelt})"


def _reads_back(text: str, value: Any) -> bool:
    try:
        return bool(type(value)(text).astype(value.dtype) == value)
    except (ValueError, OverflowError):
        return False


def _pandas_source(value: Any) -> str | None:
    import pandas as pd

    if value is pd.NaT or value is pd.NA:
        return f"{_PANDAS}.{'NaT' if value is pd.NaT else 'NA'}"
    if type(value) not in {pd.Timestamp, pd.Timedelta}:
        return None
    inner = _moment_source(value.asm8, "datetime64" if type(value) is pd.Timestamp else "timedelta64")
    source = f"{_PANDAS}.{type(value).__name__}({inner})"
    zone = getattr(value, "tzinfo", None)
    return source if zone is None else f"{source}.tz_localize('UTC').tz_convert({zone_source(zone)})"
