"""The form that adds a schedule: what can run, when it would, and how what was filled in is taken."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import Misfire, Overlap, Schedule
from jupyter_mlops.exceptions import MLOpsError, ParameterError, Refused
from jupyter_mlops.scheduling.declared import check_name, check_times
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.times import next_due
from jupyter_mlops.widgets import inputs
from jupyter_mlops.widgets.moments import milliseconds
from jupyter_mlops.widgets.panel import told
from jupyter_mlops.widgets.schedules_words import when

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

MODES = ("cron", "every", "data")
NOTEBOOKS = 500
TIMES = 3
_FOLDERS = 5000  # that are looked through
_FOREIGN = {"node_modules", "mlruns", "venv", "__pycache__", "build", "dist"}
_OWN_WORDS = ("name", "what", "mode", "when", "timezone", "overlap", "misfire", "retries")


def choices(project: Project) -> dict[str, Any]:
    """What the form lets a person choose from."""
    return {
        "notebooks": notebooks(project.root),
        "pipelines": sorted(project.config.pipelines),
        "zones": sorted(available_timezones()),
        "overlaps": [overlap.value for overlap in Overlap],
        "misfires": [misfire.value for misfire in Misfire],
    }


def notebooks(root: Path) -> list[str]:
    """The notebooks below `root`, at most 500, relative to it; nothing hidden, nothing that was installed."""
    found: list[str] = []
    for count, (folder, folders, files) in enumerate(os.walk(root)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _FOREIGN)
        here = Path(folder).relative_to(root)
        found += [(here / name).as_posix() for name in sorted(files) if _is_notebook(name)]
        if len(found) >= NOTEBOOKS or count >= _FOLDERS:
            break
    return found[:NOTEBOOKS]


def _is_notebook(name: str) -> bool:
    return name.endswith(".ipynb") and not name.startswith(".")


def chosen(project: Project, what: str) -> dict[str, Any]:
    """The fields for what is to run, and what there is to say of it."""
    if what in project.config.pipelines:
        return {"what": what, "fields": [], "note": "A pipeline takes its parameters from mlops.yaml."}
    try:
        fields = inputs.described(project.parameters(project.root / what))
    except MLOpsError as error:
        return {"what": what, "fields": [], "note": told(error)}
    note = "" if fields else "It has no cell tagged parameters: it runs as it is."
    return {"what": what, "fields": fields, "note": note}


def preview(mode: str, text: str, timezone: str, now: datetime) -> dict[str, Any]:
    """When it would run, in words, and its next three times; or what is wrong with that."""
    asked = {"mode": mode, "when": text, "timezone": timezone}
    if not text.strip() or mode not in MODES:
        return {**asked, "words": "", "times": [], "error": ""}
    try:
        planned = Planned("", _schedule(mode, text.strip(), timezone.strip()))
        words, _ = when(planned)
        times = _times(planned, now)
    except (MLOpsError, ValueError) as error:
        return {**asked, "words": "", "times": [], "error": _wrong(error)}
    return {**asked, "words": words, "times": times, "error": ""}


def _times(planned: Planned, now: datetime) -> list[float | None]:
    found: list[float | None] = []
    moment = next_due(planned, now)
    while moment is not None and len(found) < TIMES:
        found.append(milliseconds(moment))
        moment = next_due(planned, moment)
    return found


def _schedule(mode: str, text: str, timezone: str) -> Schedule:
    if mode == "data":
        return Schedule.model_validate({"notebook": "", "on": {"data": paths(text)}})
    given = {"notebook": "", mode: text, "timezone": timezone if mode == "cron" and timezone else None}
    made = Schedule.model_validate(given)
    check_times(made.cron, made.every, made.timezone)
    return made


def paths(text: str) -> list[str]:
    """The data of ``a.csv, dataset:b``."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _wrong(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        return clean("; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors()), 300)
    return told(error)


def add(project: Project, asked: Mapping[str, Any]) -> str:
    """Add the schedule that was filled in to ``mlops.yaml``; its name.

    Raises:
        ParameterError: a parameter, or one of the form's own fields, does not fit; `wrong` of it says which,
            and why.
        Refused: what is chosen cannot be a schedule.
    """
    words = {name: str(asked.get(name, "")).strip() for name in _OWN_WORDS}
    if not words["what"]:
        raise _misfit("what", "nothing is chosen that could run", "choose a notebook or a pipeline")
    if not words["when"]:
        raise _misfit("when", "no time is said", "write when it is to run")
    _check_name(project, words["name"])
    pipeline = words["what"] in project.config.pipelines
    texts = {} if pipeline else _fitting(project, words["what"], asked.get("parameters"))
    fields = {name: value for name, value in _fields(words).items() if value not in (None, _PLAIN.get(name))}
    line = words["when"] if words["mode"] == "cron" else None
    what = words["what"] if pipeline else str(project.root / words["what"])
    return project.add_schedule(words["name"] or None, line, what, text=texts, **fields).name


def _check_name(project: Project, name: str) -> None:
    if not name:
        return
    try:
        check_name(name)
    except MLOpsError as error:
        raise _misfit("name", str(error), error.hint) from None
    if name in project.config.schedules:
        raise _misfit("name", f"there is a schedule {name!r} already", "choose another name")


def _fields(words: Mapping[str, str]) -> dict[str, Any]:
    """What else was chosen."""
    cron = words["mode"] == "cron"
    return {
        "timezone": words["timezone"] if cron and words["timezone"] not in {"", "UTC"} else None,
        "every": words["when"] if words["mode"] == "every" else None,
        "on": {"data": paths(words["when"])} if words["mode"] == "data" else None,
        "overlap": words["overlap"] or None,
        "misfire": words["misfire"] or None,
        "retries": _whole(words["retries"] or "0") or None,
    }


_PLAIN = {"overlap": Overlap.SKIP.value, "misfire": Misfire.LATEST.value}  # what need not be said


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        problem = f"retries {clean(text, 20)!r} is no whole number"
        raise Refused(problem, hint="write how many, e.g. 2") from None


def _fitting(project: Project, what: str, given: Any) -> dict[str, str]:
    """The parameters that were typed, each made sure of for itself."""
    texts = {str(name): str(text) for name, text in given.items()} if isinstance(given, Mapping) else {}
    wrong = inputs.wrong(project.parameters(project.root / what), texts) if texts else {}
    if wrong:
        raise Misfit(wrong, f"not added: {', '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not fit")
    return texts


class Misfit(ParameterError):
    """What was filled in does not fit; `wrong` says why, by the name of a parameter, or of a field of the
    form's own behind a colon, as no parameter is called."""

    def __init__(self, wrong: Mapping[str, str], text: str, *, hint: str | None = None) -> None:
        super().__init__(text, hint=hint)
        self.wrong = dict(wrong)


def _misfit(field: str, text: str, hint: str | None) -> Misfit:
    return Misfit({f":{field}": text}, text, hint=hint)
