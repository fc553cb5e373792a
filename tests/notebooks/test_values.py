"""Values: read by the declared type, checked, and written as source that gives them back; never executed."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Parameter
from jupyter_mlops.exceptions import MLOpsError, ParameterError
from jupyter_mlops.notebooks.injection import inject
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import (
    check_request,
    check_value,
    default_value,
    from_text,
    record,
    split_grid,
    to_source,
)

COLOURS = "class Colour(Enum):\n    RED = 'red'\n    BLUE = 'blue'"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def notebook(source: str, *before: str) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": text, "metadata": {}} for text in before]
    tagged = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return {"cells": [*cells, tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def declared(source: str, *before: str) -> Parameter:
    (parameter,) = read_parameters(notebook(source, *before)) or ()
    return parameter


def back(value: Any) -> Any:
    """What a kernel that imported nothing makes of the source."""
    return eval(to_source(value), {"Colour": Colour})


def same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, set | frozenset):
        return sorted(map(repr, left)) == sorted(map(repr, right))
    return repr(left) == repr(right)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
keys = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
        st.sets(keys, max_size=3),
        st.frozensets(keys, max_size=3),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(values)
def test_source_gives_the_same_value_of_the_same_type(value: Any) -> None:
    assert same(back(value), value)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        -0.0,
        5e-324,
        10**30,
        "\ud800",
        "'\"\\\n\r\0\u2028",
        (),
        (1,),
        set(),
        frozenset(),
        {},
        b"\xff",
        True,
        [float("nan")],
    ],
    ids=ascii,
)
def test_source_gives_back_what_is_easily_lost(value: Any) -> None:
    assert same(back(value), value)


def test_source_of_text_is_one_line_of_printable_characters() -> None:
    assert to_source("a\nb\r\x85\u2028\u202e").isprintable()


@settings(deadline=None)
@given(st.decimals() | st.dates() | st.times() | st.timedeltas() | st.datetimes())
def test_source_gives_decimals_and_times_back(value: Any) -> None:
    assert same(back(value), value)


@pytest.mark.parametrize("path", [".", "/a b/c.csv", 'it\'s "quoted"', "ü/世"])
def test_source_gives_paths_back(path: str) -> None:
    assert same(back(Path(path)), Path(path))


offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23))


@settings(deadline=None)
@given(st.datetimes(timezones=offsets.map(timezone)))
def test_source_gives_moments_of_a_fixed_offset_back(moment: datetime) -> None:
    found = back(moment)
    assert found == moment
    assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 5, 6, 7, tzinfo=UTC),
        datetime(2024, 5, 6, 7, tzinfo=timezone(timedelta(hours=2))),
        datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        time(1, 2, tzinfo=timezone(timedelta(hours=-3))),
    ],
    ids=["utc", "offset", "zone", "time"],
)
def test_source_gives_zoned_moments_back(moment: Any) -> None:
    found = back(moment)
    assert (found, found.utcoffset(), type(found)) == (moment, moment.utcoffset(), type(moment))


@pytest.mark.parametrize("text", ["2024-05-06T07:08:09Z", "2024-05-06T07:08:09+02:00", "2024-05-06 07:08"])
def test_a_moment_typed_as_text_reaches_the_notebook(text: str) -> None:
    moment = from_text(declared("x: datetime = None"), text)
    found = back(moment)
    assert (found, found.utcoffset()) == (
        datetime.fromisoformat(text),
        datetime.fromisoformat(text).utcoffset(),
    )


def test_numpy_scalars_are_written_as_the_python_value_they_hold() -> None:
    scalars = [np.float64(0.1), np.int64(3), np.bool_(True), np.str_("a")]
    assert same(back(scalars), [0.1, 3, True, "a"])


def test_a_pandas_timestamp_is_written_as_a_datetime() -> None:
    assert back(pd.Timestamp("2024-05-06 07:08")) == datetime(2024, 5, 6, 7, 8)


def test_an_enum_member_is_written_by_its_name() -> None:
    assert back([Colour.RED]) == [Colour.RED]


@pytest.mark.parametrize(
    "value",
    [object(), 1j, np.zeros(2), pd.DataFrame(), lambda: 0, [object()], {"a": object()}],
    ids=lambda v: type(v).__name__,
)
def test_what_cannot_be_written_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="cannot be passed to a notebook") as caught:
        to_source(value)
    assert caught.value.hint


def test_a_whole_number_beyond_what_python_prints_is_written_or_refused() -> None:
    try:
        assert back(10**5000) == 10**5000
    except ParameterError as error:
        assert error.hint


@pytest.mark.parametrize(
    ("declaration", "text", "value"),
    [
        ("x: str = 'a'", "007", "007"),
        ("x = 'a'", "007", "007"),
        ("x: int = 1", "007", 7),
        ("x: int = 1", "-3", -3),
        ("x = 1.5", "2", 2.0),
        ("x: float = 1", "1e-3", 0.001),
        ("x: float = 1", "nan", math.nan),
        ("x: float = 1", "-inf", -math.inf),
        ("x = True", "false", False),
        ("x: bool = True", "False", False),
        ("x: str = 'a'", "None", "None"),
        ("x: str | None = 'a'", "None", None),
        ("x: int | None = 1", "5", 5),
        ("x: Optional[float] = 1", "null", None),
        ("x = [1]", "[1, 2]", [1, 2]),
        ("x = [1]", "1, 2", [1, 2]),
        ("x: list[str] = []", "['a', 'b']", ["a", "b"]),
        ("x: tuple[int, ...] = ()", "[1, 2]", (1, 2)),
        ("x = (1, 2)", "(3, 4)", (3, 4)),
        ("x: set[int] = None", "{1, 2}", {1, 2}),
        ("x = {}", '{"a": true}', {"a": True}),
        ("x: dict[int, str] = {}", "{1: 'a'}", {1: "a"}),
        ("x: Literal['l1', 'l2'] = 'l1'", "l2", "l2"),
        ("x: Literal[1, 2] = 1", "2", 2),
        ("x: Path = None", "a b.csv", Path("a b.csv")),
        ("x: Decimal = None", "1.10", Decimal("1.10")),
        ("x: date = None", "2024-05-06", date(2024, 5, 6)),
        ("x: timedelta = None", "P1DT2H", timedelta(days=1, hours=2)),
        ("x: Annotated[int, Ge(1)] = 1", "3", 3),
        ("x: Model = None", "3", 3),
        ("x = None", "007", "007"),
        ("x = None", "1.5", 1.5),
        ("x = None", "true", True),
        ("x = None", "some text", "some text"),
        ("x = None", "[not a list", "[not a list"),
    ],
)
def test_text_is_read_by_the_declared_type(declaration: str, text: str, value: Any) -> None:
    assert same(from_text(declared(declaration), text), value)


@pytest.mark.parametrize(
    ("declaration", "text"),
    [
        ("x: int = 1", "1.5"),
        ("x: int = 1", "one"),
        ("x: int = 1", ""),
        ("x = 1", "0.5"),
        ("x: float = 1", "a"),
        ("x: bool = True", "maybe"),
        ("x: int = 1", "None"),
        ("x: list[int] = []", "[1, 'a']"),
        ("x: Literal['l1', 'l2'] = 'l1'", "l3"),
        ("x: Annotated[int, Ge(1)] = 1", "0"),
        ("x: Annotated[float, Field(lt=1)] = 0", "1"),
        ("x: date = None", "yesterday"),
        ("x = []", "{[1]: 2}"),
        ("x = {}", "{[1]: 2}"),
        ("x = []", "[" * 100_000),
        ("x = []", "(" * 100_000),
        ("x: int = 1", "9" * 5000),
        ("x: tuple[()] = ()", "[1]"),
        ("x: Annotated[str, Ge(0)] = ''", "a"),
        ("x: Annotated[str, Field(pattern='[')] = ''", "a"),
        ("x: dict[int] = {}", "[]"),
    ],
    ids=lambda text: text[:45],
)
def test_text_that_does_not_fit_is_refused_in_one_line_with_a_mend(declaration: str, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        from_text(declared(declaration), text)
    assert "\n" not in str(caught.value)
    assert "x" in str(caught.value)
    assert len(str(caught.value)) < 400
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["{[1]: 2}", "[" * 100_000, "-" * 100_000, "'", "1" * 5000], ids=lambda text: text[:10]
)
def test_text_without_a_declared_type_that_spells_no_value_stays_text(text: str) -> None:
    assert from_text(declared("x = None"), text) == text


@settings(deadline=None)
@given(st.text(st.characters()))
def test_text_for_a_text_parameter_comes_back_verbatim(text: str) -> None:
    for source in ("x = 'a'", "x: str = 'a'"):
        assert from_text(declared(source), text) == text


@settings(deadline=None)
@given(st.text())
def test_text_within_its_bounds_comes_back_verbatim(text: str) -> None:
    assert from_text(declared("x: Annotated[str, MaxLen(10000)] = 'a'"), text) == text


DECLARATIONS = [
    "x = None",
    "x = 1",
    "x = 'a'",
    "x: list = []",
    "x: dict[str, int] = {}",
    "x: set[int] = None",
    "x: float | None = 1",
    "x: Literal['a', 2] = 2",
    "x: Colour = Colour.RED",
    "x: Path = None",
    "x: datetime = None",
    "x: Decimal = None",
    "x: int | str = 1",
]


@settings(deadline=None)
@given(st.sampled_from(DECLARATIONS), st.text() | st.text("[](){},'\"\\0123456789.eE+-: #x"))
def test_any_text_is_read_or_refused_and_what_is_read_can_be_written(declaration: str, text: str) -> None:
    try:
        value = from_text(declared(declaration, COLOURS), text)
    except MLOpsError as error:
        assert "\n" not in str(error)
        return
    if not isinstance(value, complex):
        back(value)


HOSTILE = [
    "__import__('os').system('touch ran')",
    "open('ran', 'w')",
    "[open('ran', 'w')]",
    "{open('ran', 'w'): 1}",
    "(lambda: open('ran', 'w'))()",
    "!touch ran",
    "%run ran",
    "'; open('ran', 'w') #",
    '"""\nopen(\'ran\', \'w\')\n"""',
    "\\'\nopen('ran', 'w')\n#",
    'f\'{open("ran", "w")}\'',
    "!!python/object/apply:os.system ['touch ran']",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_never_executed(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for declaration in DECLARATIONS:
        parameter = declared(declaration, COLOURS)
        try:
            value = from_text(parameter, text)
        except ParameterError:
            continue
        names: dict[str, Any] = {}
        exec(inject(notebook(declaration), {"x": value})["cells"][1]["source"], names)
        assert same(names["x"], value)
    assert not (tmp_path / "ran").exists()


@settings(deadline=None)
@given(st.text(st.characters()))
def test_any_text_is_injected_as_data(text: str) -> None:
    values = check_request(read_parameters(notebook("x = 'a'")), {"x": text}, {})
    names: dict[str, Any] = {}
    exec(inject(notebook("x = 'a'"), values)["cells"][1]["source"], names)
    assert names["x"] == text
    assert set(names) == {"x", "__builtins__"}


@pytest.mark.parametrize("name", ["y", "x\nimport os", "x = 1; y", "", "__builtins__", "X"])
def test_a_name_that_is_not_declared_is_refused(name: str) -> None:
    parameters = read_parameters(notebook("x = 1\nlearning_rate = 0.1"))
    for text, typed in (({name: "1"}, {}), ({}, {name: 1})):
        with pytest.raises(ParameterError, match="unknown parameter") as caught:
            check_request(parameters, text, typed)
        assert "\n" not in str(caught.value)
        assert caught.value.hint


def test_a_misspelt_name_gets_the_one_that_was_meant() -> None:
    with pytest.raises(ParameterError) as caught:
        check_request(read_parameters(notebook("x = 1\nlearning_rate = 0.1")), {"learnign_rate": "1"}, {})
    assert caught.value.hint == "did you mean 'learning_rate'?"


def test_values_without_a_parameters_cell_are_refused() -> None:
    assert check_request(None, {}, {}) == {}
    with pytest.raises(ParameterError, match="no cell is tagged 'parameters'"):
        check_request(None, {"x": "1"}, {})


def test_a_request_comes_back_in_the_order_of_the_cell() -> None:
    parameters = read_parameters(notebook("a = 1\nb = 'b'\nc = 1.0"))
    checked = check_request(parameters, {"c": "2", "a": "3"}, {"b": "4"})
    assert list(checked.items()) == [("a", 3), ("b", "4"), ("c", 2.0)]


@pytest.mark.parametrize(
    ("declaration", "given_value", "value"),
    [
        ("x: float = 1", 2, 2.0),
        ("x: tuple[int, ...] = ()", [1, 2], (1, 2)),
        ("x: set[int] = None", [1, 2], {1, 2}),
        ("x: date = None", "2024-05-06", date(2024, 5, 6)),
        ("x: Path = None", "a.csv", Path("a.csv")),
        ("x: int = 1", np.int64(3), 3),
        ("x: int | None = 1", None, None),
        ("x: Literal['a', 'b'] = 'a'", "b", "b"),
        ("x: Model = None", {"any": "thing"}, {"any": "thing"}),
        ("x: float = 1", math.nan, math.nan),
    ],
)
def test_a_typed_value_that_fits_is_taken(declaration: str, given_value: Any, value: Any) -> None:
    assert same(check_value(declared(declaration), given_value), value)


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ("x: int = 1", "5"),
        ("x: int = 1", 1.0),
        ("x: int = 1", True),
        ("x: bool = True", 1),
        ("x: str = ''", 5),
        ("x: float = 1", "0.5"),
        ("x: float = 1", True),
        ("x: int = 1", None),
        ("x: list[int] = []", ["a"]),
        ("x: Annotated[int, Ge(1)] = 1", 0),
        ("x: Literal['a'] = 'a'", "b"),
        ("x: Literal[1] = 1", [1]),
        ("x: date = None", "soon"),
        ("x: int = 1", 1j),
    ],
    ids=repr,
)
def test_a_typed_value_that_does_not_fit_is_refused(declaration: str, value: Any) -> None:
    with pytest.raises(ParameterError, match="does not fit") as caught:
        check_value(declared(declaration), value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("spelt", ["RED", "red", Colour.RED])
def test_an_enum_is_taken_by_name_value_or_member(spelt: Any) -> None:
    parameter = declared("x = Colour.BLUE", COLOURS)
    value = check_value(parameter, spelt) if isinstance(spelt, Enum) else from_text(parameter, spelt)
    assert back(value) is Colour.RED


def test_an_enum_member_that_does_not_exist_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ParameterError) as caught:
        from_text(declared("x = Colour.BLUE", COLOURS), "BLEU")
    assert caught.value.hint == "choose one of: RED, BLUE"


