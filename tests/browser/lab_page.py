"""A notebook that is open in JupyterLab, as the tests drive it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

_EXECUTED = re.compile(r"^\[\d+\]:$")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its folder, address and theme."""

    root: Path
    url: str
    theme: str


class OpenNotebook:
    """A notebook that is open in a page of JupyterLab with its kernel ready."""

    def __init__(self, page: Any, shots: Path, theme: str) -> None:
        self.page = page
        self._shots = shots
        self._theme = theme

    def cell(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> Any:
        return self.cell(index).locator(".jp-Cell-outputArea")

    def run(self, *indices: int) -> None:
        """Run these cells in turn, each to its end and without an error."""
        for index in indices:
            prompt = self.cell(index).locator(".jp-InputPrompt")
            before = prompt.inner_text()
            self.cell(index).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            expect(prompt).not_to_have_text(before)
            expect(prompt).to_have_text(_EXECUTED, timeout=120_000)
            error = self.output(index).locator('[data-mime-type="application/vnd.jupyter.error"]')
            assert error.count() == 0, error.first.inner_text()

    def run_all(self) -> None:
        self.run(*range(self.page.locator(".jp-Notebook .jp-CodeCell").count()))

    def shoot(self, name: str, what: Any = None) -> None:
        """A screenshot of the page, or of one part of it."""
        (what or self.page).screenshot(path=self._shots / f"{name}-{self._theme}.png")


def code(source: str, *tags: str) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code", "id": uuid.uuid4().hex[:8], "source": source, "metadata": {"tags": list(tags)},
        "outputs": [], "execution_count": None,
    }  # fmt: skip
