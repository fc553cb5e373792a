from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from jupyter_mlops.entities import Parameter
from jupyter_mlops.notebooks.document import Notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.widgets.parameters import ParameterForm

SOURCE = """\
C: Annotated[float, Field(gt=0)] = 1.0  # inverse of the <strength>
penalty: Literal["l1", "l2"] = "l2"
depth: Annotated[int, Field(ge=1, le=9)] = 3
rows: Annotated[int, Field(ge=1, le=100000)] = 500
tolerance: Annotated[float, Field(ge=0, le=1)] = 0.123456
shuffle: bool = True
seed = 7
day: date = "2024-05-01"
label: str = "churn"
columns: list[str] = ["a", "b"]
limit: int | None = None
solver: Optional[Literal["lbfgs", "saga"]] = None
source: Path = Path("data/x.csv")
double = seed * 2
"""


class Form:
    """A form, and what it has applied."""

    def __init__(self, source: str = SOURCE, values: Mapping[str, Any] | None = None) -> None:
        self.applied: list[dict[str, Any]] = []
        self.widget = ParameterForm(declared(source), values or {}, self.applied.append)

    def control(self, name: str) -> Any:
        return self.widget.fields[name].control

    def alert(self, name: str) -> str:
        return self.widget.fields[name].alert.value

    def apply(self) -> dict[str, Any] | None:
        self.widget.apply_button.click()
        return self.applied[-1] if self.applied else None

    @property
    def message(self) -> str:
        return self.widget.message.value


def declared(source: str) -> tuple[Parameter, ...]:
    cell = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    notebook: Notebook = {"cells": [cell], "metadata": {}, "nbformat": 4}
    return read_parameters(notebook) or ()


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("C", ipywidgets.FloatText, 1.0),
        ("penalty", ipywidgets.Dropdown, 1),
        ("depth", ipywidgets.IntSlider, 3),
        ("rows", ipywidgets.BoundedIntText, 500),
        ("tolerance", ipywidgets.BoundedFloatText, 0.123456),
        ("shuffle", ipywidgets.Checkbox, True),
        ("seed", ipywidgets.IntText, 7),
        ("day", ipywidgets.DatePicker, date(2024, 5, 1)),
        ("label", ipywidgets.Text, "churn"),
        ("columns", ipywidgets.Text, "['a', 'b']"),
        ("limit", ipywidgets.Text, "None"),
        ("solver", ipywidgets.Dropdown, 2),
        ("source", ipywidgets.Text, "Path('data/x.csv')"),
        ("double", ipywidgets.Text, "seed * 2"),
    ],
)
def test_each_type_has_its_control(name: str, kind: type, content: object) -> None:
    control = Form().control(name)
    assert type(control) is kind
    assert control.value == content
    assert control.description == name


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("C", 0.5, 0.5),
        ("penalty", 0, "l1"),
        ("depth", 9, 9),
        ("shuffle", False, False),
        ("day", date(2025, 1, 2), date(2025, 1, 2)),
        ("label", "007", "007"),
        ("columns", "['c']", ["c"]),
        ("columns", '["c", "d"]', ["c", "d"]),
        ("limit", "5", 5),
        ("solver", 1, "saga"),
        ("source", "data/y.csv", Path("data/y.csv")),
        ("source", "Path('data/y.csv')", Path("data/y.csv")),
    ],
)
def test_apply_hands_over_what_changed_and_nothing_else(name: str, content: object, value: object) -> None:
    form = Form()
    form.control(name).value = content
    assert form.apply() == {name: value}
    assert type(form.applied[0][name]) is type(value)
    form.apply()
    assert len(form.applied) == 1, "what was applied is no longer a change"
    assert "nothing changed" in form.message


def test_apply_says_what_changed() -> None:
    form = Form()
    form.control("C").value = 0.5
    form.control("penalty").value = 0
    form.apply()
    assert "applied: C=0.5, penalty=&#x27;l1&#x27;" in form.message


def test_the_form_shows_what_the_kernel_holds() -> None:
    form = Form(values={"C": 2.5, "penalty": "l1", "columns": ["z"], "source": Path("k.csv"), "double": 14})
    assert form.control("C").value == 2.5
    assert form.control("penalty").label == "l1"
    assert form.control("columns").value == "['z']"
    assert form.control("source").value == "k.csv"
    assert form.control("double").value == "14"
    assert form.apply() is None


def test_an_ill_value_is_told_beside_its_field_and_nothing_is_applied() -> None:
    form = Form()
    form.control("C").value = -1.0
    form.control("label").value = "fine"
    assert form.apply() is None
    assert 'role="alert"' in form.alert("C")
    assert "parameter C: -1.0 does not fit" in form.alert("C")
    assert form.alert("label") == ""
    assert "nothing applied" in form.message
    form.control("C").value = 3.0
    assert form.apply() == {"C": 3.0, "label": "fine"}
    assert form.alert("C") == ""


