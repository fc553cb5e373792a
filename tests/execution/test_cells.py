"""``%%track NAME``: one cell, one run, in a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind, RunStatus

CELL = "%%track fit --params C --metrics accuracy half=accuracy/2 --no-autolog\naccuracy = C / 10\naccuracy"


def test_one_cell_is_one_run_and_shows_its_last_value(live: Any, folder: Path) -> None:
    live.run("C = 5.0")
    said = live.run(CELL)
    assert "0.5" in said
    assert "FINISHED: accuracy = 0.5, half = 0.25" in said
    (run,) = Project().runs()
    assert (run.kind, run.name, run.parameters, run.metrics) == (
        RunKind.CELL,
        "fit",
        {"C": "5.0"},
        {"accuracy": 0.5, "half": 0.25},
    )
    details = Project().show(run.run_id)
    assert details.provenance is not None
    assert [record.source.strip() for record in details.cells] == ["accuracy = C / 10\naccuracy"]
    assert [record.execution_count for record in details.cells] == [live.count]


def test_again_unchanged_adds_and_changed_replaces(live: Any) -> None:
    live.run("C = 5.0")
    live.run(CELL)
    assert "replaces" not in live.run(CELL)
    (first,) = Project().runs()
    history = Project().store.client().get_metric_history(first.run_id, "accuracy")
    assert [point.step for point in history] == [0, 1]
    live.run("C = 7.0")
    assert "replaces" in live.run(CELL)
    newest, _ = Project().runs()
    assert (newest.replaces, newest.parameters) == (first.run_id, {"C": "7.0"})
    assert "replaces" in live.run(CELL.replace("/ 10", "/ 20"))


def test_a_raise_fails_that_run_with_the_traceback_and_reaches_the_user_once(live: Any) -> None:
    said = live.run("%%track bad --no-autolog\n1 / 0")
    assert said.count("ZeroDivisionError: division by zero") == 1
    run = Project().runs()[0]
    assert (run.status, run.error) == (RunStatus.FAILED, "ZeroDivisionError: division by zero")
    assert "mlops/traceback.txt" in Project().show(run.run_id).artifacts


def test_inside_a_session_it_is_a_child_and_a_bad_name_is_told_without_losing_the_run(live: Any) -> None:
    live.run("%track start --no-autolog")
    said = live.run("%%track fit --params nothing --metrics text\ntext = 'abc'")
    assert "nothing not recorded" in said
    assert "a str is not a number" in said or "text not recorded" in said
    live.run("%track stop")
    child = next(run for run in Project().runs() if run.kind is RunKind.CELL)
    parent = next(run for run in Project().runs() if run.kind is RunKind.SESSION)
    assert child.parent == parent.run_id
    assert {child.status, parent.status} == {RunStatus.FINISHED}


def test_magics_and_syntax_of_ipython_work_in_a_tracked_cell(live: Any) -> None:
    assert "hello" in live.run("%%track shell --no-autolog\n!echo hello\nx = %pwd\nx")
    assert "SyntaxError" in live.run("%%track broken --no-autolog\nif:")
