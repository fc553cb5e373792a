"""What a model says as numbers, so that shares of it can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.evaluation.metrics import label_set
from jupyter_mlops.evaluation.models import Model

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]


@dataclass(frozen=True)
class Outputs:
    """The numbers that `model` gives for rows: the probability of each of `classes`; 1 for the class that is
    predicted and 0 for others, where it has no probabilities; or the one number that it predicts."""

    model: Model
    classes: tuple[Any, ...]

    @classmethod
    def of(cls, model: Model, frame: pandas.DataFrame) -> Outputs:
        """For a model that does not tell its classes, those that it predicts on `frame`."""
        if model.task == "regression":
            return cls(model, ())
        return cls(model, model.classes or tuple(label_set((), model.predict(frame))))

    def kind(self, frame: pandas.DataFrame) -> Literal["probability", "share", "number"]:
        """What the numbers are."""
        if self.model.task == "regression":
            return "number"
        return "share" if self.model.probabilities(frame) is None else "probability"

    def __call__(self, frame: pandas.DataFrame) -> Array:
        """Shape (rows, classes), or (rows, 1) of a regressor."""
        import numpy as np

        if self.model.task == "regression":
            return self.model.predict(frame)[:, None]
        chances = self.model.probabilities(frame)
        if chances is not None:
            return chances
        predicted = self.model.predict(frame)
        return np.column_stack([predicted == label for label in self.classes]).astype(np.float64)

    def place(self, predicted: Any) -> int:
        """The column of what is predicted for a row."""
        return self.classes.index(predicted) if predicted in self.classes else 0
