"""The panels for whoever has no mouse, no good eyes, or none: by keyboard alone, and as axe looks at them in
both themes with the panel 320 pixels wide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.project import Project
from tests.browser import accessible
from tests.browser.panels import SOON, TABS, Panel, main_area, make_project

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[..., OpenNotebook]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("local")]

NARROW = 320  # pixels
FOCUSED = "one => one === document.activeElement"


@pytest.fixture(scope="module")
def project(lab: Lab, empty_database: Path) -> Project:
    return make_project(lab.root, empty_database)


def test_by_keyboard_alone(project: Project, open_page: Open) -> None:
    page = open_page().page
    sidebar = page.get_by_role("tablist", name="main sidebar")
    reach(page, "Tab", lambda: sidebar.locator("[tabindex='0']"))
    reach(page, "ArrowDown", lambda: sidebar.get_by_role("tab", name=re.compile("^MLOps")))
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="MLOps", exact=True)
    reach(page, "Tab", lambda: panel.get_by_role("tab", name="Runs"))
    rows = panel.get_by_role("row")
    reach(page, "Tab", lambda: rows.first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    opened = main_area(page)
    expect(opened.get_by_role("heading", level=2)).to_have_text("train 3", timeout=SOON)
    reach(page, "Tab", lambda: opened.get_by_role("button", name="Open at this version"))
    reach(page, "Shift+Tab", lambda: panel.locator("[role=row]:focus-within").or_(rows.nth(1)).first)
    reach(page, "Shift+Tab", lambda: rows.nth(1))
    reach(page, "Shift+Tab", lambda: panel.get_by_role("tab", name="Runs"))
    for name in TABS[1:]:
        page.keyboard.press("ArrowRight")
        expect(panel.get_by_role("tab", name=name)).to_be_focused()
        expect(panel.get_by_role("tabpanel", name=name)).to_be_visible()


def reach(page: Any, key: str, where: Callable[[], Any], limit: int = 60) -> None:
    """Press the key until the focus is there."""
    for _ in range(limit):
        place = where()
        if place.count() and place.evaluate(FOCUSED):
            return
        page.keyboard.press(key)
    expect(where()).to_be_focused()


def test_commands_and_their_keys(project: Project, open_page: Open) -> None:
    page = open_page().page
    panel = page.get_by_role("region", name="MLOps", exact=True)
    page.keyboard.press("Alt+m")
    page.keyboard.press("m")
    expect(panel.get_by_role("tab", name="Models")).to_be_focused()
    page.get_by_role("menuitem", name="View").click()
    page.get_by_role("menuitem", name="Activate Command Palette").click()
    page.keyboard.type("mlops")
    listed = page.locator(".lm-CommandPalette-itemLabel")
    for name in TABS:
        expect(listed.get_by_text(f"Show {name}", exact=True)).to_be_visible()
    for name in ("Run the Notebook Headless …", "Schedule the Notebook …"):
        expect(listed.get_by_text(name, exact=True)).to_be_hidden()  # there is no notebook in front
    page.keyboard.press("Escape")


@pytest.mark.skipif(not accessible.is_there(), reason="axe-core is not installed")
def test_axe_finds_no_serious_fault(project: Project, open_page: Open) -> None:
    view = open_page()
    page = view.page
    panel = Panel(page)
    panel.widen(NARROW)
    box = panel.root.bounding_box()
    assert box
    assert abs(box["width"] - NARROW) < 3
    found = {f"{name}, light": accessible.faults(page) for name in walk(view, panel, project)}
    with view.dark():
        found |= {f"{name}, dark": accessible.faults(page) for name in walk(view, panel, project)}
    assert {name: faults for name, faults in found.items() if faults} == {}


def walk(view: OpenNotebook, panel: Panel, project: Project) -> Iterator[str]:
    """All that is ours, one after the other: yields what is shown."""
    page = view.page
    for name in TABS:
        settled(panel.show(name))
        view.shoot(f"accessible-{name.lower()}")
        yield name
    models = panel.show("Models")
    models.get_by_role("button", name="Version 2").click()
    models.get_by_role("button", name="Promote …").click()
    expect(models.get_by_role("group", name=re.compile("^Promote churn@2"))).to_be_visible()
    yield "Models, a question"
    page.keyboard.press("Escape")
    one, *others = (run.run_id for run in project.runs() if run.name.startswith("train"))
    for name, command, words in (
        ("overview", "open-run", {"run": one, "part": "overview"}),
        ("executed notebook", "open-run", {"run": one, "part": "notebook"}),
        ("log", "open-run", {"run": one, "part": "log"}),
        ("diff", "diff-runs", {"left": one, "right": others[0]}),
        ("comparison", "compare-runs", {"runs": [one, *others]}),
        ("pipeline", "open-pipeline", {"pipeline": "churn"}),
        ("model", "open-model", {"model": "churn", "version": "2", "part": "card"}),
    ):
        execute(page, command, words)
        settled(main_area(page))
        view.shoot(f"accessible-{name.replace(' ', '-')}")
        yield name
    for command in ("run-headless", "schedule"):
        execute(page, command, {"path": "train.ipynb"})
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".jp-MLOps-form").first).to_be_visible(timeout=SOON)
        view.shoot(f"accessible-{command}")
        yield command
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)


def execute(page: Any, command: str, words: dict[str, Any]) -> None:
    # a dialog's command ends with the dialog: it is not waited for
    page.evaluate(
        "([name, words]) => void window.jupyterapp.commands.execute(`jupyter-mlops:${name}`, words)",
        [command, words],
    )


def settled(shown: Any) -> None:
    """Something is shown, and nothing is still awaited."""
    expect(shown).to_be_visible()
    expect(shown.locator(".jp-MLOps-busy")).to_have_count(0, timeout=SOON)
    expect(shown).not_to_be_empty()
