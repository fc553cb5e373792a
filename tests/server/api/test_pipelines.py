"""Pipelines over REST: listed, looked at, run, followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_mlops.project import Project
from tests.conftest import cell, write
from tests.server.api.serving import PREFIX, Answer, Server
from tests.server.api.test_works import refusal
from tests.waiting import until

Rest = Callable[..., Answer]
CONFIG = """
pipelines:
  letters:
    steps:
      first: {notebook: first.ipynb, outputs: {made: build/made.txt}}
      then: {notebook: then.ipynb, inputs: {made: build/made.txt}}
  broken:
    steps:
      gone: {notebook: gone.ipynb}
"""
WAITS = "import pathlib, time\nwhile pathlib.Path('hold').exists():\n    time.sleep(0.05)"
WRITES = f"{WAITS}\nopen(made, 'w').write('x')"


@pytest.fixture
def project(new_project: Callable[..., Project]) -> Project:
    """Two steps, the first waits while there is a file ``hold``."""
    made = new_project(CONFIG)
    write(made.root / "first.ipynb", [cell("made = ''", "parameters"), cell(WRITES)])
    write(made.root / "then.ipynb", [cell("made = ''\nfail = False", "parameters"), cell("assert not fail")])
    return made


def states(told: dict[str, Any]) -> dict[str, str]:
    """The state of each step."""
    return {step["step"]: step["state"] for step in told["steps"]}


def test_a_pipeline_is_run_followed_and_run_again_where_it_stopped(rest: Rest, project: Project) -> None:
    name = project.root.name
    hold = project.root / "hold"
    hold.touch()
    before = rest("GET", "/pipelines/letters", project=name).told
    assert states(before["now"]) == {"first": "stale", "then": "stale"}
    assert (before["last"], before["problem"]) == (None, "")
    told = rest("POST", "/pipelines/letters/run", {"parameters": {"fail": "True"}}, project=name)
    assert told.status == 202
    again = rest("POST", "/pipelines/letters/run", {"parameters": {"fail": "True"}}, project=name).told
    assert again["id"] == told.told["id"]  # a second click

    def live() -> dict[str, str]:
        found = rest("GET", "/pipelines/letters", project=name, now="false").told
        assert found["now"] is None
        return states(found["last"])

    until(lambda: live() == {"first": "running", "then": "waiting"}, "the first step runs")
    hold.unlink()
    until(lambda: rest("GET", f"/work/{told.told['id']}").told["state"] == "failed", "it ends")
    work = rest("GET", f"/work/{told.told['id']}").told
    assert (work["exit_code"], work["problem"]) == (1, "failed: then")
    assert work["kind"] == "PipelineRun"
    found = rest("GET", f"/pipelines/letters/runs/{work['run_id']}", project=name).told
    assert states(found) == states(work["result"]) == {"first": "finished", "then": "failed"}
    assert found["asked"] == {"fail": "True"}
    write(project.root / "then.ipynb", [cell("made = ''\nfail = False", "parameters"), cell("assert fail")])
    resumed = rest("POST", "/pipelines/letters/run", {"resume": work["run_id"]}, project=name).told
    until(lambda: rest("GET", f"/work/{resumed['id']}").told["state"] == "done", "it ends well")
    assert live() == {"first": "cached", "then": "finished"}
    listed = rest("GET", "/pipelines", project=name).told
    assert [each["name"] for each in listed] == ["broken", "letters"]
    assert listed[1]["last"]["run_id"] == rest("GET", f"/work/{resumed['id']}").told["run_id"]


def test_what_cannot_be_run_is_told(rest: Rest, project: Project) -> None:
    name = project.root.name
    told = rest("GET", "/pipelines/broken", project=name)
    assert told.status == 200
    assert "gone.ipynb" in told.told["problem"]
    assert "gone.ipynb" in refusal(rest, rest("POST", "/pipelines/broken/run", {}, project=name))
    refused = rest("POST", "/pipelines/letters/run", {"parameters": {"nope": "1"}}, project=name)
    assert "nope" in refusal(rest, refused)
    assert project.runs() == []


@pytest.mark.parametrize("name", ["gone", "train.ipynb", "%2E%2E%2Fwork%2Ftrain.ipynb"])
def test_only_pipelines_of_mlops_yaml_are_served(server: Server, name: str) -> None:
    headers = {"Authorization": f"token {server.token}", "Content-Type": "application/json"}
    path = f"{PREFIX}/pipelines/{name}"
    assert server.ask("GET", path, None, headers).status == 404
    assert server.ask("POST", f"{path}/run", b"{}", headers).status == 404


def test_a_run_of_another_pipeline_is_not_found(rest: Rest, recorded: Any) -> None:
    assert rest("GET", f"/pipelines/letters/runs/{recorded.good.run_id}").status == 404
    assert rest("GET", "/pipelines/letters/runs/no-such").status == 404
