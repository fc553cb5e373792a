"""A checks notebook is run on the version at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import GateStatus, RunKind
from jupyter_mlops.exceptions import ParameterError, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.judges.notebook import judge_checks, key_checks
from jupyter_mlops.tracking.registry import find_version
from tests.conftest import cell, write
from tests.promotion.judging import context_of, gate

DECLARED = 'model = ""\nversion = 0\nchampion = ""\nleast = 0.5'
LOADS = """\
from jupyter_mlops import Project
found = Project().load_model(model)
print(model, version, champion, list(found.feature_names_in_))"""


def notebook(project: Project, *checks: str, declared: str = DECLARED, loads: str = LOADS) -> Path:
    (project.root / "notebooks").mkdir(exist_ok=True)
    cells = [cell(declared, "parameters"), cell(loads), *(cell(check, "check") for check in checks)]
    return write(project.root / "notebooks" / "checks.ipynb", cells)


def options(**more: Any) -> dict[str, Any]:
    return {"notebook": "notebooks/checks.ipynb", **more}


def test_it_is_told_what_to_judge_and_says_no(churn: Project) -> None:
    notebook(
        churn,
        "# it knows two features\nassert len(found.feature_names_in_) == 2",
        '# told of both\nassert (model, version, champion) == ("churn@2", 2, "churn@1")',
        "# enough\nassert least > 0.9, f'{least} is too little'",
    )
    told: list[str] = []
    context = context_of(churn, "churn@2", "churn@1", tell=told.append)
    found = judge_checks(gate("checks", options(parameters={"least": 0.7})), context)
    assert found.status is GateStatus.FAILED
    assert found.message == "1 of 3 checks failed, first: enough: 0.7 is too little"
    assert found.evidence["notebook"] == "notebooks/checks.ipynb"
    run = churn.show(found.evidence["run"]).run
    assert run.kind is RunKind.HEADLESS
    assert run.parameters["model"] == "churn@2"
    assert told[-1] == "notebooks/checks.ipynb: 5 of 5 cells"
    assert len(set(told)) == len(told)


def test_a_cell_that_raises_is_no_pass(churn: Project) -> None:
    notebook(churn, "assert True", declared="model = ''", loads="raise ValueError('no such table')")
    found = judge_checks(gate("checks", options()), context_of(churn, "churn@2"))
    assert found.status is GateStatus.ERROR
    assert "no such table" in found.message


def test_what_cannot_be_run_is_told(churn: Project) -> None:
    notebook(churn)
    context = context_of(churn, "churn@2")
    with pytest.raises(Refused, match="no cell of .* is tagged 'check'"):
        judge_checks(gate("checks", options()), context)
    notebook(churn, "assert True")
    with pytest.raises(ParameterError, match="'lest'"):
        judge_checks(gate("checks", options(parameters={"lest": 1})), context)


def test_a_notebook_is_run_each_time_that_it_is_judged(churn: Project) -> None:
    notebook(churn, "assert True", declared="model = ''", loads="pass")
    assert key_checks(gate("checks", options()), context_of(churn, "churn@2", "churn@1")) == ""


def test_it_is_told_the_champion_whatever_alias_the_version_is_to_get(churn: Project) -> None:
    notebook(churn, 'assert champion == "churn@1", champion', loads="pass")
    present = find_version(churn.store, "churn@3")
    context = context_of(churn, "churn@2", "churn@1", alias="prod", present=present)
    assert judge_checks(gate("checks", options()), context).message == "1 check passed"
