"""A notebook that starts runs of its own, which nobody names, is reproduced all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.entities import ReplayVerdict
from jupyter_mlops.project import Project
from tests.conftest import cell, write

SEARCH = """
import mlflow
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

mlflow.sklearn.autolog(log_models=False)
frame = pd.DataFrame({"a": range(40), "b": [k % 7 for k in range(40)]})
GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(frame, [k > 15 for k in range(40)])
mlflow.sklearn.autolog(disable=True)
"""
LOOP = """
for C in (0.1, 1.0):
    with mlflow.start_run(nested=True):
        for step in range(3):
            mlflow.log_metric("loss", C / (step + 1), step)
"""


@pytest.mark.long("half a minute")
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("local")
def test_a_search_and_a_loop_of_runs_are_reproduced(folder: Path) -> None:
    project = Project(folder)
    run = project.run(write(folder / "search.ipynb", [cell(SEARCH), cell(LOOP)]))
    assert run.error is None
    found = project.reproduce(run.run_id)
    assert found.verdict is ReplayVerdict.REPRODUCED, found.reason
    parts = {row.metric.partition("/")[0] for row in found.metrics if "/" in row.metric}
    assert parts == {f"part {number}" for number in range(1, 6)}  # the search, the loop, what was searched
    losses = [row.metric for row in found.metrics if row.metric.endswith("/loss")]
    assert losses == ["part 2/loss", "part 3/loss"]
    durations = "mean_fit_time, mean_score_time, std_fit_time, std_score_time"
    assert f"durations are not compared: {durations}" in found.notes
