"""A registered model, opened to be judged: what it predicts, on whatever columns the data have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.evaluation.alignment import aligned
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking.loading import Loaded, load_for_scoring, quiet
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import numpy
    import pandas

Task = Literal["classification", "regression"]

_LONGEST = 300  # characters of what a library said
_REAL_OUTPUT = ("double", "float")
_LABEL_OUTPUT = ("string", "boolean", "long", "integer", "object", "str", "bool", "int")


@dataclass(frozen=True)
class Model:
    """A classifier or regressor.

    `label` is ``NAME@VERSION``. `classes` are the labels that a classifier knows, in the order of the columns
    of its probabilities; empty where it does not tell, and for regression. `features` are the columns it was
    fitted on, in order, and `types` what its signature says of them; empty where it does not tell.
    """

    label: str
    version: ModelVersion
    task: Task
    estimator: Any
    native: bool = True
    classes: tuple[Any, ...] = ()
    features: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()

    @property
    def texts(self) -> frozenset[str]:
        """The columns that are texts by its signature: such as codes, which may look like numbers."""
        return frozenset(name for name, kind in self.types.items() if kind == "string")

    def align(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        """What of `frame` the model takes: its columns in its order and types; all, where it names none.

        Raises:
            Refused: the data lack columns, or hold text where numbers are needed, or numbers where text is.
        """
        if not self.features:
            return frame
        return aligned(frame, self.features, label=self.label, types=self.types, optional=self.optional)

    def predict(self, frame: pandas.DataFrame) -> numpy.ndarray[Any, Any]:
        """A label, or a number (float64), for each row: shape (rows,).

        Raises:
            Refused: the data lack columns, or the model cannot predict on them.
        """
        import numpy as np

        predicted = np.asarray(self._ask("predict", frame))
        if predicted.ndim == 2 and predicted.shape[1] == 1:
            predicted = predicted[:, 0]
        if predicted.shape != (len(frame),):
            raise Refused(
                f"{self.label} gives {predicted.shape} values for {len(frame)} rows",
                hint="only models with one prediction for each row can be judged",
            )
        return predicted.astype(np.float64) if self.task == "regression" else predicted

    def probabilities(self, frame: pandas.DataFrame) -> numpy.ndarray[Any, Any] | None:
        """The probability of each of `classes` for each row: shape (rows, classes); None where the model has
        none.

        Raises:
            Refused: as for `predict`.
        """
        import numpy as np

        if not self.classes or not hasattr(self.estimator, "predict_proba"):
            return None
        given = np.asarray(self._ask("predict_proba", frame), dtype=np.float64)
        return given if given.shape == (len(frame), len(self.classes)) else None

    def _ask(self, method: str, frame: pandas.DataFrame) -> Any:
        given: Any = self.align(frame).reset_index(drop=True)
        named = hasattr(self.estimator, "feature_names_in_")
        if self.native and hasattr(self.estimator, "n_features_in_") and not named:
            given = given.to_numpy()  # it was fitted on an array, and would warn of names
        try:
            with quiet():
                made = getattr(self.estimator, method)(given)
        except Exception as error:  # whatever library made it: it may raise anything
            raise Refused(
                f"{self.label} cannot predict on these data: {first_sentence(error)}",
                hint="give it data like those that it was trained on; missing values and new categories "
                "must be handled within the model's pipeline",
            ) from None
        return _in_order(made, len(frame), self.label)


def _in_order(made: Any, rows: int, label: str) -> Any:
    """What a model made of rows that are counted from 0, in their order: where it tells by an index whose
    each value is, that counts, and not the place.

    Raises:
        Refused: the index is another one.
    """
    import pandas as pd

    counted = pd.RangeIndex(rows)
    if not isinstance(made, pd.Series | pd.DataFrame) or len(made) != rows or made.index.equals(counted):
        return made  # of another length: told by whoever asked
    if made.index.is_unique and made.index.isin(counted).all():
        return made.reindex(counted)
    raise Refused(
        f"{label} answers under an index that is not that of the rows: whose each value is cannot be told",
        hint="let its predict keep the index, or give an array",
    )


def first_sentence(error: Exception) -> str:
    """What a library said, without the advice that comes after it."""
    said = " ".join(str(error).strip().partition("\n\n")[0].split())
    found = re.match(r".*?[^\s.]{2}\.(?=\s+[A-Z])", said)
    told = found[0].removesuffix(".") if found else said
    return (told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…") or type(error).__name__


def open_model(store: Store, reference: str) -> Model:
    """The model behind ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS``.

    Loading unpickles: open only models you trust.

    Raises:
        NotFound: no such model, version or alias.
        Refused: it cannot be loaded, or is neither a classifier nor a regressor.
    """
    return model_of(load_for_scoring(store, reference))


def model_of(loaded: Loaded) -> Model:
    """The model in memory as one to be judged.

    Raises:
        Refused: it is neither a classifier nor a regressor.
    """
    label = f"{loaded.version.name}@{loaded.version.version}"
    task = _task(loaded, label)
    features = tuple(map(str, getattr(loaded.model, "feature_names_in_", ()))) if loaded.native else ()
    return Model(
        label=label,
        version=loaded.version,
        task=task,
        estimator=loaded.model,
        native=loaded.native,
        classes=_classes(loaded.model, label) if task == "classification" and loaded.native else (),
        features=features or tuple(loaded.inputs),
        types=loaded.inputs,
        optional=loaded.optional,
    )


def _task(loaded: Loaded, label: str) -> Task:
    if loaded.native:
        from sklearn.base import is_classifier, is_regressor

        if is_classifier(loaded.model):
            return "classification"
        if is_regressor(loaded.model):
            return "regression"
        kind = type(loaded.model).__name__
        raise Refused(
            f"{label} is a {kind}, neither a classifier nor a regressor",
            hint="only models that predict a label or a number can be judged",
        )
    if loaded.output.startswith(_REAL_OUTPUT):
        return "regression"
    if loaded.output.startswith(_LABEL_OUTPUT):
        return "classification"
    raise Refused(
        f"{label}: its signature does not tell what it predicts",
        hint="log it with a signature, e.g. %track model NAME where its training frame is at hand",
    )


def _classes(model: Any, label: str) -> tuple[Any, ...]:
    import numpy as np

    known = getattr(model, "classes_", None)
    if known is None:
        return ()
    if np.ndim(known) != 1 or (len(known) and np.ndim(known[0]) > 0):
        raise Refused(
            f"{label} predicts several labels for each row", hint="only models with one can be judged"
        )
    return tuple(np.asarray(known).tolist())
