"""Annotations as typing objects: a fixed list is understood, nothing is executed."""

from __future__ import annotations

import ast
import contextlib
import typing
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jupyter_mlops.notebooks.types import UnknownType, bare_source, bounds, enum_type, metadata, python_type


def expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int", int),
        ("Any", Any),
        ("object", Any),
        ("None", None),
        ("pathlib.Path", Path),
        ("datetime.datetime", datetime),
        ("dt.date", date),
        ("timedelta", timedelta),
        ("Decimal", Decimal),
        ("list[int]", list[int]),
        ("List[int]", list[int]),
        ("typing.Dict[str, float]", dict[str, float]),
        ("Mapping[str, list[int]]", dict[str, list[int]]),
        ("tuple[int, ...]", tuple[int, ...]),
        ("tuple[int, str]", tuple[int, str]),
        ("tuple[()]", tuple[()]),
        ("Optional[int]", Optional[int]),  # noqa: UP045 - the spelling under test
        ("int | None", Optional[int]),  # noqa: UP045
        ("Union[int, str, None]", Union[int, str, None]),  # noqa: UP007
        ("'int'", int),
        ("list['int']", list[int]),
        ("Literal['a', 1, None]", Literal["a", 1, None]),
        ("Literal[-1]", Literal[-1]),
    ],
)
def test_a_known_annotation_becomes_its_typing_object(annotation: str, expected: Any) -> None:
    assert python_type(annotation, {}) == expected


@pytest.mark.parametrize(
    "annotation",
    [
        "np.ndarray",
        "Model",
        "int[int]",
        "list[Model]",
        "Optional[int, str]",
        "Literal[x]",
        "not valid!",
        "",
        "lambda: 0",
        "f(x)",
        "int + str",
        "1",
        "'Model'",
        "print('a')",
    ],
)
def test_an_unknown_annotation_is_told_apart(annotation: str) -> None:
    with pytest.raises(UnknownType):
        python_type(annotation, {})


@pytest.mark.parametrize(
    "annotation", ["Annotated[()]", "Union[()]", "Literal[{[1]: 2}]", "'a' * 3", "int | ...", "list[()]"]
)
def test_a_nonsense_annotation_is_unknown_or_harmless(annotation: str) -> None:
    with contextlib.suppress(UnknownType):
        python_type(annotation, {})


names = st.sampled_from(
    [
        *[
            "int",
            "str",
            "float",
            "bool",
            "list",
            "dict",
            "tuple",
            "set",
            "Path",
            "date",
            "None",
            "Any",
            "Optional",
            "Union",
        ]
    ]
)
annotations = st.recursive(
    names | st.sampled_from(["...", "'int'", "1", "'x y'", "Colour", "()"]),
    lambda inner: st.one_of(
        st.builds(
            "{}[{}]".format,
            st.sampled_from(["list", "dict", "Optional", "Union", "Annotated", "Literal"]),
            inner,
        ),
        st.builds(
            "{}[{}, {}]".format,
            st.sampled_from(["tuple", "dict", "Union", "Annotated", "Literal"]),
            inner,
            inner,
        ),
        st.builds("{} | {}".format, inner, inner),
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(annotations)
def test_any_annotation_is_known_or_unknown_and_never_raises_anything_else(annotation: str) -> None:
    with contextlib.suppress(UnknownType):
        python_type(annotation, {"Colour": {"RED": "red"}})


def test_nothing_in_an_annotation_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    with pytest.raises(UnknownType):
        python_type(f"__import__('pathlib').Path({str(mark)!r}).touch()", {})
    assert python_type(f"Annotated[int, open({str(mark)!r}, 'w')]", {}) is int
    assert not mark.exists()


def test_an_enum_of_the_notebook_is_known_by_its_members() -> None:
    made = python_type("Colour | None", {"Colour": {"RED": "red", "BLUE": "blue"}})
    colour = next(part for part in get_args(made) if part is not type(None))
    assert issubclass(colour, Enum)
    assert {name: member.value for name, member in colour.__members__.items()} == {
        "RED": "red",
        "BLUE": "blue",
    }
    assert enum_type("Size", {"S": 1})["S"].value == 1


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("Ge(0)", {"ge": 0}),
        ("annotated_types.Gt(0.5)", {"gt": 0.5}),
        ("Le(le=3)", {"le": 3}),
        ("Lt(-1)", {"lt": -1}),
        ("MultipleOf(2)", {"multiple_of": 2}),
        ("MinLen(1)", {"min_length": 1}),
        ("Len(1, 5)", {"min_length": 1, "max_length": 5}),
        ("Interval(ge=0, lt=1)", {"ge": 0, "lt": 1}),
        ("Field(ge=0, le=1, description='x')", {"ge": 0, "le": 1}),
        ("pydantic.Field(pattern='a+')", {"pattern": "a+"}),
        ("Field(ge=limit)", {}),
        ("Unit('m')", {}),
        ("Unit(ge=3)", {}),
        ("'a note'", {}),
    ],
)
def test_bounds_are_read_from_annotated_types_and_pydantic(piece: str, expected: dict[str, Any]) -> None:
    assert bounds(expression(piece)) == expected


def test_metadata_is_what_follows_the_type() -> None:
    assert [ast.unparse(piece) for piece in metadata(expression("t.Annotated[int, Ge(0), 'm']"))] == [
        "Ge(0)",
        "'m'",
    ]
    assert metadata(expression("list[int]")) == []


def test_bounds_hold() -> None:
    hint = python_type("Annotated[int, Ge(0), Field(lt=10)]", {})
    assert get_origin(hint) is typing.Annotated is Annotated
    adapter = TypeAdapter(hint)
    assert adapter.validate_python(9) == 9
    for wrong in (-1, 10):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("annotation", "bare"),
    [
        ("Annotated[float, Gt(0)]", "float"),
        ("typing.Annotated[list[int], Len(1, 9)] | None", "list[int] | None"),
        ("Optional[Annotated[Annotated[int, Ge(0)], Le(9)]]", "Optional[int]"),
        ("Literal['a', \"b\"]", "Literal['a', \"b\"]"),
        ("not a type", "not a type"),
    ],
)
def test_a_type_is_told_without_its_metadata(annotation: str, bare: str) -> None:
    assert bare_source(annotation) == bare
