"""What models say of rows, as columns: `prediction`; for a classifier that tells them the probability of each
class, `probability_<class>`; and `model_version`, who answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_mlops.evaluation.alignment import WHOLE, aligned
from jupyter_mlops.evaluation.models import Model, model_of
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.serving.splitting import rows_named
from jupyter_mlops.tracking.loading import load_for_scoring
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import pandas

PREDICTION, PROBABILITY, VERSION = "prediction", "probability_", "model_version"


def open_scorer(store: Store, reference: str) -> Model:
    """The model behind ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``, as one that says something of rows: one
    that is neither a classifier nor a regressor, too.

    Loading unpickles: open only models you trust.

    Raises:
        NotFound: no such model, version or alias.
        Refused: it cannot be loaded.
    """
    loaded = load_for_scoring(store, reference)
    try:
        return model_of(loaded)
    except Refused:
        if not hasattr(loaded.model, "predict"):
            raise
    features = tuple(map(str, getattr(loaded.model, "feature_names_in_", ()))) if loaded.native else ()
    return Model(
        label=f"{loaded.version.name}@{loaded.version.version}",
        version=loaded.version,
        task="classification",  # whose predictions are taken as they are
        estimator=loaded.model,
        native=loaded.native,
        features=features or tuple(loaded.inputs),
        types=loaded.inputs,
        optional=loaded.optional,
    )


def open_answering(store: Store, reference: str, others: Iterable[str], prefix: str = "") -> Answering:
    """The model behind the reference, and `others` of its versions by alias or number.

    Raises:
        NotFound: no such model, version or alias.
        Refused: one cannot be loaded.
    """
    main = open_scorer(store, reference)
    models = {main.label: main}
    for other in others:
        models[other] = open_scorer(store, f"{main.version.name}@{other}")
    return Answering(main.version.name, main.label, models, prefix)


def class_name(value: Any) -> str:
    """A class as the name of a column tells it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True)
class Answering:
    """Versions of one model by who they answer as: `main` is the label of the one that answers what nobody
    else does. `prefix` begins the names of all columns."""

    name: str
    main: str
    models: Mapping[str, Model]
    prefix: str = ""
    kinds: dict[str, str] = field(default_factory=dict)  # of predictions that were seen, by label

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes that some version tells probabilities of."""
        found = [
            class_name(value)
            for model in self.models.values()
            if hasattr(model.estimator, "predict_proba")
            for value in model.classes
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of answers, in order."""
        names = [PREDICTION, *(f"{PROBABILITY}{name}" for name in self.classes), VERSION]
        return tuple(f"{self.prefix}{name}" for name in names)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a person might not expect."""
        by_label = {model.label: model for model in self.models.values()}
        notes = [
            f"{label} has no signature: its columns were not checked"
            for label, model in by_label.items()
            if not model.types
        ]
        notes += [
            f"{name} is {model.label}, too: it answers all the same"
            for name, model in self.models.items()
            if name != self.main and model.label == self.main
        ]
        known = {frozenset(map(class_name, model.classes)) for model in by_label.values() if model.classes}
        if len(known) > 1:
            notes.append(
                "the versions know different classes; a probability that one does not tell is missing"
            )
        return tuple(notes)

    def check(self, frame: pandas.DataFrame) -> None:
        """Hold these rows against what the models take.

        Raises:
            Refused: columns are missing, of a type that will not do, or have gaps where there may be none.
        """
        for model in {model.label: model for model in self.models.values()}.values():
            _check(model, frame)

    def answers(self, parts: Mapping[str, pandas.DataFrame]) -> pandas.DataFrame:
        """The answers to the rows of all parts, given by who is to answer, under the rows' own index.

        Raises:
            Refused: a row cannot be scored; its number is told.
        """
        import pandas as pd

        found = [self._part(self.models[name], part) for name, part in parts.items() if len(part)]
        if not found:
            return self._none(next(iter(parts.values())))
        return found[0] if len(found) == 1 else pd.concat(found)

    def _part(self, model: Model, frame: pandas.DataFrame) -> pandas.DataFrame:
        import numpy as np
        import pandas as pd

        _check(model, frame)
        predicted = model.predict(frame)
        if predicted.dtype.kind in "US":
            predicted = predicted.astype(object)
        self._see(model, pd.api.types.infer_dtype(predicted, skipna=True))
        columns: dict[str, Any] = {PREDICTION: predicted}
        chances = model.probabilities(frame) if self.classes else None
        named = [class_name(value) for value in model.classes]
        for name in self.classes:
            columns[f"{PROBABILITY}{name}"] = np.full(len(frame), np.nan)
            if chances is not None and name in named:
                columns[f"{PROBABILITY}{name}"] = chances[:, named.index(name)]
        columns[VERSION] = model.label
        made = pd.DataFrame(columns, index=frame.index)
        made.columns = pd.Index(self.columns)
        return made

    def _see(self, model: Model, kind: str) -> None:
        """Predictions of all versions go into one column."""
        kind = "number" if kind in {"integer", "floating", "mixed-integer-float"} else kind
        for other, seen in self.kinds.items():
            if seen != kind and kind != "empty":
                raise Refused(
                    f"{model.label} predicts {kind}s, {other} {seen}s: one column cannot hold both",
                    hint="score them into files of their own, without --split",
                )
        self.kinds[model.label] = kind

    def _none(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        """The columns, of the types that they would have, without rows."""
        import numpy as np
        import pandas as pd

        main = self.models[self.main]
        if main.classes:
            predicted = np.asarray(main.classes)
            empty: Any = (predicted.astype(object) if predicted.dtype.kind in "US" else predicted)[:0]
        else:
            empty = np.empty(0, np.float64 if main.task == "regression" else object)
        columns: dict[str, Any] = {name: pd.Series(np.empty(0), dtype="float64") for name in self.columns}
        columns[self.columns[0]] = pd.Series(empty, dtype=str if empty.dtype == object else empty.dtype)
        columns[self.columns[-1]] = pd.Series([], dtype=str)
        return pd.DataFrame(columns).set_axis(frame.index)


def _check(model: Model, frame: pandas.DataFrame) -> None:
    """Whole numbers are what the data must hold where the signature says so: another type has none that is
    missing, and a model that was trained on whole numbers never saw a gap.

    Raises:
        Refused: as `Model.align`; or whole numbers are missing, or are not whole.
    """
    if not model.features:
        return
    fitted = aligned(frame, model.features, label=model.label, types=model.types, optional=model.optional)
    for name, kind in model.types.items():
        if kind not in WHOLE or name not in fitted or name in model.optional:
            continue
        column = fitted[name].astype("float64")
        for wrong, problem in (
            (column.isna(), "they are missing"),
            (column != column.round(), "they are not whole"),
        ):
            if wrong.any():
                rows = rows_named([int(row) + 1 for row in frame.index[wrong.to_numpy()]])
                raise Refused(
                    f"column {name!r}: {model.label} needs whole numbers, but {problem} in {rows}",
                    hint="fill them in, or train with such values: the signature then says double",
                )
