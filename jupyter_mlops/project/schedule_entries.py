"""A schedule, from what a person says to what ``mlops.yaml`` is to hold, made sure of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jupyter_mlops.config import CONFIG_NAME, Config, problem_of
from jupyter_mlops.edits import quoted
from jupyter_mlops.entities import RunRequest, Schedule
from jupyter_mlops.exceptions import NotFound, Refused, UsageError, did_you_mean
from jupyter_mlops.project.conditions import check_condition
from jupyter_mlops.scheduling.declared import check_schedule, obstacle
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.sources import Source, config_with
from jupyter_mlops.scheduling.values import filled

_ORDER = ("notebook", "pipeline", "predict", "parameters", "cron", "every", "on", "timezone", "start", "end")
_SOME_DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)  # to see what parameters would be
_FIELDS = {field.alias or name for name, field in Schedule.model_fields.items()}


@dataclass(frozen=True)
class Entry:
    """What is to be written under a name, and what that means."""

    name: str
    written: Mapping[str, Any]
    schedule: Schedule


def entry(
    config: Config,
    root: Path,
    name: str | None,
    when: str | None,
    what: str,
    *,
    predict: tuple[str, str] | None,
    text: Mapping[str, str],
    parameters: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> Entry:
    """The entry of a new schedule: see `Project.add_schedule`.

    Raises:
        Refused: it will not do.
    """
    given = {key: value for key, value in fields.items() if value is not None and value is not False}
    if unknown := given.keys() - _FIELDS:
        raise UsageError(f"a schedule has no {min(unknown)!r}", hint=did_you_mean(min(unknown), _FIELDS))
    target = _target(config, root, what, predict)
    given |= target
    if when is not None:
        given |= _when(when)
    for key in ("start", "end"):
        if isinstance(given.get(key), str):
            given[key] = _moment(key, given[key])
    if text or parameters:
        given["parameters"] = checked_parameters(config, root, Planned("", _read(given)), text, parameters)
    called = name or _free_name(config, what)
    if called in config.schedules:
        raise Refused(
            f"there is a schedule {called!r} already", hint="give this one another --name, or remove that one"
        )
    schedule = _read(given)
    check_schedule(config, root, called, schedule)
    if schedule.on is not None and schedule.on.metric is not None:
        check_condition(schedule.on.metric)
    if problem := obstacle(Planned(called, schedule), root, config):
        raise NotFound(f"{what} cannot run: {problem}", hint="put it there, or mend its path")
    if isinstance(given.get("cron"), str):
        given["cron"] = quoted(given["cron"])
    rank = {key: place for place, key in enumerate(_ORDER)}
    order = sorted(given, key=lambda key: rank.get(key, len(rank)))
    return Entry(called, {key: given[key] for key in order}, schedule)


def _read(given: Mapping[str, Any]) -> Schedule:
    try:
        return Schedule.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        told = f"{where}: {problem_of(first)}" if where else f"a schedule {problem_of(first)}"
        raise UsageError(told, hint="see: jupyter mlops schedule --help") from None


def _when(when: str) -> dict[str, Any]:
    """A line of cron; or, as a person may say, ``every 6h``."""
    word, _, length = when.strip().partition(" ")
    return {"every": length.strip()} if word.lower() == "every" else {"cron": when.strip()}


def _moment(key: str, text: str) -> datetime | date:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-31") else datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{key}: {text!r} is no time", hint="write e.g. 2026-01-31 or 2026-01-31T02:00+01:00"
        ) from None


# -- what runs


def _target(config: Config, root: Path, what: str, predict: tuple[str, str] | None) -> dict[str, Any]:
    if predict is not None:
        data, output = predict
        return {"predict": {"model": what, "in": data, "out": output}}
    if what in config.pipelines:
        return {"pipeline": what}
    if what.endswith(".ipynb"):
        return {"notebook": notebook_in(root, what)}
    beside = f"{what}.ipynb"
    known = {*config.pipelines, *([beside] if Path(beside).is_file() or (root / beside).is_file() else [])}
    hint = (
        did_you_mean(what, known) if known else f"name an .ipynb file, or declare pipelines: in {CONFIG_NAME}"
    )
    raise NotFound(f"there is no pipeline {what!r} in {CONFIG_NAME}", hint=hint)


def notebook_in(root: Path, what: str) -> str:
    """The notebook as a path in the project; it may be told from the current folder or from the project's.

    Raises:
        NotFound: it is not there.
        Refused: it lies elsewhere.
    """
    path = next((path for path in (Path(what).absolute(), root / what) if path.is_file()), None)
    if path is None:
        near = Path(what).absolute().parent
        known = [each.name for each in near.glob("*.ipynb")] if near.is_dir() else []
        hint = did_you_mean(Path(what).name, known) if known else "mend the path"
        raise NotFound(f"there is no notebook {what}", hint=hint)
    inside = Path(os.path.relpath(path.resolve(), root.resolve()))
    if inside.parts[:1] == ("..",):
        raise Refused(f"{what} is not in the project {root}", hint="put it there")
    return inside.as_posix()


def _free_name(config: Config, what: str) -> str:
    """A name of what runs, with a number where it is taken."""
    stem = Path(what.partition("@")[0]).stem or "schedule"
    count, name = 1, stem
    while name in config.schedules:
        count += 1
        name = f"{stem}-{count}"
    return name


# -- with which parameters


def checked_parameters(
    config: Config,
    root: Path,
    planned: Planned,
    text: Mapping[str, str],
    values: Mapping[str, Any],
    source: Source | None = None,
) -> dict[str, Any]:
    """The parameters for what runs, `text` read by its declared types where YAML holds such values. `source`
    is the code that is kept for it, None where the files run as they are.

    Raises:
        Refused: it takes no such parameter, or not such a value.
    """
    notebook = None if planned.schedule is None else planned.schedule.notebook
    if planned.pipeline is not None:
        from jupyter_mlops.pipelines.declared import build

        given = {**text, **values}
        files = None if source is None else source.files
        config = config_with(config, planned.pipeline, source)
        build(config, planned.pipeline, root, values=filled(given, _SOME_DAY), source=files)
        return given
    if notebook is None:
        raise UsageError(f"{planned.target} takes no parameters", hint="leave -p out")
    return _fitting((root if source is None else source.files) / notebook, text, values)


def _fitting(path: Path, text: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The texts as the values that they spell, where YAML holds such and they have no time of a slot in them;
    and the values."""
    from jupyter_mlops.execution.languages import kernel_language
    from jupyter_mlops.execution.plan import checked_values, kernel_of
    from jupyter_mlops.notebooks.document import read_notebook

    notebook = read_notebook(path)
    kernel = kernel_of(notebook, path, None)
    language = kernel_language(notebook, kernel)
    spelt = {key: words for key, words in text.items() if "{slot" not in words}
    read = checked_values(RunRequest(text=spelt), notebook, kernel, language)
    given = {key: read[key] if _is_plain(read.get(key)) else words for key, words in text.items()}
    given |= values
    checked_values(RunRequest(values=filled(given, _SOME_DAY)), notebook, kernel, language)
    return given


def _is_plain(value: Any) -> bool:
    """YAML holds it as it is, and not as a text."""
    if isinstance(value, list):
        return all(isinstance(each, str) or _is_plain(each) for each in value)
    if isinstance(value, dict):
        return all(isinstance(each, str) or _is_plain(each) for each in (*value, *value.values()))
    return type(value) in (bool, int, float)
