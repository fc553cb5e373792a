"""What a notebook's code says of experiments, read without running it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.notebooks.declared import chosen_experiments, tracked_experiment


def notebook(*sources: str) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize(
    ("line", "experiment"),
    [
        ("%track start --experiment churn", "churn"),
        ("  %track start run-1 --experiment churn --no-autolog", "churn"),
        ("%track start --experiment=churn", "churn"),
        ("%track start --experiment 'my churn'", "my churn"),
        ("%track start --experiment churn # why", "churn"),
        ("import os\n%track start --experiment churn\nx = 1", "churn"),
        ("%track start", None),
        ("%track start --experiment", None),
        ("%track start it's --experiment churn", None),
        ("%track status --experiment churn", None),
        ("%track started --experiment churn", None),
        ("# %track start --experiment churn", None),
        ("x = '%track start --experiment churn'", None),
    ],
)
def test_the_experiment_of_track_start(line: str, experiment: str | None) -> None:
    assert tracked_experiment(notebook("x = 1", line)) == experiment


def test_the_first_one_counts_and_prose_does_not() -> None:
    document = notebook("%track start", "%track start --experiment one", "%track start --experiment two")
    assert tracked_experiment(document) == "one"
    prose = {"cell_type": "markdown", "source": "%track start --experiment no", "metadata": {}}
    assert tracked_experiment({**document, "cells": [prose]}) is None


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("mlflow.set_experiment('churn')", {"churn"}),
        (
            "from mlflow import set_experiment\nset_experiment('a')\nif x:\n    set_experiment('b')",
            {"a", "b"},
        ),
        ("mlflow.set_experiment(name)", {None}),
        ("mlflow.set_experiment(f'{x}')", {None}),
        ("mlflow.set_experiment(experiment_name='churn')", {None}),
        ("mlflow.set_experiment('churn', 'more')", {None}),
        ("mlflow.set_experiment()", {None}),
        ("mlflow.set_experiment(5)", {None}),
        ("%matplotlib inline\nmlflow.set_experiment('churn')", {"churn"}),
        ("# mlflow.set_experiment('churn')", set()),
        ("'set_experiment'", set()),
        ("mlflow.set_experiment_tag('a', 'b')", set()),
        ("not python (", set()),
    ],
)
def test_what_the_notebook_passes_to_mlflow(source: str, found: set[str | None]) -> None:
    assert chosen_experiments(notebook(source)) == found


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text("%track start-experiment='\"\n #(", max_size=60))
def test_any_source_is_read(first: str, second: str) -> None:
    tracked_experiment(notebook(first, f"%track start {second}"))
    chosen_experiments(notebook(first, second))


@pytest.mark.parametrize("source", ["x = '\ud800'", "x = 'a\0'", "x = " + "-" * 5000 + "1"], ids=ascii)
def test_a_cell_that_python_cannot_parse_is_passed_over(source: str) -> None:
    assert chosen_experiments(notebook(source, "mlflow.set_experiment('churn')")) == {"churn"}
