"""F12: the tracking server fails in mid-run. No cell fails or waits; nothing is lost, nothing comes twice."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.tracking import spool

LONG = bool(os.environ.get("JUPYTER_MLOPS_LONG"))
POINTS = 1000 if LONG else 150
START = "%track start --no-autolog"
BLOCKED = 2.0  # seconds: a cell that took longer would have waited for the server

TEN = """
import mlflow
for step in range({0}, {0} + 10):
    mlflow.log_metric("mine", step * 0.5, step=step)
"""


@pytest.fixture
def kernel(home: Path, proxy: Any, write: Any, cell: Any, Live: Any) -> Any:
    """A kernel with a tracked session, that tells how long a cell took."""

    class Timed:
        def __init__(self) -> None:
            self.cells = 0
            self.live = Live(write(home / "work.ipynb", [cell("1 + 1")]))
            assert "recording to run" in self.live.run(START, "s")
            self.live.run("import mlflow, numpy, pandas", "i")

        def run(self, source: str, identifier: str = "") -> float:
            self.cells += 1  # each is a cell of its own: one that is edited begins a new run
            began = time.monotonic()
            said = self.live.run(source, identifier or f"cell-{self.cells}")
            took = time.monotonic() - began
            assert "Error" not in said, said
            return took

    made = Timed()
    yield made
    made.live.close()


def only_run(truth: Any, name: str = "work") -> Any:
    """The run of that name in this project's experiment, as the server itself has it."""
    found = [run for run in all_runs(truth) if run.info.run_name == name]
    assert len(found) == 1, [run.info for run in found]
    return found[0]


def all_runs(truth: Any) -> list[Any]:
    from mlflow.entities import ViewType

    experiment = truth.get_experiment_by_name(Project().store.default_experiment)
    return list(truth.search_runs([experiment.experiment_id], "", ViewType.ALL))


def history(truth: Any, run: Any, metric: str) -> list[tuple[int, float]]:
    """Steps and values of all points, in the order in which they were logged."""
    points = truth.get_metric_history(run.info.run_id, metric)
    return [(point.step, point.value) for point in sorted(points, key=lambda p: (p.timestamp, p.step))]


def artifacts(truth: Any, run: Any, path: str, folder: Path) -> str:
    """The text of an artifact of the run, fetched past the proxy."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    repository = get_artifact_repository(run.info.artifact_uri, tracking_uri=truth.get_host_creds().host)
    folder.mkdir(exist_ok=True)
    return Path(repository.download_artifacts(path, str(folder))).read_text()


def wait_for(what: Callable[[], Any], seconds: float) -> float:
    """How long it took until `what()` was true."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


