"""What a person does with the form and the table, in both themes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[[list[dict[str, Any]]], OpenNotebook]

pytestmark = pytest.mark.browser

RUNS = """\
import math
from datetime import UTC, datetime, timedelta
from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.widgets.runs import RunsTable

def make(i):
    started = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=37 * i)
    failed = i % 17 == 16
    return Run(
        run_id=f"id{i}", name=f"fit-{i}", experiment="churn", kind=RunKind.SESSION,
        status=RunStatus.FAILED if failed else RunStatus.FINISHED, notebook="notebooks/train.ipynb",
        started=started, ended=started + timedelta(seconds=1.5 * i), error="ValueError" if failed else None,
        parameters={"C": str(10 ** (i % 5 - 2)), "penalty": ["l1", "l2", "elasticnet"][i % 3],
                    "<b>bold</b>": "<img src=x>", "max_iter": "100", "solver": "lbfgs", "tol": "0.0001",
                    "class_weight": "None", "note": "a rather long value that needs some clipping " * 3},
        metrics={} if i == 3 else {"accuracy": math.nan if i == 5 else 0.8 + i % 23 / 150,
                                   "loss": 1 / (i + 1)},
    )

count = 1000
def load():
    global count
    count += 1
    return [make(i) for i in range(count)]

table = RunsTable([make(i) for i in range(1000)], on_refresh=load)
table
"""

FORM = """\
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.widgets.parameters import ParameterForm

source = '''
C: Annotated[float, Field(gt=0)] = 1.0  # inverse of the <strength>
penalty: Literal["l1", "l2"] = "l2"
depth: Annotated[int, Field(ge=1, le=9)] = 3  # how many levels a tree may have
shuffle: bool = True
seed = 7
day: date = "2024-05-01"
a_name_that_is_rather_long_for_a_parameter: str = "churn"
columns: list[str] = ["a", "b"]
limit: int | None = None
double = seed * 2
'''
cell = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
applied = {}
form = ParameterForm(read_parameters({"cells": [cell]}), {}, applied.update)
form
"""

PARAMETERS = """\
from typing import Literal

