"""`jupyter mlops check`, as a person types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.entities import CheckReport, CheckStatus, RunKind


def test_a_notebook_from_the_command_line(
    folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        folder / "checks.ipynb",
        [
            cell("limit = 1", "parameters"),
            cell("# small [enough]\nassert limit < 3", "check"),
            cell("assert limit", "check"),
        ],
    )
    assert main(["check", "checks.ipynb", "-p", "limit", "5", "--junit", "none/checks.xml"]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert not (folder / "mlops.db").exists()
    assert main(["check", "checks.ipynb", "-p", "limit", "5", "--junit", "checks.xml"]) == 3
    shown = capsys.readouterr().out
    assert "small [enough]" in shown
    assert "limit < 3, where limit = 5" in shown
    assert "checks.ipynb: 1 passed, 1 failed" in shown
    (suite,) = ElementTree.parse(folder / "checks.xml").getroot()
    assert [case.get("name") for case in suite.findall("testcase")] == [
        "cell 2: small [enough]",
        "cell 3: assert limit",
    ]


def test_data_from_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project()
    rows = [f"{number},{20 + number},{'ns'[number % 2]}" for number in range(40)]
    table = folder / "customers.csv"
    table.write_text("\n".join(["id,age,region", *rows]), encoding="utf-8")
    assert main(["check", "customers.csv"]) == 2
    assert "check infer customers.csv" in capsys.readouterr().err
    assert main(["check", "infer", "customers.csv"]) == 0
    schema = folder / "checks" / "customers.yaml"
    edited = schema.read_text(encoding="utf-8").replace("less_than_or_equal_to: 59", "less_than: 60")
    schema.write_text(edited, encoding="utf-8")
    assert main(["check", "infer", "customers.csv"]) == 2
    assert schema.read_text(encoding="utf-8") == edited
    project.datasets.add("customers.csv")
    assert main(["check", "customers@1"]) == 0
    capsys.readouterr()
    table.write_text("\n".join(["id,age,region", *rows, "3,60,west"]), encoding="utf-8")
    assert main(["check", "customers.csv", "--json"]) == 3
    report = CheckReport.model_validate_json(capsys.readouterr().out)
    assert {r.place: r.message for r in report.results if r.status is CheckStatus.FAILED} == {
        "checks/customers.yaml id": "1 value more than once, in 2 rows, first 3 in rows 4, 41",
        "checks/customers.yaml age": "not so in 1 row, first row 41: 60",
        "checks/customers.yaml region": "not so in 1 row, first row 41: west",
    }
    assert [version.label for version in project.datasets.list()] == ["customers@1"]
    details = project.show(str(report.run_id))
    assert (details.run.kind, details.run.exit_code) == (RunKind.CHECK, 3)
    assert [(d.name, d.rows, d.context) for d in details.datasets] == [("customers", 41, "check")]
    assert "checks.json" in details.artifacts
    table.write_text("id,age,region\n1,2\n1,2,3,4\n", encoding="utf-8")
    assert main(["check", "customers.csv"]) == 2
    schema.write_text("columns:\n  age:\n    greater: 3\n", encoding="utf-8")
    assert main(["check", "customers"]) == 2
    assert f"{schema}: line 3: columns.age.greater: unknown key" in capsys.readouterr().err
    assert len(project.runs(where="tags.`mlops.kind` = 'check'")) == 2  # what is refused is not recorded


def test_words_that_do_not_go_together(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.csv").write_text("a\n1\n", encoding="utf-8")
    for words, said in {
        ("a.csv", "b.csv"): "one thing is checked at once",
        ("infer",): "infer needs one dataset or file",
        ("a.csv", "--force"): "go with infer",
        ("a.csv", "--kernel", "python3"): "kernel does not go with data",
        ("a.ipynb", "--schema", "s.yaml"): "schema does not go with a notebook",
        ("nothing",): "there is no notebook, dataset, file or model 'nothing'",
        ("infer", "a.csv", "--output", "."): "is a folder",
        ("a.csv", "--schema", "../none.yaml"): "there is no schema",
    }.items():
        assert main(["check", *words]) == 2
        assert said in capsys.readouterr().err
    assert not (folder / "mlops.db").exists()
