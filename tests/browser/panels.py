"""The MLOps panel of JupyterLab as its tests find it, and a project to show in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from jupyter_mlops.project import Project
from tests.conftest import cell, copy_database, no_server, write
from tests.promotion.registered import add_rated

SOON = 30_000  # milliseconds
SHOW = "tab => window.jupyterapp.commands.execute(`jupyter-mlops:show-${tab}`)"
TABS = ("Runs", "Pipelines", "Schedules", "Models", "Data")
CONFIG = """\
datasets:
  customers: {source: customers.csv}
pipelines:
  churn:
    steps:
      prepare: {notebook: train.ipynb, outputs: {out: build/features.csv}}
      train: {notebook: train.ipynb, inputs: {features: build/features.csv}}
models:
  churn:
    gates: ["accuracy >= 0.9", "accuracy >= champion.accuracy - 0.005", signature]
schedules:
  weekly: {notebook: train.ipynb, cron: "30 7 * * MON-FRI", timezone: Europe/Berlin}
"""


def make_project(root: Path, empty_database: Path) -> Project:
    """Something for each tab. Of the model `churn` version 1 is the champion, version 2 passes all gates,
    version 3 does not."""
    with no_server():
        copy_database(empty_database, root)
        (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
        write(root / "train.ipynb", [cell("C = 1.0", "parameters"), cell("print(C)")])
        project = Project(root)
        add_rated(project, (0.91, 0.934, 0.8725))
        project.promote("churn@1", reason="the first one")
        project.datasets.add("customers")
        return Project(root)


class Panel:
    """The panel at the left of a page, once it was opened as a person opens it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="MLOps", exact=True)
        if not self.root.is_visible():
            page.get_by_role("tab", name=re.compile("^MLOps")).click()
        expect(self.root).to_be_visible()

    def show(self, name: str) -> Any:
        """Bring that tab to the front; what it shows."""
        tab = self.root.get_by_role("tab", name=name, exact=True)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        return self.root.get_by_role("tabpanel", name=name, exact=True)

    def run(self, name: str) -> Any:
        """A run in the list, the newest whose name or facts begin so."""
        return self.root.get_by_role("row", name=re.compile(f"^{name}")).first

    def widen(self, pixels: int) -> None:
        """Drag the handle at its right until it is so wide."""
        handle = self.page.locator(".lm-SplitPanel-handle:visible").first.bounding_box()
        box = self.root.bounding_box()
        assert handle
        assert box
        self.page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + pixels, handle["y"] + handle["height"] / 2, steps=4)
        self.page.mouse.up()


def main_area(page: Page) -> Any:
    """What is in front in the main area, where it is ours."""
    return page.locator(".jp-MLOps-tab:visible")
