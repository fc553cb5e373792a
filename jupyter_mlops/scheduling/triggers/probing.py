"""What a schedule waits for, looked at: `probe` is what a scheduler's tick calls for each schedule that has
no times of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jupyter_mlops.config import Config
from jupyter_mlops.data.sources import Query, is_url
from jupyter_mlops.data.tables import local_path
from jupyter_mlops.entities import Trigger
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.letters import without_passwords
from jupyter_mlops.notices.channels import revealed
from jupyter_mlops.scheduling import saying
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.triggers import events
from jupyter_mlops.scheduling.triggers.background import Background, Inner, Paced
from jupyter_mlops.scheduling.triggers.code import watched_code
from jupyter_mlops.scheduling.triggers.files import Watched
from jupyter_mlops.scheduling.triggers.probed import (
    Events,
    Happened,
    Look,
    Memory,
    Probed,
    Sort,
    Source,
    Window,
)
from jupyter_mlops.scheduling.triggers.remote import Remote, Watermark
from jupyter_mlops.scheduling.triggers.settling import settle

DATASET = "dataset:"  # begins the name of a dataset
MONITOR = "monitor:"  # and that of a monitor's look, whose metrics are waited for


class Looks:
    """What a scheduler keeps between its looks: what is looked at in the background, and what the project
    tells of `events`.

    Args:
        events: what ended.
        patience: seconds in all for which first looks at slow sources are waited for. A scheduler that ticks
            on needs none; one that ticks once would never see them.
    """

    def __init__(self, events: Events, *, patience: float = 0.0) -> None:
        self.events = events
        self.background = Background()
        self._until = time.monotonic() + patience
        self._sources: dict[str, tuple[Planned, Config, Sequence[Source]]] = {}

    def patience(self) -> float:
        """Seconds that are left of it."""
        return max(0.0, self._until - time.monotonic())

    def sources(self, planned: Planned, root: Path, config: Config) -> Sequence[Source]:
        """What the schedule watches, the same objects as long as its declaration is the same."""
        known = self._sources.get(planned.name)
        if known is not None and known[0] is planned and known[1] is config:
            return known[2]
        made = self._made(planned, root, config)
        self._sources[planned.name] = (planned, config, made)
        return made

    def _made(self, planned: Planned, root: Path, config: Config) -> Sequence[Source]:
        trigger = planned.on
        if trigger is not None and trigger.sql is not None:
            query = Query(revealed(trigger.sql.at), trigger.sql.query)
            return [self._slow(Watermark(root, query))]
        if trigger is not None and trigger.code:
            return [self._paced(watched_code(root, place)) for place in trigger.code]
        if trigger is not None:
            return [self._data(place, root, config) for place in trigger.data]
        watch = planned.watch
        places = [] if watch is None else [watch.current, watch.labels]
        return [self._data(place, root, config) for place in places if place]

    def _data(self, place: str, root: Path, config: Config) -> Source:
        if not place.startswith(DATASET):
            if place not in config.datasets or (root / place).exists():
                return self._placed(place, root)
            place = f"{DATASET}{place}"
        name = place.removeprefix(DATASET)
        own = config.datasets.get(name)
        if own is None:
            return Catalogued(name, self.events)
        if own.sql is None:
            return self._placed(own.source, root)
        query = Query(own.source, own.sql)
        return self._slow(Watermark(root, query, name=place, all_rows=True, ordered=own.ordered))

    def _placed(self, place: str, root: Path) -> Source:
        if not is_url(place):
            return self._paced(Watched(root, place))
        try:
            local = local_path(place)
        except ValueError as error:
            raise Refused(f"{without_passwords(place)} is no URL: {error}", hint="mend it") from None
        return self._slow(Remote(place)) if local is None else self._paced(Watched(root, str(local)))

    def _paced(self, inner: Inner) -> Source:
        return Paced(inner, self.background, self.patience)

    def _slow(self, inner: Inner) -> Source:
        return Paced(inner, self.background, self.patience, slow=True)


def probe(
    planned: Planned, memory: Memory | None, now: datetime, *, root: Path, config: Config, look: Looks
) -> Probed:
    """Look whether what the schedule waits for has happened.

    What is seen for the first time, when there is no `memory`, is remembered and fires nothing. A webhook and
    what has times of its own fire nothing here.

    Args:
        planned: the schedule.
        memory: what the last look told to remember, as it was kept in JSON.
        now: by the scheduler's clock.
        root: the project's folder.
        config: its configuration.
        look: what is kept between looks; one for each process.
    """
    if _is_over(planned, now):
        return Probed(memory)
    try:
        return _probed(planned, memory, now, root, config, look)
    except MLOpsError as error:
        return Probed(memory, problem=saying.told(error))


def waits(planned: Planned) -> bool:
    """Whether the schedule is to be probed."""
    return planned.batches is not None or (planned.on is not None and planned.on.webhook is None)


def _is_over(planned: Planned, now: datetime) -> bool:
    """It has not begun yet, or is over."""
    begins, ends = planned.begins, planned.ends
    return (begins is not None and now < begins) or (ends is not None and now >= ends)


def _probed(
    planned: Planned, memory: Memory | None, now: datetime, root: Path, config: Config, look: Looks
) -> Probed:
    trigger = planned.on
    if trigger is None:
        return _batch(planned, memory, now, root, config, look) if planned.batches else Probed(memory)
    if trigger.data or trigger.code or trigger.sql is not None:
        return settle(look.sources(planned, root, config), memory, now, planned.quiet)
    return _happened(trigger, memory, config, look.events)


def _happened(trigger: Trigger, memory: Memory | None, config: Config, told: Events) -> Probed:
    if trigger.run is not None:
        name = trigger.run
        window, of = _ended(name, memory, config, told)
        return events.tell(window, memory, of, "run", lambda one: f"{name} ended well")
    if trigger.drift is not None:
        window, of = _ended(f"{MONITOR}{trigger.drift}", memory, config, told)
        return events.tell(window, memory, of, "drift", lambda one: "; ".join(one.breaches) or None)
    if trigger.metric is not None and trigger.of is not None:
        return _metric(trigger.metric, trigger.of, memory, config, told)
    return Probed(memory)


def _ended(name: str, memory: Memory | None, config: Config, told: Events) -> tuple[Window | None, str]:
    """What ended of the pipeline, notebook, schedule or ``monitor:NAME``, and what that is called in the
    memory."""
    if name.startswith(MONITOR):
        return told.readings(name.removeprefix(MONITOR), events.since(memory, name)), name
    sort = _sort(name, config)
    of = f"{sort} {name}"
    return told.runs(sort, name, events.since(memory, of)), of


def _sort(name: str, config: Config) -> Sort:
    """What it is that has this name; pipelines come first."""
    if name in config.pipelines:
        return "pipeline"
    return "notebook" if name.endswith(".ipynb") else "schedule"


def _metric(condition: str, of: str, memory: Memory | None, config: Config, told: Events) -> Probed:
    """A run that lacks the metric does not meet the condition, and is told."""
    problems = []

    def why(one: Happened) -> str | None:
        try:
            return f"{condition}, of {of}" if told.holds(condition, one.metrics) else None
        except MLOpsError as error:
            problems.append(f"{of}: {saying.told(error)}")
            return None

    window, called = _ended(of, memory, config, told)
    found = events.tell(window, memory, called, "metric", why)
    return Probed(found.memory, found.fired, problems[0] if problems else None)


def _batch(
    planned: Planned, memory: Memory | None, now: datetime, root: Path, config: Config, look: Looks
) -> Probed:
    """What a monitor without times of its own waits for: a batch that was scored, or, where it is told what
    to look at, a change of that; and of the true values."""
    watch, model = planned.watch, planned.batches
    before = {} if memory is None else memory
    sources = look.sources(planned, root, config)
    seen = settle(sources, before.get("data"), now, planned.quiet) if sources else Probed(None)
    batches = Probed(None)
    if model is not None and watch is not None and watch.current is None:
        known, of = before.get("batches"), f"batches of {model}"
        window = look.events.batches(model, events.since(known, of))
        batches = events.tell(window, known, of, "batch", lambda one: f"a new batch of {model}")
    after = {"data": seen.memory, "batches": batches.memory}
    unchanged = memory is not None and all(after[part] is memory.get(part) for part in after)
    return Probed(memory if unchanged else after, (*batches.fired, *seen.fired)[:1], seen.problem)


class Catalogued:
    """A dataset of the catalogue that ``mlops.yaml`` does not declare: its newest version."""

    def __init__(self, name: str, told: Events) -> None:
        self.name = f"data:{DATASET}{name}"
        self.label = f"{DATASET}{name}"
        self._dataset = name
        self._told = told

    def look(self, now: datetime) -> Look | None:
        """Which version is the newest.

        Raises:
            Refused: a version is named, which never changes.
        """
        if "@" in self._dataset:
            raise Refused(f"{self.label}: a version never changes", hint="name the dataset without @")
        digest = self._told.version(self._dataset)
        return None if digest is None else Look(digest, now, absent=not digest)

    def content(self) -> str | None:
        """Its digest."""
        return self._told.version(self._dataset) or None
