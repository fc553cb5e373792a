"""``papermill --engine jupyter-mlops``: any host of Papermill gets a truthful, recorded run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_mlops import Project
from jupyter_mlops.entities import RunStatus


def papermill(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", "--engine", "jupyter-mlops", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


def test_a_run_by_papermill_is_recorded_with_its_parameters(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "in.ipynb", [cell("C = 1.0", "parameters"), cell("print('C is', C)")])
    done = papermill("in.ipynb", "out.ipynb", "-p", "C", "0.5")
    assert done.returncode == 0, done.stderr
    assert "C is 0.5" in (folder / "out.ipynb").read_text()
    (run,) = Project().runs()
    assert (run.status, run.parameters, run.notebook) == (RunStatus.FINISHED, {"C": "0.5"}, "in.ipynb")


def test_a_killed_kernel_is_not_called_completed(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "in.ipynb", [cell("import os\nos.kill(os.getpid(), 9)"), cell("'never'")])
    done = papermill("in.ipynb", "out.ipynb")
    assert done.returncode != 0
    (run,) = Project().runs()
    assert run.status is RunStatus.FAILED
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/in.ipynb")
    cells = json.loads(executed.read_text())["cells"]
    assert [c["metadata"]["papermill"]["status"] for c in cells] == ["killed", "pending"]


def test_a_failing_cell_fails_papermill_too(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "in.ipynb", [cell("1 / 0"), cell("'never'")])
    done = papermill("in.ipynb", "out.ipynb")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert Project().runs()[0].status is RunStatus.FAILED
