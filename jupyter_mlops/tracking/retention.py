"""Which old runs need not keep their outputs, by count and age; and why others must."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.tracking import datasets, ledger, registry, tags
from jupyter_mlops.tracking.reader import experiment_names, list_runs, search_runs
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store

KEEP = "keep"  # the tag of a run that is never freed
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_ON_TOP = {RunKind.HEADLESS, RunKind.REPLAY, RunKind.PIPELINE, RunKind.SESSION, RunKind.CELL}
_KINDS = {*_ON_TOP, RunKind.USER}  # of those, too, that are part of such a run
_LIVE = {RunStatus.RUNNING, RunStatus.SCHEDULED}


@dataclass(frozen=True)
class Window:
    """Which runs keep what they left: the newest `keep_last` of each notebook and pipeline, and those that
    ended less than `older` seconds ago. What is None keeps none."""

    keep_last: int | None
    older: float | None
    words: str  # of why another one does not

    def late_files(self, groups: Iterable[Sequence[Path]], now: datetime) -> list[Path]:
        """Of each group the files outside the window, by when they were last written to."""
        found = []
        for group in groups:
            ages = sorted((now.timestamp() - path.stat().st_mtime, path) for path in group)
            found += [path for age, path in ages[self.keep_last or 0 :] if age > (self.older or 0.0)]
        return found


def window(keep_last: int | None, older: float | None) -> Window:
    """The window, with words for it."""
    words = []
    if keep_last is not None:
        words.append(f"not among the newest {keep_last}" if keep_last else "none is kept")
    if older is not None:
        days = older / 86_400
        words.append(f"older than {days:g} d" if days >= 1 else f"older than {older / 3600:.3g} h")
    return Window(keep_last, older, ", ".join(words))


@dataclass(frozen=True)
class Old:
    """A run outside the window, with the runs that are part of it, and why none is needed."""

    runs: tuple[Run, ...]
    why: str


def old_runs(
    store: Store,
    window: Window,
    now: datetime,
    *,
    experiment: str | None = None,
    only: Collection[str] | None = None,
) -> list[Old]:
    """The runs outside the window, oldest first, of which nobody needs the outputs; those of one experiment,
    or `only` the ones with these ids.

    Never one that goes on, has the tag `keep`, made a registered model version or the data that such a run
    read, is named in a ledger or by a version, replayed such a run, is being gone on from; nor any that is
    part of the same run as one of those; nor records that are no execution of a notebook or pipeline.

    Raises:
        NotFound: no such experiment.
        StoreError: the store cannot be read.
    """
    if experiment is not None:
        list_runs(store, experiment=experiment, limit=1)
    runs = {run.run_id: run for run in list_runs(store, limit=None)}
    families = _families(runs)
    needed = needed_runs(store, runs.values())
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for root in families:
        run = runs[root]
        chosen = only is None or any(member.run_id in only for member in families[root])
        if run.kind in _ON_TOP and chosen and experiment in {None, run.experiment}:
            groups[_group(run)].append(root)
    found = []
    for roots in groups.values():
        roots.sort(key=lambda root: _time(runs[root]), reverse=True)
        for root in roots[window.keep_last or 0 :]:
            members = families[root]
            late = window.older is None or (now - max(map(_time, members))).total_seconds() > window.older
            if late and not any(_stays(member, needed) for member in members):
                found.append(Old(tuple(each for each in members if each.kind in _KINDS), window.words))
    return sorted(found, key=lambda old: _time(old.runs[0]))


def needed_runs(store: Store, runs: Iterable[Run]) -> set[str]:
    """Ids of the runs that something else stands on."""
    versions = registry.list_models(store)
    made = {version.run_id for version in versions if version.run_id}
    words = [text for version in versions for text in (version.source, *version.tags.values())]
    for _, kept in ledger.ledgers(store):
        words += [*kept.entries.values(), *kept.marks.values()]
    named = {identifier for text in words for identifier in _ID.findall(text)}
    resumed = {run.replaces for run in runs if run.status in _LIVE and run.replaces}
    return made | named | resumed | _replays(store, made) | _makers(store, made)


def registered(store: Store) -> set[str]:
    """Ids of the runs that made a registered model version."""
    return {version.run_id for version in registry.list_models(store) if version.run_id}


def _stays(run: Run, needed: Collection[str]) -> bool:
    return run.status in _LIVE or run.run_id in needed or KEEP in run.tags


def _families(runs: Mapping[str, Run]) -> dict[str, Sequence[Run]]:
    """Each run that is part of no other, with all that are part of it, by its id; itself first."""
    found: dict[str, list[Run]] = defaultdict(list)
    for run in runs.values():
        root, seen = run, {run.run_id}
        while root.parent is not None and root.parent in runs and root.parent not in seen:
            root = runs[root.parent]
            seen.add(root.run_id)
        if root is run:
            found[root.run_id].insert(0, run)
        else:
            found[root.run_id].append(run)
    return {root: members for root, members in found.items() if members[0].run_id == root}


def _group(run: Run) -> tuple[str, ...]:
    """The runs that are counted together: of one notebook, or one pipeline, in one experiment."""
    by_name = run.kind in {RunKind.PIPELINE, RunKind.CELL} or run.notebook is None
    return run.experiment, run.kind.value, run.notebook or "", run.name if by_name else ""


def _time(run: Run) -> datetime:
    return run.ended or run.started or datetime.fromtimestamp(0, UTC)


def _replays(store: Store, made: Collection[str]) -> set[str]:
    """The replays of these runs."""
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            return set(rows.tagged(tags.REPLAY_OF, sorted(made)))
    where = f"tags.`{tags.KIND}` = '{RunKind.REPLAY.value}'"
    found = search_runs(store, list(experiment_names(store)), where, None, None)
    return {run.info.run_id for run in found if run.data.tags.get(tags.REPLAY_OF) in made}


def _makers(store: Store, made: Collection[str]) -> set[str]:
    """The runs that made what these read, and what those read, and so on."""
    found: set[str] = set()
    wanted = set(made)
    while wanted:
        links = datasets.links_of_runs(store, wanted)
        read = {link.version.digest for link in links if not link.version.wrote}
        makers = (link for link in datasets.links_of_data(store, read) if link.version.wrote)
        wanted = {link.run_id for link in makers} - found - set(made)
        found |= wanted
    return found
