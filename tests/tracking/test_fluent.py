"""MLflow's own functions beside ours, in a process of their own: they patch libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_autologging_that_the_notebook_set_up_itself_is_left_as_it_is(folder: Path) -> None:
    code = (
        "import mlflow, sklearn.linear_model\nfrom jupyter_mlops.tracking import fluent\n{}"
        "print(fluent.start_autologging())"
    )
    assert python(code.format("mlflow.sklearn.autolog(log_models=True)\n")) == "False"
    assert python(code.format("")) == "True"


def test_a_run_inside_ours_is_nested_by_default_and_only_then(folder: Path) -> None:
    code = """
import mlflow
from mlflow import start_run
from jupyter_mlops.tracking import fluent
mlflow.set_tracking_uri("sqlite:///x.db")
fluent.nest_by_default(True)
with start_run() as outer, start_run() as inner:
    print(inner.data.tags["mlflow.parentRunId"] == outer.info.run_id)
fluent.nest_by_default(False)
try:
    with start_run(), start_run():
        print("no")
except Exception as error:
    print("already active" in str(error))
"""
    assert python(code).split() == ["True", "True"]
