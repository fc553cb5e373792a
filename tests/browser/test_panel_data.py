"""Schedules and data as a person deals with them in the panel: a schedule is added, paused, run, looked into
and removed; two versions of a dataset are compared."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.project import Project
from tests.browser.legible import UNNAMED, WIDER
from tests.browser.panels import SHOW
from tests.conftest import cell, copy_database, write

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[Sequence[dict[str, Any] | str]], OpenNotebook]

pytestmark = pytest.mark.browser

CONFIG = """\
# who changes this tells ada
datasets:
  customers: {source: customers.csv, key: [id]}
  orders: {source: orders.csv}
schedules:
  gone: {notebook: gone.ipynb, every: 6h}
"""
SOON = 60_000  # milliseconds


def test_a_schedule_is_added_paused_run_and_removed_and_two_versions_of_data_are_compared(
    lab: Lab, open_notebook: Open, empty_database: Path, local: None
) -> None:
    copy_database(empty_database, lab.root)
    (lab.root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    write(lab.root / "train.ipynb", [cell("C: float = 1.0", "parameters"), cell("print('<b>', C)")])
    catalogue(lab.root)
    notebook = open_notebook(["1 + 1"])
    panel = notebook.page.get_by_role("region", name="MLOps", exact=True)
    notebook.page.evaluate(SHOW, "schedules")
    add_it(notebook, panel)
    pause_it(panel)
    run_it(notebook, panel, lab.root)
    remove_it(notebook, panel, lab.root)
    notebook.page.evaluate(SHOW, "data")
    compare_it(notebook, panel)
    look_at_it(notebook, panel)


def catalogue(root: Path) -> None:
    """``customers`` with two versions: ten more, all of them older, in another city."""
    project = Project(root)
    for rows, years, city in ((60, 0, "Ulm"), (70, 30, "<b>Graz</b>")):
        lines = [f"{row},{20 + row % 30 + years},{city if row % 3 else 'Bern'}" for row in range(rows)]
        (root / "customers.csv").write_text("\n".join(["id,age,city", *lines]), encoding="utf-8")
        project.datasets.add("customers", source="customers.csv")


def row(panel: Any, name: str) -> Any:
    return panel.get_by_role("listitem", name=name, exact=True)


def look_closely(notebook: OpenNotebook, element: Any, name: str) -> None:
    """What any eye can read, a keyboard reach, and a narrow place hold."""
    assert element.evaluate(UNNAMED) == 0
    assert not element.evaluate(WIDER)
    notebook.shoot(name)
    notebook.see(element)


def add_it(notebook: OpenNotebook, panel: Any) -> None:
    expect(panel.get_by_text("jupyter mlops scheduler start")).to_be_visible()
    expect(row(panel, "gone")).to_contain_text("gone.ipynb is not there")
    add = panel.get_by_role("button", name="Add a schedule …")
    add.press("Enter")
    dialog = notebook.page.get_by_role("dialog", name="Add a schedule")
    dialog.get_by_label("What runs").select_option("train.ipynb")
    time = dialog.get_by_label("Time", exact=True)
    time.fill("0 25 * * *")
    expect(dialog.get_by_text(re.compile("hour 25 is not 0-23"))).to_be_visible()
    time.fill("0 2 * * *")
    expect(dialog.get_by_role("listitem")).to_have_count(3)
    dialog.get_by_label("Name").fill("nightly")
    amount = dialog.get_by_label("C", exact=True)
    amount.fill("a lot")
    dialog.get_by_role("button", name="Add the schedule").click()
    expect(dialog.get_by_role("alert").filter(has_text="parameter C")).to_be_visible()
    expect(amount).to_be_focused()
    amount.fill("0.5")
    amount.press("Enter")
    expect(dialog).to_have_count(0, timeout=SOON)
    expect(add).to_be_focused()
    expect(row(panel, "nightly")).to_contain_text("at 02:00 every day", timeout=SOON)
    expect(row(panel, "nightly").locator("time").first).to_have_attribute("title", re.compile(r"\d"))


def pause_it(panel: Any) -> None:
    panel.get_by_role("button", name="Pause nightly").press("Enter")
    resume = panel.get_by_role("button", name="Resume nightly")
    expect(resume).to_be_focused(timeout=SOON)
    expect(row(panel, "nightly")).to_contain_text(re.compile("paused by .+ since"))
    resume.press("Enter")
    expect(row(panel, "nightly")).not_to_contain_text("paused by", timeout=SOON)


def run_it(notebook: OpenNotebook, panel: Any, root: Path) -> None:
    page = notebook.page
    panel.get_by_role("button", name="More for nightly").press("Enter")
    page.get_by_role("menuitem", name="Run now with parameters …").click()
    dialog = page.get_by_role("dialog", name="Run nightly now")
    amount = dialog.get_by_label("C", exact=True)
    expect(amount).to_have_value("0.5")
    amount.fill("2")
    dialog.get_by_role("button", name="Run now").click()
    told = page.get_by_role("alert").filter(has_text="nightly waits: nothing runs it")
    expect(told).to_be_visible(timeout=SOON)
    expect(row(panel, "nightly")).to_contain_text("1 waits", timeout=SOON)
    once = [sys.executable, "-P", "-m", "jupyter_mlops", "scheduler", "start", "--once"]
    subprocess.run(once, cwd=root, check=True, capture_output=True, timeout=120)
    expect(row(panel, "nightly")).to_contain_text("finished", timeout=SOON)
    panel.get_by_role("button", name="nightly", exact=True).press("Enter")
    expect(row(panel, "nightly")).to_contain_text(re.compile("run now, by "))
    look_closely(notebook, panel, "panel-schedules")
    [run] = Project(root).runs()
    assert run.parameters == {"C": "2.0"}
    row(panel, "nightly").get_by_role("button", name=run.run_id[:8]).first.click()
    expect(page.get_by_role("tab", name=re.compile("train"), selected=True)).to_be_visible(timeout=SOON)


def remove_it(notebook: OpenNotebook, panel: Any, root: Path) -> None:
    page = notebook.page
    panel.get_by_role("button", name="More for nightly").press("Enter")
    page.get_by_role("menuitem", name="Remove …").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    expect(row(panel, "nightly")).to_have_count(0, timeout=SOON)
    expect(panel.get_by_role("button", name="gone", exact=True)).to_be_focused()
    assert (root / "mlops.yaml").read_text(encoding="utf-8") == CONFIG


def compare_it(notebook: OpenNotebook, panel: Any) -> None:
    page = notebook.page
    expect(panel.get_by_role("button", name=re.compile("^orders declared, no version yet"))).to_be_visible()
    older, newer = (panel.get_by_label(f"Compare customers@{number}") for number in (1, 2))
    diff = panel.get_by_role("button", name="Diff")
    newer.check()
    expect(diff).to_be_disabled()
    older.check()
    expect(panel.get_by_role("status").filter(has_text="@1 → @2")).to_be_visible()
    look_closely(notebook, panel, "panel-data")
    diff.press("Enter")
    tab = page.locator(".jp-MLOps-tab:visible")
    expect(tab.get_by_text("10 rows added, 60 rows changed")).to_be_visible(timeout=SOON)
    expect(tab.get_by_role("img", name=re.compile("^Distribution of age"))).to_be_visible()
    expect(tab.get_by_role("group", name="Rows that differ", exact=True)).to_contain_text("<b>Graz</b>")
    look_closely(notebook, tab, "panel-data-diff")
    notebook.reach(tab)
    tab.get_by_role("button", name="Drift").click()
    tab = page.locator(".jp-MLOps-tab:visible")
    expect(tab.get_by_role("row", name=re.compile("^age drift"))).to_be_visible(timeout=SOON)
    look_closely(notebook, tab, "panel-data-drift")


def look_at_it(notebook: OpenNotebook, panel: Any) -> None:
    page = notebook.page
    panel.get_by_role("button", name="Show customers@1").click()
    expect(panel.get_by_role("group", name="customers@1")).to_contain_text("60")
    panel.get_by_role("button", name="Open customers in a tab").click()
    tab = page.locator(".jp-MLOps-tab:visible")
    expect(tab.get_by_role("img", name=re.compile("^age: 60 values from 20 to"))).to_be_visible(timeout=SOON)
    look_closely(notebook, tab, "panel-data-dataset")
    notebook.reach(tab)
