"""Logging models: flavor, signature, requirements as MLflow itself would infer them, but at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking.models import find_example, log_model, model_requirements

pytestmark = pytest.mark.usefixtures("local")


def test_an_example_is_found_by_feature_names_or_width(folder: Path) -> None:
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0]})
    other = pd.DataFrame({"a": [1.0]})
    named = LinearRegression().fit(frame, [1, 2, 3])
    found = find_example(named, {"other": other, "frame": frame})
    assert list(found.columns) == ["a", "b"]
    plain = LinearRegression().fit(frame.to_numpy(), [1, 2, 3])
    assert find_example(plain, {"x": np.ones((7, 3)), "y": np.ones((7, 2))}).shape == (5, 2)
    assert find_example(plain, {"x": "text", "n": 3}) is None
    assert find_example(plain, {"numpy": np}) is None  # a module with a function named `shape`


def test_requirements_name_what_the_model_holds_and_nothing_else(folder: Path) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = {line.partition("==")[0] for line in model_requirements(make_pipeline(StandardScaler()))}
    assert {"mlflow", "scikit-learn", "numpy", "scipy"} <= names
    assert not names & {"jupyterlab", "pytest", "hypothesis", "papermill", "jupyter-mlops"}


def test_what_mlflow_has_no_flavor_for_is_refused_with_the_mend() -> None:
    with pytest.raises(Refused, match="no flavor") as caught:
        log_model("run", object(), "m")
    assert "artifact" in str(caught.value.hint)
