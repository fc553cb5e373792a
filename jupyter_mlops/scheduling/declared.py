"""From ``mlops.yaml`` to what runs by itself: what will not do is refused, with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from jupyter_mlops.config import CONFIG_NAME, Config, where
from jupyter_mlops.entities import Monitor, Schedule, Trigger
from jupyter_mlops.exceptions import ConfigError, Refused, did_you_mean
from jupyter_mlops.scheduling.circles import circle, own_output
from jupyter_mlops.scheduling.cron import parse_cron
from jupyter_mlops.scheduling.planned import MONITOR, RETRAIN, Planned

SHORTEST = 1.0  # seconds between slots
LONGEST = 36_500 * 86_400.0
_NAME = re.compile(r"\w[\w .-]{0,199}")
_SOURCES = "now, pinned and git:REF"
_SHOWN = 5  # schedules of a circle
Keys = tuple[str, ...]


class Wrong(Refused):
    """What is declared will not do, at these `keys` below its own."""

    def __init__(self, problem: str, *keys: str, hint: str | None) -> None:
        super().__init__(problem, hint=hint)
        self.keys = keys


def declared(config: Config, root: Path) -> dict[str, Planned]:
    """All that runs by itself, by name: the schedules, the looks of monitors as ``monitor:NAME``, and what
    these set off as ``retrain:NAME``. Whether notebooks are there is not looked at: see `obstacle`.

    Raises:
        ConfigError: a bad line of cron, an unknown time zone, pipeline or monitor; naming file, line and key.
    """
    found: dict[str, Planned] = {}
    for name, schedule in config.schedules.items():
        try:
            _check_alone(config, root, name, schedule)
        except Wrong as error:
            raise _at(root, ("schedules", name, *error.keys), error) from None
        found[name] = Planned(name, schedule)
    if around := circle(config.schedules, config.pipelines):
        wrong = _in_circle(around)
        raise _at(root, ("schedules", around[0], *wrong.keys), wrong)
    for name, monitor in config.monitors.items():
        try:
            check_monitor(config, name, monitor)
        except Wrong as error:
            raise _at(root, ("monitors", name, *error.keys), error) from None
        found |= {planned.name: planned for planned in _implied(name, monitor)}
    return found


def _implied(name: str, monitor: Monitor) -> Iterable[Planned]:
    yield Planned(MONITOR + name, monitor=name, watch=monitor)
    if monitor.on_drift is not None:
        yield Planned(RETRAIN + name, monitor=name, watch=monitor, retrain=monitor.on_drift)


def _at(root: Path, keys: Keys, error: Wrong) -> ConfigError:
    return ConfigError(f"{where(root, keys)}: {error}", hint=error.hint)


def check_schedule(config: Config, root: Path, name: str, schedule: Schedule) -> None:
    """Make sure of what one schedule declares, beside those that there are.

    Raises:
        Wrong: it will not do.
    """
    _check_alone(config, root, name, schedule)
    if around := circle({name: schedule, **config.schedules}, config.pipelines):
        raise _in_circle(around)


def _in_circle(around: Sequence[str]) -> Wrong:
    by = f", by way of {', '.join(around[1:][:_SHOWN])}" if around[1:] else ""
    more = f" and {len(around) - 1 - _SHOWN} more" if len(around) - 1 > _SHOWN else ""
    return Wrong(f"it would set off itself{by}{more}", "on", "run", hint="name another one")


def _check_alone(config: Config, root: Path, name: str, schedule: Schedule) -> None:
    check_name(name)
    check_times(schedule.cron, schedule.every, schedule.timezone)
    _check_span(schedule)
    if schedule.pipeline is not None:
        _known("pipeline", schedule.pipeline, config.pipelines, "pipeline")
    if schedule.notebook is not None and not schedule.notebook.endswith(".ipynb"):
        raise Wrong(f"{schedule.notebook!r} is no notebook", "notebook", hint="name an .ipynb file")
    kind, _, reference = schedule.source.partition(":")
    if schedule.source not in {"now", "pinned"} and (kind != "git" or not reference.strip()):
        raise Wrong(f"{schedule.source!r} is no source", "source", hint=f"there are {_SOURCES}")
    if schedule.registration is not None and schedule.notebook is None:
        raise Wrong("only what a notebook logs", "register", hint="a pipeline says itself what it registers")
    if schedule.on is not None:
        _check_trigger(config, name, schedule, schedule.on)
    place = own_output(schedule, config, root)
    if place is not None and schedule.predict is not None:
        told = f"it would set off itself: {schedule.predict.output} counts as {place}, which it waits for"
        raise Wrong(told, "predict", "out", hint="write it elsewhere")


def _check_trigger(config: Config, name: str, schedule: Schedule, trigger: Trigger) -> None:
    if trigger.drift is not None:
        _known("monitor", trigger.drift, config.monitors, "on", "drift")
    names = {*config.pipelines, *config.schedules}
    if trigger.of is not None and not trigger.of.endswith(".ipynb"):
        monitors = {MONITOR + known for known in config.monitors}
        _known("pipeline, notebook, schedule or monitor", trigger.of, names | monitors, "on", "of")
    ran = trigger.run
    if ran is None:
        return
    if ran in {schedule.pipeline, schedule.notebook} or (ran == name and ran not in config.pipelines):
        raise Wrong("it would set off itself", "on", "run", hint="name another one")
    if not ran.endswith(".ipynb"):
        _known("pipeline, notebook or schedule", ran, names, "on", "run")


def check_monitor(config: Config, name: str, monitor: Monitor) -> None:
    """Make sure of when a monitor looks, and of what it sets off.

    Raises:
        Wrong: it will not do.
    """
    check_name(name)
    check_times(monitor.cron, monitor.every, monitor.timezone)
    if monitor.on_drift is not None:
        _known("pipeline", monitor.on_drift.retrain, config.pipelines, "on_drift", "retrain")


def check_name(name: str) -> None:
    """Make sure that a schedule may be called so.

    Raises:
        Wrong: it may not.
    """
    if not _NAME.fullmatch(name):
        raise Wrong(f"{name[:80]!r} is no name", hint="use letters, digits, spaces, _, . and -")


def check_times(cron: str | None, every: float | None, timezone: str | None) -> None:
    """Make sure that it can be told when it is due.

    Raises:
        Wrong: a bad line of cron, too short an interval, an unknown time zone.
    """
    if cron is not None:
        try:
            parse_cron(cron)
        except Refused as error:
            raise Wrong(str(error), "cron", hint=error.hint) from None
    if every is not None and every < SHORTEST:
        raise Wrong(f"{every:g} s is too short", "every", hint=f"write {SHORTEST:g}s or more")
    if every is not None and every > LONGEST:
        raise Wrong(f"{every:g} s is too long", "every", hint="write 36500d or less")
    if timezone is not None and not _is_zone(timezone):
        raise Wrong(f"unknown timezone {timezone[:80]!r}", "timezone", hint=_meant_zone(timezone))


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path that leads elsewhere; a folder of zones
        return False
    return True


def _meant_zone(name: str) -> str:
    """The zone that was meant; its last part, a city, may be all that is said of it."""
    known = available_timezones()
    said = name.strip().replace(" ", "_").lower()
    for zone in sorted(known):
        if said and said == zone.rpartition("/")[2].lower():
            return f"did you mean {zone!r}?"
    hint = did_you_mean(name, known)
    return hint if hint.startswith("did") else "write e.g. UTC, Europe/Berlin or America/New_York"


def _check_span(schedule: Schedule) -> None:
    for key, said in (("start", schedule.start), ("end", schedule.end)):
        if said is not None:
            _check_calendar(said, key)
    if schedule.start is None or schedule.end is None:
        return
    planned = Planned("", schedule)
    if planned.begins is not None and planned.ends is not None and planned.begins >= planned.ends:
        raise Wrong("it ends before it starts", "end", hint="write a later one")


def _check_calendar(said: datetime | date, key: str) -> None:
    if not 1900 < said.year < 9999:
        raise Wrong(f"the year {said.year} is out of the calendar", key, hint="write e.g. 2026-01-31")


def _known(kind: str, name: str, known: Collection[str], *keys: str) -> None:
    if name not in known:
        hint = did_you_mean(name, known) if known else f"declare {kind}s: in {CONFIG_NAME}"
        raise Wrong(f"there is no {kind} {name!r}", *keys, hint=hint)


def obstacle(planned: Planned, root: Path, config: Config) -> str:
    """What keeps it from running though it is declared well: a notebook that is gone. Nothing where nothing
    does."""
    for notebook in _notebooks(planned, config):
        if not (root / notebook).is_file():
            return f"{notebook} is not there"
    return ""


def _notebooks(planned: Planned, config: Config) -> list[str]:
    if planned.source != "now":  # it is kept elsewhere
        return []
    schedule = planned.schedule
    if schedule is not None and schedule.notebook is not None:
        return [schedule.notebook]
    pipeline = config.pipelines.get(planned.pipeline or "")
    if pipeline is None:
        return []
    if pipeline.notebook is not None:
        return [pipeline.notebook]
    return sorted({step.notebook for step in pipeline.steps.values() if step.notebook})
