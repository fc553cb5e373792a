"""The panels beside a notebook, the whole way in one JupyterLab: a run, what it changed, when it runs again,
which version is the champion."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.entities import LedgerAction
from jupyter_mlops.project import Project
from tests.browser.panels import SOON, Panel, main_area, make_project
from tests.conftest import cell

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[..., OpenNotebook]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("local")]

START = "%load_ext jupyter_mlops\n%track start --experiment churn --no-autolog"
PARAMETERS = "C: float = 1.0"
# a file that JupyterLab does not list: where one goes while a folder is listed, there is no folder for it
WAIT = "import time\nfrom pathlib import Path\nwhile not Path('.go').exists(): time.sleep(0.05)"
MEASURE = "%track metric accuracy=C*0.9"
STOP = "%track stop"
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
SAVE = "() => window.jupyterapp.shell.currentWidget.context.save()"
STAYS = "window.stays"  # what a reload would take


@pytest.fixture(scope="module")
def project(lab: Lab, empty_database: Path) -> Project:
    return make_project(lab.root, empty_database)


def test_the_whole_way(lab: Lab, project: Project, open_notebook: Open) -> None:
    sources = [START, PARAMETERS, WAIT, MEASURE, STOP]
    notebook = open_notebook([cell(one, *(["parameters"] if one is PARAMETERS else [])) for one in sources])
    page = notebook.page
    page.evaluate(f"{STAYS} = true")
    (lab.root / ".go").touch()
    notebook.run_all()
    expect(notebook.cell(3).get_by_role("button", name=re.compile("^Run .*accuracy 0.9"))).to_be_visible()
    notebook.shoot("panels-badges")
    page.evaluate(SAVE)
    (lab.root / ".go").unlink()
    panel = Panel(page)
    run_it_headless(notebook, panel, lab.root)
    diff_the_two(notebook, panel)
    schedule_it(notebook, panel)
    promote_and_roll_back(notebook, panel, project)
    open_it_again(panel)
    assert page.evaluate(STAYS) is True


def toolbar(notebook: OpenNotebook, name: str) -> Any:
    return notebook.page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name=name)


def run_it_headless(notebook: OpenNotebook, panel: Panel, root: Path) -> None:
    runs = panel.show("Runs")
    newest = runs.get_by_role("row").first
    expect(newest).to_have_accessible_name(re.compile("finished, session"))
    before = runs.get_by_role("row").count()
    toolbar(notebook, "Run headless").click()
    dialog = notebook.page.get_by_role("dialog", name=re.compile("headless"))
    dialog.get_by_label("C", exact=True).fill("0.5")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_have_count(0, timeout=SOON)
    row = runs.get_by_role("row", name=re.compile("headless, cell 4 of 6"))
    expect(row).to_have_count(1, timeout=SOON)
    expect(row.get_by_role("progressbar")).to_have_accessible_name("cell 4 of 6")
    going = notebook.cell(2).get_by_role("button", name=re.compile("^Run .*running"))
    expect(going).to_be_visible(timeout=SOON)
    notebook.shoot("panels-live")
    (root / ".go").touch()
    expect(row).to_have_count(0, timeout=SOON)
    expect(newest).to_have_accessible_name(re.compile("finished, headless"))
    expect(newest).to_contain_text("accuracy 0.45")
    expect(runs.get_by_role("row")).to_have_count(before + 1)


def diff_the_two(notebook: OpenNotebook, panel: Panel) -> None:
    runs = panel.show("Runs")
    diff = runs.get_by_role("button", name="Diff")
    expect(diff).to_be_disabled()
    for number in (0, 1):
        runs.get_by_role("row").nth(number).get_by_role("checkbox").check()
    expect(runs.get_by_role("status").first).to_contain_text("2 selected")
    diff.click()
    shown = main_area(notebook.page)
    changed = shown.get_by_role("region", name="Metrics").get_by_role("row", name=re.compile("^accuracy"))
    expect(changed).to_contain_text("−0.45")
    changed = shown.get_by_role("region", name="Parameters").get_by_role("row", name=re.compile("^C"))
    expect(changed).to_contain_text("1.0 (float)0.5 (float)")
    notebook.shoot("panels-diff")
    notebook.see(shown)
    notebook.see(panel.root)


def schedule_it(notebook: OpenNotebook, panel: Panel) -> None:
    page = notebook.page
    page.get_by_role("tab", name=re.compile(r"^n\w+\.ipynb$")).click()
    page.keyboard.press("Alt+m")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog", name=re.compile("Schedule"))
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    toolbar(notebook, "Schedule").click()
    dialog.get_by_label("Time", exact=True).fill("0 2 * * *")
    dialog.get_by_label("Name").fill("nightly")
    expect(dialog.get_by_text("at 02:00 every day")).to_be_visible()
    dialog.get_by_role("button", name="Add the schedule").click()
    expect(dialog).to_have_count(0, timeout=SOON)
    expect(panel.show("Schedules").get_by_text("nightly").first).to_be_visible(timeout=SOON)
    notebook.shoot("panels-schedules")
    notebook.see(panel.root)


def promote_and_roll_back(notebook: OpenNotebook, panel: Panel, project: Project) -> None:
    models = panel.show("Models")
    expect(models.get_by_text("Champion: version 1")).to_be_visible(timeout=SOON)
    models.get_by_role("button", name="Version 2").click()
    models.get_by_role("button", name="Promote …").click()
    question = models.get_by_role("group", name=re.compile("^Promote churn@2"))
    question.get_by_role("textbox").fill("more data")
    notebook.shoot("panels-promote")
    notebook.see(panel.root)
    question.get_by_role("button", name="Promote").click()
    expect(models.get_by_text("churn@2 is the champion now.")).to_be_visible(timeout=SOON)
    expect(models.get_by_text("Champion: version 2")).to_be_visible(timeout=SOON)
    models.get_by_role("button", name="Roll back …").click()
    question = models.get_by_role("group", name=re.compile("^Roll back churn"))
    question.get_by_role("textbox").fill("too slow")
    question.get_by_role("button", name="Roll back", exact=True).click()
    expect(models.get_by_text("Champion: version 1")).to_be_visible(timeout=SOON)
    notebook.shoot("panels-models")
    entries = project.history("churn").entries
    told = [(entry.action, entry.to_version, entry.reason) for entry in entries]
    assert told == [
        (LedgerAction.PROMOTE, "1", "the first one"),
        (LedgerAction.PROMOTE, "2", "more data"),
        (LedgerAction.ROLLBACK, "1", "too slow"),
    ]


def open_it_again(panel: Panel) -> None:
    """Nothing of all that touched the notebook; the source of a run comes back beside it."""
    page = panel.page
    page.get_by_role("tab", name=re.compile(r"^n\w+\.ipynb$")).click()
    assert page.evaluate(DIRTY) is False
    row = panel.show("Runs").get_by_role("row", name=re.compile("finished, headless$")).first
    row.get_by_role("button", name=re.compile("^More for")).click()
    page.get_by_role("menuitem", name="Open at this version").click()
    opened = page.get_by_role("tab", name=re.compile(r"^n.*\.ipynb$", re.I))
    expect(opened).to_have_count(2, timeout=SOON)
