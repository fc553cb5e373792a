"""What each kind of gate may be told, checked strictly: where gates are read, and once more where a judge
takes them up."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from jupyter_mlops.config import problem_of
from jupyter_mlops.entities import Entity, Gate
from jupyter_mlops.evaluation.metrics import METRICS
from jupyter_mlops.exceptions import ConfigError, UsageError, did_you_mean

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHARES = frozenset(  # metrics that lie between 0 and 1
    {
        *(metric.name for metric in METRICS.values() if metric.task == "classification"),
        *("selection_rate", "true_positive_rate", "false_positive_rate"),
    }
)
_ANSWERS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_O = TypeVar("_O", bound=Entity)


def answer(value: Any) -> Any:
    """``yes`` and ``no``, which YAML 1.2 reads as texts."""
    return _ANSWERS.get(value.lower(), value) if isinstance(value, str) else value


def _answered(value: Any) -> Any:
    found = answer(value)
    if not isinstance(found, bool):
        raise ValueError("write yes or no")
    return found


def _number(value: Any) -> Any:
    """A finite number of at least 0; a text only if it ends in a percent sign: ``5%`` is 0.05."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            value = float(value.strip()[:-1]) / 100
        except ValueError:
            raise ValueError("write a number, such as 0.05 or 5%") from None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("write a number, such as 0.05 or 5%")
    if number < 0:
        raise ValueError("write a number of at least 0")
    return number


def _above(value: float) -> float:
    if value <= 0:
        raise ValueError("write a number above 0")
    return value


def _count(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("write a whole number of at least 1")
    return value


def _listed(value: Any) -> Any:
    """One is a list of one."""
    return (value,) if isinstance(value, str) else value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("the list is empty: name one, or leave it out")
    return value


def _named(value: str) -> str:
    if not value.strip():
        raise ValueError("a name is empty")
    return value


def _numbered(value: Any) -> Any:
    """A version's number may be written as one."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _parts(value: Any) -> Any:
    """A text of several, with commas between them, as a list."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    return (value,) if isinstance(value, date) else value


def _weekday(value: Any) -> Any:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in {*DAYS, *_WEEK}:
        raise ValueError(f"{str(value)!r} is no day: write days such as {', '.join(DAYS)}, or monday")
    return word[:3]


def _time(value: Any) -> Any:
    try:
        if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d(:\d\d)?", value):
            raise ValueError
        return time.fromisoformat(value).strftime("%H:%M:%S" if value.count(":") > 1 else "%H:%M")
    except ValueError:
        raise ValueError("write a time in quotes, such as '18:00'") from None


def _dates(value: Any) -> Any:
    """``2026-12-24``, or from one to another: ``2026-12-24..2027-01-02``."""
    first, _, last = str(value).replace(" ", "").partition("..")
    days = []
    for day in (first, last or first):
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
                raise ValueError
            days.append(date.fromisoformat(day))
        except ValueError:
            raise ValueError("write dates such as 2026-12-24, or 2026-12-24..2027-01-02") from None
    if days[0] > days[1]:
        raise ValueError(f"{days[0]} comes after {days[1]}")
    return "..".join(dict.fromkeys(map(str, days)))


def _zone(value: Any) -> Any:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, LookupError):
        meant = did_you_mean(str(value), available_timezones())
        meant = meant if meant.startswith("did") else "write e.g. Europe/Berlin"
        raise ValueError(f"no time zone {str(value)!r}; {meant}") from None
    return str(value)


Answer = Annotated[bool, BeforeValidator(_answered)]
Number = Annotated[float, BeforeValidator(_number)]
Above = Annotated[float, BeforeValidator(_number), AfterValidator(_above)]
Count = Annotated[int, BeforeValidator(_count)]
Name = Annotated[str, AfterValidator(_named)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), AfterValidator(_some)]
Clock = Annotated[str, BeforeValidator(_time)]


class ChecksOptions(Entity):
    """`notebook` whose cells tagged ``check`` are run, and values of its `parameters`; without a notebook the
    model's own checks are made, on `data` with the column `target` where it is not to be the model's."""

    notebook: Name | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    kernel: Name | None = None
    data: Name | None = None
    target: Name | None = None


class DataOptions(Entity):
    """The `dataset`, or file, against a `schema`, by default ``checks/NAME.yaml``."""

    dataset: Name
    schema_: Name | None = Field(default=None, alias="schema")


class DriftOptions(Entity):
    """The `current` data against the `reference`, by default what the version was trained on, in all columns
    or those named: see `monitoring.reports.report_drift`."""

    current: Name
    reference: Name | None = None
    threshold: Above | None = None
    thresholds: Mapping[str, Above] = Field(default_factory=dict)
    columns: Names | None = None
    ignore: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    target: Name | None = None


class BetterOptions(Entity):
    """The version against another one, `than` an alias or a number: it must not be shown to be worse in the
    `metric` by more than the `tolerance`, or with `shown` must be shown to be better."""

    than: Annotated[Name, BeforeValidator(_numbered)] = "champion"
    metric: Name | None = None
    data: Name | None = None
    target: Name | None = None
    tolerance: Number = 0.0
    shown: Answer = False

    @model_validator(mode="after")
    def _one_demand(self) -> BetterOptions:
        if self.shown and self.tolerance:
            raise ValueError("what is to be shown better needs no tolerance: leave one of them out")
        if self.metric in SHARES and self.tolerance >= 1:
            raise ValueError(f"{self.metric} never differs by more than 1: write tolerance: 0.01, or 1%")
        return self


