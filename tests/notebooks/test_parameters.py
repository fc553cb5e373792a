"""The parameters cell: types, defaults, bounds and help are read, nothing is executed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Parameter
from jupyter_mlops.exceptions import MLOpsError, NotebookError
from jupyter_mlops.notebooks.parameters import read_parameters, without_magics


def notebook(source: str, *before: str) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": text, "metadata": {}} for text in before]
    tagged = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return {"cells": [*cells, tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def read(source: str, *before: str) -> tuple[Parameter, ...]:
    found = read_parameters(notebook(source, *before))
    assert found is not None
    return found


def one(source: str, *before: str) -> Parameter:
    (parameter,) = read(source, *before)
    return parameter


def test_no_tagged_cell_is_none_and_an_empty_one_is_empty() -> None:
    assert read_parameters({"cells": [], "metadata": {}}) is None
    assert read("") == ()


@pytest.mark.parametrize(
    ("source", "annotation", "default"),
    [
        ("x = 1", "int", 1),
        ("x = -1", "int", -1),
        ("x = 0.5", "float", 0.5),
        ("x = float('inf')", "float", math.inf),
        ("x = True", "bool", True),
        ("x = 'l2'", "str", "l2"),
        ("x = [1, 2]", "list", [1, 2]),
        ("x = {'a': 1}", "dict", {"a": 1}),
        ("x = (1,)", "tuple", (1,)),
        ("x = {1, 2}", "set", {1, 2}),
    ],
)
def test_the_type_of_a_plain_default_is_inferred(source: str, annotation: str, default: Any) -> None:
    parameter = one(source)
    assert (parameter.name, parameter.annotation, parameter.default) == ("x", annotation, default)
    assert type(parameter.default) is type(default)
    assert not parameter.declared
    assert parameter.default_source == source.removeprefix("x = ")


def test_an_annotation_is_the_type_whatever_the_default() -> None:
    parameter = one("x: float = 1")
    assert (parameter.annotation, parameter.declared, parameter.default) == ("float", True, 1)
    bare = one("x: int")
    assert (bare.annotation, bare.declared, bare.default, bare.default_source) == ("int", True, None, "")


def test_none_as_default_tells_no_type() -> None:
    parameter = one("x = None")
    assert parameter.annotation is None
    assert parameter.nullable


def test_a_tuple_assignment_declares_each_name() -> None:
    first, second = read('C, penalty = 1.0, "l2"')
    assert (first.name, first.annotation, first.default) == ("C", "float", 1.0)
    assert (second.name, second.annotation, second.default) == ("penalty", "str", "l2")


def test_nested_and_chained_assignments_declare_each_name() -> None:
    assert {p.name: p.default for p in read("(a, b), [c] = (1, 2), [3]\nd = e = 4")} == {
        "a": 1,
        "b": 2,
        "c": 3,
        "d": 4,
        "e": 4,
    }


def test_what_cannot_be_split_or_is_no_plain_name_declares_nothing() -> None:
    assert read("a, b = pair\nd['k'] = 1\nobj.x = 2\nif True:\n    y = 1\ndef f():\n    z = 1\nz2 += 1") == ()


@pytest.mark.parametrize(
    "annotation",
    [
        "Annotated[int, Ge(1), Lt(10)]",
        "Annotated[int, annotated_types.Interval(ge=1, lt=10)]",
        "Annotated[int, Field(ge=1, lt=10)]",
        "typing.Annotated[int, pydantic.Field(ge=1), Lt(10)]",
        "'Annotated[int, Field(ge=1, lt=10)]'",
    ],
)
def test_bounds_are_read_from_annotated(annotation: str) -> None:
    parameter = one(f"x: {annotation} = 5")
    assert (parameter.ge, parameter.gt, parameter.le, parameter.lt) == (1, None, None, 10)


def test_a_bound_that_is_no_number_is_passed_over() -> None:
    parameter = one("x: Annotated[str, Ge('a')] = 'b'")
    assert parameter.ge is None


@pytest.mark.parametrize(
    "annotation", ["Literal['l1', 'l2']", "Optional[Literal['l1', 'l2']]", '\'Literal["l1", "l2"]\'']
)
def test_a_literal_gives_choices(annotation: str) -> None:
    parameter = one(f"x: {annotation} = 'l1'")
    assert parameter.choices == ("l1", "l2")
    assert parameter.nullable == annotation.startswith("Optional")


@pytest.mark.parametrize(
    "annotation", ["Optional[int]", "int | None", "Union[int, None]", "Literal[1, None]", "'int | None'"]
)
def test_a_type_that_allows_none_is_nullable(annotation: str) -> None:
    assert one(f"x: {annotation} = 1").nullable
    assert not one("x: int = 1").nullable


@pytest.mark.parametrize(
    "declaration", ["x: Colour = Colour.RED", "x = Colour.RED", "x: 'Colour' = Colour.RED"]
)
def test_an_enum_gives_its_members(declaration: str) -> None:
    colours = "from enum import StrEnum\nclass Colour(StrEnum):\n    RED = 'red'\n    BLUE = 'blue'"
    parameter = one(declaration, colours)
    assert parameter.annotation == "Colour"
    assert parameter.choices == ("RED", "BLUE")
    assert parameter.enums == {"Colour": {"RED": "red", "BLUE": "blue"}}


def test_an_enum_below_the_parameters_cell_is_not_known() -> None:
    found = notebook("x: Colour = None")
    found["cells"].append({"cell_type": "code", "source": "class Colour(Enum):\n    RED = 1", "metadata": {}})
    (parameter,) = read_parameters(found) or ()
    assert parameter.choices is None


def test_an_enum_inside_a_quoted_argument_is_known() -> None:
    assert one("x: Optional['Colour'] = None", "class Colour(Enum):\n    RED = 1").choices == ("RED",)


def test_a_comment_at_the_end_of_the_line_is_help() -> None:
    first, second, third, fourth = read(
        "a = 1  # regularisation # strength\nb = '# no'\n# above\nc = [\n  1,\n]  ## end\nd: int  # bare"
    )
    assert (first.help, second.help, third.help, fourth.help) == (
        "regularisation # strength",
        "",
        "end",
        "bare",
    )


def test_what_is_computed_from_other_parameters_is_derived() -> None:
    a, b, c = read("a = 2\nb = a * 2\nc = len('abc')")
    assert (a.derived, b.derived, c.derived) == (False, True, False)
    assert (b.annotation, b.default, b.default_source) == (None, None, "a * 2")


def test_a_name_assigned_twice_counts_once_as_last_assigned() -> None:
    parameter = one("x: int = 1\nx = 2")
    assert (parameter.annotation, parameter.declared, parameter.default) == ("int", True, 2)


def test_magic_and_shell_lines_are_passed_over() -> None:
    assert {
        p.name: p.default
        for p in read("%matplotlib inline\n!pip list\nx = 1\nif True:\n    %time f()\ny = 2")
    } == {"x": 1, "y": 2}
    assert one("%%time\nx = 1").default == 1


def test_a_line_of_an_expression_that_begins_with_percent_is_no_magic() -> None:
    assert read("x = (5\n  % 3)\ny = 1")[1].default == 1
    assert without_magics("x = (5\n  % 3)") == "x = (5\n  % 3)"


def test_a_line_of_text_that_begins_with_percent_is_no_magic() -> None:
    assert one("x = '''\n%d rows\n!important\n'''").default == "\n%d rows\n!important\n"


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0c", "\x1c"])
def test_text_may_hold_any_separator(character: str) -> None:
    assert one(f"x = 'a{character}b'").default == f"a{character}b"


def test_a_syntax_error_names_cell_and_line() -> None:
    with pytest.raises(NotebookError, match=r"cell 2\) is not valid Python: line 2") as caught:
        read("x = 1\ny = = 2", "import os")
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "x = {[1]: 2}",
        "x = {{}}",
        "x = float(" + "9" * 400 + ")",
        "x = '\ud800'",
        "x = 'a\0b'",
        "x: tuple[()] = ()",
        "x: Annotated[()] = 1",
        "x: Union[()] = 1",
        "x: Literal[{[1]: 2}] = 1",
        "x: Annotated[int, Ge('a')] = 1",
        "x: Annotated[int, Ge({[1]: 2})] = 1",
        "class E(Enum):\n    mro = 1\nx: E = E.mro",
        "class E(Enum):\n    A = {[1]: 2}\nx: E = E.A",
        "x = " + "-" * 5000 + "1",
        "x = " + "(" * 500,
        "x = ...",
        "x: 'a b' = 1",
        "*a, b = 1, 2",
    ],
    ids=lambda source: source[:30].encode("ascii", "backslashreplace").decode(),
)
def test_a_strange_cell_is_read_or_refused(source: str) -> None:
    try:
        read(source)
    except NotebookError as error:
        assert "\n" not in str(error)


@settings(deadline=None)
@given(st.text("xy=:#%!\n 1'\"[](){},.|Eint", max_size=30))
def test_any_source_is_read_or_refused(source: str) -> None:
    try:
        read(source)
    except MLOpsError as error:
        assert error.hint


@settings(deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_any_literal_default_is_read_as_written(value: Any) -> None:
    parameter = one(f"x = {value!r}  # help")
    assert repr(parameter.default) == repr(value)
    assert parameter.help == "help"
    assert not parameter.derived


def test_nothing_in_the_cell_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    touch = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    source = (
        f"{touch}\nx = {touch}\ny: Annotated[int, {touch}] = 1\n"
        f"class E({touch}, Enum):\n    A = {touch}\nz: E = {touch}\n!touch {mark}"
    )
    assert [parameter.name for parameter in read(source, touch)] == ["x", "y", "z"]
    assert not mark.exists()


@pytest.mark.parametrize(
    ("source", "annotation"),
    [
        ("x = Path('data')", "Path"),
        ("x = pathlib.Path('data')", "Path"),
        ("x = date(2024, 5, 6)", "date"),
        ("x = datetime.timedelta(1)", "timedelta"),
        ("x = frozenset()", "frozenset"),
        ("x = b'a'", "bytes"),
        ("x = time()", None),
        ("x = date.today()", None),
        ("x = rng.bytes(5)", None),
        ("x = make(1)", None),
    ],
)
def test_a_default_that_is_made_by_its_type_tells_the_type(source: str, annotation: str | None) -> None:
    (parameter,) = read_parameters(notebook(source)) or ()
    assert (parameter.annotation, parameter.declared) == (annotation, False)