def sync(folder: Path) -> tuple[int, Any]:
    """`jupyter mlops sync --json`: exit code and what it printed."""
    words = [sys.executable, "-m", "jupyter_mlops", "sync", "--json", "--project", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.timeout(900)
def test_points_logged_through_a_server_that_drops_at_random_are_there_once_and_in_order(
    kernel: Any, proxy: Any, Mode: Any, truth: Any, home: Path
) -> None:
    proxy.mode, proxy.delay = Mode.RANDOM, 0.2
    took, logging = [], threading.Event()
    # beside the keeper, so that two senders are at it, and more is cut
    other = threading.Thread(target=lambda: [Project().sync() for _ in iter(logging.is_set, True)])
    other.start()
    for first in range(0, POINTS, 10):
        took.append(kernel.run(TEN.format(first)))
        kernel.run(f"%track metric named={first}")
        time.sleep(0.2)
    logging.set()
    other.join()
    proxy.mode = Mode.PASS
    kernel.run("%track stop", "stop")
    code, told = sync(home)
    assert (code, told["reason"], told["runs"]) == (0, None, [])
    run = only_run(truth)
    assert history(truth, run, "mine") == [(step, step * 0.5) for step in range(POINTS)]
    assert history(truth, run, "named") == [(step, step * 10.0) for step in range(POINTS // 10)]
    assert (run.info.status, run.data.metrics["mine"]) == ("FINISHED", (POINTS - 1) * 0.5)
    assert max(took) < BLOCKED
    print(f"\n{POINTS + POINTS // 10} points, {proxy.cuts} connections cut: 0 lost, 0 doubled")


def test_a_black_hole_slows_no_cell_and_all_comes_through_afterwards(
    kernel: Any, proxy: Any, Mode: Any, truth: Any, home: Path, tmp_path: Path
) -> None:
    healthy: list[float] = []
    dark: list[float] = []
    for first in range(0, 400, 200):  # in turns: a session that has run longer is compared with itself
        proxy.mode = Mode.PASS
        wait_for(lambda: not spool.waiting_spools(home / ".mlops" / "spool"), 30)
        healthy += [kernel.run(TEN.format(step)) for step in range(first, first + 100, 10)]
        wait_for(lambda: not spool.waiting_spools(home / ".mlops" / "spool"), 30)
        proxy.mode = Mode.BLACK_HOLE
        dark += [kernel.run(TEN.format(step)) for step in range(first + 100, first + 200, 10)]
    others = [
        kernel.run("C = 2\n%track param C\nmlflow.log_param('D', 3)\nmlflow.set_tag('owner', 'ana')", "p"),
        kernel.run("open('f.txt', 'w').write('first')\nmlflow.log_artifact('f.txt', 'notes')", "a"),
        kernel.run("open('f.txt', 'w').write('second')\nmlflow.log_dict({'a': 1}, 'd.json')", "b"),
        kernel.run("t = pandas.DataFrame({'a': [1, 2]})\n%track data t\n%track artifact t --name t.csv", "t"),
        kernel.run("%track status", "st"),
        kernel.run("%track metric loss=0.5", "m"),
        kernel.run("%track metric loss=0.25", "m2"),
    ]
    child = kernel.run("with mlflow.start_run(run_name='child'):\n    mlflow.log_metric('c', 1.0)", "c")
    cell_run = kernel.run("%%track one --metrics q\nq = 3.0", "cr")
    said = kernel.live.run("%track stop", "stop")
    assert "artifacts" in said
    assert "wait for the server: jupyter mlops sync" in said
    assert max(healthy + dark + others + [child]) < BLOCKED
    assert cell_run < 2 * BLOCKED  # it also looks at git and packages, and closes a run
    code, told = sync(home)
    assert code == 4
    assert told["reason"]
    assert {run["name"] for run in told["runs"]} == {"work", "child", "one", "dataset t"}
    first = next(run for run in told["runs"] if run["name"] == "work")
    assert first["points"] == 102
    assert first["artifacts"] >= 4
    proxy.mode = Mode.PASS
    assert sync(home)[0] == 0
    run = only_run(truth)
    assert history(truth, run, "mine") == [(step, step * 0.5) for step in range(400)]
    assert history(truth, run, "loss") == [(0, 0.5), (1, 0.25)]
    assert run.data.params == {"C": "2", "D": "3"}
    assert (run.data.tags["owner"], run.info.status) == ("ana", "FINISHED")
    (linked,) = run.inputs.dataset_inputs
    (version,) = [each for each in Project().datasets.list("t") if each.digest == linked.dataset.digest]
    assert version.number is not None
    assert [use.run_id for use in Project().datasets.show(version.label).uses] == [run.info.run_id]
    assert artifacts(truth, run, "notes/f.txt", tmp_path / "1") == "first"
    assert json.loads(artifacts(truth, run, "d.json", tmp_path / "2")) == {"a": 1}
    assert artifacts(truth, run, "t.csv", tmp_path / "3").splitlines() == [",a", "0,1", "1,2"]
    assert "manifest.json" in {path.path.rpartition("/")[2] for path in _listed(truth, run)}
    for name in ("child", "one"):
        made = only_run(truth, name)
        assert made.data.tags["mlflow.parentRunId"] == run.info.run_id
        assert made.info.status == "FINISHED"
    print(
        f"\na cell that logs 10 points: {statistics.median(healthy) * 1000:.1f} ms with the server, "
        f"{statistics.median(dark) * 1000:.1f} ms in a black hole (longest {max(dark) * 1000:.0f} ms); "
        f"one that opens a child run {child:.2f} s"
    )


def _listed(truth: Any, run: Any) -> Any:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    uri = truth.get_host_creds().host
    return get_artifact_repository(run.info.artifact_uri, tracking_uri=uri).list_artifacts("mlops")


@pytest.mark.parametrize("mode", ["REFUSE", "SLOW", "DROP_REPLY"])
def test_every_other_way_to_fail_is_no_worse_and_the_keeper_sends_unasked(
    mode: str, kernel: Any, proxy: Any, Mode: Any, truth: Any, home: Path
) -> None:
    proxy.mode, proxy.delay = Mode[mode], 3.0
    took = [kernel.run(TEN.format(first)) for first in range(0, 50, 10)]
    took.append(kernel.run("with mlflow.start_run(run_name='child'):\n    mlflow.log_metric('c', 1.0)", "c"))
    time.sleep(2)
    assert max(took) < BLOCKED
    proxy.mode = Mode.PASS
    spent = wait_for(lambda: not spool.waiting_spools(home / ".mlops" / "spool"), 60)
    run = only_run(truth)
    assert history(truth, run, "mine") == [(step, step * 0.5) for step in range(50)]
    assert only_run(truth, "child").data.metrics == {"c": 1.0}  # one, also where its making went unanswered
    assert len(all_runs(truth)) == 2
    print(f"\n{mode}: sent {spent:.1f} s after the server was back, longest cell {max(took):.2f} s")


def test_a_server_too_slow_for_the_first_try_is_waited_for_longer(
    kernel: Any, proxy: Any, Mode: Any, truth: Any, home: Path
) -> None:
    from jupyter_mlops.tracking import rest

    proxy.mode, proxy.delay = Mode.SLOW, rest.SHORT + 1
    kernel.run(TEN.format(0))
    kernel.run("%track stop", "stop")
    proxy.delay = 0.0
    assert sync(home)[0] == 0
    assert len(history(truth, only_run(truth), "mine")) == 10


def test_a_killed_kernels_points_are_sent_and_its_run_is_told_killed(
    kernel: Any, proxy: Any, Mode: Any, truth: Any, home: Path
) -> None:
    proxy.mode = Mode.BLACK_HOLE
    kernel.run(TEN.format(0))
    kernel.live.kill()
    time.sleep(3)
    proxy.mode = Mode.PASS
    spent = wait_for(lambda: only_run(truth).info.status == "KILLED", 60)
    run = only_run(truth)
    assert history(truth, run, "mine") == [(step, step * 0.5) for step in range(10)]
    wait_for(lambda: not list((home / ".mlops" / "runs").glob("*")), 20)
    print(f"\nKILLED in MLflow {spent:.1f} s after the server was back")
    kernel.live.client.stop_channels()
    kernel.live.manager.cleanup_resources()
    kernel.live.close = lambda: None


HEADLESS = [
    "import os, time, mlflow\nopen('ready', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.05)",
    "began = time.monotonic()\nmlflow.log_metric('m', 1.0)\nmlflow.log_text('whole', 'note.txt')",
    "%load_ext jupyter_mlops\n%track start --no-autolog\n%track metric acc=0.5",
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import mlflow, os; "
    'mlflow.MlflowClient().log_metric(os.environ["JUPYTER_MLOPS_RUN_ID"], "worker", 7.0)\'], check=True)',
    "%track stop\nassert time.monotonic() - began < 20",
]


def test_a_headless_run_ends_with_its_own_exit_code_whatever_the_server_does(
    home: Path, proxy: Any, Mode: Any, truth: Any, write: Any, cell: Any, tmp_path: Path
) -> None:
    path = write(home / "head.ipynb", [cell(source) for source in HEADLESS])
    words = [sys.executable, "-m", "jupyter_mlops", "run", str(path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for((home / "ready").exists, 60)
    proxy.mode = Mode.BLACK_HOLE
    (home / "go").touch()
    shown, said = process.communicate(timeout=120)
    assert process.returncode == 0, shown + said
    assert "wait for the server: jupyter mlops sync" in said
    assert "FINISHED" in shown
    proxy.mode = Mode.PASS
    assert sync(home)[0] == 0
    run = only_run(truth, "head")
    assert run.data.metrics == {"m": 1.0, "acc": 0.5, "worker": 7.0}
    assert (run.info.status, run.data.tags["mlops.exit_code"]) == ("FINISHED", "0")
    assert artifacts(truth, run, "note.txt", tmp_path / "1") == "whole"
    assert artifacts(truth, run, "mlops/head.ipynb", tmp_path / "2")


def test_what_the_server_refuses_for_good_is_told_and_blocks_nothing(
    kernel: Any, proxy: Any, Mode: Any, truth: Any, home: Path
) -> None:
    kernel.run("mlflow.log_param('C', 1)", "p")
    wait_for(lambda: only_run(truth).data.params == {"C": "1"}, 20)
    proxy.mode = Mode.REFUSE
    kernel.run("mlflow.log_metric('before', 1.0)", "a")
    run = only_run(truth)
    each = spool.Spool(home / ".mlops" / "spool" / run.info.run_id)
    # what another machine logged meanwhile makes ours impossible: a parameter is written once
    from mlflow.entities import Param

    truth.log_param(run.info.run_id, Param("D", "theirs"))
    kernel.run("mlflow.log_params({'D': 'ours', 'E': 'kept'})", "d")
    kernel.run("mlflow.log_metric('after', 1.0)", "b")
    proxy.mode = Mode.PASS
    wait_for(lambda: not each.waits, 60)
    run = only_run(truth)
    assert run.data.params == {"C": "1", "D": "theirs", "E": "kept"}
    assert run.data.metrics == {"before": 1.0, "after": 1.0}
    code, told = sync(home)
    assert code == 0
    (refused,) = told["runs"][0]["refused"]
    assert refused.startswith("parameter D: ")
    assert "Changing param" in kernel.live.run("mlflow.log_param('C', 2)", "again")


def test_a_model_waits_as_an_artifact_and_what_needs_the_server_is_refused_in_a_line(
    kernel: Any, proxy: Any, Mode: Any, home: Path
) -> None:
    kernel.run(
        "from sklearn.linear_model import LinearRegression\nlm = LinearRegression().fit([[1], [2]], [1, 2])"
    )
    proxy.mode = Mode.REFUSE
    said = kernel.live.run("%track model lm --name line --register slope", "m")
    assert "logged LinearRegression as line" in said
    assert "as an artifact it waits for jupyter mlops sync, then: Project().register(" in said
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_mlops", "run", str(home / "work.ipynb")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "out of reach" in done.stderr
    proxy.mode = Mode.PASS
    kernel.live.run("%track stop")
    assert sync(home)[0] == 0
    version = Project().register(Project().runs()[0].run_id, "slope=line")
    assert (version.name, version.version) == ("slope", "1")
    assert Project().load_model("slope@1").coef_ == pytest.approx([1.0])
