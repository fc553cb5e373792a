"""A notebook's typed parameters as fields of a page's form: what it shows, and the way back to values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import Parameter
from jupyter_mlops.entities.panels import FormField
from jupyter_mlops.exceptions import ParameterError, did_you_mean
from jupyter_mlops.notebooks.secrets import parse_secret
from jupyter_mlops.notebooks.types import bare_source
from jupyter_mlops.notebooks.values import from_text

SLOT = "{slot"  # begins what is filled in anew for each slot
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def described(parameters: Sequence[Parameter]) -> tuple[FormField, ...]:
    """A field for each parameter that can be given."""
    return tuple(_described(parameter) for parameter in parameters if not parameter.derived)


def wrong(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, str]:
    """By name why a text spells no value of its parameter. What is filled in for each slot is not known yet,
    and a reference to a secret is for the run to read."""
    known = {parameter.name: parameter for parameter in parameters if not parameter.derived}
    found: dict[str, str] = {}
    for name, text in texts.items():
        try:
            _check(known, name, text)
        except ParameterError as error:
            found[name] = clean(f"{error} ({error.hint})" if error.hint else str(error), 300)
    return found


def _check(known: Mapping[str, Parameter], name: str, text: str) -> None:
    if name not in known:
        raise ParameterError(f"unknown parameter {name!r}", hint=did_you_mean(name, known))
    if SLOT not in text and parse_secret(text) is None:
        from_text(known[name], text)


def _described(parameter: Parameter) -> FormField:
    choices = parameter.choices
    labels = None if choices is None else [str(choice) for choice in choices]
    if labels is not None and parameter.nullable and "None" not in labels:
        labels.append("None")
    bounds = [
        f"{sign} {limit:g}"
        for word, sign in _BOUNDS.items()
        if (limit := getattr(parameter, word)) is not None
    ]
    return FormField(
        name=parameter.name,
        kind="choice" if labels is not None else "bool" if parameter.annotation == "bool" else "text",
        choices=tuple(labels or ()),
        text=_text(parameter),
        note=clean(", ".join([_type(parameter, bool(labels)), *bounds]), 80),
        help=clean(parameter.help, 200),
    )


def _type(parameter: Parameter, choice: bool) -> str:
    return "one of these" if choice else bare_source(parameter.annotation or "")


def _text(parameter: Parameter) -> str:
    """The default as a person would type it."""
    if parameter.default is None or isinstance(parameter.default, list | dict | tuple | set):
        return parameter.default_source.rpartition(".")[2] if parameter.enums else parameter.default_source
    return str(parameter.default)
