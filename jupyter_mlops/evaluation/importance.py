"""Permutation importance: how much worse a model is once a feature tells it nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import FeatureImportance
from jupyter_mlops.evaluation.metrics import higher_is_better, scores
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import numpy
    import pandas

REPEATS = 10
SEED = 0


def permutation_importances(
    model: Model, features: pandas.DataFrame, y: numpy.ndarray[Any, Any], metric: str
) -> tuple[float, list[FeatureImportance]]:
    """The model's metric, and how far it falls (an error: rises) when the values of each feature change rows
    at random: mean and standard deviation of ten times, the most important feature first (Breiman, Machine
    Learning 45:5-32, 2001; by scikit-learn).

    Of features that tell the same, each alone seems unimportant: the model can do without one.

    Raises:
        Refused: the metric is not defined on these rows.
    """
    from sklearn.inspection import permutation_importance

    sign = 1.0 if higher_is_better(metric) else -1.0

    def score(estimator: _Judged, frame: pandas.DataFrame, truth: numpy.ndarray[Any, Any]) -> float:
        return sign * estimator.score(frame, truth)

    judged = _Judged(model, metric)
    value = judged.score(features, y)
    found = permutation_importance(judged, features, y, scoring=score, n_repeats=REPEATS, random_state=SEED)
    importances = [
        FeatureImportance(feature=str(name), importance=float(mean), std=float(std))
        for name, mean, std in zip(
            features.columns, found.importances_mean, found.importances_std, strict=True
        )
    ]
    return value, sorted(importances, key=lambda each: -each.importance)


class _Judged:
    """A model as scikit-learn asks it to be scored."""

    def __init__(self, model: Model, metric: str) -> None:
        self._model = model
        self._metric = metric

    def fit(self, frame: Any, truth: Any) -> _Judged:
        return self

    def score(self, frame: pandas.DataFrame, truth: numpy.ndarray[Any, Any]) -> float:
        model = self._model
        chances = model.probabilities(frame) if self._metric == "roc_auc" else None
        predicted = model.predict(frame)
        if predicted.dtype.kind in "US":
            predicted = predicted.astype(object)
        found = scores(model.task, truth, predicted, chances, model.classes)
        if self._metric not in found:
            raise Refused(
                f"{self._metric} is not defined for {model.label} on these rows",
                hint="choose another --metric",
            )
        return found[self._metric]
