"""SHAP values, by the package shap (an extra): a prediction is the mean plus what each feature adds."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.evaluation.outputs import Outputs
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking.loading import quiet

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]

SEED = 0
MOST_ROWS = 200
MOST_SLOW_ROWS = 60  # where the model is asked often for each
FEWEST_ROWS = 20
_STAND_INS = 50  # rows of the background, for models that are asked often
_PERMUTATIONS = 5  # of the features, each read forward and back
_MOST_ASKED = 1_000_000  # predictions


@dataclass(frozen=True)
class Shapley:
    """What each feature adds to each output: `values` of shape (rows, features, outputs), to the mean `base`
    of shape (outputs,)."""

    values: Array
    base: Array


def check_installed() -> None:
    """Return if shap can be used.

    Raises:
        Refused: it is not installed.
    """
    try:
        with quiet():
            import shap  # noqa: F401
    except ImportError:
        raise Refused("SHAP needs the package shap", hint="pip install 'jupyter-mlops[shap]'") from None


@dataclass(frozen=True)
class Explainer:
    """Tells the SHAP values of rows, beside so many of the `background`; of not many more than `most_rows`,
    or it takes long."""

    call: Callable[[pandas.DataFrame], Shapley]
    most_rows: int
    background: int

    def __call__(self, rows: pandas.DataFrame) -> Shapley:
        """The values of each of the rows.

        Raises:
            Refused: shap fails on this model.
        """
        try:
            with _silent():
                return self.call(rows)
        except Refused:
            raise
        except Exception as error:  # shap may raise anything
            raise Refused(f"shap fails on this model: {error}", hint="use --method permutation") from None


def explainer(outputs: Outputs, background: pandas.DataFrame) -> Explainer:
    """Of SHAP values (Lundberg & Lee, NeurIPS 2017), features that are left out taking the values of the
    `background` rows; exact for models of trees whose features are numbers, else by permutation of the
    features' order, which asks the model often.

    Raises:
        Refused: shap is not installed.
    """
    check_installed()
    with _silent():
        of_trees = _of_trees(outputs, background)
    if of_trees is not None:
        return Explainer(of_trees, MOST_ROWS, len(background))
    asked = _PERMUTATIONS * (2 * len(background.columns) + 1) * _STAND_INS  # of the model for each row
    few = max(FEWEST_ROWS, min(MOST_SLOW_ROWS, _MOST_ASKED // asked))
    stand_ins = background.iloc[:: -(-len(background) // _STAND_INS)]
    return Explainer(lambda rows: _of_any(outputs, rows, stand_ins), few, len(stand_ins))


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """No warnings, and no progress bars of shap's own."""
    with quiet(), contextlib.redirect_stderr(io.StringIO()):
        yield


def _of_trees(outputs: Outputs, background: pandas.DataFrame) -> Callable[[pandas.DataFrame], Shapley] | None:
    """By the paths of trees, in units of the output; None for another model, or one that shap cannot tell
    of in these units."""
    import numpy as np
    import shap

    model = outputs.model
    given = model.align(background)
    if not model.native or not all(_is_number(dtype) for dtype in given.dtypes):
        return None
    how = "probability" if model.task == "classification" else "raw"
    try:
        data = given.to_numpy(dtype=np.float64)
        known = shap.TreeExplainer(model.estimator, data, model_output=how)

        def told(rows: pandas.DataFrame) -> Shapley:
            values = np.asarray(known.shap_values(model.align(rows).to_numpy(dtype=np.float64)))
            base = np.atleast_1d(np.asarray(known.expected_value, dtype=np.float64))
            return _of_both(outputs, values, base)

        few = background.head(5)
        found = told(few)
        agrees = np.allclose(found.values.sum(axis=1) + found.base, outputs(few), atol=1e-3)
    except Exception:  # shap tells by all kinds of errors that the model is not such a one
        return None
    return told if agrees else None


def _of_both(outputs: Outputs, values: Array, base: Array) -> Shapley:
    """Of two classes shap may tell of the second only."""
    import numpy as np

    if values.ndim == 2:
        values = values[:, :, None]
    if len(outputs.classes) == 2 and values.shape[2] == 1:
        return Shapley(np.concatenate([-values, values], axis=2), np.concatenate([1 - base, base]))
    return Shapley(values, base)


def _is_number(dtype: Any) -> bool:
    import numpy as np

    return isinstance(dtype, np.dtype) and dtype.kind in "iufb"


def _of_any(outputs: Outputs, rows: pandas.DataFrame, background: pandas.DataFrame) -> Shapley:
    import numpy as np
    import pandas as pd
    import shap

    # shap knows numbers only: each value is told by its place in a table of the column's values
    both = pd.concat([background, rows], ignore_index=True)
    coded = np.column_stack([pd.factorize(both[name], use_na_sentinel=False)[0] for name in both.columns])
    firsts = [pd.Series(codes).drop_duplicates().index.to_numpy() for codes in coded.T]

    def said(codes: Array) -> Array:
        places = np.rint(codes).astype(int)
        columns = {
            name: both[name].take(firsts[k][places[:, k]]).reset_index(drop=True)
            for k, name in enumerate(both.columns)
        }
        return outputs(pd.DataFrame(columns))

    coded = coded.astype(np.float64)
    masker = shap.maskers.Independent(coded[: len(background)], max_samples=len(background))
    known = shap.PermutationExplainer(said, masker, seed=SEED)
    evaluations = _PERMUTATIONS * (2 * len(both.columns) + 1)
    found = known(coded[len(background) :], max_evals=evaluations, silent=True)
    values, base = np.asarray(found.values), np.asarray(found.base_values)
    if values.ndim == 2:
        values, base = values[:, :, None], base.reshape(len(rows), -1)
    return Shapley(values, base[0])
