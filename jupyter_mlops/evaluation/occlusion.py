"""Why a row gets its prediction, without SHAP: by leaving out what is known of one feature at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlops.evaluation.outputs import Outputs

if TYPE_CHECKING:
    import pandas


def occluded(
    outputs: Outputs, row: pandas.DataFrame, background: pandas.DataFrame, place: int
) -> dict[str, float]:
    """For each feature how much higher the output is with the row's value than, in the mean, with the values
    of the `background` rows in its stead, all other features being the row's.

    It is not SHAP: the contributions do not add up to the prediction, and of features that act only together
    each gets the whole effect. Values may be combined that never occur together.

    Args:
        outputs: what the model says, as numbers.
        row: one row, with the features only.
        background: rows that stand for all, with the same columns.
        place: the output that is explained: the column of a class, or 0.
    """
    import pandas as pd

    said = outputs(row)[0, place]
    size = len(background)
    repeated = row.loc[row.index.repeat(size)].reset_index(drop=True)
    others = background.reset_index(drop=True)
    parts = [repeated.assign(**{name: others[name]}) for name in row.columns]
    means = outputs(pd.concat(parts, ignore_index=True))[:, place].reshape(len(parts), size).mean(axis=1)
    return {str(name): float(said - mean) for name, mean in zip(row.columns, means, strict=True)}
