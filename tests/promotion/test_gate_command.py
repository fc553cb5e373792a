"""`jupyter mlops gate`, as a person types it, and `%mlops gate` in a notebook."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlops.cli import main
from jupyter_mlops.entities import GateReport
from jupyter_mlops.magics import register, unregister
from jupyter_mlops.project import Project
from tests.promotion.registered import CONFIG


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["gate", *words]) == code
    captured = capsys.readouterr()
    return captured.err if code == 2 else captured.out


def test_gates_are_added_listed_judged_and_removed(
    churn: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(capsys, "list", "churn")
    assert "not rejected (by default)" in shown
    shown = said(capsys, "add", "churn", "accuracy >= 0.5")
    assert "note: added: accuracy >= 0.5" in shown
    assert "churn@3 to champion: 1 passed, 1 not judged" in shown
    said(capsys, "add", "churn", "{freeze: {dates: [1999-12-31]}}")
    said(capsys, "add", "churn", "f1", ">=", "99%")  # without quotes, as in a notebook
    shown = said(capsys, "judge", "churn@2", code=3)
    assert "passed" in shown
    assert "not >= 0.99" in shown
    assert "churn@2 to champion: 3 passed, 1 failed" in shown
    assert "evidence: jupyter mlops show " in shown
    assert "churn@2 to champion: 3 passed, 1 failed" in said(capsys, "list", "churn@2")
    report = GateReport.model_validate_json(said(capsys, "list", "churn@2", "--json"))
    assert [result.name for result in report.results] == [
        *("accuracy >= 0.5", "freeze: {dates: [1999-12-31]}", "f1 >= 99%", "not rejected")
    ]
    said(capsys, "remove", "churn", "f1 >= 99%")
    assert "churn@2 to champion: 3 passed" in said(capsys, "judge", "churn@2")
    said(capsys, "remove", "churn", "freeze: {dates: [1999-12-31]}")
    said(capsys, "remove", "churn", "accuracy >= 0.5")
    assert (churn.root / "mlops.yaml").read_text() == CONFIG.replace(
        "    target: churned\n", "    target: churned\n    gates: []\n"
    )


def test_gates_may_come_before_the_model(churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "add", "chrun", "signature")
    assert "no model chrun is registered yet: did you mean 'churn'?" in shown
    assert "chrun, no version yet to champion: 2 not judged" in shown
    assert "no version yet" in said(capsys, "list", "chrun")


def test_gates_come_before_anything_is_recorded(
    bare_folder: Path, local: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no model churn is registered yet" in said(capsys, "add", "churn", "signature")
    assert "no registered model 'chrun'" in said(capsys, "list", "chrun", code=2)
    assert "did you mean 'churn'?" in said(capsys, "list", "chrun", code=2)
    assert "no registered model 'churn'" in said(capsys, "judge", "churn", code=2)
    assert not (bare_folder / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "churn"], "needs a gate"),
        (["list", "churn", "signature"], "takes a model only"),
        (["judge", "churn", "signature"], "takes a model only"),
        (["list", "churn", "--anew"], "belongs to gate judge"),
        (["ad", "churn", "signature"], "invalid choice"),
        (["add", "churn@2", "signature"], "name the model: churn"),
        (["add", "", "signature"], "gates are of a model"),
        (["add", "churn", "acc >"], "is no gate"),
        (["remove", "churn", "acc > 1"], "has no gate 'acc > 1'"),
        (["list", "churn@9"], "no version or alias '9'"),
        (["judge", "chrun"], "no registered model 'chrun'"),
    ],
)
def test_a_slip_is_told(
    churn_shared: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(churn_shared.root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert told in said(capsys, *words, code=2)
    assert (churn_shared.root / "mlops.yaml").read_text() == CONFIG


def test_a_gate_that_cannot_be_read_is_told_with_its_line(
    churn: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    path = churn.root / "mlops.yaml"
    path.write_text(path.read_text().replace("target: churned\n", "target: churned\n    gates: [acc >]\n"))
    told = said(capsys, "list", "churn", code=2)
    assert f"{path}: line 5: models.churn.gates.0: 'acc >' is no gate" in told


def test_what_is_said_by_others_is_shown_as_it_is(churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "churn", "`[red]loss[/]` <= 0.3")
    shown = said(capsys, "judge", "churn", code=3)
    assert "`[red]loss[/]` <= 0.3" in shown
    assert "recorded no metric '[red]loss[/]'" in shown


def test_many_may_add_gates_at_once(churn: Project) -> None:
    added = [f"f1 >= 0.{number}" for number in range(10, 22)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda gate: Project(churn.root).add_gate("churn", gate), added))
    gates = Project(churn.root).config.models["churn"].gates
    assert sorted(map(str, gates)) == added


@pytest.fixture
def shell(churn: Project) -> Any:
    made = InteractiveShell.instance()
    register(made)
    yield made
    unregister(made)
    InteractiveShell.clear_instance()


def test_a_notebook_has_the_same_verb(shell: Any, churn: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("mlops", "gate add churn accuracy >= 0.5")
    shell.run_line_magic("mlops", "gate add churn '{approvals: 1, author: no}'")
    assert "note: added: approvals: 1, author: no" in capsys.readouterr().out
    with pytest.raises(UsageError, match="exit code 3"):
        shell.run_line_magic("mlops", "gate judge churn")
    assert "0 of 1 approvals" in capsys.readouterr().out
    report = churn.gates("churn")
    bundle, _ = shell.display_formatter.format(report)
    assert "Gates of churn@3" in bundle["text/html"]
    assert "churn@3 to champion" in bundle["text/plain"]
