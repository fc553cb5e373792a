"""How good a champion is on the newest rows that true values have come for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_mlops.entities import Decay
from jupyter_mlops.evaluation.metrics import scores
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.monitoring.labels import Labels
from jupyter_mlops.monitoring.looking import Look
from jupyter_mlops.monitoring.performance import FEWEST, Scored, find_decay
from jupyter_mlops.monitoring.recorded import FARTHEST, Window, said_by, window
from jupyter_mlops.monitoring.reports import Side, labelled_rows
from jupyter_mlops.tracking.datasets import Entry

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Measured:
    """The newest rows that have true values, and the metrics on them; none on fewer than 30."""

    rows: Scored | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows."""
        return 0 if self.rows is None else len(self.rows.y)

    @property
    def digest(self) -> str:
        """Of the true values and what was predicted; empty without any."""
        if self.rows is None:
            return ""
        values = [self.rows.y.tolist(), self.rows.predicted.tolist()]
        return hashlib.sha256(repr(values).encode()).hexdigest()


def measure(look: Look) -> Measured:
    """The champion's metrics: where `labels` are given on rows that it answered, of the newest batches until
    there are 30 with a true value or, where the monitor says `rows`, so many; else on the current data, if
    these have them. What keeps it from being measured goes to the notes.

    Raises:
        NotFound: recorded rows lack a column of the key.
    """
    if look.labels is not None:
        found = _joined(look, look.labels)
    else:
        found = look.now if look.now is not None and look.target in look.now.frame else None
    if found is None or look.target is None:
        if look.watched.conditions and look.watched.monitor.labels is None:
            look.notes.append("performance is not judged: there are no true values yet")
        return Measured()
    try:
        rows = labelled_rows(look.model, found, look.target)
    except Refused as error:
        look.notes.append(f"performance is not judged: {error}")
        return Measured()
    if len(rows.y) < FEWEST:
        few = f"{len(rows.y)} rows with true values, {FEWEST} are needed"
        look.notes.append(f"performance is not judged yet: {few}")
        return Measured(rows)
    model = look.model
    metrics = scores(model.task, rows.y, rows.predicted, rows.probabilities, model.classes)
    for condition in look.watched.conditions:
        if condition.metric not in metrics:
            known = ", ".join(metrics)
            look.notes.append(f"{condition.text} is not judged: of {model.label} there are {known}")
    return Measured(rows, metrics)


def decay(look: Look, measured: Measured) -> tuple[Decay, ...]:
    """The metrics beside those on the reference, where that tells something: not where it was trained on."""
    side, target = look.before, look.target
    if look.watched.trained or side is None or target is None or target not in side.frame:
        return ()
    if measured.rows is None or not measured.metrics:
        return ()
    try:
        before = labelled_rows(look.model, side, target)
        return find_decay(look.model.task, before, measured.rows, look.model.classes)
    except (MLOpsError, ValueError):  # too few of them, or of another kind
        return ()


def _joined(look: Look, labels: Labels) -> Side | None:
    """The newest rows that the champion answered and that true values have come for, as many as are wanted
    where there are."""
    wanted, count = look.watched.monitor.rows or FEWEST, 0
    joined: list[Side] = []
    for side in _answered(look):
        rows = labels.joined(side.frame)
        if len(rows):
            joined.append(_only(side, rows))
        count += len(rows)
        if count >= wanted:
            break
    if not joined:
        told = f"no true value of {labels.label} is of a row that {look.model.label} answered"
        look.notes.append(f"{told}, by {', '.join(labels.key)}")
        return None
    return _together(joined, look.watched.monitor.rows)


def _answered(look: Look) -> Iterator[Side]:
    """What the champion says of the current data; of recorded batches what it answered itself, the newest
    first."""
    if look.watched.current is not None:
        if look.now is not None:
            yield look.now
        return
    for entry in look.watched.recorded[:FARTHEST]:
        try:
            batch = _batch(look, entry)
        except Refused:  # its content is gone
            continue
        said = said_by(look.model, batch.frame, batch.answers)
        if said is not None:
            yield said


def _batch(look: Look, entry: Entry) -> Window:
    """All rows of the batch, which the current ones are where the monitor names no number of `rows`."""
    if look.watched.monitor.rows is None and entry.version.digest == look.current.digest:
        return look.current
    return window(look.store, look.config, [entry], None, look.texts)


def _only(side: Side, joined: pandas.DataFrame) -> Side:
    """The rows of the side that have a true value."""
    places = joined.index.to_numpy()
    chances = None if side.probabilities is None else side.probabilities[places]
    return Side(joined.reset_index(drop=True), side.predicted[places], chances)


def _together(sides: Sequence[Side], rows: int | None) -> Side:
    """Sides, the newest first, as one, the newest last; at most so many rows of it, the newest."""
    import numpy as np
    import pandas as pd

    ordered = list(sides)[::-1]
    frame = pd.concat([side.frame for side in ordered], ignore_index=True)
    predicted = np.concatenate([side.predicted for side in ordered])
    told = [side.probabilities for side in ordered if side.probabilities is not None]
    chances = np.concatenate(told) if len(told) == len(ordered) else None
    start = 0 if rows is None else max(len(frame) - rows, 0)
    cut = None if chances is None else chances[start:]
    return Side(frame.iloc[start:].reset_index(drop=True), predicted[start:], cut)
