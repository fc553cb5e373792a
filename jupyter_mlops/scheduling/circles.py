"""Schedules that would set off themselves, again and again: by runs that wait for one another, or by what
they write where they look for changes."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from jupyter_mlops.config import Config
from jupyter_mlops.data.sources import is_url
from jupyter_mlops.entities import Schedule

_Node = tuple[str, str]  # "schedule", "pipeline" or "notebook", and its name
_DATASET = "dataset:"
_MAGIC = frozenset("*?[")


def circle(schedules: Mapping[str, Schedule], pipelines: Collection[str]) -> list[str]:
    """The names of schedules of which each sets off the next by ``on: {run: ...}``, and the last the first;
    that is the first one declared. Empty where there are none."""
    around = _around(_after(schedules, pipelines))
    names = [name for kind, name in reversed(around) if kind == "schedule"]
    known = set(names)
    begin = next((names.index(name) for name in schedules if name in known), 0)
    return [*names[begin:], *names[:begin]]


def _after(schedules: Mapping[str, Schedule], pipelines: Collection[str]) -> dict[_Node, list[_Node]]:
    """What each schedule waits for; and of pipelines and notebooks the schedules that run them."""
    found: dict[_Node, list[_Node]] = defaultdict(list)
    for name, schedule in schedules.items():
        if schedule.on is None or schedule.on.run is None:
            continue
        ran = schedule.on.run
        if ran in pipelines:
            waited = ("pipeline", ran)
        elif ran.endswith(".ipynb"):
            waited = ("notebook", os.path.normpath(ran))
        else:
            waited = ("schedule", ran)
        found["schedule", name].append(waited)
        if schedule.pipeline is not None:
            found["pipeline", schedule.pipeline].append(("schedule", name))
        if schedule.notebook is not None:
            found["notebook", os.path.normpath(schedule.notebook)].append(("schedule", name))
    return dict(found)


def _around(after: Mapping[_Node, Sequence[_Node]]) -> list[_Node]:
    """The first circle that there is; each node is gone to once."""
    over: set[_Node] = set()
    for start in after:
        path: dict[_Node, Iterator[_Node]] = {} if start in over else {start: iter(after[start])}
        while path:
            following = next(path[next(reversed(path))], None)
            if following is None:
                over.add(path.popitem()[0])
            elif following in path:
                gone = list(path)
                return gone[gone.index(following) :]
            elif following not in over:
                path[following] = iter(after.get(following, ()))
    return []


def own_output(schedule: Schedule, config: Config, root: Path) -> str | None:
    """Of the data that the schedule waits for, those that its own predictions are written to or into; None
    where they are not."""
    if schedule.predict is None or schedule.on is None:
        return None
    output = _path(root, schedule.predict.output)
    for said in schedule.on.data:
        name = said.removeprefix(_DATASET)
        place = said
        if name in config.datasets and (name != said or not (root / said).exists()):
            dataset = config.datasets[name]
            place = dataset.source if dataset.sql is None else ""
        if place and not is_url(place) and _counts(output, _path(root, place)):
            return said
    return None


def _path(root: Path, place: str) -> str:
    return os.path.normpath(os.path.join(os.path.abspath(root), place))


def _counts(output: str, place: str) -> bool:
    """Whether a file is the one, or of the folder's or pattern's files, that are watched: see
    `triggers.files.Watched`."""
    parts, pattern = output.split(os.sep), place.split(os.sep)
    if parts[: len(pattern)] == pattern:
        return not any(_is_hidden(part) for part in parts[len(pattern) :])
    if not _MAGIC.intersection(place):
        return False
    if "**" in pattern:
        return _matches(parts, pattern)
    below = parts[len(pattern) :]  # of a folder that the pattern fits
    return _matches(parts[: len(pattern)], pattern) and not any(_is_hidden(part) for part in below)


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        below = bool(parts) and not _is_hidden(parts[0]) and _matches(parts[1:], pattern)
        return below or _matches(parts, pattern[1:])
    if not parts or (_is_hidden(parts[0]) and not _is_hidden(pattern[0])):
        return False
    return fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