class FairnessOptions(Entity):
    """Each `metric` of the groups by the column `by`: no two groups differ by more than `within`, and of
    each it is `at_least` so much. `positive` is the label that rates are of, by default the second class."""

    metric: Names = ("accuracy",)
    by: Name
    within: Number | None = None
    at_least: Number | None = None
    data: Name | None = None
    target: Name | None = None
    positive: str | int | float | bool | None = None

    @model_validator(mode="after")
    def _demands_something(self) -> FairnessOptions:
        if self.within is None and self.at_least is None:
            raise ValueError("it demands nothing: say within: 0.05, or at_least: 0.8")
        share = next((metric for metric in self.metric if metric in SHARES), None)
        if share and self.within is not None and self.within >= 1:
            raise ValueError(f"{share} never differs by more than 1: write within: 0.05, or 5%")
        if share and self.at_least is not None and not 0 < self.at_least <= 1:
            raise ValueError(f"{share} lies between 0 and 1: write at_least: 0.8, or 80%")
        return self

    @property
    def metrics(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys(self.metric))


class LatencyOptions(Entity):
    """A prediction for so many `rows` takes so many `seconds` at most; or, if `strict`, less. `data` give the
    rows."""

    seconds: Above
    rows: Count = 1
    strict: Answer = False
    data: Name | None = None


class SizeOptions(Entity):
    """The version's files are so many `bytes` at most; or, if `strict`, less."""

    bytes: Above
    strict: Answer = False


class ReplayOptions(Entity):
    """The version's run is run again: its metrics differ by `tolerance` at most; with `env` in an environment
    rebuilt from the run's record."""

    tolerance: Number = 0.0
    env: Answer = False


class ApprovalsOptions(Entity):
    """`count` people approved the version; unless `author`, who made it is none of them."""

    count: Count = 1
    author: Answer = True


class FreezeOptions(Entity):
    """When nothing is promoted: on these weekdays and dates, by default every day, between `from` and
    `until`, by default all day, as clocks in `timezone` show it. One that ends earlier than it begins ends on
    the day after."""

    weekdays: Annotated[tuple[Annotated[str, BeforeValidator(_weekday)], ...], BeforeValidator(_parts)] = ()
    dates: Annotated[tuple[Annotated[str, BeforeValidator(_dates)], ...], BeforeValidator(_parts)] = ()
    from_: Clock | None = Field(default=None, alias="from")
    until: Clock | None = None
    timezone: Annotated[str, BeforeValidator(_zone)] = "UTC"

    @model_validator(mode="after")
    def _ever(self) -> FreezeOptions:
        if not (self.weekdays or self.dates or self.from_ or self.until):
            raise ValueError("say when: weekdays:, dates:, or from: and until:")
        if self.from_ is not None and self.from_ == self.until:
            raise ValueError("it ends when it begins; leave both out for all day")
        return self


# kind -> what it may be told, and the option that is meant where it is told one value and no mapping
OPTIONS: Mapping[str, tuple[type[Entity], str]] = {
    "better": (BetterOptions, "than"),
    "checks": (ChecksOptions, "notebook"),
    "data": (DataOptions, "dataset"),
    "drift": (DriftOptions, "current"),
    "fairness": (FairnessOptions, ""),
    "latency": (LatencyOptions, ""),
    "size": (SizeOptions, ""),
    "replay": (ReplayOptions, ""),
    "approvals": (ApprovalsOptions, "count"),
    "freeze": (FreezeOptions, ""),
}


def read_options(kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a gate of that kind is told, read: each value as a judge takes it, what was not said by default.

    Raises:
        UsageError: an option is unknown, missing or not what it must be; the hint says what may be written.
    """
    return _read(kind, OPTIONS[kind][0], told).model_dump(by_alias=True, exclude_none=True)


def options_of(gate: Gate, kind: type[_O]) -> _O:
    """The gate's options, for its judge.

    Raises:
        ConfigError: as of `read_options`; the message names the gate's place.
    """
    try:
        return _read(gate.kind, kind, gate.options)
    except UsageError as error:
        place = gate.place or f"gate {gate.name!r}"
        raise ConfigError(f"{place}: {error}", hint=error.hint) from None


def names_of(model: type[Entity]) -> list[str]:
    """The options as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _read(kind: str, model: type[_O], told: Mapping[str, Any]) -> _O:
    known = names_of(model)
    for key in told:
        if key not in known:
            raise UsageError(f"{kind} has no option {key!r}", hint=did_you_mean(key, known))
    try:
        return model.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
    option = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing":
        raise UsageError(f"{kind} lacks {option}", hint=f"write {kind}: {{{option}: ...}}")
    where = f"{kind}.{option}" if option else kind
    raise UsageError(f"{where}: {problem_of(first)}", hint=f"{kind} takes {', '.join(known)}")
