"""Which parameter goes to which step, and the points of a step's grid: checked before anything runs."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_mlops.entities import RecordedParameter, RunRequest, Step
from jupyter_mlops.exceptions import ConfigError, Refused, did_you_mean
from jupyter_mlops.execution.plan import checked_values
from jupyter_mlops.execution.points import combinations, label
from jupyter_mlops.notebooks.document import PARAMETERS_TAG, Notebook, find_tagged
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.secrets import parse_secret
from jupyter_mlops.notebooks.values import default_value, record
from jupyter_mlops.pipelines.graph import Point

Values = Mapping[str, Any]


class Wrong(Protocol):
    """Makes the error that tells where in ``mlops.yaml`` something will not do."""

    def __call__(self, problem: str, *keys: str, hint: str | None = None) -> ConfigError:
        """What is wrong, at these keys below the pipeline's."""


@dataclass
class Parameters:
    """The parameters of a pipeline: `declared` for all its steps, `asked` by whoever runs it, text on a
    command line among them. ``STEP.NAME`` is for one step, ``NAME`` for every step whose notebook has it;
    what is asked counts more than what a step declares, and takes the place of a grid.
    """

    steps: Mapping[str, Step]
    documents: Mapping[str, Notebook]
    declared: Values
    asked: Values
    wrong: Wrong
    _names: dict[str, Container[str]] = field(default_factory=dict)  # by notebook
    _known: dict[str, Mapping[str, RecordedParameter]] = field(default_factory=dict)

    def refuse_unknown(self, known: Container[str]) -> None:
        """Return if every parameter has a step that takes it, or is `known` otherwise.

        Raises:
            Refused: one has not.
        """
        for name in {**self.declared, **self.asked}:
            step, dot, own = name.partition(".")
            if dot and step not in self.steps:
                raise Refused(f"parameter {name}: no step {step!r}", hint=did_you_mean(step, self.steps))
            steps = [step] if dot else list(self.steps)
            if name in known or any(self._has(each, own if dot else name) for each in steps):
                continue
            problem = f"no step's notebook has a parameter {name!r}"
            if name in self.declared:
                raise self.wrong(problem, "parameters", name)
            raise Refused(problem, hint="see: jupyter mlops params NOTEBOOK")

    def points(self, name: str, kernel: str, language: str, places: Mapping[str, str]) -> Iterator[Point]:
        """The points of the step, whose inputs and outputs lie at `places`.

        Raises:
            Refused: a value does not fit.
        """
        step = self.steps[name]
        given = {key: value for key, value in self.declared.items() if self._has(name, key)}
        asked = {k: value for k, value in self.asked.items() if "." not in k and self._has(name, k)}
        asked |= {k[len(name) + 1 :]: v for k, v in self.asked.items() if k.startswith(f"{name}.")}
        grid = {key: values for key, values in step.grid.items() if key not in asked}
        for key, choices in grid.items():
            if not choices:
                raise self.wrong("it has no values", "steps", name, "grid", key)
        for point in combinations(grid):
            values = {**given, **step.parameters, **asked, **point}
            for key in {*values} & {*places}:
                raise self.wrong("it is an input or output, too", "steps", name, "parameters", key)
            text = {key: str(value) for key, value in values.items() if _travels_as_text(value)}
            typed = {key: value for key, value in values.items() if key not in text}
            request = RunRequest(text={**text, **as_places(places)}, values=typed)
            try:
                checked = checked_values(request, self.documents[step.notebook], kernel, language)
            except Refused as error:
                raise self._misfit(name, error) from None
            used = {key: record(key, value) for key, value in checked.items() if key not in places}
            defaults = self._defaults(step.notebook)
            told = {k: value.value for k, value in used.items() if value != defaults.get(k)}
            yield Point(label(point), typed, text, told)

    def _misfit(self, name: str, error: Refused) -> Refused:
        """The error, told where the value was given."""
        for key in self.asked:
            if _is_about(error, key.rpartition(".")[2]):
                return Refused(f"{error} (step {name}, given as {key})", hint=error.hint)
        kinds = ("grid", "parameters", "inputs", "outputs")
        places = [(kind, key) for kind in kinds for key in getattr(self.steps[name], kind)]
        keys = next((place for place in places if _is_about(error, place[1])), ())
        return self.wrong(str(error), "steps", name, *keys, hint=error.hint)

    def _has(self, step: str, parameter: str) -> bool:
        """Whether the notebook's parameters cell has the name."""
        notebook = self.steps[step].notebook
        if notebook not in self._names:
            self._names[notebook] = _names_in(self.documents[notebook])
        return parameter in self._names[notebook]

    def _defaults(self, notebook: str) -> Mapping[str, RecordedParameter]:
        """What the parameters are where they are not given, as far as their cell tells: to give one of these
        changes nothing."""
        if notebook not in self._known:
            self._known[notebook] = _defaults_in(self.documents[notebook])
        return self._known[notebook]


def as_places(places: Mapping[str, str]) -> dict[str, str]:
    """Paths and URLs as text for parameters: none of them refers to a secret, whatever it begins with."""
    return {name: f"text:{place}" if parse_secret(place) else place for name, place in places.items()}


def _names_in(notebook: Notebook) -> Container[str]:
    """The names of the parameters cell; of another language than Python its text."""
    try:
        return {each.name for each in read_parameters(notebook) or ()}
    except Refused:
        found = find_tagged(notebook, PARAMETERS_TAG)
        return str(found[1]["source"]) if found is not None else ()


def _defaults_in(notebook: Notebook) -> Mapping[str, RecordedParameter]:
    try:
        values = {each.name: default_value(each) for each in read_parameters(notebook) or ()}
    except Refused:
        return {}
    return {name: record(name, value) for name, value in values.items() if value is not None}


def _travels_as_text(value: Any) -> bool:
    """Text does, and numbers that JSON does not have."""
    return type(value) is str or (type(value) is float and not math.isfinite(value))


def _is_about(error: Refused, parameter: str) -> bool:
    return repr(parameter) in str(error) or f" {parameter}:" in str(error)
