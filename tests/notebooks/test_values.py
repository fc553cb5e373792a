"""Values: read by the declared type, checked, and written as source that gives them back; never executed."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Parameter
from jupyter_mlops.exceptions import MLOpsError, ParameterError
from jupyter_mlops.notebooks.injection import inject
from jupyter_mlops.notebooks.literals import to_source
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import (
    check_request,
    check_value,
    default_value,
    from_text,
    record,
    split_grid,
)

COLOURS = "class Colour(Enum):\n    RED = 'red'\n    BLUE = 'blue'"


class Size(IntEnum):
    S = 1


class Level(StrEnum):
    LOW = "low"


class Number(int):
    pass


Point = namedtuple("Point", "x y")
CIRCULAR: list[Any] = []
CIRCULAR.append(CIRCULAR)
DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]


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


@pytest.mark.parametrize("text", ["2024-05-06T07:08:09Z", "2024-05-06T07:08:09+02:00", "2024-05-06 07:08"])
def test_a_moment_typed_as_text_reaches_the_notebook(text: str) -> None:
    moment = from_text(declared("x: datetime = None"), text)
    found = back(moment)
    assert (found, found.utcoffset()) == (
        datetime.fromisoformat(text),
        datetime.fromisoformat(text).utcoffset(),
    )


def test_numpy_scalars_keep_their_type_where_nothing_is_declared() -> None:
    scalars = [np.float64(0.1), np.int64(3), np.bool_(True), np.str_("a")]
    assert same(back(scalars), scalars)
    assert same(back(check_value(declared("x = None"), scalars)), scalars)
    assert same(back(check_value(declared("x: list = []"), scalars)), scalars)


@pytest.mark.parametrize(
    ("declaration", "given_value", "value"),
    [
        ("x: float = 1", np.float32(0.1), 0.10000000149011612),
        ("x: float = 1", np.float16(0.1), 0.0999755859375),
        ("x: float = 1", np.longdouble(0.5), 0.5),
        ("x: float = 1", np.float64("nan"), math.nan),
        ("x: float | None = 1", np.int8(3), 3.0),
        ("x = True", np.bool_(False), False),
        ("x = 'a'", np.str_("b\0"), "b\0"),
        ("x: list[int] = []", [np.int64(1), 2], [1, 2]),
        ("x: dict[str, float] = {}", {np.str_("a"): np.float64(1)}, {"a": 1.0}),
        ("x: tuple[int, str] = (1, 'a')", (np.int8(1), "b"), (1, "b")),
        ("x: datetime = None", np.datetime64("2024-05-06T07:08"), datetime(2024, 5, 6, 7, 8)),
        ("x: datetime = None", pd.Timestamp("2024-05-06 07:08"), datetime(2024, 5, 6, 7, 8)),
        ("x: date = None", np.datetime64("2024-05-06"), date(2024, 5, 6)),
        ("x: timedelta = None", np.timedelta64(5000, "ns"), timedelta(microseconds=5)),
        ("x: timedelta = None", pd.Timedelta("1s"), timedelta(seconds=1)),
    ],
)
def test_a_scalar_of_numpy_or_pandas_becomes_what_is_declared(
    declaration: str, given_value: Any, value: Any
) -> None:
    assert same(check_value(declared(declaration), given_value), value)


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ("x: float = 1", np.longdouble("0.1")),
        ("x: datetime = None", pd.Timestamp("2024-05-06 07:08:09.000000001")),
        ("x: datetime = None", pd.NaT),
        ("x: datetime = None", np.datetime64(1, "ns")),
        ("x: datetime = None", np.datetime64(10**17, "s")),
        ("x: datetime = None", np.datetime64("NaT")),
        ("x: timedelta = None", pd.Timedelta("1ns")),
        ("x: timedelta = None", np.timedelta64(3, "M")),
        ("x: int = 1", np.timedelta64(3)),
        ("x: float = 1", 2**53 + 1),
        ("x: float = 1", np.int64(2**53 + 1)),
        ("x: set[float] = set()", {2**53 + 1}),
        ("x: list = []", (1, 2)),
        ("x: dict[str, int] = {}", {1: 1}),
        ("x: int = 1", Size.S),
        ("x: int = 1", Number(3)),
        ("x: str = ''", Level.LOW),
        ("x: list[int] = []", [Number(3)]),
        ("x: set[int] = set()", {Number(3)}),
        ("x: tuple = ()", Point(1, 2)),
        ("x: dict = {}", OrderedDict(a=1)),
        ("x: Literal[1] = 1", True),
        ("x: date = None", datetime(2024, 5, 6)),
        ("x: Path = None", PurePosixPath("a")),
        ("x: list[list[int]] = []", CIRCULAR),
        ("x: str = ''", 10**5000),
    ],
    ids=lambda v: v if type(v) is str else type(v).__name__,
)
def test_a_value_that_would_change_is_refused(declaration: str, value: Any) -> None:
    with pytest.raises(ParameterError, match="does not fit") as caught:
        check_value(declared(declaration), value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_a_value_of_the_very_declared_type_is_left_alone() -> None:
    moment = datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=timezone(timedelta(hours=1), "CET"))
    assert check_value(declared("x: datetime = None"), moment) is moment
    assert check_value(declared("x: Decimal = None"), Decimal("sNaN")).is_snan()


def test_a_member_of_an_enum_that_the_notebook_does_not_have_is_refused() -> None:
    for value in (Colour.RED, [Colour.RED], {Colour.RED: 1}):
        with pytest.raises(ParameterError, match="the notebook has no Enum Colour"):
            inject(notebook("x = None"), {"x": value})
        assert "Colour.RED" in inject(notebook("x = None", COLOURS), {"x": value})["cells"][2]["source"]


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
        ("x = Path('data')", "007", Path("007")),
        ("x = b''", "007", b"007"),
        ("x = frozenset({1})", "[1, 2]", frozenset({1, 2})),
        ("x: date = None", "2024-05-06", date(2024, 5, 6)),
        ("x: timedelta = None", "P1DT2H", timedelta(days=1, hours=2)),
        ("x: date = None", "20240506", date(2024, 5, 6)),
        ("x: datetime = None", "20240506", datetime(2024, 5, 6)),
        ("x: list[date] = []", '["2024-05-06"]', [date(2024, 5, 6)]),
        ("x: list[float] = []", "[1, 2.5]", [1.0, 2.5]),
        ("x: dict[int, float] = {}", '{"1": 2}', {1: 2.0}),
        ("x: tuple[Path, ...] = ()", '["a"]', (Path("a"),)),
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
        ("x: list[int] = []", "[true]"),
        ("x: list[int] = []", '["1"]'),
        ("x: list[int] = []", "[1.0]"),
        ("x: list[datetime] = []", "[5]"),
        ("x: datetime = None", "5"),
        ("x: datetime = None", "-1.5e3"),
        ("x: date | None = None", "5"),
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
        (np.float64(0.5), "0.5", "float64"),
        (Size.S, "S", "Size"),
        (pd.Timestamp("2024"), "2024-01-01 00:00:00", "Timestamp"),
        (DEEP, "a list", "list"),
        ("\ud800\0", "\\ud800\\x00", "str"),
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
