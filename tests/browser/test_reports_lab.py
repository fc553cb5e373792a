"""Reports on data as a person sees them in JupyterLab, in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.drawing.pages import page
from jupyter_mlops.entities import DriftState
from tests.drawing.reports import COMPARISON, DRIFT, LINEAGE, column

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[list[str]], OpenNotebook]

pytestmark = pytest.mark.browser

SHOW = """\
%load_ext jupyter_mlops
from pathlib import Path
from jupyter_mlops.entities import Comparison, DriftReport, Lineage
DriftReport.model_validate_json(Path("drift.json").read_text(encoding="utf-8"))
"""

FRAMES = """\
import numpy as np, pandas as pd
random = np.random.default_rng(0)
left = pd.DataFrame({"id": range(800), "age": random.normal(40, 10, 800).round(1),
                     "city": random.choice(["Bern", "Ulm", "<b>Graz</b>"], 800)})
right = left.assign(age=lambda d: (d.age + 8).round(1), consent=True).drop(index=range(20))
left.to_csv("left.csv", index=False)
right.to_csv("right.csv", index=False)
"""


def test_reports_in_lab(lab: Lab, open_notebook: Open) -> None:
    hostile = column("<img src=x onerror=alert(1)>", state=DriftState.DRIFTED, effect=0.3)
    many = tuple(column(f"feature {place:03}") for place in range(120))
    report = DRIFT.model_copy(update={"columns": (*DRIFT.columns, hostile, *many)})
    for name, entity in (("drift", report), ("comparison", COMPARISON), ("lineage", LINEAGE)):
        (lab.root / f"{name}.json").write_text(entity.model_dump_json(), encoding="utf-8")
    notebook = open_notebook(
        [
            SHOW,
            FRAMES,
            "%mlops dataset diff left.csv right.csv --key id",
            "%mlops drift --reference left.csv --current right.csv",
            'Comparison.model_validate_json(Path("comparison.json").read_text(encoding="utf-8"))',
            'Lineage.model_validate_json(Path("lineage.json").read_text(encoding="utf-8"))',
        ]
    )
    notebook.run(0)
    look_into_drift(notebook, notebook.output(0))
    notebook.run(1, 2)
    look_into_diff(notebook, notebook.output(2))
    ask_for_drift(notebook, 3)
    notebook.run(4, 5)
    expect(notebook.output(4).get_by_role("img", name=re.compile("^Differences: accuracy"))).to_be_visible()
    expect(notebook.output(5).get_by_role("img", name=re.compile("^Lineage of customers@3"))).to_be_visible()
    notebook.shoot("comparison", notebook.output(4))
    notebook.shoot("lineage", notebook.output(5))


def names(output: Any) -> Any:
    return output.get_by_role("region", name="Columns", exact=True).locator("tbody tr td:first-child")


def look_into_drift(notebook: OpenNotebook, output: Any) -> None:
    expect(names(output)).to_have_count(128)
    assert output.locator("img, b").count() == 0, "what data say must not become markup"
    detail = output.get_by_role("region", name="Chosen column")
    expect(detail.get_by_role("img")).to_have_accessible_name(
        re.compile(r"^Histogram of churn \(prediction\)")
    )
    output.get_by_role("button", name="income").click()
    expect(detail.get_by_role("img")).to_have_accessible_name(re.compile("^Histogram of income: reference"))
    expect(detail).to_contain_text("1.0 % → 23 %")
    notebook.shoot("drift", output)
    notebook.see(output.locator(".jp-mlops-report").first)
    notebook.page.keyboard.press("ArrowDown")
    expect(output.locator("[aria-current=true]")).to_have_text("region")
    expect(detail.get_by_role("img")).to_have_accessible_name(re.compile("^Values of region"))
    notebook.shoot("drift-category", output)
    effect = output.get_by_role("columnheader", name="effect")
    effect.get_by_role("button").click()
    expect(effect).to_have_attribute("aria-sort", "descending")
    expect(names(output).first).to_have_text("income")
    output.get_by_label("State").select_option("too few")
    expect(names(output)).to_have_text(["rare"])
    output.get_by_label("State").select_option("")
    output.get_by_role("searchbox", name="Filter columns").fill("FEATURE 119")
    expect(output.get_by_role("status")).to_have_text("1 of 128 columns")
    output.get_by_role(
        "button", name="feature 119"
    ).click()  # so far down the list that the kernel draws it now
    expect(detail.get_by_role("img")).to_have_accessible_name(re.compile("^Histogram of feature 119"))
    output.get_by_role("searchbox", name="Filter columns").fill("nothing like that")
    expect(output.get_by_text("No column passes the filter.")).to_be_visible()


def look_into_diff(notebook: OpenNotebook, output: Any) -> None:
    expect(output.get_by_role("heading", name="Difference: left.csv → right.csv")).to_be_visible()
    output.get_by_role("button", name="age").click()
    detail = output.get_by_role("region", name="Chosen column")
    expect(detail.get_by_role("img")).to_have_accessible_name(re.compile("^Histogram of age"))
    rows = output.get_by_role("region", name="Rows that differ")
    expect(rows).to_contain_text("id=")
    assert output.locator("b").count() == 0
    notebook.shoot("diff", output)
    notebook.see(output.locator(".jp-mlops-report").first)


def ask_for_drift(notebook: OpenNotebook, index: int) -> None:
    notebook.cell(index).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")
    output = notebook.output(index)
    output.get_by_role("button", name="age").click()
    detail = output.get_by_role("region", name="Chosen column")
    expect(detail.get_by_role("img")).to_have_accessible_name(
        re.compile("^Histogram of age: reference: 800 values")
    )
    expect(output).not_to_contain_text("exit code")  # drift that is found stops no notebook
    notebook.shoot("drift-asked", output)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_read_in_either_theme(theme: str, browser: Any, tmp_path: Any) -> None:
    path = tmp_path / "drift.html"
    path.write_text(page(DRIFT), encoding="utf-8")
    context = browser.new_context(color_scheme=theme, viewport={"width": 420, "height": 900})
    shown = context.new_page()
    problems: list[str] = []
    shown.on("console", lambda message: problems.append(message.text))
    shown.goto(path.as_uri())
    expect(shown.get_by_role("img", name=re.compile("^Histogram of income"))).to_be_visible()
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (theme == "light")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 420, (
        "a narrow page does not scroll sideways"
    )
    assert problems == []
    context.close()
