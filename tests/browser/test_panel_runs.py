"""The runs of a project as a person deals with them in JupyterLab: searched, read, compared, followed and
ended."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.entities import Run, RunStatus
from jupyter_mlops.project import Project
from tests.browser.legible import UNNAMED, WIDER
from tests.browser.panels import SHOW
from tests.conftest import cell, copy_database, write

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[Sequence[dict[str, Any] | str]], OpenNotebook]

pytestmark = pytest.mark.browser

SOON = 60_000  # milliseconds
TRAIN = """\
import mlflow
for step in range(20):
    mlflow.log_metric('loss', 1 / (1 + step * max(rate, 0.1)), step=step)"""
EVIL = """\
from IPython.display import HTML
HTML('<b>bold</b><script>document.title = "owned"</script>')"""
PRINTS = "for line in range(40): print('line', line)"
SLOW = "import time\nwhile True: time.sleep(0.05)"
# a kernel that is just being connected to keeps Jupyter from ending for half a minute
CONNECTED = """async () => {
  for (const widget of window.jupyterapp.shell.widgets('main')) {
    const context = widget.context?.sessionContext;
    if (!context) continue;
    await context.ready;
    const kernel = context.session?.kernel;
    if (!kernel) return false;
    await kernel.info;
    if (kernel.connectionStatus !== 'connected' || kernel.status !== 'idle') return false;
  }
  return true;
}"""
SAVED = """async () => {
  const name = location.pathname.split('/workspaces/')[1].split('/')[0];
  const saved = await fetch(`/lab/api/workspaces/${name}`);
  return (await saved.text()).includes('jupyter-mlops:compare:');
}"""


def test_runs_are_searched_read_compared_followed_and_ended(
    lab: Lab, open_notebook: Open, empty_database: Path, local: None
) -> None:
    copy_database(empty_database, lab.root)
    good, better, failed = recorded(lab.root)
    notebook = open_notebook(["1 + 1"])
    page = notebook.page
    page.evaluate(SHOW, "runs")
    panel = page.get_by_role("region", name="MLOps", exact=True)
    expect(rows(panel)).to_have_count(3)
    search(panel, failed)
    read_what_failed(notebook, panel)
    tell_two_apart(notebook, panel, good, better)
    put_side_by_side(notebook, panel)
    with slow(lab.root):
        follow_and_end(notebook, panel)
    look_closely(notebook, panel)
    come_back(page)
    newest = Project(lab.root).runs()[0]
    assert newest.status is RunStatus.KILLED


def recorded(root: Path) -> list[Run]:
    """Two runs that went well, and one that did not."""
    sources = [TRAIN, EVIL, PRINTS, "score = 1 / rate"]
    train = write(root / "train.ipynb", [cell("rate: float = 1.0", "parameters"), *map(cell, sources)])
    return [Project(root).run(train, {"rate": rate}) for rate in (0.5, 2.0, 0.0)]


def rows(panel: Any) -> Any:
    return panel.get_by_role("grid", name="Runs").get_by_role("row")


def row(panel: Any, run: Run) -> Any:
    return panel.locator(f'[data-run="{run.run_id}"]')


def shown(page: Any) -> Any:
    return page.locator(".jp-MLOps-main:visible")


def search(panel: Any, wanted: Run) -> None:
    field = panel.get_by_role("searchbox", name="Search runs")
    field.fill("nothing is called so")
    expect(panel.get_by_text("No run is found for this.")).to_be_visible()
    field.fill(wanted.run_id[:12])
    expect(rows(panel)).to_have_count(1)
    expect(row(panel, wanted)).to_contain_text("ZeroDivisionError")


def read_what_failed(notebook: OpenNotebook, panel: Any) -> None:
    """By keyboard alone; the cell that failed is in view, and nothing of the notebook runs."""
    page = notebook.page
    panel.get_by_role("searchbox").press("Tab")  # to the filters
    page.keyboard.press("Tab")
    expect(rows(panel).first).to_be_focused()
    page.keyboard.press("Enter")
    run = shown(page)
    executed = run.get_by_role("region", name=re.compile("Executed notebook .*train.*, read-only"))
    cell_that_failed = executed.get_by_role("region", name="which failed")
    expect(cell_that_failed).to_contain_text("score = 1 / rate", timeout=SOON)
    expect(cell_that_failed.get_by_text("division by zero").first).to_be_in_viewport()
    expect(executed.get_by_text("bold", exact=True)).to_have_count(1)
    assert page.title() != "owned"
    assert executed.locator("script, .cm-editor, [contenteditable=true]").count() == 0
    notebook.see(run)
    notebook.shoot("panel-runs-failed")
    panel.get_by_role("searchbox").fill("")
    expect(rows(panel)).to_have_count(3)


def tell_two_apart(notebook: OpenNotebook, panel: Any, good: Run, better: Run) -> None:
    for run in (good, better):
        row(panel, run).get_by_role("checkbox").check()
    expect(panel.get_by_role("status").filter(has_text="3 runs, 2 selected")).to_be_visible()
    panel.get_by_role("button", name="Diff").click()
    page = shown(notebook.page)
    parameters = page.get_by_role("region", name="Parameters")
    expect(parameters.get_by_role("row", name="rate 0.5 (float) 2.0 (float)")).to_be_visible(timeout=SOON)
    expect(
        page.get_by_role("region", name="Metrics").get_by_role("row", name=re.compile("loss .* −"))
    ).to_be_visible()
    code = page.get_by_role("region", name="Code")
    expect(code.get_by_role("row", name=re.compile("removed rate = 0.5"))).to_be_visible()
    expect(code.get_by_role("row", name=re.compile("added rate = 2.0"))).to_be_visible()
    notebook.see(page)
    notebook.shoot("panel-runs-diff")


def put_side_by_side(notebook: OpenNotebook, panel: Any) -> None:
    rows(panel).first.get_by_role("checkbox").check()
    panel.get_by_role("button", name="Compare").click()
    page = shown(notebook.page)
    table = page.get_by_role("region", name="Runs side by side")
    expect(table.get_by_role("row", name=re.compile("^differs rate"))).to_be_visible(timeout=SOON)
    expect(table.get_by_role("img", name="lowest")).to_have_count(1)
    plot = page.get_by_role("img", name=re.compile("^loss over steps, 3 runs"))
    plot.focus()
    notebook.page.keyboard.press("End")
    expect(page.get_by_role("status").filter(has_text="step 19: train")).to_have_count(1)
    notebook.see(page)
    notebook.shoot("panel-runs-compare")
    panel.get_by_role("button", name="Clear").click()


@contextmanager
def slow(root: Path) -> Iterator[None]:
    """Meanwhile a run goes on that does not end by itself."""
    write(root / "slow.ipynb", [cell("1 + 1"), cell(SLOW)])
    command = [sys.executable, "-P", "-m", "jupyter_mlops", "run", "slow.ipynb"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        process.wait(60)
    finally:
        process.kill()
        process.wait()


def follow_and_end(notebook: OpenNotebook, panel: Any) -> None:
    """It comes into the list by itself, and is ended by keyboard."""
    page = notebook.page
    live = panel.get_by_role("row", name=re.compile("^slow, "))
    expect(live.get_by_role("progressbar", name="cell 2 of 2")).to_be_visible(timeout=SOON)
    notebook.shoot("panel-runs-live")
    live.focus()
    for _ in range(3):  # the checkbox, the name, the button
        page.keyboard.press("ArrowRight")
    expect(live.get_by_role("button", name="Cancel slow")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="End it now").click()
    expect(panel.get_by_role("row", name=re.compile("^slow, killed"))).to_be_visible(timeout=SOON)


def look_closely(notebook: OpenNotebook, panel: Any) -> None:
    """What any eye can read, also where there is little room, and a screen reader names."""
    panel.get_by_text("Filter and order").click()
    notebook.see(panel)
    assert panel.evaluate(UNNAMED) == 0
    assert shown(notebook.page).evaluate(UNNAMED) == 0
    notebook.shoot("panel-runs")
    notebook.page.set_viewport_size({"width": 560, "height": 900})
    assert not panel.evaluate(WIDER)
    assert not shown(notebook.page).evaluate(WIDER)
    notebook.page.set_viewport_size({"width": 1400, "height": 1000})
    panel.get_by_text("Filter and order").click()


def come_back(page: Any) -> None:
    """What was open is open again after a reload."""
    page.wait_for_function(SAVED, timeout=SOON)
    page.reload()
    page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=SOON)
    for name in ("train", "Diff", "Compare 3 runs"):
        expect(page.get_by_role("tab", name=re.compile(f"^{name}"))).to_have_count(1)
    expect(shown(page).get_by_role("region", name="Runs side by side")).to_be_visible(timeout=SOON)
    page.wait_for_function(CONNECTED, timeout=SOON)
