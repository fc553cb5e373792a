"""What takes long is done in a process of its own, and told as it goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import leases
from tests.conftest import cell, copy_database, write
from tests.server.api.serving import Answer, Server, serving
from tests.waiting import until

Rest = Callable[..., Answer]
Make = Callable[..., Project]

SLOW = [
    cell(
        "seconds: float = 0.0\nname: str = 'x'\nlevel: int = 1\ntoken: str = ''",
        "parameters",
        identifier="params",
    ),
    cell("import mlflow, time\nmlflow.log_metric('level', level)\nprint('it prints')", identifier="log"),
    cell("time.sleep(seconds)", identifier="sleep"),
]
OVER = {"done", "failed", "cancelled"}


def ended(rest: Rest, work: dict[str, Any]) -> dict[str, Any]:
    """The work once it has ended."""
    found: dict[str, Any] = {}

    def over() -> bool:
        found.update(rest("GET", f"/work/{work['id']}").told)
        return found["state"] in OVER

    until(over, f"{work['verb']} {work['subject']} ends", 60)
    return found


def begun(rest: Rest, answer: Answer) -> dict[str, Any]:
    """The work once its run has an id, which on a busy machine the request did not wait for."""
    assert answer.status == 202, answer.told
    found: dict[str, Any] = dict(answer.told)

    def has_run() -> bool:
        found.update(rest("GET", f"/work/{answer.told['id']}").told)
        assert found["state"] in {"waiting", "running"}, found
        return found["run_id"] is not None

    until(has_run, "the run begins")
    return found


def refusal(rest: Rest, answer: Answer) -> str:
    """What was said, by the answer or, where a busy machine took longer than that waits, by the work."""
    if answer.status == 400:
        return str(answer.told["message"])
    assert answer.status == 202
    work = ended(rest, answer.told)
    assert (work["state"], work["exit_code"]) == ("failed", 2)
    return str(work["problem"])


@pytest.fixture
def project(new_project: Make) -> Project:
    """With the notebook ``train.ipynb``."""
    made = new_project()
    write(made.root / "train.ipynb", SLOW)
    return made


def run(rest: Rest, project: Project, **parameters: str) -> Answer:
    """Ask for a run of it."""
    return rest(
        "POST", "/notebook/run", {"path": f"{project.root.name}/train.ipynb", "parameters": parameters}
    )


def test_a_notebook_runs_to_its_end_in_another_process(rest: Rest, project: Project) -> None:
    told = run(rest, project, level="3")
    assert told.status == 202
    assert (told.told["folder"], told.told["subject"]) == (project.root.name, "train.ipynb")
    work = ended(rest, told.told)
    assert (work["state"], work["exit_code"], work["problem"]) == ("done", 0, "")
    assert work["kind"] == "Run"
    assert work["result"]["metrics"] == {"level": 3.0}
    assert project.show(work["run_id"]).run.parameters["level"] == "3"
    listed = {each["id"]: each for each in rest("GET", "/work").told}
    assert listed[work["id"]]["state"] == "done"
    assert listed[work["id"]]["result"] is None


def test_parameters_that_do_not_fit_are_told_by_field_and_nothing_runs(rest: Rest, project: Project) -> None:
    told = run(rest, project, level="high", nmae="x", seconds="1")
    assert told.status == 400
    assert set(told.told["wrong"]) == {"level", "nmae"}
    assert "did you mean 'name'" in told.told["wrong"]["nmae"]
    assert project.runs() == []


def test_what_only_the_process_finds_out_is_a_refusal_too(rest: Rest, project: Project) -> None:
    write(project.root / "train.ipynb", SLOW, kernel="no-such-kernel")
    assert "no-such-kernel" in refusal(rest, run(rest, project))
    assert project.runs() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("gone.ipynb", 404), ("../train.ipynb", 400), ("/etc/passwd", 400), ("mlops.yaml", 400), ("", 400)],
)
def test_only_notebooks_below_the_root_run(rest: Rest, path: str, status: int) -> None:
    assert rest("POST", "/notebook/run", {"path": path}).status == status


def test_a_work_is_cancelled_and_its_run_with_it(rest: Rest, server: Server, project: Project) -> None:
    secret = project.root / "secret.txt"
    secret.write_text("hunter2-in-a-file", encoding="utf-8")
    asked = {"seconds": "600", "name": "not-on-a-command-line", "token": f"file:{secret}"}
    told = begun(rest, run(rest, project, **asked))
    pid = leases.holder(project.store, told["run_id"])
    assert pid is not None
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    assert words[1:5] == [b"-P", b"-m", b"jupyter_mlops.server.child", b""]
    assert b"not-on-a-command-line" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert rest("POST", f"/work/{told['id']}/cancel").status == 200
    work = ended(rest, told)
    assert (work["state"], work["exit_code"]) == ("cancelled", 143)
    assert project.show(told["run_id"]).run.status is RunStatus.KILLED
    assert rest("POST", f"/work/{told['id']}/cancel").told["state"] == "cancelled"
    log = server.log.read_text(encoding="utf-8")
    assert "hunter2" not in json.dumps(work) + log
    assert "not-on-a-command-line" not in log


def test_a_process_that_is_killed_is_told(rest: Rest, project: Project) -> None:
    told = begun(rest, run(rest, project, seconds="600"))
    pid = leases.holder(project.store, told["run_id"])
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    work = ended(rest, told)
    assert (work["state"], work["exit_code"]) == ("failed", 4)
    assert "SIGKILL" in work["problem"]
    until(lambda: project.show(told["run_id"]).run.status is RunStatus.KILLED, "the run is settled", 30)


def test_a_run_whose_project_is_removed_does_not_go_on_for_ever(rest: Rest, project: Project) -> None:
    told = begun(rest, run(rest, project, seconds="6000"))
    pid = leases.holder(project.store, told["run_id"])

    def said() -> str:
        return str(rest("GET", f"/work/{told['id']}").told["said"])

    until(lambda: said() == "cell 4 of 4", "it waits in its last cell")
    (live,) = rest("GET", "/progress", project=project.root.name).told
    assert (live["cell"], live["cells"]) == (4, 4)
    shutil.rmtree(project.root)
    assert ended(rest, told)["state"] in {"cancelled", "failed"}
    assert not Path(f"/proc/{pid}").exists()


def test_a_run_goes_on_when_the_server_is_killed(tmp_path: Path, empty_database: Path, local: None) -> None:
    root = tmp_path / "work"
    root.mkdir()
    copy_database(empty_database, root)
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    project = Project(root)
    hold = root / "hold"
    hold.touch()
    waits = "import pathlib, time\nwhile pathlib.Path('hold').exists():\n    time.sleep(0.05)"
    write(root / "train.ipynb", [cell(waits), cell("import mlflow\nmlflow.log_metric('after', 1)")])
    with serving(tmp_path, root) as server:
        told = begun(server.rest, server.rest("POST", "/notebook/run", {"path": "train.ipynb"}))
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{server.pid}/cmdline").read_bytes(), "the server is gone", 10)
        assert project.show(told["run_id"]).run.status is RunStatus.RUNNING
        hold.unlink()
        until(lambda: project.show(told["run_id"]).run.status is not RunStatus.RUNNING, "the run ends", 60)
    ran = project.show(told["run_id"]).run
    assert (ran.status, ran.metrics) == (RunStatus.FINISHED, {"after": 1.0})
