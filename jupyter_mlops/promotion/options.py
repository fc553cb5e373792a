"""What the gates that are written as mappings may be told, kind by kind, checked strictly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from jupyter_mlops.entities import Entity
from jupyter_mlops.promotion.judges.options import (
    BetterOptions,
    ChecksOptions,
    DataOptions,
    DriftOptions,
    FairnessOptions,
    LatencyOptions,
    SizeOptions,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ANSWERS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def answer(value: Any) -> Any:
    """``yes`` and ``no``, which YAML 1.2 reads as texts."""
    return _ANSWERS.get(value.lower(), value) if isinstance(value, str) else value


def _number(value: Any) -> Any:
    """A finite number of at least 0; a text only if it ends in a percent sign."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            value = float(value.strip()[:-1]) / 100
        except ValueError:
            raise ValueError("write a number, such as 0.05 or 5%") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("write a number, such as 0.05 or 5%")
    if value < 0:
        raise ValueError("write a number of at least 0")
    return float(value)


def _count(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("write a whole number of at least 1")
    return value


def _list(value: Any) -> Any:
    return (value,) if isinstance(value, str | date) else value


def _weekday(value: Any) -> Any:
    short = str(value).strip().lower()[:3]
    if short not in DAYS or not isinstance(value, str):
        raise ValueError(f"write days such as {', '.join(DAYS)}")
    return short


def _time(value: Any) -> Any:
    try:
        if not isinstance(value, str) or time.fromisoformat(value).tzinfo is not None:
            raise ValueError
    except ValueError:
        raise ValueError("write a time in quotes, such as '18:00'") from None
    return time.fromisoformat(value).strftime("%H:%M:%S" if value.count(":") > 1 else "%H:%M")


def _dates(value: Any) -> Any:
    """``2026-12-24``, or from one to another: ``2026-12-24..2027-01-02``."""
    try:
        first, _, last = str(value).replace(" ", "").partition("..")
        days = [date.fromisoformat(day) for day in (first, last or first)]
    except ValueError:
        raise ValueError("write dates such as 2026-12-24, or 2026-12-24..2027-01-02") from None
    if days[0] > days[1]:
        raise ValueError(f"{days[0]} comes after {days[1]}")
    return "..".join(dict.fromkeys(map(str, days)))


def _zone(value: Any) -> Any:
    from zoneinfo import ZoneInfo, available_timezones

    from jupyter_mlops.exceptions import did_you_mean

    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, LookupError):
        meant = did_you_mean(str(value), available_timezones())
        meant = meant if meant.startswith("did") else "write e.g. Europe/Berlin"
        raise ValueError(f"no time zone {str(value)!r}; {meant}") from None
    return str(value)


Answer = Annotated[bool, BeforeValidator(answer)]
Number = Annotated[float, BeforeValidator(_number)]


class Replay(Entity):
    """The version's run is run again: its metrics differ by `tolerance` at most; with `env` in an environment
    rebuilt from the run's record."""

    tolerance: Number = 0.0
    env: Answer = False


class Approvals(Entity):
    """`count` people approved the version; unless `author`, who made it is none of them."""

    count: Annotated[int, BeforeValidator(_count)] = 1
    author: Answer = True


class Freeze(Entity):
    """When nothing is promoted: on these weekdays and dates, by default every day, between `from` and
    `until`, by default all day, as clocks in `timezone` show it. One that ends earlier than it begins ends on
    the day after."""

    weekdays: Annotated[tuple[Annotated[str, BeforeValidator(_weekday)], ...], BeforeValidator(_list)] = ()
    dates: Annotated[tuple[Annotated[str, BeforeValidator(_dates)], ...], BeforeValidator(_list)] = ()
    from_: Annotated[str, BeforeValidator(_time)] | None = Field(default=None, alias="from")
    until: Annotated[str, BeforeValidator(_time)] | None = None
    timezone: Annotated[str, BeforeValidator(_zone)] = "UTC"

    @model_validator(mode="after")
    def _ever(self) -> Freeze:
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
    "replay": (Replay, ""),
    "approvals": (Approvals, "count"),
    "freeze": (Freeze, ""),
}
