"""What a page is told of a notebook: its form, its last run, the badges of its cells."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_mlops.project import Project
from tests.conftest import cell, write
from tests.server.api.conftest import Recorded
from tests.server.api.serving import Answer, train_notebook

Rest = Callable[..., Answer]
New = Callable[..., Project]
PARAMETERS = """\
from enum import Enum
from typing import Annotated, Literal
class Size(Enum):
    SMALL = 1
    LARGE = 2
C: Annotated[float, Gt(0), "strength"] = 1.0
penalty: Literal["l1", "l2"] | None = None
size: Size = Size.SMALL
quick = False
token: str = "env:TOKEN"
double = C * 2
"""


def test_a_notebook_with_its_form_and_its_last_run(rest: Rest, recorded: Recorded) -> None:
    told = rest("GET", "/notebook", path="train.ipynb").told
    assert (told["path"], told["folder"], told["note"]) == ("train.ipynb", "", "")
    assert [(one["name"], one["kind"], one["text"]) for one in told["fields"]] == [
        ("C", "text", "1.0"),
        ("fail", "bool", "False"),
    ]
    assert told["last"]["run_id"] == recorded.failed.run_id
    assert told["models"] == []
    assert "plain" in told["experiments"]
    assert "mlops-datasets" not in told["experiments"]


def test_typed_parameters_become_fields_of_their_kind(rest: Rest, new_project: New) -> None:
    config = """
pipelines:
  churn: {steps: {train: {notebook: train.ipynb}}}
schedules:
  nightly: {notebook: train.ipynb, cron: "@daily"}
  weekly: {pipeline: churn, cron: "@weekly"}
  other: {notebook: other.ipynb, cron: "@daily"}
"""
    project = new_project(config, store=False)
    write(project.root / "train.ipynb", [cell(PARAMETERS, "parameters")])
    write(project.root / "other.ipynb", [cell("1")])
    name = project.root.name
    told = rest("GET", "/notebook", path=f"{name}/train.ipynb").told
    fields = {one["name"]: one for one in told["fields"]}
    assert list(fields) == ["C", "penalty", "size", "quick", "token"]
    assert [one["kind"] for one in fields.values()] == ["text", "choice", "choice", "bool", "text"]
    assert fields["penalty"]["choices"] == ["l1", "l2", "None"]
    assert (fields["size"]["choices"], fields["size"]["text"]) == (["SMALL", "LARGE"], "SMALL")
    assert fields["C"]["note"] == "float, > 0"
    assert (told["folder"], told["schedules"]) == (name, ["nightly", "weekly"])
    plain = rest("GET", "/notebook", path=f"{name}/other.ipynb").told
    assert (plain["fields"], plain["last"]) == ([], None)
    assert "no cell tagged parameters" in plain["note"]
    assert not list(project.root.glob("*.db")), "to look makes nothing"
    assert not (project.root / ".mlops").exists()


def test_what_cannot_be_read_says_so(rest: Rest, new_project: New) -> None:
    project = new_project()
    (project.root / "broken.ipynb").write_text("{", encoding="utf-8")
    path = f"{project.root.name}/broken.ipynb"
    assert "is not a notebook" in rest("GET", "/notebook", path=path).told["note"]
    assert rest("GET", "/notebook/badges", path=path).told["cells"] == []
    for name in ("nope.ipynb", f"{project.root.name}/mlops.yaml", "../x.ipynb"):
        answer = rest("GET", "/notebook", path=name)
        assert answer.status in {400, 404}
        assert answer.told["hint"]
    (project.root / "mlops.yaml").write_text("schedules: [", encoding="utf-8")
    for route in ("/notebook", "/notebook/badges"):
        answer = rest("GET", route, path=path)
        assert (answer.status, "mlops.yaml" in answer.told["message"]) == (400, True)


def test_each_cell_of_the_last_run_has_a_badge(rest: Rest, recorded: Recorded) -> None:
    told = rest("GET", "/notebook/badges", path="train.ipynb").told
    assert (told["path"], told["tracked"]) == ("train.ipynb", None)
    badges = {one["cell_id"]: one for one in told["cells"]}
    assert badges["check"]["status"] == "failed"
    assert badges["train"]["run_id"] == recorded.failed.run_id
    (loss,) = badges["train"]["metrics"]
    assert (loss["name"], loss["better"]) == ("loss", True)  # C is 1.0 again, not 0.5
    assert loss["change"] < 0


def test_a_notebook_without_runs_has_no_badges(rest: Rest, new_project: New) -> None:
    project = new_project(store=False)
    train_notebook(project.root / "train.ipynb")
    path = f"{project.root.name}/train.ipynb"
    assert rest("GET", "/notebook/badges", path=path).told == {"path": path, "tracked": None, "cells": []}
    assert sorted(each.name for each in project.root.iterdir()) == ["mlops.yaml", "train.ipynb"]
