"""The promotion panel without a browser: what the page asks for goes in, what it shows comes out."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from sklearn.linear_model import LogisticRegression
from traitlets.config import Config

from jupyter_mlops.entities import (
    CellDifference,
    Difference,
    GateReport,
    GateResult,
    GateStatus,
    LedgerAction,
    RunDiff,
)
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.magics import complete, register, unregister
from jupyter_mlops.project import Project
from jupyter_mlops.widgets import promotion_state as plain
from jupyter_mlops.widgets.promotion import PromotionPanel
from tests.conftest import OURS, Live, cell, copy_database, write
from tests.promotion.registered import add_version, copied, people

SOON = 60  # seconds that no part of a test comes near
GATES = "models:\n  churn:\n    gates: [accuracy >= 0.75, accuracy >= champion.accuracy - 0.01]\n"


@pytest.fixture(scope="module")
def made(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`churn` with three versions: 2 passes, 3 does not; 1 is the champion."""
    root = tmp_path_factory.mktemp("panel") / "project"
    root.mkdir()
    copy_database(empty_database, root)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(OURS):
                patch.delenv(name)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        (root / "mlops.yaml").write_text(GATES, encoding="utf-8")
        train = people(60, 1)
        train.to_csv(root / "customers.csv", index=False)
        project = Project(root)
        model = LogisticRegression().fit(train[["tenure"]], train["churned"])
        for number, accuracy in enumerate((0.8, 0.85, 0.7), 1):
            metrics = {"accuracy": accuracy, "log_loss": 1 - accuracy}
            cells = ["C = 1.0", f"fit(C, step={number})"]
            given = {"C": str(number)}
            add_version(
                project, model, ["tenure"], metrics=metrics, parameters=given, cells=cells, number=number
            )
        project.promote("churn@1")
        yield root


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    monkeypatch.chdir(tmp_path)
    return copied(made, tmp_path / "project")


def ask(panel: PromotionPanel, kind: str, version: str = "", reason: str = "") -> None:
    """What a button does, and what comes of it."""
    panel._handle_custom_msg({"type": kind, "version": version or panel.chosen, "reason": reason}, [])
    assert panel.wait(SOON)


def champion(project: Project) -> str:
    return Project(project.root).history("churn").aliases["champion"]


def actions(project: Project) -> list[str]:
    return [entry.action.value for entry in Project(project.root).history("churn").entries]


def states(panel: PromotionPanel) -> dict[str, str]:
    return {gate["name"]: gate["state"] for gate in panel.detail["gates"]}


def test_it_opens_on_the_newest_version_that_is_not_the_champion(project: Project) -> None:
    panel = PromotionPanel(project, "churn")
    assert panel.chosen == "3"
    assert [version["version"] for version in panel.overview["versions"]] == ["3", "2", "1"]
    assert panel.overview["champion"]["version"] == "1"
    assert panel.overview["champion"]["known"]
    metrics = dict(zip(panel.overview["metrics"], panel.overview["versions"][0]["metrics"], strict=True))
    assert metrics["accuracy"] == {"text": "0.7", "difference": "−0.1", "word": "worse", "kind": "bad"}
    assert metrics["log_loss"]["word"] == "worse"
    json.dumps(panel.get_state(["overview", "detail", "task"]), allow_nan=False)


def test_a_version_an_alias_or_another_goal_can_be_named(project: Project) -> None:
    assert PromotionPanel(project, "churn@2").chosen == "2"
    assert PromotionPanel(project, "churn@champion").chosen == "1"
    panel = PromotionPanel(project, "churn", to="stable")
    assert panel.overview["champion"]["version"] == ""
    assert panel.overview["alias"] == "stable"
    with pytest.raises(NotFound) as caught:
        PromotionPanel(project, "chrun")
    assert caught.value.hint == "did you mean 'churn'?"
    with pytest.raises(NotFound, match="no version or alias '9'"):
        PromotionPanel(project, "churn@9")


def test_gates_are_judged_in_the_background_and_told_one_by_one(project: Project) -> None:
    panel = PromotionPanel(project, "churn")
    assert set(states(panel).values()) == {"not judged", "passed"}  # nobody has rejected it
    assert "not judged yet" in panel.detail["why"]
    seen: list[tuple[int, int]] = []
    panel.observe(lambda change: seen.append((change.new["done"], change.new["total"])), "task")
    panel.judge()
    assert panel.wait(SOON)
    assert [told for told in seen if told[1]] == [(1, 3), (2, 3), (3, 3)]
    assert states(panel)["accuracy >= 0.75"] == "failed"
    assert states(panel)["not rejected"] == "passed"
    assert "“accuracy >= 0.75” says no" in panel.detail["why"]
    assert panel.detail["closed"]
    assert not panel.busy
    assert panel.problem == ""


