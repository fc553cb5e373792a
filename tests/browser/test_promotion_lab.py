"""A model's way to champion as a person goes it in JupyterLab, in both themes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.entities import LedgerAction
from jupyter_mlops.project import Project
from tests.browser.legible import UNNAMED
from tests.conftest import cell, write
from tests.promotion.registered import add_rated

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[list[str]], OpenNotebook]

pytestmark = pytest.mark.browser

CONFIG = """\
models:
  churn:
    gates:
      - accuracy >= 0.9
      - accuracy >= champion.accuracy - 0.005
      - signature
      - {checks: checks.ipynb}
"""
SHOW = "%load_ext jupyter_mlops\n%promote churn"
CHANGED = ["C = 1.0", "frame = frame.dropna()\nfit(frame, C)"]
SEEN = "seen"  # a file: judging goes on until it is there
WAIT = f"import pathlib, time\nwhile not pathlib.Path({SEEN!r}).exists():\n    time.sleep(0.05)"
LOUD = "<img src=x onerror=alert(1)> needs a look"


def prepare(root: Path) -> Project:
    """Version 2 passes all gates, version 3 does not; version 1 is the champion."""
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    (root / SEEN).touch()
    write(root / "checks.ipynb", [cell(WAIT), cell("assert 1 + 1 == 2", "check")])
    project = Project(root)
    rated = {1: 0.91, 2: 0.934, 3: 0.8725}

    def fields(number: int) -> dict[str, Any]:
        metrics = {"accuracy": rated[number], "log_loss": 1 - rated[number], "rows": 500.0 + number}
        return {"metrics": metrics, "cells": CHANGED if number > 1 else None}

    add_rated(project, list(rated.values()), fields)
    project.promote("churn@1", reason="the first one")
    project.approve("churn@2", reason=LOUD)
    (root / SEEN).unlink()
    return Project(root)


def test_a_version_is_promoted_and_rolled_back_in_lab(
    lab: Lab, open_notebook: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    project = prepare(lab.root)
    notebook = open_notebook([SHOW, "1 + 1"])
    notebook.run(0)
    output = notebook.output(0)
    see_it_is_blocked(notebook, output, lab.root)
    notebook.run(1)  # the kernel is free, whatever the panel does
    expect(notebook.output(1)).to_contain_text("2")
    promote_the_other(notebook, output)
    roll_back(notebook, output)
    entries = project.history("churn").entries
    assert [(entry.action, entry.to_version) for entry in entries] == [
        (LedgerAction.PROMOTE, "1"),
        (LedgerAction.APPROVE, "2"),
        (LedgerAction.PROMOTE, "2"),
        (LedgerAction.ROLLBACK, "1"),
    ]
    assert [entry.reason for entry in entries[2:]] == ["more data", "slower than it should be"]
    history = project.history("churn", verify=True)
    assert history.findings == ()
    assert project.store.client().get_model_version_by_alias("churn", "champion").version in {1, "1"}
    reject_by_keyboard(notebook, output)
    assert project.history("churn").entries[-1].reason == "leaks the label"
    look_closely(notebook, output)
    without_a_kernel(notebook, output)
    saved = max(lab.root.glob("n*.ipynb"), key=lambda path: path.stat().st_mtime)
    shown = json.loads(saved.read_text(encoding="utf-8"))["cells"][0]["outputs"][-1]["data"]
    assert "champion: version 1" in "".join(shown["text/html"])
    assert "accuracy >= 0.9" in "".join(shown["text/plain"])


def see_it_is_blocked(notebook: OpenNotebook, output: Any, root: Path) -> None:
    expect(output.get_by_role("heading", name="churn", exact=True)).to_be_visible()
    expect(output.get_by_text("champion: version 1")).to_be_visible()
    expect(output.get_by_role("progressbar", name="gates judged")).to_be_visible()
    notebook.shoot("promotion-judging", output)
    (root / SEEN).touch()
    gates = output.get_by_role("list", name="Gates", exact=True).get_by_role("listitem")
    expect(gates.filter(has_text="checks")).to_contain_text("passed", timeout=60_000)
    expect(gates.filter(has_text="accuracy >= 0.9")).to_contain_text("failed")
    expect(gates.filter(has_text="signature")).to_contain_text("passed")
    promote = output.get_by_role("button", name="Promote to champion")
    expect(promote).to_be_disabled()
    expect(promote).to_have_accessible_description(re.compile("“accuracy >= 0.9” says no: "))
    expect(output.get_by_text("“accuracy >= 0.9” says no: ")).to_be_visible()
    expect(output.get_by_role("button", name="Approve")).to_be_enabled()
    assert output.locator("img").count() == 0, "what people say must not become markup"
    expect(output.get_by_role("region", name="History")).to_contain_text(LOUD)
    notebook.shoot("promotion-blocked", output)


def promote_the_other(notebook: OpenNotebook, output: Any) -> None:
    output.get_by_role("button", name="Version 2").click()
    chosen = output.get_by_role("region", name="Chosen version")
    expect(chosen.get_by_role("heading", name=re.compile("^Version 2"))).to_be_visible()
    expect(chosen).to_contain_text("gates are not judged yet.")
    expect(output.get_by_role("button", name="Promote to champion")).to_be_disabled()
    output.get_by_role("button", name="Judge gates").click()
    expect(output.get_by_role("button", name="Promote to champion")).to_be_enabled(timeout=60_000)
    chosen.get_by_text(re.compile("^Code")).click()
    expect(chosen.get_by_text("+fit(frame, C)")).to_be_visible()
    chosen.get_by_text(re.compile("^Metrics")).click()
    expect(chosen.get_by_role("row", name=re.compile("accuracy"))).to_contain_text("+0.024 better")
    output.get_by_label(re.compile("^Reason for Promote")).fill("more data")
    notebook.shoot("promotion", output)
    output.get_by_role("button", name="Promote to champion").click()
    expect(output.get_by_text("champion: version 2")).to_be_visible(timeout=60_000)
    expect(output.get_by_text("churn@2 is the champion now.")).to_be_visible()
    expect(output.get_by_role("region", name="History").get_by_role("row").nth(1)).to_contain_text("1 → 2")
    notebook.shoot("promotion-done", output)


def roll_back(notebook: OpenNotebook, output: Any) -> None:
    back = output.get_by_role("button", name="Roll back …")
    back.click()
    question = output.get_by_role("group", name=re.compile("Reason for rolling back"))
    expect(question).to_contain_text("champion goes back from version 2 to 1.")
    question.get_by_role("textbox").fill("slower than it should be")
    question.get_by_role("button", name="Roll back", exact=True).click()
    expect(output.get_by_text("champion: version 1")).to_be_visible(timeout=60_000)
    expect(question).to_be_hidden()
    output.get_by_role("button", name="Verify").click()
    expect(output.get_by_text("The chain of 4 entries is whole")).to_be_visible(timeout=60_000)


def reject_by_keyboard(notebook: OpenNotebook, output: Any) -> None:
    keyboard = notebook.page.keyboard
    output.get_by_role("button", name="Version 2").focus()
    keyboard.press("ArrowUp")
    expect(output.locator("[aria-current=true]")).to_have_accessible_name("Version 3")
    output.get_by_role("button", name="Reject …").focus()
    keyboard.press("Enter")
    verb = output.get_by_role("button", name="Reject", exact=True)
    expect(verb).to_be_disabled()
    keyboard.press("Escape")
    expect(verb).to_be_hidden()
    expect(output.get_by_role("button", name="Reject …")).to_be_focused()
    keyboard.press("Enter")
    keyboard.type("leaks the label")
    expect(verb).to_be_enabled()
    keyboard.press("Tab")
    expect(verb).to_be_focused()
    keyboard.press("Enter")
    expect(output.get_by_text("churn@3 is rejected.")).to_be_visible(timeout=60_000)
    rows = output.get_by_role("region", name="Versions").get_by_role("row")
    expect(rows.filter(has=notebook.page.get_by_role("button", name="Version 3"))).to_contain_text("rejected")


def look_closely(notebook: OpenNotebook, output: Any) -> None:
    """What any eye, and no eye, can read; at the width of a narrow notebook, too."""
    output.get_by_text("promote in spite of this …").click()
    expect(output.get_by_role("button", name="Override and promote")).to_be_disabled()
    panel = output.locator(".jp-mlops-promotion")
    notebook.see(panel)
    assert panel.evaluate(UNNAMED) == 0
    notebook.page.set_viewport_size({"width": 1132, "height": 1400})
    notebook.page.wait_for_function("document.querySelector('.jp-mlops-promotion').clientWidth <= 720")
    assert panel.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    notebook.shoot("promotion-narrow", panel)
    notebook.page.emulate_media(reduced_motion="reduce")
    sign = panel.locator(".task .turning")
    assert sign.evaluate("one => getComputedStyle(one).animationName") == "none"


def without_a_kernel(notebook: OpenNotebook, output: Any) -> None:
    """Nothing hangs: the page says what is the matter."""
    context = "window.jupyterapp.shell.currentWidget.context"
    notebook.page.evaluate(
        f"async () => {{ await {context}.save(); await {context}.sessionContext.shutdown(); }}"
    )
    output.get_by_role("button", name="Refresh").click()
    expect(output.get_by_role("alert")).to_contain_text("The kernel does not answer", timeout=15_000)
    expect(output.get_by_role("button", name="Approve")).to_be_disabled()
