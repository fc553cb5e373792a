"""Why a model predicts what it does: which features it leans on, and what made single rows' predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.entities import Explanation, FeatureImportance, RowExplanation
from jupyter_mlops.evaluation import shapley
from jupyter_mlops.evaluation.importance import permutation_importances
from jupyter_mlops.evaluation.metrics import MAIN, METRICS
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.occlusion import occluded
from jupyter_mlops.evaluation.outputs import Outputs
from jupyter_mlops.evaluation.targets import find_target, parted
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused, did_you_mean

if TYPE_CHECKING:
    import numpy
    import pandas

MOST_ROWS = 5000
BACKGROUND = 100  # rows that stand for all others
SEED = 0
_SHOWN = 40  # characters of a value

Method = Literal["permutation", "shap"]


def explain(
    model: Model,
    frame: pandas.DataFrame,
    *,
    data: str,
    target: str | None = None,
    method: Method = "permutation",
    rows: Sequence[int] = (),
    metric: str | None = None,
    key: Sequence[str] = (),
) -> Explanation:
    """The importance of each feature, and of single rows what each feature's value added.

    With `method` ``permutation`` importance is how far the metric falls once the feature is shuffled, on at
    most 5,000 rows with a label; rows are told by occlusion, see `occlusion.occluded`. With ``shap`` it is
    the mean absolute SHAP value, over the classes, on at most 200 rows, which need no label; rows are told
    by their SHAP values, which add up to the prediction. Contributions are to the probability of the
    predicted class, or to the predicted number. The same call gives the same numbers.

    Args:
        model: the model.
        frame: the data.
        data: what to call them.
        target: the column of the labels; by default the only one that the model does not take.
        method: see above.
        rows: numbers of rows of `frame`, from 1, to be explained.
        metric: by default accuracy, or MAE.
        key: columns that tell rows apart, and so are no target.

    Raises:
        NotFound: no such column, metric or row.
        Refused: there are no labels where they are needed, the model cannot take these data, or shap is not
            installed.
    """
    main = _metric(model, metric)
    frame = frame.reset_index(drop=True)
    if not len(frame):
        raise Refused(f"{data}: the data have no rows", hint="give rows to explain")
    wrong = next((row for row in rows if not 1 <= row <= len(frame)), None)
    if wrong is not None:
        raise NotFound(f"{data} has no row {wrong}", hint=f"rows are counted from 1 to {len(frame):,}")
    if method == "shap":
        return _by_shap(model, frame, data, target, rows, key)
    features, y = parted(frame, target, model, key=key)
    features = _of(model, features)
    places = sampled(len(features), MOST_ROWS)
    used = features.iloc[places]
    score, importances = permutation_importances(model, used, y[places], main)
    notes = [*_unlabelled(len(frame) - len(y)), *_sampled_note(len(used), len(y))]
    if rows:
        notes.append("rows: output less the mean with that feature's value taken from other rows")
    return Explanation(
        model=model.label,
        data=data,
        rows=len(used),
        method=method,
        metric=main,
        score=score,
        features=tuple(importances),
        examples=tuple(_examples(model, frame[list(features.columns)], rows)),
        notes=tuple(notes),
    )


def sampled(rows: int, most: int) -> numpy.ndarray[Any, Any]:
    """Places of at most so many rows, chosen at random but always the same, in order."""
    import numpy as np

    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(SEED).choice(rows, most, replace=False))


def _metric(model: Model, metric: str | None) -> str:
    known = [each.name for each in METRICS.values() if each.task == model.task]
    if metric is not None and metric not in known:
        raise NotFound(f"no metric {metric!r} of {model.task}", hint=did_you_mean(metric, known))
    return metric or MAIN[model.task]


def _of(model: Model, features: pandas.DataFrame) -> pandas.DataFrame:
    """The columns that the model takes, where it tells them."""
    return model.align(features) if model.features else features


def _unlabelled(count: int) -> list[str]:
    return [f"{count:,} rows without a label were left out"] if count else []


def _sampled_note(used: int, there: int) -> list[str]:
    return [f"from {used:,} of {there:,} rows, chosen at random"] if used < there else []


def _examples(model: Model, features: pandas.DataFrame, rows: Sequence[int]) -> list[RowExplanation]:
    if not rows:
        return []
    features = _of(model, features)
    background = features.iloc[sampled(len(features), BACKGROUND)]
    chosen = features.iloc[[number - 1 for number in rows]]
    outputs = Outputs.of(model, chosen)
    base, values = outputs(background).mean(axis=0), outputs(chosen)
    kind = outputs.kind(chosen)
    found = []
    for place, number in enumerate(rows):
        row = chosen.iloc[[place]]
        predicted = model.predict(row).tolist()[0]
        output = outputs.place(predicted)
        added = occluded(outputs, row, background, output)
        of_all = _Output(kind, float(values[place, output]), float(base[output]), len(background))
        found.append(_told(number, row, predicted, of_all, added))
    return found


@dataclass(frozen=True)
class _Output:
    """What contributions are to: its value in a row, and its mean in so many of the background."""

    kind: Literal["probability", "share", "number"]
    value: float
    base: float
    background: int


def _told(
    number: int, row: pandas.DataFrame, predicted: Any, output: _Output, added: dict[str, float]
) -> RowExplanation:
    values = {str(name): str(row[name].iloc[0])[:_SHOWN] for name in row.columns}
    text = f"{predicted:.6g}" if isinstance(predicted, float) else str(predicted)
    return RowExplanation(
        row=number,
        prediction=text,
        base=output.base,
        output=output.kind,
        value=output.value,
        background=output.background,
        values=values,
        contributions=added,
    )


def _by_shap(
    model: Model,
    frame: pandas.DataFrame,
    data: str,
    target: str | None,
    rows: Sequence[int],
    key: Sequence[str],
) -> Explanation:
    import numpy as np
    import pandas as pd

    shapley.check_installed()
    features = _of(model, _without_target(model, frame, target, key))
    background = features.iloc[sampled(len(features), BACKGROUND)]
    outputs = Outputs.of(model, features.iloc[sampled(len(features), MOST_ROWS)])
    explainer = shapley.explainer(outputs, background)
    used = features.iloc[sampled(len(features), explainer.most_rows)]
    chosen = features.iloc[[number - 1 for number in rows]]
    found = explainer(pd.concat([used, chosen]))
    names = [str(name) for name in features.columns]
    sizes = np.abs(found.values[: len(used)]).mean(axis=(0, 2))
    importances = [
        FeatureImportance(feature=name, importance=size)
        for name, size in zip(names, sizes.tolist(), strict=True)
    ]
    added = shapley.Shapley(found.values[len(used) :], found.base)
    examples = _by_values(outputs, chosen, rows, added, explainer.background)
    return Explanation(
        model=model.label,
        data=data,
        rows=len(used),
        method="shap",
        features=tuple(sorted(importances, key=lambda each: -each.importance)),
        examples=tuple(examples),
        notes=tuple(_sampled_note(len(used), len(frame))),
    )


def _by_values(
    outputs: Outputs,
    chosen: pandas.DataFrame,
    rows: Sequence[int],
    found: shapley.Shapley,
    background: int,
) -> list[RowExplanation]:
    """The `chosen` rows, whose numbers are `rows`, by their SHAP values."""
    if not rows:
        return []
    names, kind, values = [str(name) for name in chosen.columns], outputs.kind(chosen), outputs(chosen)
    examples = []
    for place, number in enumerate(rows):
        row = chosen.iloc[[place]]
        predicted = outputs.model.predict(row).tolist()[0]
        output = outputs.place(predicted)
        added = dict(zip(names, found.values[place, :, output].tolist(), strict=True))
        of_all = _Output(kind, float(values[place, output]), float(found.base[output]), background)
        examples.append(_told(number, row, predicted, of_all, added))
    return examples


def _without_target(
    model: Model, frame: pandas.DataFrame, target: str | None, key: Sequence[str]
) -> pandas.DataFrame:
    """SHAP needs no labels: where they are is told only where the model does not tell its features."""
    if target is None and model.features:
        return frame
    try:
        return frame.drop(columns=[find_target(frame, target, model, key=key)])
    except NotFound:
        raise
    except MLOpsError:
        return frame