def test_what_passes_is_promoted_by_one_click_and_rolled_back(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    panel.judge()
    assert panel.wait(SOON)
    assert panel.detail["why"] == ""
    ask(panel, "promote", reason="better on the new customers")
    assert panel.problem == ""
    assert panel.said == "churn@2 is the champion now."
    assert champion(project) == "2"
    assert panel.overview["champion"]["version"] == "2"
    assert panel.overview["champion"]["who"] == "ada (jupyterhub)"
    assert panel.overview["champion"]["reason"] == "better on the new customers"
    assert panel.overview["back"] == "1"
    assert panel.detail["why"] == "churn@2 is the champion already."
    ask(panel, "rollback", reason="it was a mistake")
    assert panel.said == "champion is back at churn@1."
    assert champion(project) == "1"
    assert actions(project) == ["promote", "promote", "rollback"]
    assert panel.overview["history"]["entries"][0]["reason"] == "it was a mistake"


def test_the_page_cannot_skip_a_gate(project: Project) -> None:
    panel = PromotionPanel(project, "churn")
    ask(panel, "promote")
    assert "accuracy >= 0.75" in panel.problem
    assert champion(project) == "1"
    assert actions(project) == ["promote"]
    assert states(panel)["accuracy >= 0.75"] == "failed"  # what it was refused by is shown
    ask(panel, "override", reason="  ")
    assert "reason" in panel.problem
    assert champion(project) == "1"


def test_an_override_needs_a_reason_and_is_red_ever_after(project: Project) -> None:
    panel = PromotionPanel(project, "churn")
    ask(panel, "override", reason="hotfix")
    assert panel.problem == ""
    assert champion(project) == "3"
    assert panel.overview["champion"]["red"]
    [entry, _] = panel.overview["history"]["entries"]
    assert entry["red"]
    assert entry["overridden"] == ["accuracy >= 0.75", "accuracy >= champion.accuracy - 0.01"]
    assert "⚠" in bundle(panel)["text/html"]
    again = PromotionPanel(project, "churn")
    assert again.overview["champion"]["red"]


def test_a_rejection_closes_a_version_until_it_is_approved(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    panel.judge()
    assert panel.wait(SOON)
    ask(panel, "reject", reason="leaks <b>the label</b>")
    assert panel.said == "churn@2 is rejected."
    assert states(panel)["not rejected"] == "failed"
    assert panel.detail["why"].startswith("“not rejected” says no")
    [shown] = [version for version in panel.overview["versions"] if version["version"] == "2"]
    assert shown["rejected"] == "leaks <b>the label</b>"
    assert "<b>" not in bundle(panel)["text/html"]
    ask(panel, "approve", reason="it does not")
    assert panel.detail["why"] == ""
    assert actions(project) == ["promote", "reject", "approve"]


def test_a_rejection_without_a_reason_is_refused(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    ask(panel, "reject", reason=" \n ")
    assert "reason" in panel.problem
    assert actions(project) == ["promote"]


def test_what_somebody_else_moved_meanwhile_is_shown_before_anything_is_done(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    Project(project.root).promote("churn@3", override=True, reason="urgent")
    ask(panel, "promote")
    assert panel.problem.startswith("champion was moved from 1 to 3 meanwhile by ada")
    assert champion(project) == "3"
    assert panel.overview["champion"]["version"] == "3"  # it is shown now
    ask(panel, "rollback")
    assert panel.problem == ""
    assert champion(project) == "1"


def test_another_version_is_looked_at_without_judging_it(project: Project) -> None:
    panel = PromotionPanel(project, "churn")
    runs = len(Project(project.root).runs(limit=100))
    ask(panel, "choose", "2")
    assert panel.chosen == panel.detail["version"] == "2"
    assert states(panel)["accuracy >= 0.75"] == "not judged"
    assert len(Project(project.root).runs(limit=100)) == runs
    ask(panel, "choose", "17")
    assert panel.chosen == "2"


def test_what_changed_is_told_cell_by_cell(project: Project) -> None:
    changes = PromotionPanel(project, "churn@2").detail["changes"]
    assert changes["known"]
    [cell] = changes["cells"]
    assert cell["title"] == "cell 2"
    assert "-fit(C, step=1)" in cell["lines"]
    assert "+fit(C, step=2)" in cell["lines"]
    parts = {part["title"]: part["rows"] for part in changes["parts"]}
    assert parts["Parameters"][0]["name"] == "C"
    [accuracy] = [row for row in parts["Metrics"] if row["name"] == "accuracy"]
    assert accuracy["metric"]["word"] == "better"
    assert parts["Packages"] == []
    itself = PromotionPanel(project, "churn@1").detail["changes"]
    assert (itself["known"], itself["note"]) == (False, "It is the champion.")


def test_the_ledger_is_verified_and_an_alias_moved_by_other_means_is_told(project: Project) -> None:
    panel = PromotionPanel(project, "churn")
    assert panel.overview["history"]["findings"] is None
    ask(panel, "verify")
    assert panel.overview["history"]["findings"] == []
    project.store.client().set_registered_model_alias("churn", "champion", "3")
    ask(panel, "verify")
    [finding] = panel.overview["history"]["findings"]
    assert "alias moved" in finding
    assert not panel.overview["champion"]["known"]


def test_a_second_click_while_something_goes_on_does_nothing(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    for _ in range(5):
        panel._handle_custom_msg({"type": "approve", "version": "2", "reason": ""}, [])
        if not panel.busy:  # one may have ended already
            break
    assert panel.wait(SOON)
    assert actions(project).count("approve") == 1


def test_noise_from_the_page_does_nothing(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    noise: list[Any] = [
        None, "promote", [], {}, {"type": "promote"}, {"type": "promote", "version": 2}, {"type": "drop"},
        {"type": ["promote"], "version": "2"}, {"type": "promote", "version": "2; --", "reason": ""},
        {"type": "reject", "version": "2", "reason": {"a": 1}},
    ]  # fmt: skip
    for content in noise:
        panel._handle_custom_msg(content, [])
        assert panel.wait(SOON)
    assert actions(project) == ["promote"]
    assert champion(project) == "1"


def test_a_project_that_is_gone_is_told_in_the_panel(project: Project) -> None:
    panel = PromotionPanel(project, "churn@2")
    (project.root / "mlops.yaml").write_text("models: [", encoding="utf-8")
    ask(panel, "refresh")
    assert "mlops.yaml" in panel.problem
    assert not panel.busy
    (project.root / "mlops.yaml").write_text(GATES.replace("0.75", "0.9"), encoding="utf-8")
    ask(panel, "refresh")
    assert panel.problem == ""
    assert "accuracy >= 0.9" in states(panel)


def test_viewers_without_widgets_get_html_and_the_text_that_is_given(project: Project) -> None:
    panel = PromotionPanel(project, "churn", text=lambda report: f"gates of {report.version}\n")
    shown = bundle(panel)
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"] == repr(panel) == "gates of 3"
    assert "accuracy &gt;= 0.75" in shown["text/html"]
    assert "champion: version 1" in shown["text/html"]
    assert "<script" not in shown["text/html"]
    assert "champion: version 1" in repr(PromotionPanel(project, "churn"))


def bundle(panel: PromotionPanel) -> dict[str, Any]:
    shown = panel._repr_mimebundle_()
    assert shown is not None
    return shown[0]


def test_the_module_makes_no_markup_of_text_and_loads_nothing() -> None:
    script = str(PromotionPanel._esm)
    assert "export default" in script
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import "):
        assert forbidden not in script
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")
    assert ".jp-mlops-promotion" in str(PromotionPanel._css)
    assert "url(" not in str(PromotionPanel._css)


@given(
    name=st.sampled_from(["accuracy", "log_loss", "n_rows"]),
    value=st.floats() | st.none(),
    against=st.floats() | st.none(),
)
def test_a_metric_is_better_just_where_it_is(name: str, value: float | None, against: float | None) -> None:
    told = plain.plain_metric(name, value, against)
    json.dumps(told, allow_nan=False)
    if value is None or against is None or math.isnan(value) or math.isnan(against):
        assert told["word"] == told["difference"] == ""
    elif told["word"] in {"better", "worse"}:
        assert name != "n_rows"
        assert (told["word"] == "better") == ((value > against) == (name == "accuracy"))
        assert told["kind"] == {"better": "good", "worse": "bad"}[told["word"]]
    elif name != "n_rows":
        assert math.isclose(value, against, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), ""),
        ((GateStatus.PASSED, GateStatus.SKIPPED), ""),
        ((GateStatus.WAITING, GateStatus.PASSED), "1 of 2 gates is not judged yet."),
        ((GateStatus.FAILED, GateStatus.WAITING), "“g0” says no: m0. 1 of 2 gates is not judged yet."),
        ((GateStatus.ERROR,), "“g0” cannot be judged: m0."),
        (
            (GateStatus.FAILED,) * 5,
            "“g0” says no: m0. “g1” says no: m1. “g2” says no: m2. 2 more are closed.",
        ),
    ],
)
def test_why_a_version_cannot_be_promoted(statuses: tuple[GateStatus, ...], expected: str) -> None:
    results = tuple(
        GateResult(name=f"g{place}", kind="metric", status=status, message=f"m{place}")
        for place, status in enumerate(statuses)
    )
    report = GateReport(model="m", version="1", alias="champion", results=results)
    assert plain.why_not(report, "m@1", is_champion=False, alias="champion") == expected


def test_evidence_shortens_ids_of_runs_and_keeps_the_whole() -> None:
    run = "0123456789abcdef" * 2
    result = GateResult(
        name="g\x1b[31m", kind="checks", status=GateStatus.FAILED, evidence={"run": run}, details=("a\nb",)
    )
    [gate] = plain.plain_gates(GateReport(model="m", version="1", alias="champion", results=(result,)))
    assert gate["evidence"] == [{"name": "run", "value": "01234567", "whole": run}]
    assert gate["details"] == ["a", "b"]
    assert "\x1b" not in gate["name"]


def test_code_keeps_its_spaces_and_a_huge_cell_is_cut() -> None:
    lines = ["@@ -1 +1 @@", "+    x = 1\x1b[0m", *("+y" for _ in range(plain.LINES))]
    cell = CellDifference(left_index=None, right_index=4, diff="\n".join(lines))
    given_ = Difference(name="C", left=None, right="1")
    diff = RunDiff(
        left="a", right="b", parameters=(given_,), metrics=(), datasets=(), packages=(), git=(), cells=(cell,)
    )
    [told] = plain.plain_changes(diff)["cells"]
    assert (told["title"], told["what"]) == ("cell 5", "new")
    assert told["lines"][1] == "+    x = 1\ufffd[0m"
    assert told["lines"][-1] == "… and 2 more lines"
    assert len(told["lines"]) == plain.LINES + 1


def test_moving_entries_are_told_with_their_alias(project: Project) -> None:
    project.approve("churn@2")
    [approved, promoted] = plain.plain_history(project.history("churn"))["entries"]
    assert approved["action"] == LedgerAction.APPROVE.value
    assert (promoted["action"], promoted["version"]) == ("promote champion", "none → 1")


@pytest.fixture
def shell(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython with the magics, without a kernel, in the project."""
    monkeypatch.chdir(project.root)
    for name in ("ps1", "ps2", "ps3"):  # IPython sets them, and libraries take the process for interactive
        monkeypatch.setattr(sys, name, "", raising=False)
    config = Config(HistoryManager={"enabled": False})
    made = InteractiveShell(ipython_dir=str(project.root / "ipython"), config=config)
    register(made)
    yield made
    unregister(made)
    made.restore_sys_module_state()


def test_on_a_terminal_the_magic_prints_what_is_known_of_the_gates(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.run_line_magic("promote", "churn") is None
    said = capsys.readouterr().out
    assert "accuracy >= 0.75" in said
    assert "not judged" in said
    assert shell.run_line_magic("promote", "--help") is None
    assert "MODEL[@VERSION]" in capsys.readouterr().out
    for line, message in (
        ("chrun", "did you mean 'churn'"),
        ("churn@7", "no version or alias '7'"),
        ("", "MODEL"),
        ("churn 'x", "close the quote"),
    ):
        with pytest.raises(UsageError, match=message):
            shell.run_line_magic("promote", line)


def test_models_are_completed(shell: InteractiveShell) -> None:
    def completed(line: str) -> list[str]:
        return complete(shell, SimpleNamespace(line=line, command="%promote"))

    assert completed("%promote ") == ["churn"]
    assert completed("%promote ch") == ["churn"]
    assert completed("%promote churn ") == ["--to"]


def test_a_headless_notebook_keeps_the_panel_as_html(project: Project) -> None:
    source = "%load_ext jupyter_mlops\n%promote churn"
    notebook = write(project.root / "look.ipynb", [cell(source)])
    Project(project.root).run(notebook, output=project.root / "out.ipynb")
    executed = json.loads((project.root / "out.ipynb").read_text(encoding="utf-8"))
    [output] = executed["cells"][-1]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert "accuracy &gt;= 0.75" in "".join(output["data"]["text/html"])
    assert actions(project) == ["promote"]


def test_a_kernel_that_is_interrupted_leaves_no_panel_that_hangs(project: Project) -> None:
    write(project.root / "checks.ipynb", [cell("import time; time.sleep(1)"), cell("assert True", "check")])
    gates = GATES.replace("gates: [", "gates: [{checks: checks.ipynb}, ")
    (project.root / "mlops.yaml").write_text(gates, encoding="utf-8")
    live = Live(write(project.root / "work.ipynb", [cell("1")]))
    try:
        assert "accuracy >= 0.75" in live.run(
            "panel = get_ipython().run_line_magic('promote', 'churn@2')\npanel"
        )
        assert live.run("panel.busy").strip() == "True"
        live.manager.interrupt_kernel()
        assert live.run(f"panel.wait({SOON})").strip() == "True"
        live.run(f"panel.judge(); panel.wait({SOON})")
        assert live.run("panel.detail['summary']").strip() == "'4 passed'"
        assert live.run("panel.problem").strip() == "''"
    finally:
        live.close()
