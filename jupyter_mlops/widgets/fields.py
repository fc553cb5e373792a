"""One field of the parameters form: the control that suits a declared type, and the way back from it."""

from __future__ import annotations

import ast
import html
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Annotated, Any, get_args, get_origin

import ipywidgets

from jupyter_mlops.entities import Parameter

_UNKNOWN = object()  # a default that only running the cell would tell
_LARGEST_SLIDER = 1000
_LARGEST_EXACT = 2**53  # beyond it a browser's numbers are no longer exact
_WRAPPED = re.compile(r"""^(?:\w+\.)*(?:Path|PosixPath|Decimal)\((["'])(.*)\1\)$""")
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


class Field:
    """A parameter with its control. `row` is what the form shows; `edited` tells whether a hand was on it."""

    def __init__(
        self,
        parameter: Parameter,
        control: ipywidgets.Widget,
        put: Callable[[Any], Any],
        take: Callable[[Any], Any],
    ) -> None:
        """`put` turns a value into the control's content; `take` that content into a checked value."""
        self.parameter = parameter
        self.control = control
        self._put = put
        self._take = take
        self._settled = control.value
        self.alert = ipywidgets.HTML()
        self.alert.layout.display = "none"
        note = ipywidgets.HTML(_note(parameter))
        note.layout.flex = "1 1 14em"
        line = ipywidgets.HBox([control, note])
        line.layout.flex_flow = "row wrap"
        self.row = ipywidgets.VBox([line, self.alert])

    @property
    def edited(self) -> bool:
        """Whether the control holds something else than at first, or than when last applied."""
        return not self.parameter.derived and bool(self.control.value != self._settled)

    @property
    def text(self) -> str:
        """What the control shows, as source."""
        if isinstance(self.control, ipywidgets.Dropdown):
            return str(self.control.label)
        if isinstance(self.control, ipywidgets.Text) and self._put is not _as_is:
            return str(self.control.value)
        return repr(self.control.value)

    def read(self) -> Any:
        """The value, checked.

        Raises:
            ParameterError: it does not fit the declaration.
        """
        return self._take(self.control.value)

    def reset(self) -> bool:
        """Show the cell's default. False where that is not a literal, and the field stays as it is."""
        self.complain("")
        if self.parameter.derived:
            return True
        default = _default(self.parameter)
        if default is _UNKNOWN:
            return False
        self.control.value = self._put(default)
        return True

    def settle(self) -> None:
        """What the control holds is now what the kernel holds."""
        self._settled = self.control.value

    def complain(self, message: str) -> None:
        """Show `message` as an alert below the control; an empty one takes it away."""
        style = (
            "color: var(--jp-error-color1); line-height: 1.4; overflow-wrap: anywhere; padding-bottom: 4px"
        )
        alert = f'<div role="alert" style="{style}">{html.escape(message)}</div>'
        self.alert.value = alert if message else ""
        self.alert.layout.display = None if message else "none"

    def shown(self, value: Any) -> str:
        """`value` as a person would write it in the cell."""
        return _enum_source(self.parameter, value) if self.parameter.enums else repr(value)


def make_field(parameter: Parameter, values: Mapping[str, Any], *, label_width: int) -> Field:
    """The field for `parameter`, showing its value in the kernel, or else its default.

    `label_width` is in characters.
    """
    value = values[parameter.name] if parameter.name in values else _default(parameter)
    common = {
        "description": parameter.name,
        "tooltip": f"{parameter.name}: {parameter.help}" if parameter.help else parameter.name,
        "disabled": parameter.derived,
        "style": {"description_width": f"{label_width}ch"},
        "layout": {"width": f"calc({label_width}ch + 20em)", "max_width": "100%"},
    }
    value = _unnumpy(value)
    if not parameter.derived:
        for suits in (_choice_field, _bool_field, _int_field, _float_field, _date_field, _str_field):
            field = suits(parameter, value, common)
            if field is not None:
                return field
    return _literal_field(parameter, value, common)


def _choice_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field | None:
    if parameter.choices is None:
        return None
    # The control holds a place in this list: 1, True and 1.0 are different choices but equal values.
    choices = [*parameter.choices, *([None] if parameter.nullable and None not in parameter.choices else [])]
    labels = [str(choice) for choice in choices]
    if len(set(labels)) < len(labels):
        labels = [repr(choice) for choice in choices]

    def place(value: Any) -> int | None:
        if parameter.enums:
            value = _member_name(parameter, value)
        same = (i for i, choice in enumerate(choices) if type(choice) is type(value) and choice == value)
        return next(same, None)

    control = ipywidgets.Dropdown(
        options=list(zip(labels, range(len(choices)), strict=True)), value=place(value), **common
    )
    field = Field(parameter, control, place, lambda index: _check(parameter, choices[index]))
    if control.value is None and value is not _UNKNOWN:
        field.complain(f"the kernel holds {value!r}, which is none of the choices")
    return field


def _bool_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field | None:
    if _base(parameter) is not bool or not isinstance(value, bool):
        return None
    control = ipywidgets.Checkbox(value=value, **common)
    return Field(parameter, control, _as_is, lambda ticked: _check(parameter, ticked))


