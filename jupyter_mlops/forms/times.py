"""When a schedule runs, in words, and its next times."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any

from pydantic import ValidationError

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import Schedule
from jupyter_mlops.entities.panels import WhenPreview, WhenQuery
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.forms.telling import misfit, told
from jupyter_mlops.scheduling.cron import parse_cron
from jupyter_mlops.scheduling.declared import check_times
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.times import due_times

TIMES = 3


def when(planned: Planned) -> tuple[str, str]:
    """When it runs in words, and its line of cron, if it has one.

    Raises:
        Refused: that cannot be read.
    """
    return (cron_words(planned.cron), planned.cron) if planned.cron is not None else (planned.when, "")


def cron_words(line: str) -> str:
    """A line of cron in English.

    Raises:
        Refused: it cannot be read.
    """
    said = parse_cron(line).grammar.explain()
    return said[:1].lower() + said[1:]


def preview(asked: WhenQuery, now: datetime) -> WhenPreview:
    """When it would run, in words, and its next three times after `now`; or what is wrong with that."""
    if not asked.when.strip():
        return WhenPreview()
    try:
        planned = Planned("", _schedule(asked))
        words, _ = when(planned)
        times = tuple(islice(due_times(planned, now), TIMES))
    except (MLOpsError, ValueError) as error:
        return WhenPreview(error=_wrong(error))
    return WhenPreview(words=words, times=times)


def check_when(asked: WhenQuery) -> None:
    """Return if a schedule can run then.

    Raises:
        Misfit: it cannot: `wrong` is about ``:when`` or ``:timezone``.
    """
    if not asked.when.strip():
        raise misfit("when", "no time is said", "write when it is to run")
    try:
        _schedule(asked.model_copy(update={"timezone": ""}))
    except MLOpsError as error:
        raise misfit("when", error) from None
    except ValueError as error:
        raise misfit("when", _wrong(error), "mend it") from None
    try:
        _schedule(asked)
    except MLOpsError as error:
        raise misfit("timezone", error) from None


def paths(text: str) -> list[str]:
    """The data of ``a.csv, dataset:b``."""
    return [part.strip() for part in text.split(",") if part.strip()]


def fields(asked: WhenQuery) -> dict[str, Any]:
    """The same as `Project.add_schedule` takes it, but for a line of cron."""
    text, zone = asked.when.strip(), asked.timezone.strip()
    return {
        "timezone": zone if asked.mode == "cron" and zone not in {"", "UTC"} else None,
        "every": text if asked.mode == "every" else None,
        "on": {"data": paths(text)} if asked.mode == "data" else None,
    }


def _schedule(asked: WhenQuery) -> Schedule:
    text, zone = asked.when.strip(), asked.timezone.strip()
    if asked.mode == "data":
        return Schedule.model_validate({"notebook": "", "on": {"data": paths(text)}})
    given = {"notebook": "", asked.mode: text, "timezone": zone if asked.mode == "cron" and zone else None}
    made = Schedule.model_validate(given)
    check_times(made.cron, made.every, made.timezone)
    return made


def _wrong(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return clean("; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors()), 300)
    return told(error)
