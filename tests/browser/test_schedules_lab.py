"""Schedules as a person deals with them in JupyterLab, in both themes, with a scheduler that runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.entities import RunStatus
from jupyter_mlops.project import Project
from tests.browser.legible import UNNAMED
from tests.conftest import cell, copy_database, write

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[list[str]], OpenNotebook]

pytestmark = pytest.mark.browser

CONFIG = """\
# who changes this tells ada
schedules:
  weekly: {notebook: train.ipynb, cron: "30 7 * * MON-FRI", timezone: Europe/Berlin}   # before work
  fresh: {notebook: train.ipynb, on: {data: data/customers.csv}}
  gone: {notebook: gone.ipynb, every: 6h}
"""
PARAMETERS = """\
from typing import Literal
C: float = 1.0  # how much to regularise
penalty: Literal["l1", "l2"] = "l2"
größe: float = 1.0
grüße: float = 2.0
"""
TRAIN = [
    "import time\nfrom pathlib import Path",
    "for i in range(1200):\n    print(f'epoch {i}')\n    if Path('go').exists(): break\n    time.sleep(0.05)",
    "print('<b>', C)",
]
SHOW = "%load_ext jupyter_mlops\n%schedules"
SOON = 60_000  # milliseconds


def prepare(root: Path, empty_database: Path) -> None:
    copy_database(empty_database, root)
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    write(root / "train.ipynb", [cell(PARAMETERS, "parameters"), *map(cell, TRAIN)])


@contextmanager
def scheduler(root: Path) -> Iterator[None]:
    command = [sys.executable, "-P", "-m", "jupyter_mlops", "scheduler", "start"]
    with (root.parent / "scheduler.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def test_a_schedule_is_added_paused_run_and_watched_in_lab(
    lab: Lab, open_notebook: Open, empty_database: Path, local: None
) -> None:
    prepare(lab.root, empty_database)
    notebook = open_notebook([SHOW, "1 + 1"])
    notebook.run(0)
    output = notebook.output(0)
    expect(output.get_by_text("nothing runs them: jupyter mlops scheduler start")).to_be_visible()
    with scheduler(lab.root):
        add_it(notebook, output)
        pause_it(output)
        run_and_watch_it(notebook, output, lab.root)
    text = (lab.root / "mlops.yaml").read_text(encoding="utf-8")
    assert text.startswith(CONFIG.splitlines()[0])
    assert "# before work" in text
    look_closely(notebook, output)
    remove_it(output)
    project = Project(lab.root)
    assert set(project.config.schedules) == {"weekly", "fresh", "gone"}
    [run] = project.runs()
    assert run.status is RunStatus.FINISHED
    assert run.parameters["C"] == "0.5"


def add_it(notebook: OpenNotebook, output: Any) -> None:
    output.get_by_role("button", name="Add a schedule …").click()
    form = output.get_by_role("region", name="Add a schedule")
    form.get_by_label("What runs").select_option("train.ipynb")
    time = form.get_by_label("Time", exact=True)
    time.fill("0 25 * * *")
    expect(form.get_by_text(re.compile("hour 25 is not 0-23"))).to_be_visible()
    time.fill("0 2 * * *")
    expect(form.get_by_text("at 02:00 every day")).to_be_visible()
    expect(form.get_by_role("list", name="Next times, on your clock").get_by_role("listitem")).to_have_count(
        3
    )
    form.get_by_label("Name").fill("nightly/now")
    form.get_by_role("button", name="Add the schedule").press("Enter")
    expect(form.get_by_label("Name")).to_be_focused(timeout=SOON)
    expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Name").fill("nightly")
    expect(form.get_by_label("größe")).to_have_value("1.0")
    expect(form.get_by_label("grüße")).to_have_value("2.0")
    form.get_by_label("C", exact=True).fill("a lot")
    form.get_by_role("button", name="Add the schedule").click()
    expect(form.get_by_role("alert").filter(has_text="parameter C")).to_be_visible()
    notebook.shoot("schedules-form", output)
    form.get_by_label("C", exact=True).fill("0.5")
    notebook.page.keyboard.press("Tab")
    form.get_by_role("button", name="Add the schedule").press("Enter")
    expect(output.get_by_text("nightly is added to mlops.yaml.")).to_be_visible(timeout=SOON)
    expect(form).to_be_hidden()
    expect(row(output, "nightly")).to_contain_text("at 02:00 every day")


def pause_it(output: Any) -> None:
    output.get_by_role("button", name="Pause: nightly").press("Enter")
    expect(row(output, "nightly")).to_contain_text("paused", timeout=SOON)
    expect(output.get_by_role("button", name="Resume: nightly")).to_be_focused()
    output.get_by_role("button", name="Resume: nightly").press("Enter")
    expect(row(output, "nightly")).not_to_contain_text("paused", timeout=SOON)
    expect(output.get_by_role("button", name="Pause: nightly")).to_be_focused()


def run_and_watch_it(notebook: OpenNotebook, output: Any, root: Path) -> None:
    expect(output.get_by_text("run by ")).to_be_visible(timeout=SOON)
    output.get_by_role("button", name="Run now: nightly").click()
    row(output, "nightly").get_by_role("button", name=re.compile("^Watch run ")).click(timeout=SOON)
    run = output.get_by_role("region", name="Run", exact=True)
    cells = run.get_by_role("list", name="Cells").get_by_role("listitem")
    expect(cells.filter(has_text="running")).to_have_count(1, timeout=SOON)
    expect(run.get_by_role("log")).to_contain_text("epoch 3")
    notebook.run(1)  # the kernel is free, whatever the panel does
    expect(notebook.output(1)).to_contain_text("2")
    notebook.shoot("schedules-watched", output)
    (root / "go").touch()
    expect(run.get_by_role("status")).to_contain_text("finished after", timeout=SOON)
    expect(cells.filter(has_text=", ok")).to_have_count(5)  # with that of the injected parameters
    expect(run.get_by_role("log")).to_contain_text("<b> 0.5")
    expect(row(output, "nightly")).to_contain_text("finished", timeout=SOON)


def look_closely(notebook: OpenNotebook, output: Any) -> None:
    """What any eye, and no eye, can read; at the width of a narrow notebook, too."""
    name = output.get_by_role("button", name="nightly", exact=True)
    name.press("Enter")
    expect(name).to_have_attribute("aria-expanded", "true")
    expect(output.get_by_role("region", name="Slots of nightly")).to_contain_text("manual")
    expect(output.get_by_role("region", name="Next times of nightly").get_by_role("listitem")).to_have_count(
        5
    )
    output.get_by_role("button", name="Add a schedule …").click()
    panel = output.locator(".jp-mlops-schedules")
    assert panel.evaluate(UNNAMED) == 0
    notebook.see(panel)
    notebook.page.keyboard.press("Escape")
    notebook.shoot("schedules", panel)
    notebook.page.set_viewport_size({"width": 1132, "height": 1400})
    notebook.page.wait_for_function("document.querySelector('.jp-mlops-schedules').clientWidth <= 720")
    assert panel.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    rows = output.get_by_role("region", name="Schedules")
    assert rows.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    notebook.shoot("schedules-narrow", panel)


def remove_it(output: Any) -> None:
    output.get_by_role("button", name="Remove nightly …").press("Enter")
    keep = output.get_by_role("button", name="Keep nightly")
    expect(keep).to_be_focused()
    keep.press("Escape")
    expect(output.get_by_role("button", name="Remove nightly …")).to_be_focused()
    output.get_by_role("button", name="Remove nightly …").click()
    output.get_by_role("button", name="Remove it: nightly").press("Enter")
    expect(row(output, "nightly")).to_have_count(0, timeout=SOON)
    expect(output.get_by_role("region", name="Schedules")).to_be_focused()


def row(output: Any, name: str) -> Any:
    rows = output.get_by_role("region", name="Schedules").get_by_role("row")
    return rows.filter(has=output.page.get_by_role("button", name=name, exact=True))
