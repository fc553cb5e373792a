"""What separates a version from the champion: code by cell, parameters, data, packages, git, metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.entities import (
    DatasetVersion,
    Difference,
    MetricComparison,
    ModelVersion,
    RunDetails,
    RunDiff,
    RunKind,
)
from jupyter_mlops.evaluation.metrics import higher_is_better
from jupyter_mlops.evaluation.verdicts import amount
from jupyter_mlops.exceptions import MLOpsError, NotFound
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.diff import diff_runs, metric_differences
from jupyter_mlops.tracking.reader import details, find_run
from jupyter_mlops.tracking.store import Store


@dataclass(frozen=True)
class _Side:
    """A version and what its run left; None where that is gone, and `why`."""

    version: ModelVersion
    found: RunDetails | None
    why: str = ""

    @property
    def label(self) -> str:
        return f"{self.version.name}@{self.version.version}"

    @property
    def name(self) -> str:
        return self.label if self.found is None else self.found.run.run_id


def changes(store: Store, version: ModelVersion, champion: ModelVersion | None) -> RunDiff | None:
    """What the run of the version has otherwise than that of the champion, which is the left side; data are
    told by their labels in the catalogue. What cannot be told, its run or a part of its record being gone, is
    left empty, and `RunDiff.notes` say so. None without a champion.

    The run of a version is the one that made it: of a pipeline the step's; of a run that a notebook opened
    itself, its code, environment and parameters are those of the run of the notebook.

    Raises:
        StoreError: the store cannot be read.
    """
    if champion is None:
        return None
    left, right = _side(store, champion), _side(store, version)
    metrics = metric_differences(champion.metrics, version.metrics)
    notes = tuple(side.why for side in (left, right) if side.why)
    if left.found is None or right.found is None:
        nothing: dict[str, tuple[Difference, ...]] = dict.fromkeys(
            ("parameters", "datasets", "packages", "git"), ()
        )
        told = {"left": left.name, "right": right.name, "metrics": metrics, "notes": notes}
        return RunDiff(**nothing, cells=(), code_known=False, **told)
    diff = diff_runs(left.found, right.found)
    labels = _labels(store, [*left.found.datasets, *right.found.datasets])
    update = {"metrics": metrics, "datasets": tuple(_labelled(d, labels) for d in diff.datasets)}
    unknown = [side for side in (left, right) if side.found and side.found.provenance is None]
    if unknown:
        update |= {"packages": (), "git": ()}
    return diff.model_copy(update={**update, "notes": (*notes, *_lacking(left, right))})


def metric_changes(version: ModelVersion, champion: ModelVersion) -> tuple[MetricComparison, ...]:
    """Every metric that either run recorded, by name; `left` is the champion's. `difference` is the version's
    less the champion's, `better` goes by its sign alone: these are single numbers, without an interval."""
    return tuple(
        _compared(name, champion.metrics.get(name), version.metrics.get(name))
        for name in sorted({*champion.metrics, *version.metrics})
    )


def _compared(name: str, left: float | None, right: float | None) -> MetricComparison:
    higher = higher_is_better(name)
    known = left is not None and right is not None and math.isfinite(left) and math.isfinite(right)
    if not known or left is None or right is None:
        lacking = "the champion has none" if left is None else "the version has none"
        verdict = lacking if None in (left, right) else "not to be compared"
        return MetricComparison(metric=name, left=left, right=right, higher_is_better=higher, verdict=verdict)
    difference = right - left
    better: Literal["left", "right"] | None = None
    if difference and higher is not None:
        better = "right" if (difference > 0) is higher else "left"
    verdict = "the same"
    if difference:
        word = {"right": ", better", "left": ", worse", None: ""}[better]
        verdict = f"{amount(name, abs(difference))} {'higher' if difference > 0 else 'lower'}{word}"
    return MetricComparison(
        metric=name,
        left=left,
        right=right,
        difference=difference,
        higher_is_better=higher,
        better=better,
        verdict=verdict,
    )


def _side(store: Store, version: ModelVersion) -> _Side:
    label = f"{version.name}@{version.version}"
    unknown = "its code, parameters, data and packages are not known"
    if not version.run_id:
        return _Side(version, None, f"no run made {label}: {unknown}")
    try:
        return _Side(version, _executed(store, details(store, find_run(store, version.run_id))))
    except NotFound:
        return _Side(version, None, f"the run of {label} is gone: {unknown}")


def _executed(store: Store, found: RunDetails) -> RunDetails:
    """With the record of the notebook's run, where the notebook opened this one itself."""
    run = found.run
    while not found.cells and run.kind is RunKind.USER and run.parent:
        try:
            outer = details(store, find_run(store, run.parent))
        except MLOpsError:
            break
        own = {parameter.name for parameter in found.parameters}
        linked = {version.digest for version in found.datasets}
        found = found.model_copy(
            update={
                "parameters": (*found.parameters, *(p for p in outer.parameters if p.name not in own)),
                "datasets": (*found.datasets, *(v for v in outer.datasets if v.digest not in linked)),
                "provenance": found.provenance or outer.provenance,
                "cells": outer.cells,
            }
        )
        run = outer.run
    return found


def _lacking(left: _Side, right: _Side) -> Iterator[str]:
    """What the record of a run does not tell."""
    for side in (left, right):
        if side.found is None:
            continue
        lacking = [] if side.found.cells else ["code"]
        lacking += [] if side.found.provenance else ["packages", "git state"]
        if lacking:
            yield f"the run of {side.label} left no record of its {', '.join(lacking)}"


def _labels(store: Store, versions: list[DatasetVersion]) -> dict[str, str]:
    """Labels in the catalogue by digest, those of the name under which a run read the data where there are
    several."""
    found = {version.digest: version.label for version in versions if version.number is not None}
    wanted = {version.digest: version.name for version in versions if version.digest not in found}
    if wanted:
        for entry in datasets.entries(store):
            digest, name = entry.version.digest, entry.version.name
            if digest in wanted and (digest not in found or wanted[digest] == name):
                found[digest] = entry.version.label
    return found


def _labelled(difference: Difference, labels: Mapping[str, str]) -> Difference:
    def told(text: str | None) -> str | None:
        for digest, label in labels.items():
            text = None if text is None else text.replace(digest, label)
        return text

    return difference.model_copy(update={"left": told(difference.left), "right": told(difference.right)})
