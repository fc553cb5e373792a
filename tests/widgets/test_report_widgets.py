"""The widgets of drift reports and of differences: what travels to the page, and what other viewers get."""

from __future__ import annotations

import json
import math
from typing import Any
from xml.etree import ElementTree

import pytest

from jupyter_mlops.entities import ColumnDiff, DataDiff, DriftState, Entity, RowDiff, Shift
from jupyter_mlops.widgets.dataset_diff import DiffWidget
from jupyter_mlops.widgets.drift import DriftWidget
from jupyter_mlops.widgets.report import PLOTS, ReportWidget
from jupyter_mlops.widgets.results import interactive, widget
from tests.drawing.reports import CHECKS, DIFF, DRIFT, column, drift


def state(shown: ReportWidget) -> dict[str, Any]:
    """What travels, as JSON can carry it."""
    told = {key: value for key, value in shown.get_state().items() if key not in {"layout", "_esm", "_css"}}
    return dict(json.loads(json.dumps(told, allow_nan=False)))


def names(shown: ReportWidget) -> list[str]:
    return [row["name"] for row in state(shown)["rows"]]


def test_columns_that_drifted_come_first_and_after_the_predictions() -> None:
    shown = DriftWidget(DRIFT)
    assert names(shown) == ["churn (prediction)", "income", "region", "coupon", "rare", "age", "signup"]
    told = state(shown)
    assert told["verdict"] == {"text": DRIFT.verdict, "sign": "≠", "kind": "bad"}
    assert ["drift", 2] in told["states"]
    assert any(name == "accuracy" and "−0.05" in text and "decayed" in text for name, text in told["facts"])
    income = told["rows"][1]
    assert income["state"] == {"text": "drift", "sign": "≠", "kind": "bad"}
    assert income["cells"] == ["income", "drift", "0.62", "< 0.001"]
    assert income["sort"][2] == 0.62
    assert ["missing", "1.0 % → 23 %"] in income["facts"]
    ElementTree.fromstring(told["plots"]["1"])


def test_numbers_that_are_none_travel_and_have_no_place_in_an_order() -> None:
    shown = DriftWidget(
        drift(column("a", effect=math.nan), column("b", effect=math.inf), column("c", effect=None))
    )
    effects = {row["name"]: (row["cells"][2], row["sort"][2]) for row in state(shown)["rows"]}
    assert effects == {"a": ("NaN", None), "b": ("∞", 1e308), "c": ("", None)}


def test_of_many_columns_the_page_asks_for_the_last_plots() -> None:
    shown = DriftWidget(drift(*(column(f"c{place:03}") for place in range(PLOTS + 5))))
    assert len(state(shown)["plots"]) == PLOTS
    sent: list[Any] = []
    shown.send = sent.append
    shown._handle_custom_msg({"type": "plot", "row": PLOTS + 4}, [])
    [answer] = sent
    assert (answer["type"], answer["row"]) == ("plot", PLOTS + 4)
    ElementTree.fromstring(answer["drawing"])
    for noise in (
        "noise",
        {},
        {"type": "plot"},
        {"type": "plot", "row": 10**9},
        {"type": "plot", "row": "1"},
    ):
        shown._handle_custom_msg(noise, [])
    assert len(sent) == 1


def test_a_difference_tells_columns_and_rows() -> None:
    told = state(DiffWidget(DIFF))
    assert told["verdict"]["text"].startswith("60 rows added, 20 rows removed, 120 rows changed")
    rows = {row["name"]: row for row in told["rows"]}
    assert next(iter(rows)) == "email"
    assert rows["age"]["cells"] == ["age", "changed", "float64", "120", "0.4", "medium"]
    assert rows["zip"]["cells"][2] == "int64 → str"
    assert ["mean", "45.25 → 51"] in rows["age"]["facts"]
    assert told["examples"]["rows"][0] == ["changed", "id=17", "age", "41.0", "42.0"]


def test_reports_of_nothing_travel() -> None:
    assert names(DriftWidget(drift())) == []
    assert names(DiffWidget(DataDiff(left="a", right="b", identical=True))) == []
    odd = ColumnDiff(name="a", change="changed", shift=Shift(measure="m", effect=math.nan))
    assert (
        state(DiffWidget(DataDiff(left="a", right="b", identical=False, columns=(odd,))))["rows"][0]["sort"][
            4
        ]
        is None
    )


def test_text_of_any_length_and_kind_is_cut_and_travels() -> None:
    name = "<b>\n\ud800" + "n" * 10_000
    shown = DriftWidget(drift(column(name, why=name, state=DriftState.DRIFTED)))
    assert len(json.dumps(state(shown))) < 20_000
    example = RowDiff(change="added", key={name: name}, right={name: name})
    told = state(DiffWidget(DataDiff(left=name, right=name, identical=False, examples=(example,) * 200)))
    assert len(told["examples"]["rows"]) == 50
    assert told["examples"]["more"] == "and 150 more examples"


@pytest.mark.parametrize("report", [DRIFT, DIFF])
def test_viewers_without_widgets_get_the_report(report: Entity) -> None:
    shown = widget(report, "as text")
    bundle = shown._repr_mimebundle_()
    assert bundle is not None
    data, _ = bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == "as text"
    root = ElementTree.fromstring(data["text/html"])
    assert shown.heading == root.findtext("h2")


def test_the_module_makes_no_markup_and_loads_nothing() -> None:
    told = DriftWidget(DRIFT).get_state()
    assert "export default" in told["_esm"]
    assert "function h(" in told["_esm"]
    assert "innerHTML" not in told["_esm"]
    assert "http" not in told["_esm"].replace("http://www.w3.org/2000/svg", "")
    assert "http" not in told["_css"]
    assert ".jp-mlops-report" in told["_css"]


def test_only_reports_with_a_page_before_them_are_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(widget(DRIFT, ""), DriftWidget)
    assert isinstance(widget(DIFF, ""), DiffWidget)
    assert widget(CHECKS, "") is None
    kernel, terminal = type("Shell", (), {"kernel": object()})(), object()
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("JUPYTER_MLOPS_NOTEBOOK", raising=False)
    assert interactive(kernel)
    assert not interactive(terminal)
    monkeypatch.setenv("JUPYTER_MLOPS_NOTEBOOK", "a.ipynb")
    assert not interactive(kernel), "nobody looks at a headless run"
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert interactive(kernel)
