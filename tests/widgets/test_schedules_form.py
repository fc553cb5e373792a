"""The form that adds a schedule: what it offers, what it foretells, and what comes of it in mlops.yaml."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.project import Project
from jupyter_mlops.widgets import schedules_form as form
from tests.conftest import cell, write

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
PARAMETERS = """\
from typing import Annotated, Literal
from datetime import date
C: Annotated[float, Gt(0)] = 1.0
penalty: Literal["l1", "l2"] | None = "l2"
day: date = "2026-01-01"
names: list[str] = ["a", "b"]
quick = False
double = C * 2
"""
CONFIG = """\
pipelines:
  churn: {steps: {train: {notebook: train.ipynb}}}
schedules:
  weekly: {pipeline: churn, cron: "@weekly"}   # kept
"""


@pytest.fixture
def project(bare_folder: Path) -> Project:
    write(bare_folder / "train.ipynb", [cell(PARAMETERS, "parameters")])
    (bare_folder / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    return Project(bare_folder)


def filled(**fields: Any) -> dict[str, Any]:
    return {
        "name": "",
        "what": "train.ipynb",
        "mode": "cron",
        "when": "0 2 * * *",
        "timezone": "Europe/Berlin",
        "overlap": "skip",
        "misfire": "latest",
        "retries": "0",
        **fields,
    }


def test_notebooks_of_the_project_are_offered_and_nothing_else(project: Project) -> None:
    for name in ("reports/day.ipynb", ".ipynb_checkpoints/x.ipynb", "mlruns/1/a.ipynb", "venv/lib/b.ipynb"):
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        write(project.root / name, [cell("1")])
    os.symlink(project.root, project.root / "again")
    found = form.choices(project)
    assert found["notebooks"] == ["train.ipynb", "reports/day.ipynb"]
    assert found["pipelines"] == ["churn"]
    assert {"Europe/Berlin", "UTC"} <= set(found["zones"])


def test_parameters_become_typed_fields(project: Project) -> None:
    fields = {field["name"]: field for field in form.chosen(project, "train.ipynb")["fields"]}
    assert list(fields) == ["C", "penalty", "day", "names", "quick"]  # not what is computed
    assert [(one["kind"], one["text"]) for one in fields.values()] == [
        ("text", "1.0"),
        ("choice", "l2"),
        ("text", "2026-01-01"),
        ("text", "['a', 'b']"),
        ("bool", "False"),
    ]
    assert fields["penalty"]["choices"] == ["l1", "l2", "None"]
    assert "> 0" in fields["C"]["note"]
    assert "mlops.yaml" in form.chosen(project, "churn")["note"]
    (project.root / "train.ipynb").write_text("{", encoding="utf-8")
    assert form.chosen(project, "train.ipynb")["note"]


@pytest.mark.parametrize(
    ("mode", "text", "zone", "words", "times"),
    [
        ("cron", "0 2 * * *", "UTC", "at 02:00 every day", ["30T02", "01T02", "02T02"]),
        ("cron", "0 2 * * *", "Europe/Berlin", "at 02:00 every day", ["30T01", "01T01", "02T01"]),
        ("every", "6h", "", "every 6h", ["29T18", "30T00", "30T06"]),
        ("data", "a.csv, dataset:b", "", "on data a.csv, dataset:b", []),
        ("cron", "  ", "UTC", "", []),
    ],
)
def test_what_is_typed_is_foretold(mode: str, text: str, zone: str, words: str, times: list[str]) -> None:
    found = form.preview(mode, text, zone, NOON)
    assert (found["words"], found["error"]) == (words, "")
    assert [datetime.fromtimestamp(at / 1000, UTC).strftime("%dT%H") for at in found["times"]] == times


@pytest.mark.parametrize(
    ("mode", "text", "zone", "error"),
    [
        ("cron", "0 25 * * *", "UTC", "hour 25 is not 0-23"),
        ("cron", "0 2 * *", "UTC", "4 fields, not 5"),
        ("cron", "0 2 * * *", "Europe/Berln", "did you mean 'Europe/Berlin'"),
        ("every", "now and then", "", "now and then"),
        ("every", "0s", "", "not a length of time"),
        ("every", "0.2", "", "0.2"),
        ("data", " , ", "", "names one of"),
    ],
)
def test_what_is_wrong_with_it_is_told_in_words(mode: str, text: str, zone: str, error: str) -> None:
    found = form.preview(mode, text, zone, NOON)
    assert error in found["error"]
    assert (found["words"], found["times"]) == ("", [])


@pytest.mark.usefixtures("local")
def test_what_was_filled_in_is_declared(project: Project) -> None:
    texts = {"C": "0.5", "day": "{slot:%Y-%m-%d}", "names": '["c"]', "quick": "True"}
    assert form.add(project, filled(parameters=texts, retries="2", overlap="queue")) == "train"
    assert form.add(project, filled(name="often", mode="every", when="6h", misfire="all")) == "often"
    assert form.add(project, filled(name="fresh", what="churn", mode="data", when="a.csv, b.csv")) == "fresh"
    found = Project(project.root).config.schedules
    first = found["train"]
    assert (first.notebook, first.cron, first.timezone) == ("train.ipynb", "0 2 * * *", "Europe/Berlin")
    assert (first.retries, first.overlap.value, first.misfire.value) == (2, "queue", "latest")
    assert first.parameters == {"C": 0.5, "day": "{slot:%Y-%m-%d}", "names": ["c"], "quick": True}
    assert (found["often"].every, found["often"].misfire.value) == (21_600.0, "all")
    assert found["fresh"].pipeline == "churn"
    assert found["fresh"].on is not None
    assert found["fresh"].on.data == ("a.csv", "b.csv")
    text = (project.root / "mlops.yaml").read_text(encoding="utf-8")
    assert "# kept" in text
    assert text.count("overlap") == 1, "what is so anyhow need not be said"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"what": ""}, "nothing is chosen"),
        ({"when": " "}, "no time is said"),
        ({"retries": "twice"}, "no whole number"),
        ({"timezone": "Mars"}, "Mars"),
        ({"when": "0 25 * * *"}, "hour 25"),
        ({"name": "weekly"}, "already"),
        ({"what": "gone.ipynb"}, "gone.ipynb"),
        ({"name": "../x"}, "x"),
    ],
)
@pytest.mark.usefixtures("local")
def test_what_will_not_do_is_refused_and_nothing_written(
    project: Project, fields: dict[str, str], message: str
) -> None:
    with pytest.raises(MLOpsError, match=message):
        form.add(project, filled(**fields))
    assert (project.root / "mlops.yaml").read_text(encoding="utf-8") == CONFIG


def test_each_parameter_that_does_not_fit_says_why(project: Project) -> None:
    with pytest.raises(form.Misfit) as caught:
        form.add(project, filled(parameters={"C": "much", "penalty": "l3", "day": "{slot}", "z": "1"}))
    assert set(caught.value.wrong) == {"C", "penalty", "z"}
    assert "much" in caught.value.wrong["C"]
