"""Headless runs of real notebooks in real kernels, recorded in real MLflow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import CellStatus, RunStatus
from jupyter_mlops.exceptions import MLOpsError

OWN_RUN = """import mlflow
mlflow.set_experiment('theirs')
with mlflow.start_run():
    mlflow.log_metric('m', 1)
"""


def statuses(project: Project, run: str) -> list[str]:
    return [record.status.value for record in project.show(run).cells]


def test_a_run_carries_notebook_code_environment_and_results(folder: Path, write: Any, cell: Any) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    (folder / "sub").mkdir()
    path = write(
        folder / "sub" / "train.ipynb",
        [
            cell("C: float = 1.0\nname = 'a'", "parameters"),
            cell("import pandas as pd\nfrom pathlib import Path\nC * 2"),
            cell("print(Path.cwd().name, name)"),
        ],
    )
    project = Project()
    run = project.run("sub/train.ipynb", text={"C": "0.5", "name": "007"})
    assert (run.status, run.exit_code, run.notebook) == (RunStatus.FINISHED, 0, "sub/train.ipynb")
    details = project.show(run.run_id)
    assert {(p.name, p.value, p.type) for p in details.parameters} == {
        ("C", "0.5", "float"),
        ("name", "007", "str"),
    }
    assert [record.status for record in details.cells] == [CellStatus.OK] * 4
    provenance = details.provenance
    assert provenance is not None
    assert provenance.git is not None
    assert provenance.git.commit is not None
    assert (provenance.git.branch, provenance.git.dirty) == ("main", True)
    assert provenance.packages["pandas"]
    assert len(provenance.installed) > len(provenance.packages)
    assert run.peak_memory is not None
    kept = folder / "mlruns" / project.store.default_experiment / run.run_id / "artifacts" / "mlops"
    executed = json.loads((kept / "train.ipynb").read_text())
    assert executed["cells"][-1]["outputs"][0]["text"] == "sub 007\n"
    assert executed["cells"][1]["metadata"]["tags"] == ["injected-parameters"]
    assert {output.path for output in details.outputs} >= {"journal.jsonl", "train.ipynb", "requirements.txt"}
    assert all((kept / output.path).stat().st_size == output.size for output in details.outputs)
    assert json.loads(path.read_text())["cells"][2]["outputs"] == []  # the source is never touched


def test_a_failing_cell_fails_the_run_and_the_rest_is_not_run(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("print('before')"), cell("1 / 0"), cell("print('never')")])
    project = Project()
    run = project.run(path)
    assert (run.status, run.exit_code, run.error) == (
        RunStatus.FAILED,
        1,
        "ZeroDivisionError: division by zero",
    )
    assert statuses(project, run.run_id) == ["ok", "failed", "not run"]
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    marks = [
        c for c in json.loads(executed.read_text())["cells"] if "papermill-error-cell" in str(c["source"])
    ]
    assert len(marks) == 2  # a link at the top, an anchor at the cell


def test_a_killed_kernel_is_told_and_output_is_kept(folder: Path, write: Any, cell: Any) -> None:
    kill = "import os, sys\nprint('partial', flush=True)\nsys.stdout.flush()\nos.kill(os.getpid(), 9)"
    path = write(folder / "n.ipynb", [cell("x = 1"), cell(kill), cell("x")])
    project = Project()
    run = project.run(path)
    assert (run.status, run.exit_code) == (RunStatus.FAILED, 4)
    assert statuses(project, run.run_id) == ["ok", "killed", "not run"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_run_and_says_so(
    number: int, code: int, folder: Path, write: Any, cell: Any
) -> None:
    started = folder / "started"
    wait = f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(600)"
    write(folder / "n.ipynb", [cell("x = 1"), cell(wait), cell("x")])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        while not started.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == code
    project = Project()
    run = project.runs()[0]
    assert (run.status, run.exit_code) == (RunStatus.KILLED, code)
    assert statuses(project, run.run_id) == ["ok", "cancelled", "not run"]


def test_a_signal_between_two_cells_cancels_the_run_too(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("print('kept')"), cell("x = 1"), cell("x")])

    def interrupt(record: Any, done: int, total: int) -> None:
        if record.status is CellStatus.OK:
            os.kill(os.getpid(), signal.SIGINT)

    project = Project()
    run = project.run(path, progress=interrupt)
    assert (run.status, run.exit_code, run.error) == (RunStatus.KILLED, 130, "SIGINT")
    assert statuses(project, run.run_id) == ["ok", "not run", "not run"]
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    assert json.loads(executed.read_text())["cells"][0]["outputs"][0]["text"] == "kept\n"


def test_a_killed_runner_leaves_no_run_running(folder: Path, write: Any, cell: Any) -> None:
    started = folder / "started"
    tell = f"import os, pathlib, time\npathlib.Path({str(started)!r}).write_text(str(os.getpid()))"
    body = f"{tell}\ntime.sleep(600)"
    write(folder / "n.ipynb", [cell(body)])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (started.exists() and started.read_text()) and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    until = time.monotonic() + 10
    while psutil.pid_exists(int(started.read_text())) and time.monotonic() < until:
        time.sleep(0.05)  # the supervisor has it killed
    assert not psutil.pid_exists(int(started.read_text()))
    details = Project().show("latest")
    assert details.run.status is RunStatus.KILLED
    assert [record.status for record in details.cells] == [CellStatus.KILLED]


def test_the_exit_of_cells_that_may_raise_or_are_skipped(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "n.ipynb",
        [cell("1 / 0", "raises-exception"), cell("1 / 0", "skip-execution"), cell("'end'"), cell("")],
    )
    project = Project()
    run = project.run(path)
    assert (run.status, run.exit_code) == (RunStatus.FINISHED, 0)
    assert statuses(project, run.run_id) == ["failed", "skipped", "ok"]


def test_a_notebook_that_tracks_itself_gives_one_run(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "n.ipynb",
        [
            cell("%load_ext jupyter_mlops"),
            cell("C = 1.0", "parameters"),
            cell("%track start mine --experiment own --tag who=me --no-autolog"),
            cell("score = C / 2\n%track metric score\n%track param C"),
            cell("%track stop"),
            cell("after = 1"),
        ],
    )
    project = Project()
    run = project.run(path, {"C": 0.5})
    (only,) = project.runs()
    assert only.run_id == run.run_id
    assert (run.status, run.experiment, run.metrics, run.tags) == (
        RunStatus.FINISHED,
        "own",
        {"score": 0.25},
        {"who": "me"},
    )
    assert len(project.show(run.run_id).cells) == 7


def test_a_headless_run_is_on_the_record_without_a_start(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "n.ipynb",
        [
            cell("%load_ext jupyter_mlops\nimport pandas as pd\ndata = pd.DataFrame({'a': [1, 2]})"),
            cell("%track data data --context training\n%track metric score=0.5\n%track param C=2"),
            cell("%track tag who=me\n%track artifact data --name table.csv\n%track"),
            cell("%track stop"),
            cell("%track metric late=1", "raises-exception"),
        ],
    )
    project = Project()
    run = project.run(path)
    assert (run.status, run.error) == (RunStatus.FINISHED, None)
    (only,) = project.runs()
    assert (only.run_id, only.metrics, only.parameters, only.tags) == (
        run.run_id,
        {"score": 0.5},
        {"C": "2"},
        {"who": "me"},
    )
    details = project.show(run.run_id)
    assert [(found.name, found.context) for found in details.datasets] == [("data", "training")]
    assert "table.csv" in details.artifacts
    assert "nothing is on the record" in str(details.cells[-1].error)


def test_a_notebook_with_its_own_mlflow_run_gives_one_run(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell(OWN_RUN), cell("1 / 0")])
    project = Project()
    run = project.run(path)
    (only,) = project.runs()
    assert (only.run_id, only.experiment, only.metrics) == (run.run_id, "theirs", {"m": 1.0})
    assert only.status is RunStatus.FAILED  # whatever mlflow.end_run() said in between


def test_another_experiment_than_the_notebooks_own_makes_its_runs_children(
    folder: Path, write: Any, cell: Any
) -> None:
    project = Project()
    run = project.run(write(folder / "n.ipynb", [cell(OWN_RUN)]), experiment="ours")
    assert (run.status, run.experiment, run.metrics) == (RunStatus.FINISHED, "ours", {})
    (child,) = project.runs(experiment="theirs")
    assert (child.parent, child.metrics, child.notebook) == (run.run_id, {"m": 1.0}, "n.ipynb")


def test_output_folder_receives_a_new_file_each_time(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("1")])
    project = Project()
    first = project.run(path, output=folder / "out")
    second = project.run(path, output=folder / "out")
    names = {file.name for file in (folder / "out").iterdir()}
    assert names == {f"n-{first.run_id[:8]}.ipynb", f"n-{second.run_id[:8]}.ipynb"}


def test_register_takes_the_one_tracked_output_and_links_the_run(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "n.ipynb",
        [
            cell("%load_ext jupyter_mlops\n%track start --no-autolog"),
            cell("rules = {'threshold': 3}\n%track artifact rules --name rules.json"),
        ],
    )
    project = Project()
    run = project.run(path, register="rules")
    (version,) = project.models("rules")
    assert (version.version, version.run_id) == ("1", run.run_id)
    assert version.source.endswith("/rules.json")
    named = project.register(run.run_id, "rules=rules.json")
    assert named.version == "2"


def test_a_sweep_of_own_runs_makes_children_of_the_one_run(folder: Path, write: Any, cell: Any) -> None:
    body = "import mlflow\nfor i in range(2):\n    with mlflow.start_run(run_name=f'it{i}'):\n        pass"
    project = Project()
    run = project.run(write(folder / "loop.ipynb", [cell(body)]))
    assert run.name == "loop"
    assert {(r.name, r.parent) for r in project.runs() if r.run_id != run.run_id} == {
        ("it0", run.run_id),
        ("it1", run.run_id),
    }


def test_limits_stop_a_cell_and_later_ones_are_not_run(folder: Path, write: Any, cell: Any) -> None:
    wait = "import time\nprint('before')\ntime.sleep(600)"
    path = write(folder / "n.ipynb", [cell("x = 1"), cell(wait), cell("x")])
    project = Project()
    for limits in ({"cell_timeout": 1.0}, {"timeout": 4.0}):
        run = project.run(path, **limits)
        assert (run.status, run.exit_code) == (RunStatus.FAILED, 4)
        assert run.error is not None
        assert "limit of" in run.error
        assert statuses(project, run.run_id) == ["ok", "timed out", "not run"]
    own = write(folder / "own.ipynb", [cell(wait, "timeout:1s", "raises-exception"), cell("x = 1")])
    run = project.run(own, cell_timeout=300)
    assert statuses(project, run.run_id) == ["timed out", "not run"]
    (executed,) = folder.glob(f"mlruns/*/{run.run_id}/artifacts/mlops/own.ipynb")
    first = next(c for c in json.loads(executed.read_text())["cells"] if c["cell_type"] == "code")
    assert first["outputs"][0]["text"] == "before\n"
    assert first["metadata"]["papermill"]["status"] == "timed out"


def test_input_fails_at_once(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("input('name? ')")])
    run = Project().run(path)
    assert (run.status, run.exit_code) == (RunStatus.FAILED, 1)
    assert run.error is not None
    assert "StdinNotImplementedError" in run.error


def test_a_kernel_that_says_it_exits_is_not_ok_and_a_cell_that_swallows_an_interrupt_is_timed_out(
    folder: Path, write: Any, cell: Any
) -> None:
    project = Project()
    gone = project.run(write(folder / "a.ipynb", [cell("import os\nos._exit(0)"), cell("1")]))
    assert (gone.exit_code, statuses(project, gone.run_id)) == (4, ["killed", "not run"])
    swallow = "import time\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    pass"
    late = project.run(write(folder / "b.ipynb", [cell(swallow), cell("1")]), cell_timeout=1)
    assert (late.exit_code, statuses(project, late.run_id)) == (4, ["timed out", "not run"])


def test_more_output_than_the_reader_is_fast_for_is_kept_whole(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    storm = "for number in range(20_000):\n    print(number, flush=True)"
    child = "import subprocess\nsubprocess.run(['seq', '1', '5000']);"
    with monkeypatch.context() as outside:
        outside.delenv("PYTEST_CURRENT_TEST")  # by which ipykernel leaves what child processes print alone
        run = Project().run(write(folder / "n.ipynb", [cell(storm), cell(child)]))
    assert run.status is RunStatus.FINISHED
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    first, second = [c["outputs"] for c in json.loads(executed.read_text())["cells"]]
    assert [o["text"] for o in first] == ["".join(f"{number}\n" for number in range(20_000))]
    assert "".join(o["text"] for o in second) == "".join(f"{number}\n" for number in range(1, 5001))
    (log,) = folder.glob("mlruns/*/*/artifacts/mlops/output.log")
    assert len(log.read_text().splitlines()) == 25_002


def test_what_a_child_printed_is_kept_though_it_is_read_after_the_last_cell(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import os, time\nread = os.read\nos.read = lambda *of: time.sleep(0.02) or read(*of)"
    child = "import subprocess\nsubprocess.run(['seq', '1', '5000']);"
    with monkeypatch.context() as outside:
        outside.delenv("PYTEST_CURRENT_TEST")  # by which ipykernel leaves what child processes print alone
        Project().run(write(folder / "n.ipynb", [cell(slow), cell(child)]))
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    shown = json.loads(executed.read_text())["cells"][-1]["outputs"]
    assert "".join(o["text"] for o in shown) == "".join(f"{number}\n" for number in range(1, 5001))


def test_displays_widgets_and_what_a_thread_prints_later_are_where_a_front_end_shows_them(
    folder: Path, write: Any, cell: Any
) -> None:
    sources = [
        "from IPython.display import display, clear_output\n"
        "handle = display('first', display_id=True)\nfor i in range(3):\n"
        "    clear_output(wait=True)\n    print('step', i)",
        "handle.update('second')\nshown = display('other', display_id=True)\nshown.update('updated')",
        "import threading, time\ndef later():\n    time.sleep(0.3)\n    print('from a thread')\n"
        "threading.Thread(target=later).start()",
        "time.sleep(0.8)\nprint('last')",
        "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('caught')\nout",
        "print(out.outputs[0]['text'])\nipywidgets.IntSlider(7)",
    ]
    run = Project().run(write(folder / "n.ipynb", [cell(source) for source in sources]))
    assert run.status is RunStatus.FINISHED
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    notebook = json.loads(executed.read_text())
    shown = [[o.get("text") or o["data"]["text/plain"] for o in c["outputs"]] for c in notebook["cells"]]
    assert shown[:4] == [["step 2\n"], ["'updated'"], [], ["from a thread\nlast\n"]]
    assert shown[5][0] == "caught\n\n"
    (state,) = notebook["metadata"]["widgets"].values()
    sliders = [w for w in state["state"].values() if w["model_name"] == "IntSliderModel"]
    assert sliders[0]["state"]["value"] == 7


def test_tags_that_are_for_others_change_nothing_and_metadata_is_kept(
    folder: Path, write: Any, cell: Any
) -> None:
    marked = cell("print('shown')", "remove-output", "hide-input", "remove_cell")
    marked["metadata"]["mine"] = {"a": [1]}
    Project().run(write(folder / "n.ipynb", [marked]))
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    (found,) = json.loads(executed.read_text())["cells"]
    assert found["metadata"]["mine"] == {"a": [1]}
    assert found["metadata"]["tags"] == ["remove-output", "hide-input", "remove_cell"]
    assert found["outputs"][0]["text"] == "shown\n"


def test_a_run_in_a_thread_beside_another_keeps_its_own_folder(folder: Path, write: Any, cell: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    project = Project()
    paths = []
    for name in ("a", "b"):
        (folder / name).mkdir()
        paths.append(write(folder / name / f"{name}.ipynb", [cell("import os\nprint(os.getcwd())")]))
    project.store.client()
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(project.run, paths))
    for run, path in zip(runs, paths, strict=True):
        (log,) = folder.glob(f"mlruns/*/{run.run_id}/artifacts/mlops/output.log")
        assert log.read_text().splitlines()[1] == str(path.parent)


def test_a_cell_that_asks_the_kernel_to_exit_stops_the_run(folder: Path, write: Any, cell: Any) -> None:
    project = Project()
    for word in ("exit()", "quit"):
        run = project.run(write(folder / f"{word[:4]}.ipynb", [cell(f"if True:\n    {word}"), cell("1")]))
        expected = ["failed", "not run"] if word == "exit()" else ["ok", "ok"]  # a bare name calls nothing
        assert statuses(project, run.run_id) == expected
        assert run.exit_code == (1 if word == "exit()" else 0)


def test_the_limit_of_a_run_covers_the_start_of_its_kernel(folder: Path, write: Any, cell: Any) -> None:
    project = Project()
    run = project.run(write(folder / "n.ipynb", [cell("1"), cell("2")]), timeout=0.05)
    assert (run.status, run.exit_code) == (RunStatus.FAILED, 4)
    assert run.error == "the limit of 0.05 s for the run was exceeded"
    assert statuses(project, run.run_id) == ["not run", "not run"]


def test_an_impatient_ctrl_c_costs_no_record(folder: Path, write: Any, cell: Any) -> None:
    started = folder / "started"
    wait = f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\nprint('seen')\ntime.sleep(600)"
    write(folder / "n.ipynb", [cell(wait), cell("x")])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not started.exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)  # what is printed is sent within that
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    process.communicate()
    assert process.returncode in {130, -signal.SIGINT}  # the last one may meet an interpreter that ends
    project = Project()
    details = project.show("latest")
    assert [record.status.value for record in details.cells] == ["cancelled", "not run"]
    assert details.outputs
    assert details.damaged == ()
    (log,) = folder.glob("mlruns/*/*/artifacts/mlops/output.log")
    assert "seen" in log.read_text()


def test_the_notebook_of_a_run_can_be_had_while_it_runs_and_afterwards(
    folder: Path, write: Any, cell: Any
) -> None:
    wait = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)"
    write(
        folder / "n.ipynb", [cell("print('first')"), cell(f"print('second', flush=True)\n{wait}"), cell("3")]
    )
    runner = subprocess.Popen([sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb"])
    project = Project()
    target = folder / "live.ipynb"

    def shown() -> list[str]:
        project.executed("latest", target)
        cells = json.loads(target.read_text())["cells"]
        return [cell["metadata"]["papermill"]["status"] for cell in cells if cell["cell_type"] == "code"]

    until = time.monotonic() + 60
    while True:
        try:
            if shown() == ["completed", "running", "pending"] and "second" in target.read_text():
                break
        except MLOpsError:  # it has not begun yet
            pass
        assert time.monotonic() < until
        time.sleep(0.05)
    (folder / "go").touch()
    assert runner.wait() == 0
    assert shown() == ["completed"] * 3
    with pytest.raises(MLOpsError, match="cannot take the executed notebook"):
        project.executed("latest", folder / "n.ipynb")


def test_a_run_that_is_not_recorded_leaves_what_was_asked_for_and_nothing_else(
    bare_folder: Path, write: Any, cell: Any
) -> None:
    folder = bare_folder
    write(folder / "n.ipynb", [cell("x = 1", "parameters"), cell("print(x)"), cell("assert x < 3, 'no'")])
    project = Project()
    run = project.run("n.ipynb", {"x": 2}, record=False, output="out")
    assert (run.run_id, run.status, run.parameters) == ("", RunStatus.FINISHED, {"x": "2"})
    assert sorted(path.name for path in folder.iterdir()) == ["mlops.yaml", "n.ipynb", "out"]
    executed = json.loads((folder / "out" / "n.ipynb").read_text())
    assert executed["cells"][2]["outputs"][0]["text"] == "2\n"
    failed = project.run("n.ipynb", {"x": 3}, record=False)
    assert (failed.status, failed.exit_code, failed.error) == (RunStatus.FAILED, 1, "AssertionError: no")
    with pytest.raises(MLOpsError, match="a run that is not recorded has no experiment"):
        project.run("n.ipynb", record=False, experiment="e")
    with pytest.raises(MLOpsError, match="the notebook itself"):
        project.run("n.ipynb", record=False, output=".")


def test_a_recorded_run_imports_no_mlflow_where_the_database_is_known(
    folder: Path, write: Any, cell: Any
) -> None:
    write(folder / "n.ipynb", [cell("x = 1", "parameters"), cell("print(x)")])
    Project().run("n.ipynb")  # makes the database
    code = (
        "import sys\nfrom jupyter_mlops.cli import main\n"
        "assert main(['run', 'n.ipynb', '-p', 'x', '2']) == 0\nassert 'mlflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert [run.parameters for run in Project().runs()] == [{"x": "2"}, {"x": "1"}]


def test_a_run_without_record_that_is_killed_leaves_the_old_output_and_the_next_clears_up(
    folder: Path, write: Any, cell: Any, tmp_path: Path
) -> None:
    write(folder / "n.ipynb", [cell("open('began', 'w').close()\nimport time\ntime.sleep(100)")])
    write(folder / "quick.ipynb", [cell("1")])
    (folder / "out.ipynb").write_text("the old one")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = [sys.executable, "-m", "jupyter_mlops", "run", "--no-record", "--output", "out.ipynb"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    runner = subprocess.Popen([*words, "n.ipynb"], env=environment)
    until = time.monotonic() + 60
    while not (folder / "began").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    runner.kill()
    runner.wait()
    assert (folder / "out.ipynb").read_text() == "the old one"
    assert list(scratch.glob("mlops-run-*"))
    subprocess.run([*words, "quick.ipynb"], env=environment, check=True)
    assert not list(scratch.glob("mlops-run-*"))
    assert json.loads((folder / "out.ipynb").read_text())
