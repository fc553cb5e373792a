"""What a gate that is judged on data may be told, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from jupyter_mlops.entities import Entity, Gate
from jupyter_mlops.exceptions import ConfigError, did_you_mean

_O = TypeVar("_O", bound=Entity)


def _share(value: Any) -> Any:
    """``5%`` is 0.05."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip().removesuffix("%")) / 100
    return value


def _listed(value: Any) -> Any:
    """One is a list of one."""
    return (value,) if isinstance(value, str) else value


def _numbered(value: Any) -> Any:
    """A version's number may be written as one."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, allow_inf_nan=False)]


class ChecksOptions(Entity):
    """`notebook` whose cells tagged ``check`` are run, and values of its `parameters`; without a notebook the
    model's own checks are made, on `data` with the column `target` where it is not to be the model's."""

    notebook: str | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    kernel: str | None = None
    data: str | None = None
    target: str | None = None


class DataOptions(Entity):
    """The `dataset`, or file, against a `schema`, by default ``checks/NAME.yaml``."""

    dataset: str
    schema_: str | None = Field(default=None, alias="schema")


class DriftOptions(Entity):
    """The `current` data against the `reference`, by default what the version was trained on, in all columns
    or those named: see `monitoring.reports.report_drift`."""

    current: str
    reference: str | None = None
    threshold: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    thresholds: Mapping[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    columns: Names | None = None
    ignore: Names = ()
    target: str | None = None


class BetterOptions(Entity):
    """The version against another one, `than` an alias or a number: it must not be shown to be worse in the
    `metric` by more than the `tolerance`, or with `shown` must be shown to be better."""

    than: Annotated[str, BeforeValidator(_numbered)] = "champion"
    metric: str | None = None
    data: str | None = None
    target: str | None = None
    tolerance: Share = 0.0
    shown: bool = False

    @model_validator(mode="after")
    def _one_demand(self) -> BetterOptions:
        if self.shown and self.tolerance:
            raise ValueError("what is to be shown better needs no tolerance: leave one of them out")
        return self


class FairnessOptions(Entity):
    """Each `metric` of the groups by the column `by`: no two groups differ by more than `within`, and of
    each it is `at_least` so much. `positive` is the label that rates are of, by default the second class."""

    metric: Names = ("accuracy",)
    by: str
    within: Share | None = None
    at_least: Share | None = None
    data: str | None = None
    target: str | None = None
    positive: str | int | float | bool | None = None

    @model_validator(mode="after")
    def _demands_something(self) -> FairnessOptions:
        if self.within is None and self.at_least is None:
            raise ValueError("it demands nothing: say within: 0.05, or at_least: 0.8")
        return self

    @property
    def metrics(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys(self.metric))


class LatencyOptions(Entity):
    """A prediction for so many `rows` takes so many `seconds` at most; or, if `strict`, less. `data` give the
    rows."""

    seconds: float = Field(gt=0, allow_inf_nan=False)
    rows: int = Field(default=1, ge=1)
    strict: bool = False
    data: str | None = None


class SizeOptions(Entity):
    """The version's files are so many `bytes` at most; or, if `strict`, less."""

    bytes: float = Field(gt=0, allow_inf_nan=False)
    strict: bool = False


# a gate {checks: FILE} tells this option by the name of its kind
_SHORT = {"checks": "notebook", "data": "dataset"}


def options_of(gate: Gate, kind: type[_O]) -> _O:
    """The gate's options, read.

    Raises:
        ConfigError: one is unknown, missing or not of its type; the message names the gate's place.
    """
    renamed = {gate.kind: _SHORT.get(gate.kind, gate.kind)}
    given = {renamed.get(name, name): each for name, each in gate.options.items()}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _explained(gate, kind, error) from None


def _explained(gate: Gate, kind: type[Entity], error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"][:1]))
    known = [field.alias or key for key, field in kind.model_fields.items()]
    hint = f"a gate {gate.kind} takes {', '.join(known)}"
    if first["type"] == "extra_forbidden":
        problem, hint = f"unknown option {name!r}", did_you_mean(name, known)
    elif first["type"] == "missing":
        problem = f"it lacks {name!r}"
    else:
        problem = str(first["msg"]).removeprefix("Value error, ")
        problem = f"{name}: {problem}" if name else problem
    place = gate.place or f"gate {gate.name!r}"
    return ConfigError(f"{place}: {problem}", hint=hint)
