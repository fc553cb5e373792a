"""A headless run is run again from its record, and compared."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.entities import ReplayVerdict, Run, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound, UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.replay import kept_replay
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.reader import local_copy
from tests.conftest import cell, copy_database, no_server, write

CELLS = [
    cell("%load_ext jupyter_mlops"),
    cell("C = 1.0\nname = 'plain'\nmany: list = [1]", "parameters"),
    cell("import random\nprint(name, many, object())"),
    cell("noise = random.random() if C > 5 else 0.5"),
    cell("noise"),
    cell("%track metric noise doubled=C*2"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("replayed")
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    copy_database(empty_database, root)
    write(root / "work.ipynb", CELLS)
    with no_server():
        yield Project(root)


@pytest.fixture(scope="module")
def steady(project: Project) -> Run:
    """A run that computes the same each time."""
    return project.run(
        project.root / "work.ipynb", {"C": 2.0, "many": [1, {"a": None}]}, text={"name": "text:env:HOME"}
    )


@pytest.fixture(scope="module")
def unsteady(project: Project) -> Run:
    """A run that does not."""
    return project.run(project.root / "work.ipynb", {"C": 7.0})


@pytest.mark.timeout(300)
def test_a_run_that_computes_the_same_is_reproduced_with_its_parameters(
    project: Project, steady: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    # the file may be another by now: the notebook that the run kept is run
    write(project.root / "work.ipynb", [cell("raise RuntimeError")])
    try:
        assert main(["reproduce", steady.run_id, "--project", str(project.root), "--json"]) == 0
    finally:
        write(project.root / "work.ipynb", CELLS)
    shown = json.loads(capsys.readouterr().out)
    assert (shown["verdict"], shown["reason"], shown["cells"]) == ("reproduced", "", [])
    assert {row["metric"]: row["replayed"] for row in shown["metrics"]} == {"noise": 0.5, "doubled": 4.0}
    replayed = project.show(shown["replayed"])
    assert (replayed.run.kind, replayed.run.name) == (RunKind.REPLAY, "replay of work")
    assert replayed.run.parameters == steady.parameters
    assert steady.parameters["name"] == "env:HOME"
    assert {(p.name, p.type) for p in replayed.parameters} == {
        ("C", "float"),
        ("many", "list"),
        ("name", "str"),
    }
    marks = marks_of(project.store, steady.run_id)
    assert (marks[tags.REPLAY], marks[tags.REPLAY_RUN]) == ("reproduced", shown["replayed"])
    kept = kept_replay(project.store, steady.run_id)
    assert kept is not None
    assert kept.verdict is ReplayVerdict.REPRODUCED
    assert marks_of(project.store, shown["replayed"])[tags.REPLAY_OF] == steady.run_id


@pytest.mark.timeout(300)
def test_a_run_that_does_not_is_told_with_the_first_cell_that_differs(
    project: Project, unsteady: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", unsteady.run_id[:8], "--project", str(project.root)]) == 3
    shown = capsys.readouterr().out
    assert "not reproduced: noise is " in " ".join(shown.split())
    assert "the first cell that differs is code cell 5: noise" in " ".join(shown.split())
    kept = kept_replay(project.store, unsteady.run_id)
    assert kept is not None
    assert [found.number for found in kept.cells] == [5, 6]
    assert [found.source for found in kept.cells] == ["noise", "%track metric noise doubled=C*2"]
    assert kept.cells[1].metrics == ("noise",)
    assert {row.metric: row.within for row in kept.metrics} == {"noise": False, "doubled": True}
    assert any("recorded no data" in note for note in kept.notes)


def test_an_unknown_run_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "nothing"]) == 2
    assert main(["reproduce", "churn@champion"]) == 2
    said = capsys.readouterr().err
    assert "no run 'nothing'" in said
    assert "churn" in said


def test_looking_for_a_run_where_nothing_was_recorded_makes_no_store(
    bare_folder: Path, local: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "latest"]) == 2
    assert "nothing was recorded here yet" in capsys.readouterr().err
    assert [path.name for path in bare_folder.iterdir()] == ["mlops.yaml"]


@pytest.mark.timeout(300)
def test_a_replay_that_is_interrupted_leaves_no_verdict(project: Project) -> None:
    wait = project.root / "wait"
    source = (
        "import os, time\nif os.path.exists('wait'):\n    open('waits', 'w').close()\n    time.sleep(120)"
    )
    run = project.run(write(project.root / "slow.ipynb", [cell(source)]))
    wait.touch()
    words = [sys.executable, "-m", "jupyter_mlops", "reproduce", run.run_id, "--project", str(project.root)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 100
        while not (project.root / "waits").exists() and time.monotonic() < until:
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1].decode()
    wait.unlink()
    assert process.returncode == 130
    assert "was cancelled" in said
    assert "Traceback" not in said
    assert tags.REPLAY not in marks_of(project.store, run.run_id)
    assert project.runs()[0].status is RunStatus.KILLED


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_what_is_no_tolerance_is_refused(folder: Path, tolerance: float) -> None:
    with pytest.raises(UsageError, match="no tolerance"):
        Project(folder).reproduce("latest", tolerance=tolerance)


def test_an_unknown_version_is_refused(project: Project) -> None:
    with pytest.raises(NotFound, match="none"):
        project.reproduce("none@1")


@pytest.mark.timeout(300)
def test_a_secret_is_given_again_by_its_reference_and_written_nowhere(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "a very hidden word"
    monkeypatch.setenv("WORD", secret)
    run = project.run(project.root / "work.ipynb", {"name": "env:WORD"})
    found = project.reproduce(run.run_id)
    assert found.verdict is ReplayVerdict.REPRODUCED, found.reason
    assert secret not in found.model_dump_json()
    replayed = project.show(str(found.replayed))
    assert replayed.run.parameters["name"] == "env:WORD"
    with local_copy(project.store, str(found.replayed), "mlops") as kept:
        assert not any(secret in path.read_text(encoding="utf-8") for path in kept.iterdir())
    monkeypatch.delenv("WORD")
    refused = project.reproduce(run.run_id)
    assert refused.verdict is ReplayVerdict.IMPOSSIBLE
    assert "the environment variable WORD is not set" in refused.reason


@pytest.mark.timeout(300)
def test_a_notebook_that_fails_in_its_replay_is_not_reproduced(project: Project) -> None:
    once = project.root / "once"
    cells = [cell("import os\nprint('before')"), cell("os.mkdir('once')"), cell("print('after')")]
    run = project.run(write(project.root / "once.ipynb", cells))
    assert run.exit_code == 0
    found = project.reproduce(run.run_id)
    assert (found.verdict, found.failed) == (ReplayVerdict.DIFFERENT, True)
    assert found.reason.startswith("cell 2 failed: FileExistsError")
    assert [each.number for each in found.cells] == [2, 3]
    once.rmdir()
    again = project.reproduce(run.run_id)
    assert (again.verdict, again.failed) == (ReplayVerdict.REPRODUCED, False)  # by what cells showed
    once.rmdir()
    once.mkdir()
    failed = project.run(project.root / "once.ipynb")
    assert failed.exit_code == 1
    once.rmdir()
    other = project.reproduce(failed.run_id)  # the original failed, this does not
    assert (other.verdict, other.failed) == (ReplayVerdict.DIFFERENT, True)
    assert other.reason.startswith("the original ended as FAILED (FileExistsError")
    once.rmdir()


MADE = """
import random
import pandas as pd
made = pd.DataFrame({'a': [random.random() for _ in range(9)]})
made.to_csv('made.csv', index=False)
steady = pd.DataFrame({'a': [1]})
rows, empty = len(made), float('nan')
""".strip()


@pytest.mark.timeout(300)
def test_data_that_the_notebook_makes_otherwise_are_not_reproduced_whatever_the_metrics(
    project: Project,
) -> None:
    git(project.root, "init", "--quiet")
    commit(project.root)
    magics = ["%track data made.csv --context training", "%track data steady", "%track metric rows empty"]
    cells = [cell("%load_ext jupyter_mlops"), cell(MADE), *map(cell, magics)]
    run = project.run(write(project.root / "making.ipynb", cells))
    commit(project.root)
    found = project.reproduce(run.run_id)
    shutil.rmtree(project.root / ".git")
    assert found.verdict is ReplayVerdict.DIFFERENT
    assert [row.within for row in found.metrics] == [True, True]
    (other,) = found.others
    assert other.startswith("made (made.csv) was another in the replay: digest ")
    assert other in found.reason
    assert "steady (variable steady): the same in the replay" in found.data
    assert "not a number in either run: empty" in found.notes
    assert any(note.startswith("the run began at git commit ") for note in found.notes)
    assert any(note.startswith("files were written while the replay ran: made.csv") for note in found.notes)


def commit(root: Path) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    git(root, *who, "commit", "--quiet", "--allow-empty", "-m", "x")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True)