def _int_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field | None:
    if _base(parameter) is not int or type(value) is not int or abs(value) >= _LARGEST_EXACT:
        return None
    low = None if parameter.ge is None and parameter.gt is None else _first_int(parameter)
    high = None if parameter.le is None and parameter.lt is None else _last_int(parameter)
    if low is None or high is None:
        control: ipywidgets.Widget = ipywidgets.IntText(value=value, **common)
    elif low <= value <= high:
        kind = ipywidgets.IntSlider if high - low <= _LARGEST_SLIDER else ipywidgets.BoundedIntText
        control = kind(value=value, min=low, max=high, continuous_update=False, **common)
    else:
        return None
    return Field(parameter, control, _as_is, lambda number: _check(parameter, number))


def _float_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field | None:
    if _base(parameter) is not float or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    low = parameter.ge if parameter.ge is not None else parameter.gt
    high = parameter.le if parameter.le is not None else parameter.lt
    if not math.isfinite(value):
        return None
    if low is None or high is None:
        control: ipywidgets.Widget = ipywidgets.FloatText(value=value, **common)
    elif low <= value <= high:
        control = ipywidgets.BoundedFloatText(value=value, min=low, max=high, **common)
    else:
        return None
    return Field(parameter, control, _as_is, lambda number: _check(parameter, number))


def _date_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field | None:
    value = _as_date(value)
    if _base(parameter) is not date or value is None:
        return None
    control = ipywidgets.DatePicker(value=value, **common)
    return Field(parameter, control, _as_date, lambda day: _check(parameter, day))


def _str_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field | None:
    # A browser's one-line field would drop the line breaks.
    if _base(parameter) is not str or not isinstance(value, str) or "\n" in value or "\r" in value:
        return None
    control = ipywidgets.Text(value=value, continuous_update=False, **common)
    return Field(parameter, control, _as_is, lambda text: _check(parameter, text))


def _literal_field(parameter: Parameter, value: Any, common: dict[str, Any]) -> Field:
    """A text field that holds Python source: for all types without a control of their own."""
    text = parameter.default_source if value is _UNKNOWN else _source(value)
    control = ipywidgets.Text(value=text, continuous_update=False, **common)
    return Field(parameter, control, _source, lambda text: _read_literal(parameter, text))


def _read_literal(parameter: Parameter, text: str) -> Any:
    """What `text` spells: a literal is that value; other text is for the declared type to read."""
    from jupyter_mlops.notebooks.values import from_text

    text = _WRAPPED.sub(r"\2", text.strip())
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return from_text(parameter, text)
    return _check(parameter, value)


def _check(parameter: Parameter, value: Any) -> Any:
    from jupyter_mlops.notebooks.values import check_value

    return check_value(parameter, value)


def _default(parameter: Parameter) -> Any:
    if parameter.default is None and parameter.default_source != "None":
        if parameter.enums and _member_name(parameter, parameter.default_source) is not None:
            return parameter.default_source
        return _UNKNOWN
    return parameter.default


def _base(parameter: Parameter) -> Any:
    """The declared type without its metadata: int for ``Annotated[int, Ge(1)]``; None where unknown."""
    from jupyter_mlops.notebooks.types import UnknownType, python_type

    try:
        hint = python_type(parameter.annotation or "None", parameter.enums)
    except UnknownType:
        return None
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _first_int(parameter: Parameter) -> int:
    bounds = [math.ceil(parameter.ge)] if parameter.ge is not None else []
    return max([*bounds, *([math.floor(parameter.gt) + 1] if parameter.gt is not None else [])])


def _last_int(parameter: Parameter) -> int:
    bounds = [math.floor(parameter.le)] if parameter.le is not None else []
    return min([*bounds, *([math.ceil(parameter.lt) - 1] if parameter.lt is not None else [])])


def _as_is(value: Any) -> Any:
    return value


def _as_date(value: Any) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _unnumpy(value: Any) -> Any:
    """A numpy scalar, which notebooks are full of, as the number that the controls take."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def _source(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, PurePath | Decimal | date):  # these read their own plain text
        return str(value)
    return re.sub(r"\s*\n\s*", " ", repr(value))


def _member_name(parameter: Parameter, value: Any) -> Any:
    """The name of the Enum member that `value` is, names (``RED``, ``Colour.RED``) or has as its value."""
    if value is None or isinstance(value, Enum):
        return getattr(value, "name", None)
    for name in (str(value), str(value).rpartition(".")[2]):
        if name in (parameter.choices or ()):
            return name
    for members in parameter.enums.values():
        for name, held in members.items():
            if type(held) is type(value) and held == value:
                return name
    return None


def _enum_source(parameter: Parameter, value: Any) -> str:
    name = value.name if isinstance(value, Enum) else value
    owners = (
        owner for owner, members in parameter.enums.items() if isinstance(name, str) and name in members
    )
    owner = next(owners, None)
    return f"{owner}.{name}" if owner else repr(value)


def _note(parameter: Parameter) -> str:
    """The declared type, the bounds, and the help, as escaped HTML."""
    if parameter.derived:
        return _quiet(f"computed from {parameter.default_source}")
    bounds = [
        f"{sign} {limit:g}"
        for word, sign in _BOUNDS.items()
        if (limit := getattr(parameter, word)) is not None
    ]
    base = _base(parameter)
    kind = getattr(base, "__name__", "") if bounds else parameter.annotation or ""
    told = ", ".join([kind or parameter.annotation or "", *bounds])
    return _quiet(told, code=True) + (f"&ensp;{html.escape(parameter.help)}" if parameter.help else "")


def _quiet(text: str, *, code: bool = False) -> str:
    family = "; font-family: var(--jp-code-font-family)" if code else ""
    return f'<span style="color: var(--jp-ui-font-color2){family}">{html.escape(text)}</span>'
