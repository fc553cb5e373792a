"""A tracked session in a real kernel, driven cell by cell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import CellStatus, RunKind, RunStatus

START = "%track start --experiment lab --no-autolog"


def test_a_session_is_one_run_with_all_that_a_run_carries(
    live: Any, folder: Path, write: Any, cell: Any
) -> None:
    parameters = cell("C, penalty = 1.0, 'l2'", "parameters", identifier="p")
    write(live.path, [cell(START, identifier="s"), parameters, cell("x = C * 2", identifier="x")])
    assert "recording to run" in live.run(START, "s")
    first = live.count
    live.run("C, penalty = 1.0, 'l2'", "p")
    live.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})\nscores = {'f 1': 0.5}", "d")
    assert "3 rows" in live.run("%track data df --context training --tag owner=ana", "t")
    assert "f1 = 0.5, C2 = 2" in live.run("%track metric f1=scores['f 1'] C2=C*2", "m")
    live.run("%track artifact df --name table.csv", "a")
    assert "deleted" in live.run("%track status")  # the saved notebook does not have those cells
    assert "FINISHED" in live.run("%track stop")
    details = Project().show("latest")
    assert details.run.status is RunStatus.FINISHED
    assert details.run.kind is RunKind.SESSION
    assert details.run.notebook == "work.ipynb"
    assert details.run.experiment == "lab"
    assert {(p.name, p.value, p.type) for p in details.parameters} == {
        ("C", "1.0", "float"),
        ("penalty", "l2", "str"),
    }
    assert details.run.metrics == {"f1": 0.5, "C2": 2.0}
    assert "table.csv" in details.artifacts
    (data,) = details.datasets
    assert (data.name, data.rows, data.context, data.tags["owner"]) == ("df", 3, "training", "ana")
    assert details.provenance is not None
    assert "pandas" in details.provenance.packages
    assert details.run.peak_memory is not None
    assert details.run.peak_memory > 10 * 2**20
    assert [record.status for record in details.cells] == [CellStatus.OK] * 8
    assert [record.execution_count for record in details.cells] == list(range(first, first + 8))
    assert [record.index for record in details.cells][:3] == [0, 1, -1]  # the third is not in the saved file


def test_the_same_cell_again_adds_and_a_changed_one_replaces(live: Any, folder: Path) -> None:
    live.run(START, "s")
    live.run("C = 1.0", "c")
    live.run("%track param C\n%track metric score=C", "m")
    first = Project().runs()[0].run_id
    assert "replaces" not in live.run("%track param C\n%track metric score=C", "m")
    assert len(Project().runs()) == 1
    live.run("C = 5.0", "c")
    said = live.run("%track param C\n%track metric score=C", "m")
    assert "replaces" in said
    assert "Error" not in said
    newest, oldest = Project().runs()
    assert (oldest.run_id, oldest.status, oldest.metrics["score"]) == (first, RunStatus.FINISHED, 1.0)
    assert (newest.replaces, newest.parameters["C"], newest.metrics["score"]) == (first, "5.0", 5.0)


def test_starting_again_goes_on_and_starting_otherwise_replaces(live: Any) -> None:
    live.run(START)
    assert "still recording" in live.run(START)
    first = Project().runs()[0].run_id
    live.run("%track start other --experiment lab --no-autolog")
    newest = Project().runs()[0]
    assert (newest.name, newest.replaces) == ("other", first)


def test_a_raise_marks_the_run_failed_with_the_traceback_until_it_is_mended(live: Any) -> None:
    live.run(START)
    assert "ZeroDivisionError" in live.run("1 / 0", "z")
    run = Project().runs()[0]
    assert run.status is RunStatus.FAILED
    assert run.error == "ZeroDivisionError: division by zero"
    assert "mlops/traceback.txt" in Project().show(run.run_id).artifacts
    live.run("1 / 1", "z")
    assert Project().runs()[0].status is RunStatus.RUNNING
    live.run("1 / 0", "other")
    assert "FAILED" in live.run("%track stop")
    run = Project().runs()[0]
    assert (run.status, run.exit_code) == (RunStatus.FAILED, 1)


def test_a_cell_whose_magic_keeps_its_error_for_itself_failed_until_it_is_mended(
    live: Any, folder: Path
) -> None:
    (folder / "wrong.py").write_text("assert 1 == 2", encoding="utf-8")
    live.run(f"{START}\nshown = get_ipython().run_cell('1')", "s")
    live.run("%%capture\nx = 1", "a")
    live.run("%%capture\n\n", "empty")
    live.run("try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()", "shown")
    live.run("%%capture\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    pass", "caught")
    assert Project().runs()[0].status is RunStatus.RUNNING
    live.run("%%capture said\n1 / 0", "z")
    run = Project().runs()[0]
    assert (run.status, run.error) == (RunStatus.FAILED, "ZeroDivisionError: division by zero")
    live.run("%%capture said\n1 / 1", "z")
    assert Project().runs()[0].status is RunStatus.RUNNING
    live.run("x = 2\n%run wrong.py", "r")
    live.run("%track stop")
    details = Project().show("latest")
    assert details.run.status is RunStatus.FAILED
    assert [(record.cell_id, record.status.value) for record in details.cells] == [
        ("s", "ok"), ("a", "ok"), ("empty", "ok"), ("shown", "ok"), ("caught", "ok"),
        ("z", "failed"), ("z", "ok"), ("r", "failed"), (None, "ok"),
    ]  # fmt: skip
    assert "assert 1 == 2" in (details.cells[-2].traceback or "")


@pytest.mark.parametrize("way", ["kill", "close"])
def test_a_lost_kernel_leaves_no_run_running(
    way: str, folder: Path, write: Any, cell: Any, Live: Any
) -> None:
    session = Live(write(folder / "work.ipynb", [cell("x = 1", identifier="x")]))
    session.run(START)
    session.run("x = 1", "x")
    session.run("import mlflow\nrun = mlflow.start_run(run_name='left open')", "left")
    getattr(session, way)()
    details = Project().show("work")
    assert details.run.status is RunStatus.KILLED
    assert [record.source for record in details.cells] == [START, "x = 1", details.cells[-1].source]
    child = next(run for run in Project().runs() if run.name == "left open")
    assert (child.status, child.parent) == (RunStatus.KILLED, details.run.run_id)
    assert not list((folder / ".mlops" / "runs").glob("*"))
    if way == "kill":
        session.client.stop_channels()
        session.manager.cleanup_resources()


def test_the_notebooks_own_runs_are_children_with_provenance_and_nothing_is_logged_twice(live: Any) -> None:
    live.run("from mlflow import start_run\nimport mlflow")
    live.run(START)
    live.run("with start_run(run_name='mine'):\n    mlflow.log_metric('own', 1.0)")
    assert "Error" not in live.run("with mlflow.start_run() as r:\n    mlflow.log_metric('own', 2.0)")
    live.run("mlflow.log_metric('loose', 3.0)")
    live.run("%track stop")
    by_name = {run.name: run for run in Project().runs()}
    session = next(run for run in by_name.values() if run.kind is RunKind.SESSION)
    assert session.metrics == {"loose": 3.0}
    assert by_name["mine"].metrics == {"own": 1.0}
    assert by_name["mine"].parent == session.run_id
    assert by_name["mine"].notebook == "work.ipynb"
    assert "already active" in live.run("mlflow.start_run()\nmlflow.start_run()")


def test_autologging_logs_parameters_and_metrics_but_no_model(live: Any) -> None:
    live.run("%track start --experiment lab")
    live.run(
        "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\n"
        "X, y = load_iris(return_X_y=True, as_frame=True)\n"
        "model = LogisticRegression(C=0.5, max_iter=2000).fit(X, y)",
        "fit",
    )
    assert "logged LogisticRegression as iris" in (said := live.run("%track model model --name iris", "m"))
    assert "without a signature" not in said
    live.run("%track stop")
    run = Project().runs()[0]
    assert run.parameters["C"] == "0.5"
    assert run.metrics["training_score"] > 0.9
    assert len(run.models) == 1


def test_two_estimators_that_share_a_run_are_told(live: Any) -> None:
    live.run("%track start --experiment lab")
    live.run("from sklearn.linear_model import Ridge\nX, y = [[1.0], [2.0], [3.0]], [1.0, 2.0, 3.5]")
    assert "keeps the first" not in live.run("one = Ridge(alpha=0.5).fit(X, y)", "one")
    said = live.run("two = Ridge(alpha=2.0).fit(X, y)", "two")
    assert "the run keeps the first values of alpha: several estimators were autologged to it" in said
    assert said.count("\n") == 1
    assert "keeps the first" not in live.run("1 + 1", "three")
    assert Project().runs()[0].parameters["alpha"] == "0.5"
    assert "Changing param" in (clash := live.run("import mlflow\nmlflow.log_param('alpha', 9)", "four"))
    assert "autologged" not in clash


def test_a_loop_says_only_its_first_metrics_and_logs_all(live: Any) -> None:
    live.run(START)
    said = live.run("for loss in range(50):\n    %track metric loss", "l")
    assert said.count("loss = ") == 20
    assert "what this cell logs from here on is not told" in said
    assert "loss = 49" in live.run("%track metric loss", "m")
    assert Project().runs()[0].metrics == {"loss": 49.0}


def test_order_edited_deleted_and_skipped_cells_are_told(live: Any, write: Any, cell: Any) -> None:
    sources = {"a": "a = 1", "b": "b = a", "c": "c = b", "d": "d = c"}
    cells = [cell(source, identifier=key) for key, source in sources.items()]
    write(live.path, cells)
    live.run(START)
    for key in "abd":
        live.run(sources[key], key)
    live.run("gone = 1", "gone")
    live.run("a = 2", "a")
    said = live.run("%track status")
    assert re.search(r"skipped over: cell 3", said)
    assert re.search(r"out of order: cell 2", said)
    assert re.search(r"edited: cell 1", said)
    assert re.search(r"deleted: .*gone = 1", said)


def test_errors_are_one_line_and_harm_nothing(live: Any) -> None:
    assert "nothing is on the record" in live.run("%track metric x")
    live.run(START)
    for line, word in {
        "%track metric undefined_name": "NameError",
        "%track metric start_ip=object()": "not a number",
        "%track data nowhere.csv": "no variable, dataset",
        "%track artifact nothing": "no file and no variable",
        "%track frobnicate": "no verb",
        "%track metric f(x)": "needs a name",
        "%track model undefined_name": "NameError",
        "%track start --nonsense": "--nonsense",
    }.items():
        said = live.run(line)
        assert word in said, (line, said)
        assert said.startswith("UsageError") or "UsageError" in said
        assert said.count("\n") <= 2, said
    said = live.run("%mlops run '\x1b[31mnothing.ipynb'")
    assert "\ufffd[31mnothing" in said
    assert "\x1b" not in said
    assert Project().runs()[0].status is not RunStatus.KILLED


def test_unloading_the_extension_ends_the_session(live: Any) -> None:
    live.run(START)
    live.run("%unload_ext jupyter_mlops")
    assert Project().runs()[0].status is RunStatus.FINISHED
    assert "not found" in live.run("%track status")


def test_trees_are_logged_figures_show_and_quotes_are_taken_off(live: Any) -> None:
    live.run('%track start "my run" --experiment "two words"')
    live.run(
        "from sklearn.datasets import load_iris\nfrom sklearn.ensemble import RandomForestClassifier\n"
        "X, y = load_iris(return_X_y=True, as_frame=True)\n"
        "forest = RandomForestClassifier(5, random_state=0).fit(X, y)"
    )
    assert "logged RandomForestClassifier" in live.run("%track model forest --register iris")
    shown = live.run("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()")
    assert "<Figure size" in shown
    assert "kept a figure.png" in live.run('%track artifact figure --name "a figure.png"')
    assert "MLflow refuses" in live.run("%track tag 'bad!name=x'")
    live.run("%track stop")
    run = Project().runs()[0]
    assert (run.name, run.experiment) == ("my run", "two words")
    assert Project().load_model("iris@1").n_estimators == 5


def test_a_raise_in_the_cell_that_starts_tracking_counts_and_an_interrupt_is_no_failure(live: Any) -> None:
    assert "ZeroDivisionError" in live.run(f"{START}\n1 / 0", "s")
    run = Project().runs()[0]
    assert (run.status, run.error) == (RunStatus.FAILED, "ZeroDivisionError: division by zero")
    live.run("%unload_ext jupyter_mlops")
    assert Project().runs()[0].status is RunStatus.FAILED
    live.run("%load_ext jupyter_mlops")
    live.run(START, "s")
    live.run("raise KeyboardInterrupt", "i")
    live.run("%track stop")
    details = Project().show("latest")
    assert details.run.status is RunStatus.KILLED
    assert CellStatus.CANCELLED in [record.status for record in details.cells]
