"""Pipelines and registered models as a person deals with them in JupyterLab: a pipeline is run, mended and
resumed; a version is refused by its gates, another one promoted, and rolled back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.project import Project
from tests.browser.legible import UNNAMED, WIDER
from tests.browser.panels import SHOW
from tests.conftest import cell, copy_database, write
from tests.promotion.registered import add_file

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[Sequence[dict[str, Any] | str]], OpenNotebook]

pytestmark = pytest.mark.browser

CONFIG = """\
tracking: {experiment: lab}
pipelines:
  broken: {steps: {one: {notebook: gone.ipynb}}}
  churn:
    steps:
      prepare: {notebook: prepare.ipynb, outputs: {table: build/table.txt}}
      train: {notebook: train.ipynb, inputs: {table: build/table.txt}, grid: {C: [1, 2]}}
      report: {notebook: report.ipynb, needs: [train]}
models:
  churn: {gates: ["accuracy >= 0.8"]}
"""
WAIT = """\
import time
from pathlib import Path
while not Path('go').exists(): time.sleep(0.05)
Path(table).write_text('1')"""
SOON = 60_000  # milliseconds


def test_a_pipeline_is_run_and_resumed_and_a_version_promoted_through_gates_and_rolled_back(
    lab: Lab, open_notebook: Open, empty_database: Path, local: None
) -> None:
    copy_database(empty_database, lab.root)
    declare(lab.root)
    register(lab.root)
    notebook = open_notebook(["1 + 1"])
    panel = notebook.page.get_by_role("region", name="MLOps", exact=True)
    notebook.page.evaluate(SHOW, "pipelines")
    run_it(notebook, panel, lab.root)
    resume_it(notebook, panel, lab.root)
    notebook.page.evaluate(SHOW, "models")
    be_refused(notebook, panel)
    promote_it(notebook, panel)
    roll_it_back(notebook)
    history = Project(lab.root).history("churn", verify=True)
    assert [(entry.action, entry.to_version) for entry in history.entries] == [
        ("promote", "1"),
        ("promote", "2"),
        ("rollback", "1"),
    ]
    assert history.entries[1].reason == "better by far"
    assert history.findings == ()


def declare(root: Path) -> None:
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    write(root / "prepare.ipynb", [cell("table = 'table.txt'", "parameters"), cell(WAIT)])
    write(root / "train.ipynb", [cell("table = ''\nC = 0", "parameters"), cell("print(C)")])
    source = "from pathlib import Path\nassert Path('mended').exists(), 'not mended'"
    write(root / "report.ipynb", [cell(source)])


def register(root: Path) -> None:
    """Three versions, of which 1 is the champion, 2 is better, and 3 is not good enough."""
    project = Project(root)
    for C, accuracy in ((1.0, 0.85), (2.0, 0.9), (3.0, 0.7)):
        add_file(project, "mlops.yaml", C, {"accuracy": accuracy})
    project.promote("churn@1")


def step(panel: Any, name: str) -> Any:
    return panel.get_by_role("button", name=re.compile(f"^{name}"))


def run_it(notebook: OpenNotebook, panel: Any, root: Path) -> None:
    expect(panel.get_by_text(re.compile("no such notebook"))).to_be_visible()
    step(panel, "churn has not run").click()
    expect(panel.get_by_text("A run would run 3 of 3 steps.")).to_be_visible(timeout=SOON)
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(step(panel, "prepare, running, cell 3 of 3")).to_be_visible(timeout=SOON)
    expect(step(panel, "train, C: 2 points, 2 waiting")).to_be_visible()
    expect(panel.get_by_role("button", name="Cancel")).to_be_enabled()
    notebook.shoot("panel-pipeline-live")
    (root / "go").touch()
    expect(step(panel, "train, C: 2 points, 2 finished")).to_be_visible(timeout=SOON)
    failed = step(panel, "report, failed")
    expect(failed).to_be_visible(timeout=SOON)
    failed.press("Enter")
    expect(panel.get_by_role("region", name="report")).to_contain_text("not mended")
    notebook.shoot("panel-pipeline")


def resume_it(notebook: OpenNotebook, panel: Any, root: Path) -> None:
    assert not panel.evaluate(WIDER)
    assert panel.evaluate(UNNAMED) == 0
    notebook.see(panel)
    (root / "mended").touch()
    panel.get_by_role("button", name="Open in a tab").click()
    notebook.page.wait_for_function("window.jupyterapp.shell.currentWidget?.title.label === 'churn'")
    notebook.reach(notebook.page.locator(".jp-MLOps-tab:visible"))
    panel.get_by_role("button", name="Resume").click()
    expect(step(panel, "report, finished")).to_be_visible(timeout=SOON)
    expect(step(panel, "train, C: 2 points, 2 cached")).to_be_visible()
    assert [run.status for run in Project(root).runs() if run.kind is RunKind.PIPELINE] == [
        RunStatus.FINISHED,
        RunStatus.FAILED,
    ]


def be_refused(notebook: OpenNotebook, panel: Any) -> None:
    versions = panel.get_by_role("region", name="Versions")
    expect(versions.get_by_role("row", name=re.compile("^Version 3"))).to_contain_text("−0.15 worse")
    panel.get_by_role("button", name="Promote …").click()
    question = panel.get_by_role("group", name="Promote churn@3?")
    expect(question).to_contain_text("The alias champion moves from version 1 to version 3.")
    question.get_by_role("button", name="Promote", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("accuracy is 0.7, not >= 0.8", timeout=SOON)
    expect(panel.get_by_role("button", name="Promote …")).to_be_focused()
    gates = panel.get_by_role("list", name="Gates")
    expect(gates).to_contain_text("accuracy >= 0.8 failed")
    panel.get_by_role("button", name="Override …").click()
    expect(panel.get_by_role("button", name="Override and promote")).to_be_disabled()
    assert not panel.evaluate(WIDER)
    assert panel.evaluate(UNNAMED) == 0
    notebook.shoot("panel-model-refused")
    notebook.see(panel)
    notebook.page.keyboard.press("Escape")


def promote_it(notebook: OpenNotebook, panel: Any) -> None:
    panel.get_by_role("button", name="Version 3").press("ArrowDown")
    expect(panel.get_by_role("button", name="Version 2")).to_be_focused()
    panel.get_by_role("button", name="Promote …").press("Enter")
    notebook.page.keyboard.type("better by far")
    notebook.page.keyboard.press("Control+Enter")
    expect(panel.get_by_text("churn@2 is the champion now.")).to_be_visible(timeout=SOON)
    expect(panel.get_by_text(re.compile("“better by far”"))).to_be_visible()


def roll_it_back(notebook: OpenNotebook) -> None:
    page = notebook.page
    page.get_by_role("button", name="Open the card").click()
    tab = page.locator(".jp-MLOps-tab:visible")
    expect(tab.get_by_role("heading", name=re.compile("^churn"), level=1)).to_be_visible(timeout=SOON)
    tab.get_by_role("button", name="Roll back …").click()
    question = tab.get_by_role("group", name="Roll back churn?")
    expect(question).to_contain_text("goes back from version 2 to version 1")
    question.get_by_role("button", name="Roll back", exact=True).click()
    expect(tab.get_by_text("The champion is version 1 again.")).to_be_visible(timeout=SOON)
    tab.get_by_text("History", exact=True).click()
    ledger = tab.get_by_role("region", name="Ledger").get_by_role("row")
    expect(ledger).to_have_count(4)
    expect(ledger.nth(1)).to_contain_text("champion rolled back")
    tab.get_by_text("What it changes", exact=True).click()
    expect(tab.get_by_role("region", name="Parameters")).to_contain_text("2.0")
    notebook.shoot("model")
    notebook.reach(tab)
    assert tab.evaluate(UNNAMED) == 0
    notebook.see(tab.locator(".jp-MLOps-chosen"))