@pytest.mark.parametrize("text", ["[1, 2", "7", "{'a': 1}", ""])
def test_text_that_spells_no_such_value_is_refused(text: str) -> None:
    form = Form()
    form.control("columns").value = text
    assert form.apply() is None
    assert "parameter columns" in form.alert("columns")


def test_reset_fills_in_the_defaults_of_the_cell() -> None:
    form = Form(values={"C": 2.5, "penalty": "l1", "day": date(2020, 1, 1), "source": Path("k.csv")})
    form.control("seed").value = 99
    form.widget.reset_button.click()
    assert (form.control("C").value, form.control("penalty").label, form.control("seed").value) == (
        1.0,
        "l2",
        7,
    )
    assert "left as they are: source" in form.message
    assert form.apply() == {"C": 1.0, "penalty": "l2", "day": date(2024, 5, 1)}


def test_a_derived_parameter_is_shown_and_never_applied() -> None:
    form = Form()
    assert form.control("double").disabled
    form.control("double").value = "1"
    assert form.apply() is None
    assert "computed from seed * 2" in note(form, "double")


def test_the_type_the_bounds_and_the_help_stand_beside_the_field_escaped() -> None:
    form = Form()
    assert "float, &gt; 0" in note(form, "C")
    assert "inverse of the &lt;strength&gt;" in note(form, "C")
    assert "int, ≥ 1, ≤ 9" in note(form, "depth")
    assert "int | None" in note(form, "limit")


def test_what_goes_wrong_is_escaped() -> None:
    form = Form()
    form.control("columns").value = "<img src=x onerror=alert(1)>"
    form.apply()
    assert "<img" not in form.alert("columns")


def test_a_failing_apply_is_told_and_can_be_tried_again() -> None:
    def fail(_values: dict[str, Any]) -> None:
        raise RuntimeError("the kernel is gone")

    form = ParameterForm(declared("seed = 7"), {}, fail)
    form.fields["seed"].control.value = 8
    form.apply()
    assert "nothing applied: the kernel is gone" in form.message.value
    assert form.fields["seed"].edited


def test_an_edit_that_is_not_applied_is_told() -> None:
    form = Form()
    form.control("label").value = "other"
    form.apply()
    form.control("C").value = 4.0
    assert "not applied yet: C" in form.message
    form.control("C").value = 1.0
    assert "not applied" not in form.message


ENUM = """\
class Colour(Enum):
    RED = "r"
    BLUE = "b"

colour: Colour = Colour.RED
"""


@pytest.mark.parametrize("held", ["RED", "r", "Colour.RED", Enum("Colour", {"RED": "r", "BLUE": "b"}).RED])
def test_an_enum_shows_its_members_by_name(held: Any) -> None:
    form = Form(ENUM, {"colour": held})
    assert form.control("colour").label == "RED"
    form.control("colour").value = 1
    applied = form.apply()
    assert applied is not None
    assert applied["colour"].name == "BLUE"
    assert "applied: colour=Colour.BLUE" in form.message


def test_an_enum_default_is_found() -> None:
    form = Form(ENUM, {"colour": "BLUE"})
    form.widget.reset_button.click()
    assert form.control("colour").label == "RED"


def test_a_kernel_value_outside_the_choices_is_told() -> None:
    form = Form(values={"penalty": "elastic"})
    assert form.control("penalty").value is None
    assert "none of the choices" in form.alert("penalty")
    assert form.apply() is None


@pytest.mark.parametrize(
    ("name", "held"),
    [("C", math.inf), ("depth", 50), ("tolerance", 3.0), ("seed", 2**60), ("seed", "x"), ("label", "a\nb")],
)
def test_a_value_that_its_control_would_bend_is_shown_as_text(name: str, held: object) -> None:
    form = Form(values={name: held})
    assert form.control(name).value == repr(held)
    assert form.apply() is None


def test_choices_that_are_equal_stay_apart() -> None:
    form = Form("x: Literal[1, True, '1'] = 1")
    assert [label for label, _ in form.control("x").options] == ["1", "True", "'1'"]
    form.control("x").value = 1
    assert form.apply() == {"x": True}
    assert form.applied[0]["x"] is True


def test_a_notebook_without_parameters_says_what_to_do() -> None:
    form = ParameterForm((), {}, print)
    assert "Tag a cell" in form.children[0].value


def test_plain_text_for_viewers_that_run_no_widgets() -> None:
    form = Form("C: float = 1.0\nlabel = 'x'\npenalty: Literal['l1', 'l2'] = 'l2'")
    assert repr(form.widget) == "ParameterForm(C=1.0, label='x', penalty=l2)"


def note(form: Form, name: str) -> str:
    line = form.widget.fields[name].row.children[0]
    return str(line.children[1].value)
