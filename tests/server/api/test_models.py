"""Registered models over REST: versions, gates, ledger, card, what a version changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlops.project import Project
from tests.conftest import copy_database, no_server
from tests.promotion.registered import add_file
from tests.server.api.serving import Answer, Server

Rest = Callable[..., Answer]
New = Callable[..., Project]
NAME = "churning"
CONFIG = """\
models:
  churn: {gates: ["f1 >= 0"]}
  declared: {gates: ["accuracy >= 0.8"]}
"""


@pytest.fixture(scope="module")
def churn(server: Server, empty_database: Path) -> Iterator[Project]:
    """``churn`` with three versions, of which 2 is champion and 3 was rejected."""
    root = server.root / NAME
    root.mkdir()
    copy_database(empty_database, root)
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "model.txt").write_text("model", encoding="utf-8")
    with no_server():
        project = Project(root)
        for C in (1.0, 1.0, 0.5):
            add_file(project, "model.txt", C, {"f1": C})
        project.promote("churn@1")
        project.promote("churn@2")
        project.reject("churn@3", reason="too new")
        yield project


def test_models_are_told_in_short(rest: Rest, churn: Project) -> None:
    (told,) = rest("GET", "/models", project=NAME).told
    assert (told["name"], told["versions"], told["newest"]["version"]) == ("churn", 3, "3")
    assert (told["aliases"], told["rejected"]) == ({"champion": "2"}, True)
    churn.approve("churn@3")
    assert rest("GET", "/models", project=NAME).told[0]["rejected"] is False
    churn.reject("churn@3", reason="too new")


def test_a_model_with_gates_and_ledger(rest: Rest, churn: Project) -> None:
    told = rest("GET", "/models/churn", project=NAME).told
    assert [version["version"] for version in told["versions"]] == ["3", "2", "1"]
    gates = {
        version: {one["name"]: one["status"] for one in report["results"]}
        for version, report in told["gates"].items()
    }
    assert gates["2"]["f1 >= 0"] == "passed", "what it became champion with"
    assert gates["3"]["f1 >= 0"] == "not judged"
    assert gates["3"]["not rejected"] == "failed"
    assert "too new" in told["closed"]["3"]
    assert "2" not in told["closed"]
    assert {one["status"] for one in told["listed"]["results"]} == {"not judged"}
    actions = [entry["action"] for entry in told["history"]["entries"]]
    assert actions[:3] == ["promote", "promote", "reject"]
    assert told["history"]["findings"] == []
    assert told["higher"] == {"f1": True}


def test_a_model_that_is_only_declared_and_one_that_is_not(rest: Rest, churn: Project) -> None:
    told = rest("GET", "/models/declared", project=NAME).told
    assert (told["versions"], told["history"]) == ([], None)
    assert "accuracy >= 0.8" in [one["name"] for one in told["listed"]["results"]]
    assert "--register declared" in told["note"]
    for route in ("", "/card", "/diff"):
        answer = rest("GET", f"/models/chrun{route}", project=NAME)
        assert (answer.status, "chrun" in answer.told["message"]) == (404, True)


def test_what_a_version_changes_of_the_champion(rest: Rest, churn: Project) -> None:
    told = rest("GET", "/models/churn/diff", project=NAME, version="3").told
    (C,) = [one for one in told["parameters"] if one["name"] == "C"]
    assert (C["left"], C["right"]) == ("1.0", "0.5")
    answer = rest("GET", "/models/churn/diff", project=NAME, version="9")
    assert answer.status == 404


def test_a_card_is_markdown_for_a_page(rest: Rest, churn: Project) -> None:
    told = rest("GET", "/models/churn/card", project=NAME).told
    assert (told["model"], told["version"]) == ("churn", "2")
    assert told["markdown"].startswith("# churn, version 2")
    assert told["missing"]
    assert rest("GET", "/models/churn/card", project=NAME, version="1").told["version"] == "1"


def test_without_a_store_there_are_no_models_and_nothing_is_made(rest: Rest, new_project: New) -> None:
    project = new_project(store=False)
    name = project.root.name
    assert rest("GET", "/models", project=name).told == []
    for route in ("/models/m", "/models/m/card", "/models/m/diff"):
        answer = rest("GET", route, project=name)
        assert (answer.status, bool(answer.told["hint"])) == (404, True)
    assert [each.name for each in project.root.iterdir()] == ["mlops.yaml"]


def test_a_gate_that_cannot_be_read_is_told_beside_the_versions(rest: Rest, churn: Project) -> None:
    config = churn.root / "mlops.yaml"
    before = config.read_text(encoding="utf-8")
    config.write_text(before.replace("f1 >= 0", "f1 ! 0"), encoding="utf-8")
    try:
        told = rest("GET", "/models/churn", project=NAME).told
    finally:
        config.write_text(before, encoding="utf-8")
    assert (len(told["versions"]), told["gates"]) == (3, {})
    assert "mlops.yaml" in told["note"]


def test_to_show_models_mlflow_is_not_needed(churn: Project) -> None:
    code = (
        "import sys; from jupyter_mlops.project import Project; "
        f"project = Project({str(churn.root)!r}); assert project.model_summaries(); "
        "assert project.model_details('churn').gates; assert project.card_page('churn').missing; "
        "print([n for n in ('mlflow', 'pandas', 'sklearn') if n in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
