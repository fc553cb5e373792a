"""The form that adds a schedule, as the panel of schedules carries it: JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities.panels import AddSchedule, WhenQuery
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.forms import inputs, schedules, times
from jupyter_mlops.forms.telling import Misfit, misfit, told
from jupyter_mlops.widgets.moments import milliseconds

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

__all__ = ["MODES", "Misfit", "add", "choices", "chosen", "preview"]

MODES = ("cron", "every", "data")
_OWN_WORDS = ("name", "what", "mode", "when", "timezone", "overlap", "misfire")


def choices(project: Project) -> dict[str, Any]:
    """What the form lets a person choose from."""
    return schedules.choices(project).model_dump(mode="json")


def chosen(project: Project, what: str) -> dict[str, Any]:
    """The fields for what is to run, and what there is to say of it."""
    if what in project.config.pipelines:
        return {"what": what, "fields": [], "note": "A pipeline takes its parameters from mlops.yaml."}
    try:
        fields = inputs.described(project.parameters(project.root / what))
    except MLOpsError as error:
        return {"what": what, "fields": [], "note": told(error)}
    note = "" if fields else "It has no cell tagged parameters: it runs as it is."
    return {"what": what, "fields": [field.model_dump(mode="json") for field in fields], "note": note}


def preview(mode: str, text: str, timezone: str, now: datetime) -> dict[str, Any]:
    """When it would run, in words, and its next three times; or what is wrong with that."""
    asked: dict[str, Any] = {"mode": mode, "when": text, "timezone": timezone}
    if mode not in MODES:
        return {**asked, "words": "", "times": [], "error": ""}
    found = times.preview(WhenQuery.model_construct(None, **asked), now)
    told = {"words": found.words, "times": [milliseconds(moment) for moment in found.times]}
    return {**asked, **told, "error": found.error}


def add(project: Project, asked: Mapping[str, Any]) -> str:
    """Add the schedule that was filled in to ``mlops.yaml``; its name.

    Raises:
        Misfit: a parameter, or one of the form's own fields, does not fit.
        Refused: what is chosen cannot be a schedule.
    """
    words: dict[str, Any] = {name: str(asked.get(name, "")).strip() for name in _OWN_WORDS}
    given = asked.get("parameters")
    texts = {str(name): str(text) for name, text in given.items()} if isinstance(given, Mapping) else {}
    retries = _whole(str(asked.get("retries") or "0"))
    return schedules.add(project, AddSchedule(**words, parameters=texts, retries=retries)).name


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        problem = f"retries {clean(text, 20)!r} is no whole number"
        raise misfit("retries", problem, "write how many, e.g. 2") from None
