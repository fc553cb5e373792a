"""What JupyterLab shows beside a notebook is there in Notebook 7, too, as far as its page has room for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.panels import SOON, main_area
from tests.conftest import copy_database

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[..., OpenNotebook]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("local")]

CELLS = (
    "%load_ext jupyter_mlops\n%track start --experiment classic --no-autolog",
    "%track metric accuracy=0.9",
)


def test_toolbar_badges_and_panel(lab: Lab, open_notebook: Open, empty_database: Path) -> None:
    copy_database(empty_database, lab.root)
    notebook = open_notebook(CELLS, app="notebooks")
    page = notebook.page
    notebook.run_all()
    badge = notebook.cell(1).get_by_role("button", name=re.compile("^Run .*accuracy 0.9"))
    expect(badge).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Run headless").click()
    page.get_by_role("dialog").get_by_role("button", name="Use the file as it is").click()
    dialog = page.get_by_role("dialog", name=re.compile("headless"))
    expect(dialog.get_by_label("Experiment")).to_be_visible(timeout=SOON)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    page.keyboard.press("Alt+m")
    page.keyboard.press("r")
    panel = page.get_by_role("region", name="MLOps", exact=True)
    expect(panel.get_by_role("row", name=re.compile("running, session"))).to_have_count(1, timeout=SOON)
    notebook.shoot("panels-notebook7")
    badge.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Open run").click()
    opened = main_area(page)
    expect(opened.get_by_role("heading", level=2)).to_be_visible(timeout=SOON)
    expect(opened.get_by_text("accuracy").first).to_be_visible(timeout=SOON)
    notebook.shoot("panels-notebook7-run")
