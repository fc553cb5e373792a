"""What a page is told of the project it works on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.project import Project
from jupyter_mlops.provenance.identity import account
from tests.server.api.serving import Answer, Server

Rest = Callable[..., Answer]
New = Callable[..., Project]


def test_the_project_of_the_servers_root(rest: Rest, server: Server) -> None:
    told = rest("GET", "/project").told
    assert (told["folder"], told["name"], told["empty"]) == ("", server.root.name, False)
    assert (told["configured"], told["is_server"], told["problem"]) == (True, False, "")
    assert told["tracking"].startswith("sqlite:///")
    assert told["who"] == f"{account()} (system)"


def test_a_folder_or_notebook_belongs_to_the_project_around_it(rest: Rest, new_project: New) -> None:
    root = new_project(store=False).root
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "a.ipynb").write_text("{}")
    for name in ("", "/deep", "/deep/er/", "/deep/a.ipynb", "/./deep"):
        told = rest("GET", "/project", project=f"{root.name}{name}").told
        assert (told["folder"], told["empty"]) == (root.name, True)


def test_a_folder_that_nothing_marks_belongs_to_the_servers_root(rest: Rest, server: Server) -> None:
    assert rest("GET", "/project", project="data").told["folder"] == ""


@pytest.mark.parametrize("name", ["no such", "data/none.ipynb", "mlops.yaml", "x" * 300, "a/" * 900])
def test_what_is_not_there_is_told_so(rest: Rest, name: str) -> None:
    assert rest("GET", "/project", project=name).status == 404


def test_a_broken_mlops_yaml_is_told_and_counts_again_when_it_is_mended(rest: Rest, new_project: New) -> None:
    root = new_project("schedules: {}\n").root
    assert rest("GET", "/schedules", project=root.name).status == 200
    (root / "mlops.yaml").write_text("schedules: {broken")
    told = rest("GET", "/project", project=root.name)
    assert (told.status, "mlops.yaml: line 1" in told.told["problem"]) == (200, True)
    assert told.told["hint"]
    answer = rest("GET", "/schedules", project=root.name)
    assert (answer.status, answer.told["message"]) == (400, told.told["problem"])
    (root / "mlops.yaml").write_text("schedules: {nightly: {notebook: a.ipynb, every: 1h}}\n")
    assert [each["name"] for each in rest("GET", "/schedules", project=root.name).told] == ["nightly"]


def test_no_password_of_a_tracking_server_is_told(rest: Rest, new_project: New) -> None:
    root = new_project("tracking: {uri: 'http://ada:hid/hidden@127.0.0.1:1/?key=hidden'}\n", store=False).root
    told = rest("GET", "/project", project=root.name).told
    assert (told["tracking"], told["is_server"]) == ("http://***@127.0.0.1:1/?key=***", True)
    answer = rest("GET", "/runs", project=root.name)
    assert (answer.status, "hidden" in str(answer.told)) == (503, False)
    assert "out of reach" in answer.told["message"]
    assert rest("GET", "/schedules", project=root.name).status == 200


def test_a_store_that_is_made_anew_is_asked_anew(rest: Rest, new_project: New, empty_database: Path) -> None:
    root = new_project(store=False).root
    assert rest("GET", "/runs", project=root.name).told["rows"] == []
    project = Project(root)
    run = project.store.client().create_run(project.store.experiment_id("one"), run_name="first")
    assert len(rest("GET", "/runs", project=root.name).told["rows"]) == 1
    assert rest("GET", f"/runs/{run.info.run_id}", project=root.name).told["run"]["name"] == "first"
