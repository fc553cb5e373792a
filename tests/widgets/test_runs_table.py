from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.widgets.runs import STATIC_ROWS, RunsTable

START = datetime(2024, 5, 1, 10, tzinfo=UTC)


def run(number: int, **fields: Any) -> Run:
    known: dict[str, Any] = {
        "run_id": f"r{number}",
        "name": f"fit-{number}",
        "experiment": "churn",
        "status": RunStatus.FINISHED,
        "kind": RunKind.SESSION,
        "started": START,
        "ended": START + timedelta(seconds=3),
        "notebook": "train.ipynb",
        "parameters": {"C": "0.5"},
        "metrics": {"accuracy": 0.9},
    }
    return Run(**{**known, **fields})


def press_refresh(table: RunsTable) -> None:
    table._handle_custom_msg({"type": "refresh"}, [])


def test_runs_travel_as_plain_json() -> None:
    table = RunsTable([run(1, metrics={"a": math.nan, "b": math.inf, "c": -math.inf, "d": 0.5})])
    [sent] = json.loads(json.dumps(table.get_state()["runs"], allow_nan=False))
    assert sent["metrics"] == {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": 0.5}
    assert (sent["name"], sent["status"], sent["duration"]) == ("fit-1", "FINISHED", 3.0)
    assert sent["started"] == "2024-05-01T10:00:00+00:00"
    assert sent["parameters"] == {"C": "0.5"}


def test_a_run_that_goes_on_has_no_duration() -> None:
    table = RunsTable([run(1, status=RunStatus.RUNNING, ended=None), run(2, started=None, ended=None)])
    assert [sent["duration"] for sent in table.runs] == [None, None]
    assert table.runs[1]["started"] is None


def test_the_page_and_python_share_the_selection() -> None:
    table = RunsTable([run(1), run(2)])
    table.set_state({"selected": ["r2"]})
    assert table.selected == ["r2"]


def test_the_parts_of_the_module_are_there() -> None:
    state = RunsTable([]).get_state()
    assert "export default" in state["_esm"]
    assert "function parseFilter" in state["_esm"]
    assert "innerHTML" not in state["_esm"]
    assert "http" not in state["_esm"].replace("http://www.w3.org/2000/svg", "")
    assert ".jp-mlops-runs" in state["_css"]


def test_refresh_reads_the_runs_again_and_forgets_a_selection_that_is_gone() -> None:
    later = [run(2), run(3)]
    table = RunsTable([run(1), run(2)], on_refresh=lambda: later)
    table.selected = ["r1", "r2"]
    press_refresh(table)
    assert [sent["run_id"] for sent in table.runs] == ["r2", "r3"]
    assert table.selected == ["r2"]
    assert "fit-3" in bundle(table)["text/html"]


def test_a_refresh_that_fails_keeps_the_runs_and_says_why() -> None:
    answers: list[Any] = [RuntimeError("store is out of reach"), [run(2)]]

    def load() -> Sequence[Run]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    table = RunsTable([run(1)], on_refresh=load)
    press_refresh(table)
    assert "store is out of reach" in table.problem
    assert [sent["run_id"] for sent in table.runs] == ["r1"]
    table.refresh()
    assert table.problem == ""
    assert [sent["run_id"] for sent in table.runs] == ["r2"]


def test_without_on_refresh_there_is_nothing_to_refresh() -> None:
    table = RunsTable([run(1)])
    assert not table.refreshable
    press_refresh(table)
    table._handle_custom_msg("noise", [])
    assert [sent["run_id"] for sent in table.runs] == ["r1"]


def test_static_viewers_get_an_escaped_table() -> None:
    table = RunsTable([run(1, name="<script>alert(1)</script>", parameters={"a": "<b>", "q": '"'})])
    shown = bundle(table)
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "<script" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]
    assert "a=&lt;b&gt;" in shown["text/html"]
    assert "2024-05-01 10:00 UTC" in shown["text/html"]
    assert "accuracy=0.9" in shown["text/plain"]


def test_static_viewers_get_the_first_rows_of_many() -> None:
    table = RunsTable([run(number) for number in range(STATIC_ROWS + 950)])
    html = bundle(table)["text/html"]
    assert html.count("<tr>") == STATIC_ROWS + 1
    assert "and 950 more" in html


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_no_runs_says_what_to_do_next(kind: str) -> None:
    assert "%track start" in bundle(RunsTable([]))[kind]


def bundle(table: RunsTable) -> dict[str, str]:
    shown = table._repr_mimebundle_()
    assert shown is not None
    return shown[0]
