"""A look of a monitor in the making: the champion in memory, its data, and what is to be told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_mlops.config import Config
from jupyter_mlops.evaluation.models import Model, open_model
from jupyter_mlops.evaluation.targets import wanted_target
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.monitoring.decision import FEWEST
from jupyter_mlops.monitoring.labels import Labels, labels_of
from jupyter_mlops.monitoring.recorded import Answers, Window, first_answers, said_by, window
from jupyter_mlops.monitoring.reports import Side, predicted_side
from jupyter_mlops.monitoring.watched import Watched
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Look:
    """The champion `model`, the `reference` and the `current` rows; what the model says `now`, of the current
    ones, if it says anything, and what that is compared with: what it said `before`. That is of the
    reference; of one that it was trained on, where it is surer than anywhere else, not, but of the first
    batch that it answered. True values by key are in `labels`; `target` is the column that holds them, if it
    is known."""

    store: Store
    config: Config
    watched: Watched
    model: Model
    texts: frozenset[str]
    reference: pandas.DataFrame
    current: Window
    before: Side | None
    now: Side | None
    labels: Labels | None
    target: str | None
    notes: list[str] = field(default_factory=list)


def begin(store: Store, config: Config, watched: Watched) -> Look:
    """Read all that is looked at. Loading the model unpickles.

    Raises:
        NotFound: a column that is named is nowhere.
        Refused: a side has no rows or cannot be read, or the model cannot be loaded.
    """
    model, monitor = open_model(store, watched.model), watched.monitor
    texts = frozenset({*model.texts, *(set(monitor.key) - set(model.features))})
    current = _current(store, config, watched, texts)
    reference = watched.reference.frame(texts)
    for label, frame in ((watched.reference.label, reference), (current.label, current.frame)):
        if not len(frame):
            raise Refused(f"monitor {watched.name}: {label} has no rows", hint="name data that have some")
    target = monitor.target or wanted_target(config, [*reference, *current.seen], None, model)
    labels = None if watched.labels is None else labels_of(watched.labels, monitor.key, target, model)
    notes = [*watched.notes, *current.notes]
    now = _now(model, current, notes)
    if watched.trained:
        before = _first(store, config, watched, model, texts, current, notes)
    else:
        before = _asked(model, reference, "reference", notes)
    return Look(
        store=store,
        config=config,
        watched=watched,
        model=model,
        texts=texts,
        reference=reference,
        current=current,
        before=before,
        now=now,
        labels=labels,
        target=labels.target if labels else target,
        notes=notes,
    )


def _current(store: Store, config: Config, watched: Watched, texts: frozenset[str]) -> Window:
    rows = watched.monitor.rows
    if watched.current is None:
        return window(store, config, watched.recorded, rows, texts)
    data = watched.current
    frame = data.frame(texts)
    if rows is not None:
        frame = frame.tail(rows).reset_index(drop=True)
    answers = Answers.of([str(name) for name in frame.columns])
    return Window(data.label, data.version.digest, frame, data.notes, answers)


def _now(model: Model, current: Window, notes: list[str]) -> Side | None:
    """What was recorded, where that is enough, else what the model says."""
    recorded = said_by(model, current.frame, current.answers)
    if recorded is not None and len(recorded.frame) >= min(FEWEST, len(current.frame)):
        return recorded
    if current.answers.who:
        notes.append(f"{model.label} answered too few of these rows itself: it was asked anew")
    return _asked(model, current.seen, "current", notes)


def _first(
    store: Store,
    config: Config,
    watched: Watched,
    model: Model,
    texts: frozenset[str],
    current: Window,
    notes: list[str],
) -> Side | None:
    if watched.current is not None:
        notes.append(
            "predictions are not compared: the model was trained on the reference, and is surer there than "
            "elsewhere; name another reference:"
        )
        return None
    first = first_answers(store, config, watched.recorded, model, texts)
    if first is None or first[0].version.digest in current.digest.split():
        notes.append(f"predictions are compared with those of the first batch that {model.label} answered")
        return None
    return first[1]


def _asked(model: Model, frame: pandas.DataFrame, name: str, notes: list[str]) -> Side | None:
    try:
        return predicted_side(model, frame)
    except Refused as error:
        notes.append(f"no predictions on the {name} data: {error}")
        return None
