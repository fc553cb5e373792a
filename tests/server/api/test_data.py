"""Datasets and monitors over REST."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlops.project import Project
from tests.conftest import copy_database, no_server
from tests.server.api.serving import Answer, Server

Rest = Callable[..., Answer]
New = Callable[..., Project]
NAME = "cataloguing"
CONFIG = """\
datasets:
  customers: {source: customers.csv, key: [id]}
  orders: {source: "postgresql://ana:hidden@db/shop", sql: "select * from orders"}
models:
  churn: {data: customers}
monitors:
  inputs: {model: churn, current: customers.csv, every: 1h}
"""


@pytest.fixture(scope="module")
def catalogue(server: Server, empty_database: Path) -> Iterator[Project]:
    """``customers`` with two versions, and ``orders`` with none."""
    root = server.root / NAME
    root.mkdir()
    copy_database(empty_database, root)
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    data = root / "customers.csv"
    with no_server():
        project = Project(root)
        for rows in ("1,10.5\n2,7\n", "1,10.5\n2,7\n3,1\n"):
            data.write_text(f"id,spent\n{rows}", encoding="utf-8")
            project.datasets.add("customers", source="customers.csv")
        yield project


def test_datasets_are_listed_with_those_that_have_no_version(rest: Rest, catalogue: Project) -> None:
    customers, orders = rest("GET", "/datasets", project=NAME).told
    assert (customers["name"], customers["versions"], customers["newest"]["number"]) == ("customers", 2, 2)
    assert (customers["declared"], customers["source"]) == (True, "customers.csv")
    assert (orders["versions"], orders["newest"], orders["declared"]) == (0, None, True)
    assert "hidden" not in orders["source"]


def test_a_dataset_shows_the_version_that_is_asked_for(rest: Rest, catalogue: Project) -> None:
    page = rest("GET", "/datasets/customers", project=NAME).told
    assert [version["number"] for version in page["versions"]] == [2, 1]
    assert page["details"]["version"]["rows"] == 3
    columns = {column["name"]: column for column in page["details"]["profile"]["columns"]}
    assert list(columns) == ["id", "spent"]
    assert columns["spent"]["histogram"]
    first = rest("GET", "/datasets/customers", project=NAME, version=1).told
    assert first["details"]["version"]["number"] == 1
    assert len(first["versions"]) == 2
    declared = rest("GET", "/datasets/orders", project=NAME).told
    assert (declared["versions"], declared["details"]) == ([], None)
    for route, words in (("/datasets/customer", {}), ("/datasets/customers", {"version": 9})):
        answer = rest("GET", route, project=NAME, **words)
        assert (answer.status, bool(answer.told["hint"])) == (404, True)


def test_what_led_to_a_version_and_came_of_it(rest: Rest, catalogue: Project) -> None:
    told = rest("GET", "/datasets/customers/lineage", project=NAME, version=1).told
    assert told["start"] == "customers@1"
    assert rest("GET", "/datasets/nope/lineage", project=NAME).status == 404


def test_monitors_with_their_readings(rest: Rest, catalogue: Project) -> None:
    (told,) = rest("GET", "/monitors", project=NAME).told
    assert (told["name"], told["monitor"]["model"], told["readings"]) == ("inputs", "churn", [])
    assert "champion" in told["note"]
    assert told["next"]
    assert rest("GET", "/monitors/inputs", project=NAME).told["name"] == "inputs"
    assert rest("GET", "/monitors/nope", project=NAME).status == 404


def test_without_a_store_declared_datasets_are_told_and_nothing_is_made(rest: Rest, new_project: New) -> None:
    project = new_project(CONFIG, store=False)
    name = project.root.name
    assert [one["versions"] for one in rest("GET", "/datasets", project=name).told] == [0, 0]
    assert rest("GET", "/datasets/customers", project=name).told["versions"] == []
    answer = rest("GET", "/datasets/customers/lineage", project=name)
    assert (answer.status, "no version yet" in answer.told["message"]) == (404, True)
    assert len(rest("GET", "/monitors", project=name).told) == 1
    assert [each.name for each in project.root.iterdir()] == ["mlops.yaml"]


def test_a_broken_configuration_is_told_with_its_mend(rest: Rest, new_project: New) -> None:
    project = new_project(store=False)
    (project.root / "mlops.yaml").write_text("datasets: {customers: {sauce: x.csv}}\n", encoding="utf-8")
    for route in ("/datasets", "/datasets/customers", "/monitors", "/models", "/models/m", "/schedules"):
        answer = rest("GET", route, project=project.root.name)
        assert (answer.status, "mlops.yaml" in answer.told["message"]) == (400, True)
        assert answer.told["hint"]
