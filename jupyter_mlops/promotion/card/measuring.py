"""The metrics of a version with their intervals, on the data that ``mlops.yaml`` names for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.catalogue.linking import training_data
from jupyter_mlops.catalogue.opening import Data, open_data
from jupyter_mlops.checks.expressions import AtLeast, parse_demand
from jupyter_mlops.checks.judging import FEW_ROWS, Judged
from jupyter_mlops.config import ModelConfig
from jupyter_mlops.evaluation.certainty import Estimate, estimates
from jupyter_mlops.evaluation.metrics import MAIN
from jupyter_mlops.evaluation.models import Task, open_model
from jupyter_mlops.evaluation.slicing import MOST_VALUES, groups_of
from jupyter_mlops.evaluation.targets import parted, wanted_target
from jupyter_mlops.exceptions import MLOpsError, Refused, UsageError
from jupyter_mlops.promotion.card.records import Records

MOST_ROWS = 20_000  # of more, so many are drawn
TOO_LARGE = 2_000_000  # rows that are not even read for a card
_SEED = 0


@dataclass(frozen=True)
class Slice:
    """Rows where `column` has that value, with the main metric; None where they are too few to be judged."""

    column: str
    value: str
    rows: int
    estimate: Estimate | None


@dataclass(frozen=True)
class Measured:
    """What the version does on `data`, of the dataset `name`: `rows` of `total` that have a label. `trained`
    tells that it learned from these very data."""

    data: str
    name: str
    digest: str
    task: Task
    rows: int
    total: int
    estimates: tuple[Estimate, ...]
    slices: tuple[Slice, ...] = ()
    trained: bool = False
    notes: tuple[str, ...] = ()


def measure(records: Records) -> Measured:
    """The metrics and slices of the version, on at most 20,000 rows, drawn at random where there are more.

    Raises:
        MLOpsError: there are no such data, or it cannot be judged on them; the message says why.
    """
    name, settings = records.version.name, records.settings
    if settings.data is None:
        raise Refused(f"mlops.yaml names no data for {name}", hint=f"data: DATASET below models.{name}")
    if records.described is None:
        raise Refused(records.why("files"))
    opened = open_data(records.store, records.config, settings.data)
    if (opened.version.rows or 0) > TOO_LARGE:
        raise Refused(f"{opened.label} has {opened.version.rows:,} rows, too many to be read for a card")
    try:
        return _measured(records, opened, settings)
    except MLOpsError:
        raise
    except Exception as error:  # odd data, in whatever library
        raise Refused(f"{type(error).__name__}: {error}") from None


def _measured(records: Records, opened: Data, settings: ModelConfig) -> Measured:
    model = open_model(records.store, records.label)
    frame = opened.frame(text=model.texts).reset_index(drop=True)
    target = wanted_target(records.config, frame.columns, settings.target, model)
    total = len(frame)
    if total > MOST_ROWS:
        frame = frame.sample(MOST_ROWS, random_state=_SEED).reset_index(drop=True)
    features, y = parted(frame, target, model, key=opened.version.key)
    judged = Judged(model, features, y, frame.loc[features.index])
    trained = {read.digest for read in training_data(records.store, records.version.run_id)}
    found, notes = _slices(judged, wanted_slices(settings))
    return Measured(
        data=opened.label,
        name=opened.version.name,
        digest=opened.version.digest,
        task=model.task,
        rows=len(y),
        total=total,
        estimates=tuple(_estimates(judged, None)),
        slices=tuple(found),
        trained=opened.version.digest in trained,
        notes=(*opened.notes, *notes),
    )


def _estimates(judged: Judged, rows: Any) -> list[Estimate]:
    chosen = slice(None) if rows is None else rows
    chances = None if judged.probabilities is None else judged.probabilities[chosen]
    model = judged.model
    return estimates(model.task, judged.y[chosen], judged.predicted[chosen], chances, model.classes)


def _slices(judged: Judged, wanted: Mapping[str, Sequence[str]]) -> tuple[list[Slice], list[str]]:
    found, notes = [], []
    by_name: dict[str, Any] = {str(column): column for column in judged.frame.columns}
    for column, metrics in wanted.items():
        if column not in by_name:
            notes.append(f"the data have no column {column!r} to slice by")
            continue
        groups = groups_of(judged.frame[by_name[column]], FEW_ROWS)
        for value, rows in groups.parts[:MOST_VALUES]:
            told = _estimates(judged, rows) if len(rows) >= FEW_ROWS else []
            for metric in metrics or [MAIN[judged.model.task]]:
                estimate = next((each for each in told if each.metric == metric), None)
                found.append(Slice(column, value, len(rows), estimate))
        if more := len(groups.parts[MOST_VALUES:]) + groups.beyond:
            notes.append(f"{more:,} more groups by {column} are not told here")
    return found, notes


def wanted_slices(settings: ModelConfig) -> dict[str, list[str]]:
    """The metrics by column that checks (``accuracy >= 0.7 by region``) and gates (``fairness: {metric: f1,
    by: gender}``) of the model ask for."""
    found: dict[str, list[str]] = {}
    for column, metric in [*_of_texts(settings), *_of_fairness(settings)]:
        known = found.setdefault(column, [])
        if metric and metric not in known:
            known.append(metric)
    return found


def _of_texts(settings: ModelConfig) -> Iterable[tuple[str, str]]:
    for text in (*settings.checks, *(gate for gate in settings.gates if isinstance(gate, str))):
        try:
            demand = parse_demand(text)
        except UsageError:  # gates may be written in ways that checks are not
            continue
        if isinstance(demand, AtLeast) and demand.by is not None:
            yield demand.by, demand.metric


def _of_fairness(settings: ModelConfig) -> Iterable[tuple[str, str]]:
    for gate in settings.gates:
        options = gate.get("fairness") if isinstance(gate, Mapping) else None
        if isinstance(options, Mapping):
            by = options.get("by")
            columns = [by] if isinstance(by, str) else by if isinstance(by, list | tuple) else []
            for column in columns:
                yield str(column), str(options.get("metric") or "")