C: float = 1.0  # inverse of the regularisation strength
penalty: Literal["l1", "l2"] = "l2"
max_iter: int = 5000
shuffle: bool = True
"""

FIT = """\
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression(C=C, max_iter=max_iter, solver="liblinear").fit(X_train, y_train)
accuracy = model.score(X_test, y_test)
"""


def code(source: str, *tags: str) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code",
        "id": uuid.uuid4().hex[:8],
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
    }


def test_widgets_in_lab(lab: Lab, open_notebook: Open) -> None:
    notebook = open_notebook(
        [
            code(RUNS),
            code("print(table.selected)"),
            code("from jupyter_mlops.widgets.runs import RunsTable\nRunsTable([])"),
        ]
    )
    notebook.run(0, 2)
    output = notebook.output(0)
    expect(names(output)).to_have_count(50)
    assert output.locator("img, b").count() == 0, "what a run says must not become markup"
    notebook.shoot("runs")
    notebook.see(output.locator(".jp-mlops-runs"))
    sort_and_filter(output)
    notebook.shoot("runs-filtered")
    page_through(output)
    select_and_compare(notebook, output)
    notebook.run(1)
    expect(notebook.output(1)).to_have_text(re.compile(r"\['id\d+', 'id\d+'\]"))
    plot(notebook, output)
    refresh(output)
    expect(notebook.output(2)).to_contain_text("No runs yet. %track start records this notebook")
    notebook.shoot("runs-empty", notebook.cell(2))


def names(output: Any) -> Any:
    return output.get_by_role("region", name="Runs", exact=True).locator("tbody tr td:nth-child(2)")


def sort_and_filter(output: Any) -> None:
    loss = output.get_by_role("columnheader", name="loss")
    loss.get_by_role("button").click()
    expect(loss).to_have_attribute("aria-sort", "ascending")
    expect(names(output).first).to_have_text("fit-999")
    output.page.keyboard.press("Enter")  # the focus is still on the header
    expect(loss).to_have_attribute("aria-sort", "descending")
    expect(names(output).first).to_have_text("fit-0")
    accuracy = output.get_by_role("columnheader", name="accuracy")
    accuracy.get_by_role("button").click()
    output.get_by_role("button", name="Next").click()
    expect(output.get_by_text("Page 2 of 20")).to_be_visible()
    search = output.get_by_role("searchbox", name="Filter runs")
    search.fill("nonsense > 1")
    expect(output.get_by_role("status")).to_contain_text("named nonsense: read as text")
    search.fill("accuracy > 0.9 status = FINISHED C < 1")
    expect(output.get_by_role("status")).to_contain_text("of 1,000 runs")
    expect(output.get_by_role("status")).not_to_contain_text("1,000 of")


def page_through(output: Any) -> None:
    output.get_by_role("searchbox").fill("")
    output.get_by_role("columnheader", name="accuracy").get_by_role("button").click()
    for _ in range(19):
        output.get_by_role("button", name="Next").click()
    expect(output.get_by_role("button", name="Next")).to_be_disabled()
    expect(names(output).last).to_have_text("fit-3")  # it has no accuracy: last in either direction
    output.get_by_role("searchbox").fill("loss > 0.05")
    expect(names(output)).to_have_count(18)  # fit-0 to fit-18 without fit-3


def select_and_compare(notebook: OpenNotebook, output: Any) -> None:
    compare = output.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    boxes = output.get_by_role("checkbox", name=re.compile("^Select "))
    boxes.nth(0).check()
    boxes.nth(1).focus()
    notebook.page.keyboard.press("Space")
    expect(output.get_by_role("status")).to_contain_text("2 selected")
    compare.click()
    comparison = output.get_by_role("region", name="Comparison")
    expect(comparison.get_by_role("row", name="accuracy")).to_contain_text("≠")
    expect(comparison.get_by_role("row", name="max_iter")).not_to_contain_text("≠")
    notebook.shoot("runs-compared", output)
    comparison.get_by_role("checkbox", name="Only rows that differ").check()
    expect(comparison.get_by_role("row", name="max_iter")).to_have_count(0)
    compare.click()
    expect(comparison).to_be_hidden()


def plot(notebook: OpenNotebook, output: Any) -> None:
    output.get_by_role("button", name="Plot").click()
    output.get_by_role("searchbox").fill("")
    chart = output.get_by_role("img", name=re.compile(" against "))
    output.get_by_role("combobox", name="Metric").select_option("accuracy")
    against = output.get_by_role("combobox", name="against")
    against.select_option("penalty")
    expect(chart).to_have_accessible_name("accuracy against penalty, 998 runs")
    expect(output.get_by_text("2 of 1000 runs have no finite accuracy")).to_be_visible()
    notebook.shoot("plot-categories", output)
    against.select_option("started")
    expect(chart).to_have_accessible_name("accuracy against started, 998 runs")
    notebook.shoot("plot-time", output)
    against.select_option("C")
    output.get_by_role("checkbox", name="log scale").check()
    expect(chart.locator("circle title").first).to_have_text(re.compile(r"fit-\d+\nC = .+\naccuracy = 0"))
    notebook.shoot("plot-log", output)
    output.get_by_role("searchbox").fill("fit-7 loss > 0.1")
    expect(chart).to_have_accessible_name("accuracy against C, 1 run")
    notebook.shoot("plot-one", output)


def refresh(output: Any) -> None:
    output.get_by_role("button", name="Refresh").click()
    expect(output.get_by_role("status")).to_contain_text("of 1,001 runs")


def test_the_form_in_lab(open_notebook: Open) -> None:
    notebook = open_notebook([code(FORM), code("print(applied)")])
    notebook.run(0)
    output = notebook.output(0)
    notebook.shoot("form", output)
    strength = output.get_by_label("C", exact=True)
    strength.fill("-1")
    output.get_by_role("button", name="Apply").click()
    expect(output.get_by_role("alert").filter(has_text="parameter C: -1.0 does not fit")).to_be_visible()
    notebook.shoot("form-alert", output)
    strength.fill("0.5")
    output.get_by_role("combobox", name="penalty").select_option("l1")
    output.get_by_label("shuffle").uncheck()
    output.get_by_label("columns").fill("['c']")
    apply = output.get_by_role("button", name="Apply")
    apply.focus()
    notebook.page.keyboard.press("Enter")
    expect(output.get_by_text("applied: C=0.5, penalty='l1', shuffle=False, columns=['c']")).to_be_visible()
    expect(output.get_by_label("double")).to_be_disabled()
    notebook.shoot("form-applied", output)
    output.get_by_label("limit").fill("5")
    notebook.page.keyboard.press("Enter")
    expect(output.get_by_text("not applied yet: limit")).to_be_visible()
    apply.click()
    expect(output.get_by_text("applied: limit=5", exact=True)).to_be_visible()
    notebook.run(1)
    expect(notebook.output(1)).to_have_text(
        "{'C': 0.5, 'penalty': 'l1', 'shuffle': False, 'columns': ['c'], 'limit': 5}"
    )
    output.get_by_role("button", name="Reset").click()
    expect(output.get_by_text("defaults filled in; Apply uses them")).to_be_visible()
    expect(strength).to_have_value("1")


def test_a_session_in_lab(open_notebook: Open) -> None:
    notebook = open_notebook(
        [
            code("%load_ext jupyter_mlops"),
            code(PARAMETERS, "parameters"),
            code("%params"),
            code('print("C is", C)'),
            code("%track start --experiment churn"),
            code(FIT),
            code("%track metric accuracy"),
            code("%track status"),
            code("%track stop"),
            code("%runs"),
        ]
    )
    notebook.run(0, 1, 2, 3)
    expect(notebook.output(3)).to_have_text("C is 1.0")
    notebook.run(4, 5, 6, 7, 8)
    form = notebook.output(2)
    form.get_by_label("C", exact=True).fill("0.01")
    form.get_by_role("button", name="Apply").click()
    expect(form.get_by_text("applied: C=0.01", exact=True)).to_be_visible()
    notebook.shoot("session-params")
    notebook.run(3)
    expect(notebook.output(3)).to_have_text("C is 0.01")
    notebook.run(4, 5, 6, 7)
    expect(notebook.output(7)).to_contain_text("churn")
    notebook.run(8, 9)
    inspect_runs(notebook, notebook.output(9))


def inspect_runs(notebook: OpenNotebook, output: Any) -> None:
    expect(names(output)).to_have_count(2)
    header = output.get_by_role("columnheader", name="accuracy", exact=True)
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    search = output.get_by_role("searchbox", name="Filter runs")
    search.fill("accuracy > 2")
    expect(output.get_by_text("No run passes the filter.")).to_be_visible()
    search.fill("accuracy > 0.5 status = FINISHED")
    expect(names(output)).to_have_count(2)
    for box in output.get_by_role("checkbox", name=re.compile("^Select ")).all():
        box.check()
    output.get_by_role("button", name="Compare").click()
    comparison = output.get_by_role("region", name="Comparison")
    expect(comparison.get_by_role("row", name="differs C")).to_contain_text("0.01")
    notebook.shoot("session-compared", output)
    output.get_by_role("button", name="Plot").click()
    output.get_by_role("combobox", name="against").select_option("C")
    output.get_by_role("combobox", name="Metric").select_option("accuracy")
    expect(output.get_by_role("img", name="accuracy against C, 2 runs")).to_be_visible()
    notebook.shoot("session-runs", output)
