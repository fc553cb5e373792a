"""F9: a value reaches the kernel as the same value of the same type, or is refused in one line."""

from __future__ import annotations

import inspect
import json
import os
import pathlib
from collections import OrderedDict
from datetime import UTC, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.injection import inject
from jupyter_mlops.notebooks.literals import to_source
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import check_request

EXAMPLES = 10_000 if os.environ.get("JUPYTER_MLOPS_LONG") else 300
IN_KERNEL = 300
patient = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

ENUMS = """\
from decimal import Decimal
from enum import Enum, IntEnum
class Colour(Enum):
    RED = 'red'
    BLUE = 'blue'
class Size(IntEnum):
    S = 1
    M = 2
"""


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    S = 1
    M = 2


def mark(value: Any) -> Any:
    """Everything that tells this value from any other, as JSON; computed here and in the kernel."""
    import struct

    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind is float:
        return [name, struct.pack("<d", value).hex()]
    if kind is int:
        return [name, hex(value)]
    if kind.__name__ in {"dict", "OrderedDict"}:
        return [name, [[mark(key), mark(item)] for key, item in value.items()]]
    if kind in {list, tuple}:
        return [name, [mark(item) for item in value]]
    if kind in {set, frozenset}:
        return [name, sorted(repr(mark(item)) for item in value)]
    if kind.__name__ == "ZoneInfo":
        return [name, value.key]
    if kind.__name__ in {"Timestamp", "Timedelta"}:
        return [name, mark(value.asm8), mark(getattr(value, "tz", None)), getattr(value, "fold", 0)]
    if hasattr(value, "tzinfo") and kind.__module__ == "datetime":
        return [name, repr(value.replace(tzinfo=None)), mark(value.tzinfo)]
    if kind.__module__ == "numpy":
        data = value.tobytes()[:10] if value.dtype.kind == "f" else value.tobytes()  # the rest is padding
        return [name, str(value.dtype), data.hex()]
    if hasattr(value, "_member_names_"):
        return [kind.__qualname__, value.name]
    if isinstance(value, Enum):
        return [kind.__qualname__, value.name]
    return [name, repr(value)]


zones = st.one_of(
    st.timezones(),
    st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone),
    st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)), st.text()),
    st.just(UTC),
)
numbers = st.one_of(
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.sampled_from([15, 63, 4299, 5000]).map(lambda digits: -(10**digits)),
    st.floats(),
    st.sampled_from([-0.0, 5e-324, float("nan"), -float("nan"), float("inf"), 1.7976931348623157e308]),
    st.decimals(),
    st.sampled_from(["sNaN", "-NaN123", "-0", "1E+999999", "1.10"]).map(Decimal),
)
moments = st.one_of(
    st.dates(),
    st.datetimes(timezones=st.none() | zones, allow_imaginary=False),
    st.times(timezones=st.none() | zones.filter(lambda zone: isinstance(zone, timezone))),
    st.timedeltas(),
)
paths = st.one_of(
    st.text(st.characters(exclude_characters="\0")).map(Path),
    st.text(st.characters(exclude_characters="\0")).map(pathlib.PurePosixPath),
    st.text(st.characters(exclude_characters="\0")).map(pathlib.PureWindowsPath),
)
enums = st.sampled_from([*Colour, *Size])
units = st.sampled_from(["D", "s", "ms", "us", "ns", "25s", "h", "M", "as"])
numpy_scalars = st.one_of(
    st.builds(
        lambda kind, bits: np.frombuffer(bits, kind)[0],
        st.sampled_from(["f2", "f4", "f8", "i1", "u1", "i2", "i4", "i8", "u8"]),
        st.binary(min_size=8, max_size=8),
    ),
    st.floats().map(np.longdouble),
    st.sampled_from([np.longdouble(1) / 3, np.nextafter(np.longdouble(0), np.longdouble(1))]),
    st.booleans().map(np.bool_),
    st.text(st.characters()).map(np.str_),
    st.binary().map(np.bytes_),
    st.builds(lambda number, unit: np.datetime64(number, unit), st.integers(-(2**40), 2**62), units),
    st.builds(lambda number, unit: np.timedelta64(number, unit), st.integers(-(2**62), 2**62), units),
    st.builds(np.datetime64, st.just("NaT")),
    st.builds(np.timedelta64, st.integers(-5, 5)),
    st.builds(np.timedelta64, st.just("NaT"), units),
)
pandas_scalars = st.one_of(
    st.builds(
        lambda nanoseconds, zone: pd.Timestamp(nanoseconds, tz=zone),
        st.integers(0, 2**62),
        st.sampled_from([None, "UTC", "Europe/Berlin", "America/St_Johns"]),
    ),
    st.integers(-(2**62), 2**62).map(pd.Timedelta),
    st.sampled_from([pd.NaT, pd.NA]),
)
text = st.text(st.characters()) | st.sampled_from(["\ud800", "'\"\\\n\r\0\u2028", "#", "{x}", "%s", "!ls"])
scalars = st.one_of(
    st.none(), st.booleans(), numbers, text, st.binary(), moments, paths, enums, numpy_scalars, pandas_scalars
)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except (TypeError, ValueError):  # a signalling NaN, a timedelta64 without a unit
        return False
    return True


