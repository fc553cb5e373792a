"""``jupyter mlops monitor``: the list, readings over time, a look at once, and the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.project import Project
from tests.monitoring.watching import declare, people, score, train

TWO = """
monitors:
  churn: {model: churn}
  other: {model: other, cron: "0 2 * * *"}
notify: [{command: [cat], on: [drift]}]
"""


@pytest.fixture
def project(folder: Path, local: None) -> Project:
    made = declare(folder, TWO)
    train(made, people(40, 1))
    score(made, people(40, 2))
    return made


def test_readings_over_time_and_a_breach_ends_with_3(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["monitor", "churn"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "churn watches churn; looks when a batch is recorded"
    assert "it has not looked yet: jupyter mlops monitor churn --now" in shown
    assert main(["monitor", "churn", "--now"]) == 0
    assert "no drift in 2 columns" in capsys.readouterr().out
    assert main(["monitor", "churn", "--now"]) == 0
    said = capsys.readouterr()
    assert "churn: nothing is new since look 1" in said.err
    score(project, people(55, 3))
    assert main(["monitor", "churn", "--now", "--html", "churn.html"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["LOOK", "1", "2"]
    assert "age 1.793 > 0.1" in lines[3]
    assert "prediction: Jensen-Shannon 0.44 > 0.1;" in lines[3]
    page = Path("churn.html").read_text(encoding="utf-8")
    assert "Monitor churn of churn" in page
    assert page.count("<svg") == 4
    assert main(["monitor", "churn", "--now"]) == 3  # nothing is new, and it is still so
    assert len(project.notices()) == 1
    capsys.readouterr()
    train(project, people(55, 4))
    assert main(["monitor", "churn", "--now", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["version"] for each in found["readings"]] == ["1", "1", "2"]
    assert main(["monitor", "churn"]) == 0
    assert "churn@2 (new)" in capsys.readouterr().out


def test_all_monitors_are_listed_and_one_that_cannot_look_keeps_no_other_from_it(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["monitor", "--now"]) == 2
    said = capsys.readouterr()
    assert (
        "monitor other: the model other has no champion (make one: jupyter mlops promote other)" in said.err
    )
    rows = {line.split()[0]: line for line in said.out.splitlines()}
    assert "no drift in 2 columns" in rows["churn"]
    assert "never" in rows["other"]
    assert main(["monitor", "nothing"]) == 2
    assert "no monitor 'nothing'" in capsys.readouterr().err
    assert main(["monitor", "--html", "all.html"]) == 2
    assert "--html is of one monitor" in capsys.readouterr().err


def test_monitors_of_a_model_and_none_at_all(bare_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor"]) == 0
    assert "mlops.yaml has no monitors:" in capsys.readouterr().out
    assert main(["monitor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["monitor", "churn"]) == 2
    assert "mlops.yaml has no monitors:" in capsys.readouterr().err
    declare(bare_folder, "monitors: {one: {model: churn}}")
    assert main(["monitor", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["one"]
    several = declare(bare_folder, "monitors: {one: {model: churn}, two: {model: churn, every: 1h}}")
    assert [each.name for each in several.monitors("churn")] == ["one", "two"]
    assert main(["monitor", "churn"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[:3]] == ["MONITOR", "one", "two"]
    assert shown.splitlines()[3] == "monitor one: the model churn has no champion"
    assert main(["monitor", "churn", "--html", "churn.html"]) == 2
    assert "churn has several monitors" in capsys.readouterr().err
    assert not bare_folder.joinpath("mlflow.db").exists()
