"""Evidently's own report of the same two tables, for those who have it installed."""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import MLOpsError, Refused

if TYPE_CHECKING:
    import pandas as pd


def load_evidently() -> Any:
    """A function of two frames that makes Evidently's drift report of the columns that both have, as HTML. It
    raises `MLOpsError` where Evidently fails.

    Raises:
        Refused: it is not installed, or cannot be imported beside the installed pandas.
    """
    try:
        installed = version("evidently")
    except PackageNotFoundError:
        raise Refused("Evidently is not installed", hint="pip install 'jupyter-mlops[evidently]'") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from evidently import Report
            from evidently.presets import DataDriftPreset
    except Exception as error:  # it reaches into pandas, and fails however it does
        raise Refused(
            f"Evidently {installed} cannot be imported beside pandas {version('pandas')}: {error}",
            hint="pip install 'pandas<3.1', or take our own report: --html FILE",
        ) from None

    def render(reference: pd.DataFrame, current: pd.DataFrame) -> str:
        shared = [name for name in reference.columns if name in current.columns]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                snapshot = Report([DataDriftPreset()]).run(current[shared], reference[shared])
                return str(snapshot.get_html_str(as_iframe=False))
        except Exception as error:  # of data that it cannot take it raises anything
            raise MLOpsError(
                f"Evidently {installed} cannot make its report: {error}", hint="leave out --evidently"
            ) from None

    return render
