"""A feature that tells the target alone has most likely been made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.checks.judging import FEW_ROWS, SEED, Judged, Undecided, Verdict

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]

TOO_GOOD = 0.99  # balanced accuracy, or R², of one feature alone
MOST_ROWS = 20_000
FOLDS = 3
LEAVES = 64


def judge_leakage(judged: Judged) -> Verdict:
    """Whether a single feature that the model takes equals the target, or predicts it nearly perfectly on
    rows that were held out: by a small tree for numbers and times, by the mean or most frequent target of
    each value for others.

    Raises:
        Undecided: there are too few rows, or all have one target.
    """
    import numpy as np

    y = judged.y
    if len(y) < FEW_ROWS:
        raise Undecided(f"{len(y)} rows are too few to tell")
    if len(set(y.tolist())) < 2:
        raise Undecided("all rows have the same target")
    random = np.random.default_rng(SEED)
    chosen = random.permutation(len(y))[:MOST_ROWS]
    features = judged.features.iloc[chosen]
    taken = judged.model.features or tuple(map(str, features.columns))
    regression = judged.model.task == "regression"
    found = []
    for place, name in enumerate(map(str, features.columns)):
        if name in taken:
            said = _told(features.iloc[:, place], y[chosen], regression=regression)
            found += [f"{name} {said}"] if said else []
    if not found:
        return Verdict(True, f"none of {len(taken)} features tells the target alone")
    return Verdict(False, f"{found[0]}" + (f"; and {len(found) - 1} more" if found[1:] else ""), tuple(found))


def _told(column: pandas.Series[Any], y: Array, *, regression: bool) -> str:
    """How well it tells the target, where that is too well."""
    if column.astype(str).tolist() == [str(value) for value in y.tolist()]:
        return "is the target itself"
    numbers = _numbers(column)
    if numbers is None and column.nunique() > len(column) / 2:
        return ""  # each value occurs about once: nothing could be learnt of it
    predicted = _held_out(
        numbers if numbers is not None else _codes(column), y, numbers is not None, regression
    )
    score = _score(y, predicted, regression=regression)
    name = "R²" if regression else "balanced accuracy"
    return f"predicts the target nearly perfectly alone ({name} {score:.3f})" if score >= TOO_GOOD else ""


def _numbers(column: pandas.Series[Any]) -> Array | None:
    """The column as numbers in which missing ones stand out, too; None of texts and the like."""
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    if is_datetime64_any_dtype(column.dtype):
        column = pd.Series(np.where(column.isna(), np.nan, column.astype("int64")), column.index)
    elif not (is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype)) or column.dtype.kind == "c":
        return None
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = values[np.isfinite(values)]
    low = finite.min() if len(finite) else 0.0
    return np.where(np.isfinite(values), values, low - 1 - abs(low))


def _codes(column: pandas.Series[Any]) -> Array:
    return column.astype(str).factorize()[0]


def _held_out(values: Array, y: Array, is_number: bool, regression: bool) -> Array:
    """For each row what the others say of it."""
    import numpy as np

    predicted = np.empty(len(y), dtype=y.dtype)
    fold = np.arange(len(y)) % FOLDS
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        learn = _by_tree if is_number else _by_value
        predicted[test] = learn(values[train], y[train], values[test], regression)
    return predicted


def _by_tree(
    values: Array,
    y: Array,
    asked: Array,
    regression: bool,
) -> Array:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeRegressor if regression else DecisionTreeClassifier
    tree = kind(max_leaf_nodes=LEAVES, random_state=SEED)
    labels = y if regression or y.dtype != object else y.astype(str)
    found = tree.fit(values.reshape(-1, 1), labels).predict(asked.reshape(-1, 1))
    return found if labels is y else found.astype(object)


def _by_value(
    values: Array,
    y: Array,
    asked: Array,
    regression: bool,
) -> Array:
    import pandas as pd

    table = pd.DataFrame({"value": values, "y": y})

    def usual(part: pandas.Series[Any]) -> Any:
        return part.mean() if regression else part.mode().iloc[0]

    known = table.groupby("value")["y"].agg(usual)
    found = pd.Series(asked).map(known)
    return found.where(found.notna(), usual(table["y"])).to_numpy()


def _score(y: Array, predicted: Array, *, regression: bool) -> float:
    import numpy as np

    if regression:
        spread = float(((y - y.mean()) ** 2).sum())
        return 1 - float(((y - predicted) ** 2).sum()) / spread if spread else 0.0
    right = y == predicted
    return float(np.mean([right[y == label].mean() for label in set(y.tolist())]))
