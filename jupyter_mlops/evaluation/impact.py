"""What each version of a dataset did to a metric of the runs built on it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from jupyter_mlops.config import Config
from jupyter_mlops.entities import (
    DatasetVersion,
    Impact,
    ImpactDifference,
    ImpactVersion,
    Run,
    RunStatus,
)
from jupyter_mlops.evaluation.means import Mean, difference, mean
from jupyter_mlops.evaluation.verdicts import of_means
from jupyter_mlops.exceptions import NotFound, did_you_mean
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.replays import replay_runs
from jupyter_mlops.tracking.store import Store

_PATH = re.compile(r"[/\\]|://|\.(csv|parquet|jsonl|json)$", re.IGNORECASE)


def impact(store: Store, config: Config, dataset: str, metric: str) -> Impact:
    """The metric of the runs that read each version of the dataset, of their children and grid points, too;
    the mean with its 95 % interval by Student's t, and what going from each version to the next did, and from
    the first to the last. Repeats with the same parameters count as one.

    Runs of one notebook with the same parameters on both sides are paired, and their differences tested;
    where no two are, the means are compared as Welch does. A run that read several versions of the dataset
    tells of none. Only runs that finished count.

    Args:
        store: the project's store.
        config: its configuration.
        dataset: the dataset's name.
        metric: a metric that the runs logged.

    Raises:
        NotFound: no such dataset, or no run on it logged that metric.
    """
    versions = _versions(store, config, dataset)
    by_version = _runs(store, versions)
    having = {digest: [run for run in runs if _has(run, metric)] for digest, runs in by_version.items()}
    if not any(having.values()):
        raise _unknown(dataset, metric, by_version)
    known = [_version(version, versions, having[version.digest], metric) for version in versions]
    steps = [*pairwise(versions), *([(versions[0], versions[-1])] if len(versions) > 2 else [])]
    changes = [_change(metric, *step, having) for step in steps]
    return Impact(dataset=dataset, metric=metric, versions=tuple(known), differences=tuple(changes))


def _versions(store: Store, config: Config, dataset: str) -> list[DatasetVersion]:
    found = [entry.version for entry in datasets.entries(store, dataset)]
    if found:
        return found
    if dataset in config.datasets:
        raise NotFound(f"dataset {dataset!r} has no version yet", hint=f"jupyter mlops dataset add {dataset}")
    known = {entry.version.name for entry in datasets.entries(store)} | set(config.datasets)
    raise NotFound(f"no dataset {dataset!r}", hint=did_you_mean(dataset, known))


def _runs(store: Store, versions: Sequence[DatasetVersion]) -> dict[str, list[Run]]:
    """The runs that read each version, by its digest, with those that came of them."""
    read: dict[str, set[str]] = {version.digest: set() for version in versions}
    replays = replay_runs(store)  # of runs that are counted already
    for link in datasets.links_of_data(store, read):
        if not link.version.wrote and link.run_id not in replays:
            read[link.version.digest].add(link.run_id)
    families = {digest: _family(store, identifiers) for digest, identifiers in read.items()}
    counted: dict[str, int] = {}
    for family in families.values():
        for run_id in family:
            counted[run_id] = counted.get(run_id, 0) + 1
    return {
        digest: sorted(
            (run for run_id, run in family.items() if counted[run_id] == 1 and _is_whole(run)),
            key=lambda run: (str(run.started), run.run_id),
        )
        for digest, family in families.items()
    }


def _family(store: Store, identifiers: Iterable[str]) -> dict[str, Run]:
    """The runs, and those below them."""
    found = {run.run_id: run for run in datasets.runs_by_id(store, identifiers)}
    newest = list(found)
    while newest:
        below = [run for run in datasets.children_of(store, newest) if run.run_id not in found]
        found |= {run.run_id: run for run in below}
        newest = [run.run_id for run in below]
    return found


def _is_whole(run: Run) -> bool:
    return run.status is RunStatus.FINISHED and run.exit_code == 0


def _has(run: Run, metric: str) -> bool:
    return math.isfinite(run.metrics.get(metric, math.nan))


def _unknown(dataset: str, metric: str, by_version: Mapping[str, Sequence[Run]]) -> NotFound:
    runs = [run for each in by_version.values() for run in each]
    if not runs:
        return NotFound(
            f"no finished run read {dataset!r}",
            hint=f"link one: jupyter mlops run NOTEBOOK, with %track data {dataset} in it",
        )
    known = {name for run in runs for name in run.metrics}
    return NotFound(f"no run on {dataset!r} logged the metric {metric!r}", hint=did_you_mean(metric, known))


def _version(
    version: DatasetVersion, versions: Sequence[DatasetVersion], runs: Sequence[Run], metric: str
) -> ImpactVersion:
    identifiers = tuple(run.run_id for run in runs)
    if not runs:
        return ImpactVersion(version=version)
    found = mean(_independent(_grouped(runs, metric, versions)))
    return ImpactVersion(version=version, runs=identifiers, mean=found.value, low=found.low, high=found.high)


def _change(
    metric: str, left: DatasetVersion, right: DatasetVersion, runs: Mapping[str, Sequence[Run]]
) -> ImpactDifference:
    sides = runs[left.digest], runs[right.digest]
    labels = left.label, right.label
    if not all(sides):
        without = " and ".join(label for label, side in zip(labels, sides, strict=True) if not side)
        return ImpactDifference(left=labels[0], right=labels[1], pairs=0, verdict=f"no run on {without}")
    grouped = [_grouped(side, metric, (left, right)) for side in sides]
    shared = sorted(grouped[0].keys() & grouped[1].keys())
    found, how = _measured(grouped, shared)
    return ImpactDifference(
        left=labels[0],
        right=labels[1],
        pairs=len(shared),
        difference=found.value,
        low=found.low,
        high=found.high,
        verdict=f"{of_means(metric, found, labels, (len(sides[0]), len(sides[1])))} ({how})",
    )


def _grouped(
    runs: Sequence[Run], metric: str, versions: Sequence[DatasetVersion]
) -> dict[tuple[object, ...], list[float]]:
    """The values of runs of the same notebook and parameters; what names the data is no difference."""
    found: dict[tuple[object, ...], list[float]] = {}
    for run in runs:
        own = {name: value for name, value in run.parameters.items() if not _names_data(value, versions)}
        found.setdefault((run.notebook, *sorted(own.items())), []).append(run.metrics[metric])
    return found


def _names_data(value: str, versions: Sequence[DatasetVersion]) -> bool:
    text = value.strip("'\"")
    names = {name for version in versions for name in (version.name, version.label, version.source)}
    return text in names or _PATH.search(text) is not None


def _measured(
    grouped: Sequence[Mapping[tuple[object, ...], Sequence[float]]],
    shared: Sequence[tuple[object, ...]],
) -> tuple[Mean, str]:
    """The difference, and from what."""
    if len(shared) > 1:
        pairs = [mean(grouped[1][key]).value - mean(grouped[0][key]).value for key in shared]
        return mean(pairs), f"{len(shared)} pairs of runs with the same parameters"
    if shared:
        left, right = grouped[0][shared[0]], grouped[1][shared[0]]
        if len(left) == len(right) == 1:
            return difference(left, right), "one pair of runs"
        return difference(left, right), f"{len(left)} and {len(right)} runs with the same parameters"
    values = [_independent(side) for side in grouped]
    counts = [sum(map(len, side.values())) for side in grouped]
    return difference(*values), f"{counts[0]} and {counts[1]} runs with other parameters"


def _independent(grouped: Mapping[tuple[object, ...], Sequence[float]]) -> list[float]:
    """The mean of each set of parameters, for repeats of one run are no further evidence; the repeats
    themselves where there is one set only."""
    if len(grouped) == 1:
        return [value for values in grouped.values() for value in values]
    return [mean(values).value for values in grouped.values()]
