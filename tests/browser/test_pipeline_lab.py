"""A pipeline that runs, as a person sees it in JupyterLab, in both themes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[list[str]], OpenNotebook]

pytestmark = pytest.mark.browser

PIPELINE = """\
import sys, time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from jupyter_mlops.entities import PipelineRun, StepRun
from jupyter_mlops.widgets.progress import NotebookProgress

EDGES = {"<b>prepare</b>": (), "features": ("<b>prepare</b>",), "train": ("features",),
         "evaluate": ("train", "features"), "report": ("evaluate", "<b>prepare</b>")}
POINTS = [("<b>prepare</b>", ""), ("features", ""), *[("train", f"C={c}") for c in (0.1, 1, 10)],
          ("evaluate", ""), ("report", "")]
known = {}

def tell(report, place, **fields):
    step, point = POINTS[place]
    known[place] = StepRun(**{**known.get(place, StepRun(step=step, point=point)).model_dump(), **fields})
    report.step(known[place])

SHOWN = {"pipeline": "churn", "steps": [
    {"step": "<b>prepare</b>", "state": "cached"},
    {"step": "features", "state": "stale", "why": "cell 3 changed"},
    *({"step": "train", "point": f"C={c}", "state": "stale", "why": "features would run"} for c in (1, 10))]}

def begin(report):
    known.clear()
    report.edges("churn", EDGES)
    for place in range(len(POINTS)):
        tell(report, place, state="waiting", why="")
    tell(report, 0, state="cached", why="nothing has changed", run_id="0123456789", metrics={"rows": 812})
    now = datetime.now(UTC)
    tell(report, 1, state="finished", run_id="abcdef0123", started=now - timedelta(seconds=3.2), ended=now)
    def train(place):  # as the driver does it: each from a thread of its own
        for cell in range(place + 1):
            tell(report, place, state="running", started=now, cell=cell, cells=8, attempt=place - 1,
                 run_id=f"{place}1234567", why="cell 3 changed")
            time.sleep(0.1)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(train, (2, 3, 4)))

def finish(report):
    now = datetime.now(UTC)
    for place in (2, 4):
        tell(report, place, state="finished", cell=8, ended=now, metrics={"accuracy": 0.8 + place / 50},
             selected=place == 4)
    tell(report, 3, state="failed", ended=now, error="ValueError: <img src=x> is no number")
    tell(report, 5, state="not run", why="train C=1 failed")
    tell(report, 6, state="not run", why="train C=1 failed")
    report.done(PipelineRun(pipeline="churn", steps=tuple(known.values()), edges=EDGES, registered="churn 3"))

def until(name):
    while not Path(name).exists():
        time.sleep(0.05)
"""

ENDS = """\
with NotebookProgress(sys.stdout) as report:
    begin(report)
    until("{}")
    finish(report)
"""

CANCELLABLE = """\
from jupyter_mlops.widgets.pipeline import PipelineWidget

def stop():
    widget.done(PipelineRun(pipeline="churn", steps=(StepRun(step="train", state="cancelled"),)))

running = PipelineRun(pipeline="churn", steps=(StepRun(step="train", state="running"),))
widget = PipelineWidget(running, on_cancel=stop)
widget
"""


def test_a_pipeline_in_lab(lab: Lab, open_notebook: Open) -> None:
    go_on = f"go-on-{uuid.uuid4().hex}"
    notebook = open_notebook(
        [
            PIPELINE,
            ENDS.format(go_on),
            ENDS.format("never"),
            CANCELLABLE,
            "from jupyter_mlops import views\nviews.display(PipelineRun(**{**SHOWN, 'edges': EDGES}))",
        ]
    )
    notebook.run(0)
    start(notebook, 1)
    output = notebook.output(1)
    running = output.get_by_role("row", name="train C=10")
    expect(running).to_contain_text("running, attempt 3")
    expect(running).to_contain_text("4/8")
    expect(running.locator(".time")).to_have_text(re.compile(r"^[2-9]\.\d s"))  # it ticks
    expect(output.get_by_role("img")).to_contain_text("train 0/3")
    expect(output.locator(".node.mlops-running")).to_have_count(1)
    expect(output.locator("path.edge")).to_have_count(6)
    assert output.locator("img, b").count() == 0, "what a step says must not become markup"
    notebook.shoot("pipeline-running")
    (lab.root / go_on).touch()
    expect(output.get_by_role("status")).to_have_text("1 failed, 2 not run, 3 finished, 1 cached")
    expect(output.get_by_role("row", name="train C=10")).to_contain_text("finished, attempt 3, best")
    expect(output.get_by_text("registered churn 3")).to_be_visible()
    expect(output.get_by_role("button", name="Cancel")).to_be_hidden()
    notebook.shoot("pipeline-done")
    notebook.see(output.locator(".jp-mlops-pipeline"))
    interrupt(notebook)
    cancel(notebook)
    look(notebook)


def start(notebook: OpenNotebook, index: int) -> None:
    notebook.cell(index).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")


def interrupt(notebook: OpenNotebook) -> None:
    start(notebook, 2)
    output = notebook.output(2)
    expect(output.get_by_role("row", name="train C=10")).to_contain_text("4/8")
    # which of the two depends on whether this kernel hears the page while it is busy
    button = output.get_by_role("button", name="Cancel")
    expect(button.or_(output.get_by_text("To cancel, interrupt the kernel"))).to_be_visible()
    notebook.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').click()
    expect(output.get_by_role("alert").filter(has_text="interrupted")).to_be_visible()
    expect(output.locator(".jp-OutputArea-output").filter(has_text="KeyboardInterrupt")).to_be_visible()
    notebook.shoot("pipeline-interrupted", notebook.cell(2))


def cancel(notebook: OpenNotebook) -> None:
    notebook.run(3)
    output = notebook.output(3)
    output.get_by_role("button", name="Cancel").click()
    expect(output.get_by_role("row", name="train")).to_contain_text("cancelled")
    expect(output.get_by_role("button", name="Cancel")).to_be_hidden()
    notebook.shoot("pipeline-cancelled", notebook.cell(3))


def look(notebook: OpenNotebook) -> None:
    notebook.run(4)
    output = notebook.output(4)
    expect(output.get_by_role("img")).to_contain_text("train 0/2")
    expect(output.get_by_role("row", name="train C=10")).to_contain_text("≠ stale")
    assert output.locator("img, b").count() == 0
    notebook.shoot("pipeline-shown", notebook.cell(4))
