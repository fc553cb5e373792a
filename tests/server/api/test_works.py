"""What takes long is done in a process of its own, and told as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from jupyter_mlops.project import Project
from tests.conftest import cell, write
from tests.server.api.serving import Answer

Rest = Callable[..., Answer]
Make = Callable[..., Project]

SLOW = [
    cell("seconds: float = 0.0\nname: str = 'x'\nlevel: int = 1", "parameters", identifier="params"),
    cell("import mlflow, time\nmlflow.log_metric('level', level)\nprint('it prints')", identifier="log"),
    cell("time.sleep(seconds)", identifier="sleep"),
]


def ended(rest: Rest, work: dict[str, Any], seconds: float = 60.0) -> dict[str, Any]:
    """The work once it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found: dict[str, Any] = rest("GET", f"/work/{work['id']}").told
        if found["state"] not in {"waiting", "running"}:
            return found
        time.sleep(0.1)
    raise AssertionError(f"it has not ended: {found}")


def test_a_notebook_runs_to_its_end_in_another_process(rest: Rest, new_project: Make) -> None:
    project = new_project()
    write(project.root / "train.ipynb", SLOW)
    name = project.root.name
    path = f"{name}/train.ipynb"
    told = rest("POST", "/notebook/run", {"path": path, "parameters": {"level": "3"}}, project=name)
    assert told.status == 202
    assert told.told["run_id"]
    assert told.told["folder"] == name
    assert told.told["subject"] == "train.ipynb"
    work = ended(rest, told.told)
    assert (work["state"], work["exit_code"], work["problem"]) == ("done", 0, "")
    assert work["kind"] == "Run"
    assert work["result"]["metrics"] == {"level": 3.0}
    assert project.show(work["run_id"]).run.parameters["level"] == "3"
    listed = {each["id"]: each for each in rest("GET", "/work", project=name).told}
    assert listed[work["id"]]["state"] == "done"
    assert listed[work["id"]]["result"] is None
