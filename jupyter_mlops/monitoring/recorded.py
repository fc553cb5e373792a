"""What `predict` and `serve` recorded of a model: rows that it saw, and what it answered."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue.names import plain_name
from jupyter_mlops.catalogue.opening import open_version
from jupyter_mlops.config import Config
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.targets import plain
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.monitoring.decision import FEWEST
from jupyter_mlops.monitoring.reports import Side
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import pandas

PREDICTIONS, REQUESTS = "predictions", "requests"  # datasets ``MODEL-predictions`` and ``MODEL-requests``
FARTHEST = 100  # batches that are looked through, at most
_OLDEST = datetime.min.replace(tzinfo=UTC)
_WHO = re.compile(r"(?P<prefix>.*)model_version_*", re.DOTALL)


def batches(store: Store, model: str) -> list[Entry]:
    """The versions of both datasets of the model, newest first: each is a batch. Of a file of requests, which
    grows, only the last version, which has all of its rows.

    Raises:
        StoreError: the store cannot be read.
    """
    scored = datasets.entries(store, plain_name(f"{model}-{PREDICTIONS}"))
    asked = datasets.entries(store, plain_name(f"{model}-{REQUESTS}"))
    whole = {entry.version.source or entry.version.digest: entry for entry in asked}
    return sorted(
        [*scored, *whole.values()], key=lambda entry: entry.version.created or _OLDEST, reverse=True
    )


def first_answers(
    store: Store, config: Config, known: Sequence[Entry], model: Model, texts: Collection[str]
) -> tuple[Entry, Side] | None:
    """The oldest of the batches in which this very version answered 30 rows or more itself, and its answers
    there; None where there is none."""
    since = model.version.created or _OLDEST
    fitting = [entry for entry in reversed(known) if (entry.version.created or since) >= since]
    for entry in [entry for entry in fitting if _may_be_by(entry, model.label)][:FARTHEST]:
        try:
            batch = window(store, config, [entry], None, texts)
        except Refused:  # its content is gone
            continue
        said = said_by(model, batch.frame, batch.answers)
        if said is not None and len(said.frame) >= FEWEST:
            return entry, said
    return None


def _may_be_by(entry: Entry, label: str) -> bool:
    """Whether the version answered some of the rows, as far as that is known without reading them."""
    told = entry.version.tags.get("answered by")
    return told is None or label in told.split(", ")


@dataclass(frozen=True)
class Answers:
    """The columns of a table that hold what a model answered: see `Project.predict`. `who` names the version;
    empty where there are none."""

    who: str = ""
    prediction: str = ""
    prefix: str = ""
    others: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All of them: nothing that the model saw."""
        return frozenset(filter(None, (self.who, self.prediction, *self.others)))

    @classmethod
    def of(cls, columns: Sequence[str]) -> Answers:
        """Those among the columns, which come after all others; the last that could be it is `who`."""
        places = [place for place, name in enumerate(columns) if _WHO.fullmatch(name)]
        if not places:
            return cls()
        who = columns[places[-1]]
        found = _WHO.fullmatch(who)
        prefix = found["prefix"] if found else ""
        before, after = columns[: places[-1]], columns[places[-1] + 1 :]
        said = re.compile(re.escape(prefix) + r"prediction(_*|\..+)", re.DOTALL)
        predictions = [name for name in before if said.fullmatch(name)]
        plainly = [name for name in predictions if name.rstrip("_") == f"{prefix}prediction"]
        if not predictions:
            return cls()
        others = [name for name in before if name.startswith(f"{prefix}probability_")]
        others += [name for name in after if name.rstrip("_") == "time"]
        return cls(who, plainly[-1] if plainly else "", prefix, (*predictions, *others))


@dataclass(frozen=True)
class Window:
    """Rows that are looked at: `label` names the data, `digest` is theirs, `answers` tells which columns are
    what a model said of them."""

    label: str
    digest: str
    frame: pandas.DataFrame
    notes: tuple[str, ...] = ()
    answers: Answers = field(default_factory=Answers)

    @property
    def seen(self) -> pandas.DataFrame:
        """Without the answers."""
        return self.frame.drop(columns=list(self.answers.columns))


def window(
    store: Store, config: Config, known: Sequence[Entry], rows: int | None, texts: Collection[str]
) -> Window:
    """The newest of the batches, or with `rows` so many of the newest rows of all of them.

    Raises:
        Refused: the content of none is there any more.
    """
    import pandas as pd

    frames: list[pd.DataFrame] = []
    versions: list[DatasetVersion] = []
    notes: list[str] = []
    for version, frame in _readable(store, config, known, texts, notes):
        frames.append(frame)
        versions.append(version)
        if rows is None or sum(map(len, frames)) >= rows:
            break
    if not frames:
        raise Refused(
            notes[0] if notes else "nothing was recorded", hint="record a batch: jupyter mlops predict"
        )
    frame = frames[0] if len(frames) == 1 else pd.concat(frames[::-1], ignore_index=True)
    if rows is not None:
        frame = frame.tail(rows).reset_index(drop=True)
    answers = Answers.of([str(name) for name in frame.columns])
    digest = " ".join(version.digest for version in versions)
    return Window(_named(versions), digest, frame, tuple(notes), answers)


def _readable(
    store: Store, config: Config, known: Sequence[Entry], texts: Collection[str], notes: list[str]
) -> Iterator[tuple[DatasetVersion, pandas.DataFrame]]:
    """The batches with their rows, newest first; of those that cannot be read why, in `notes`."""
    for entry in known:
        try:
            yield entry.version, open_version(store, entry, config).frame(texts)
        except MLOpsError as error:
            notes.append(str(error))


def _named(versions: Sequence[DatasetVersion]) -> str:
    newest, oldest = versions[0].label, versions[-1].label
    return newest if len(versions) == 1 else f"{oldest} to {newest}"


def said_by(model: Model, frame: pandas.DataFrame, answers: Answers) -> Side | None:
    """The rows that this very version answered, with its answers; None where there are none, or they are no
    predictions that can be compared."""
    import numpy as np

    if not answers.prediction:
        return None
    own = (frame[answers.who].astype(str) == model.label) & frame[answers.prediction].notna()
    rows = frame[own].reset_index(drop=True)
    if not len(rows):
        return None
    if model.task == "regression":
        try:
            return Side(rows, rows[answers.prediction].to_numpy(dtype=np.float64), None)
        except (TypeError, ValueError):
            return None
    classes = {plain(value): value for value in model.classes}
    said = [classes.get(plain(value), plain(value)) for value in rows[answers.prediction].tolist()]
    predicted = np.asarray(said, dtype=object) if any(isinstance(v, str) for v in said) else np.asarray(said)
    return Side(rows, predicted, _probabilities(model, rows, answers.prefix))


def _probabilities(model: Model, rows: pandas.DataFrame, prefix: str) -> Any:
    names = [f"{prefix}probability_{plain(value)}" for value in model.classes]
    if not names or any(name not in rows for name in names):
        return None
    return rows[names].to_numpy(dtype="float64")