keys = st.recursive(
    scalars.filter(_hashable),
    lambda inner: st.lists(inner, max_size=2).map(tuple) | st.frozensets(inner, max_size=2),
    max_leaves=3,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3).map(OrderedDict),
        st.sets(keys, max_size=3),
        st.frozensets(keys, max_size=3),
    ),
    max_leaves=8,
)


def notebook(source: str) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "source": ENUMS, "metadata": {}},
        {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}},
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def never(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is not JSON")


def strictly(document: Any) -> Any:
    """What a strict parser makes of the notebook."""
    return json.loads(json.dumps(document, allow_nan=False), parse_constant=never)


@patient
@given(values)
def test_every_value_comes_back_from_its_source_and_from_the_injected_cell(value: Any) -> None:
    space = {"Colour": Colour, "Size": Size}
    assert mark(eval(to_source(value), dict(space))) == mark(value)
    declared = notebook("x = None")
    if isinstance(value, str) and value.startswith(("env:", "file:", "text:")):
        return
    given_values = check_request(read_parameters(declared), {}, {"x": value})
    cell = strictly(inject(declared, given_values))["cells"][2]
    exec(cell["source"], space)
    assert mark(space["x"]) == mark(value)


class Celsius(float):
    pass


class Name(str):
    pass


strangers = st.one_of(
    st.floats().map(Celsius),
    st.text().map(Name),
    st.binary().map(bytearray),
    st.complex_numbers(),
    st.just(range(3)),
    st.just(object()),
    st.just(np.zeros(1)),
    st.sampled_from(IntEnum("Elsewhere", "A B")),  # type: ignore[arg-type]
)


@patient
@given(st.recursive(strangers, lambda inner: st.lists(inner, min_size=1) | st.tuples(inner), max_leaves=3))
def test_a_value_of_any_other_type_is_refused_in_one_line(value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        inject(notebook("x = None"), {"x": value})
    assert "\n" not in str(caught.value)
    assert caught.value.hint


EASILY_LOST: list[Any] = [
    *(
        "\ud800",
        "a\0b",
        "'\"\\\n\r\u2028",
        "x" * 20_000,
        10**5000,
        -0.0,
        float("nan"),
        {float("nan"): {1: (2,)}},
    ),
    *(Size.M, {Colour.RED: [Colour.BLUE]}, np.longdouble(1) / 3, pd.Timestamp(1, tz="Europe/Berlin")),
]


def some(count: int) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(values)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


@pytest.mark.timeout(600)
def test_hundreds_of_values_reach_a_real_kernel_unchanged(folder: Path, write: Any, cell: Any) -> None:
    generated = {
        f"v{number}": value
        for number, value in enumerate([*EASILY_LOST, *some(IN_KERNEL)])
        if not (isinstance(value, str) and value.startswith(("env:", "file:", "text:")))
    }
    expected = {name: mark(value) for name, value in generated.items()}
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    defaults = "\n".join(f"{name} = None" for name in generated)
    check = (
        f"import json\nfrom typing import Any\n{inspect.getsource(mark)}"
        "expected = json.load(open('expected.json'))\n"
        "wrong = {n: [m, mark(globals()[n])] for n, m in expected.items() if mark(globals()[n]) != m}\n"
        "assert not wrong, ascii(wrong)\n"
        "json.dump(len(expected), open('checked.json', 'w'))"
    )
    path = write(folder / "n.ipynb", [cell(ENUMS), cell(defaults, "parameters"), cell(check)])
    run = Project().run(path, generated, output=folder / "out")
    assert run.exit_code == 0, run.error
    assert json.loads((folder / "checked.json").read_text(encoding="utf-8")) == len(generated)
    (executed,) = (folder / "out").glob("*.ipynb")
    json.loads(executed.read_text(encoding="utf-8"), parse_constant=never)
    print(f"F9: {len(generated)} values through a kernel, 0 changed")
