"""A notebook beside the MLOps panel, as a person deals with it in JupyterLab: run headless, scheduled, with a
badge at each cell that is on the record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.project import Project
from tests.browser.legible import UNNAMED
from tests.conftest import cell, copy_database

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[Sequence[dict[str, Any] | str]], OpenNotebook]

pytestmark = pytest.mark.browser

START = "%load_ext jupyter_mlops\n%track start --experiment badges --no-autolog"
PARAMETERS = "C: float = 1.0  # how much to regularise\nfast: bool = True"
WAIT = """\
import time
from pathlib import Path
while not Path('go').exists(): time.sleep(0.05)"""
MEASURE = "%track metric accuracy=C*0.9"
CELLS = [START, PARAMETERS, WAIT, MEASURE]
SOON = 60_000  # milliseconds
DOCUMENT = "() => JSON.stringify(window.jupyterapp.shell.currentWidget.context.model.toJSON())"
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
SAVE = "() => window.jupyterapp.shell.currentWidget.context.save()"


def test_a_notebook_is_run_scheduled_and_tells_what_is_on_the_record_of_its_cells(
    lab: Lab, open_notebook: Open, empty_database: Path, local: None
) -> None:
    copy_database(empty_database, lab.root)
    notebook = open_notebook([cell(source, *tags(source)) for source in CELLS])
    notebook.page.evaluate(SAVE)  # a new notebook takes over what the kernel says of its language
    file = next(lab.root.glob("*.ipynb"))
    run_it_headless(notebook, lab.root, file)
    schedule_it(notebook, lab.root, file)
    track_it(notebook)
    edit_it(notebook)
    look_closely(notebook)
    session, headless = sorted(Project(lab.root).runs(), key=lambda run: run.kind is RunKind.HEADLESS)
    assert session.kind is RunKind.SESSION
    assert headless.status is RunStatus.FINISHED
    assert headless.parameters == {"C": "0.5", "fast": "False"}


def tags(source: str) -> tuple[str, ...]:
    return ("parameters",) if source == PARAMETERS else ()


def toolbar(notebook: OpenNotebook, name: str) -> Any:
    return notebook.page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name=name)


def badge(notebook: OpenNotebook, index: int) -> Any:
    return notebook.cell(index).get_by_role("button", name=re.compile("^Run "))


def run_it_headless(notebook: OpenNotebook, root: Path, file: Path) -> None:
    page = notebook.page
    notebook.cell(3).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n# said")
    toolbar(notebook, "Run headless").click()
    page.get_by_role("dialog").get_by_role("button", name="Save and go on").click()
    dialog = page.get_by_role("dialog", name=re.compile("headless"))
    amount = dialog.get_by_label("C", exact=True)
    expect(amount).to_be_focused(timeout=SOON)
    amount.fill("a lot")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_role("alert").filter(has_text="parameter C")).to_be_visible(timeout=SOON)
    expect(amount).to_be_focused(timeout=SOON)
    notebook.shoot("notebook-run-headless")
    assert dialog.evaluate(UNNAMED) == 0
    notebook.see(dialog.locator(".jp-MLOps-form").first)
    before, saved = page.evaluate(DOCUMENT), file.read_bytes()
    amount.fill("0.5")
    dialog.get_by_label("fast").uncheck()
    amount.press("Enter")
    expect(dialog).to_have_count(0, timeout=SOON)
    told = page.get_by_role("alert")
    expect(told.get_by_text(re.compile(r"cell 4 of 5"))).to_be_visible(timeout=SOON)
    notebook.shoot("notebook-run-live")
    (root / "go").touch()
    expect(told.get_by_text(re.compile("finished"))).to_be_visible(timeout=SOON)
    expect(badge(notebook, 3)).to_have_accessible_name(re.compile(r"accuracy 0\.45"), timeout=SOON)
    assert [page.evaluate(DOCUMENT), file.read_bytes(), page.evaluate(DIRTY)] == [before, saved, False]


def schedule_it(notebook: OpenNotebook, root: Path, file: Path) -> None:
    page = notebook.page
    toolbar(notebook, "Schedule").click()
    dialog = page.get_by_role("dialog", name=re.compile("Schedule"))
    time = dialog.get_by_label("Time", exact=True)
    time.fill("0 25 * * *")
    expect(dialog.get_by_text(re.compile("hour 25 is not 0-23"))).to_be_visible(timeout=SOON)
    time.fill("0 2 * * *")
    expect(dialog.get_by_text("at 02:00 every day")).to_be_visible(timeout=SOON)
    expect(dialog.get_by_role("listitem")).to_have_count(3, timeout=SOON)
    dialog.get_by_label("Name").fill("nightly")
    notebook.shoot("notebook-schedule")
    dialog.get_by_role("button", name="Add the schedule").click()
    told = page.get_by_role("alert").get_by_text(re.compile("nightly is added and runs next on"))
    expect(told).to_contain_text("jupyter mlops scheduler start", timeout=SOON)
    assert Project(root).config.schedules["nightly"].notebook == file.name


def track_it(notebook: OpenNotebook) -> None:
    notebook.run_all()
    expect(badge(notebook, 3)).to_have_accessible_name(
        re.compile(r"accuracy 0\.9 \+0\.45 better"), timeout=SOON
    )
    status = notebook.page.get_by_title("The tracked run of this notebook")
    expect(status).to_contain_text(" · 4 cells · ", timeout=SOON)
    notebook.run(2)
    expect(badge(notebook, 3)).to_contain_text("out of order", timeout=SOON)


def edit_it(notebook: OpenNotebook) -> None:
    notebook.cell(3).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type("!")
    expect(badge(notebook, 3)).to_have_accessible_name(re.compile("edited since it ran"), timeout=SOON)
    notebook.page.keyboard.press("Backspace")
    expect(badge(notebook, 3)).not_to_have_accessible_name(re.compile("edited since it ran"), timeout=SOON)


def look_closely(notebook: OpenNotebook) -> None:
    """What any eye can read, and a keyboard reach."""
    page = notebook.page
    notebook.see(notebook.cell(3).locator(".jp-MLOps-badge"))
    badge(notebook, 3).press("Enter")
    details = page.get_by_role("dialog", name=re.compile("accuracy"))
    expect(details.get_by_role("button", name="Open run")).to_be_focused(timeout=SOON)
    expect(details.get_by_role("row", name=re.compile("accuracy 0.9"))).to_contain_text(
        "+0.45 better", timeout=SOON
    )
    notebook.shoot("notebook-badges")
    page.keyboard.press("Escape")
    expect(details).to_have_count(0, timeout=SOON)
    expect(badge(notebook, 3)).to_be_focused(timeout=SOON)