def test_a_number_never_chooses_the_wrong_member_of_an_enum_that_numbers_itself() -> None:
    source = "class Size(Enum):\n    '''How big.'''\n    S = auto()\n    M = auto()"
    assert from_text(declared("x = Size.S", source), "2").name == "M"


def test_a_default_is_what_its_declaration_makes_of_it() -> None:
    assert same(default_value(declared("x: float = 1")), 1.0)
    assert same(default_value(declared("x: int = 'no'")), "no")
    assert same(default_value(declared("x = (1,)")), (1,))


@pytest.mark.parametrize(
    ("value", "shown", "kind"),
    [
        ("1", "1", "str"),
        (1, "1", "int"),
        (0.1, "0.1", "float"),
        (math.nan, "nan", "float"),
        (None, "None", "NoneType"),
        (Colour.RED, "RED", "Colour"),
        (Path("a"), "a", "PosixPath"),
        (date(2024, 1, 2), "2024-01-02", "date"),
        ([1], "[1]", "list"),
        (1j, "1j", "complex"),
    ],
)
def test_a_parameter_is_recorded_as_text_with_its_type(value: Any, shown: str, kind: str) -> None:
    recorded = record("x", value)
    assert (recorded.value, recorded.type) == (shown, kind)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1,2", ["1", "2"]),
        ("1", ["1"]),
        ("[1,2],[3]", ["[1,2]", "[3]"]),
        ('{"a": 1, "b": 2},{}', ['{"a": 1, "b": 2}', "{}"]),
        ("a),b", ["a)", "b"]),
        ("(1,),2", ["(1,)", "2"]),
        ("'a,b',c", ["a,b", "c"]),
        (",", ["", ""]),
    ],
)
def test_a_grid_is_split_at_commas_outside_brackets_and_quotes(text: str, parts: list[str]) -> None:
    assert split_grid(text) == parts


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters=",\"'[](){}"), min_size=1), min_size=1))
def test_a_grid_of_plain_words_comes_back(words: list[str]) -> None:
    assert split_grid(",".join(words)) == words


def test_a_quoted_word_of_a_grid_is_the_text_between_the_quotes() -> None:
    texts = [from_text(declared("x = 'z'"), part) for part in split_grid('"a,b",c')]
    assert texts == ["a,b", "c"]
