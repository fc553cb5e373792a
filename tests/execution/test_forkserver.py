"""Kernels forked from a warm process: the same results as new ones, or a reason why not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunStatus
from jupyter_mlops.execution import forkserver
from jupyter_mlops.notebooks.declared import imported_modules

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="kernels are forked on Linux only"
)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No server of another test, and none left."""
    forkserver.close()
    forkserver._seen.clear()
    forkserver._failed.clear()
    yield
    forkserver.close()
    forkserver._seen.clear()
    forkserver._failed.clear()


def outputs(path: Path) -> list[Any]:
    """What the cells showed."""
    return [cell.get("outputs") for cell in json.loads(path.read_text())["cells"]]


def grid(project: Project, path: Path, cold: bool = False, **options: Any) -> list[list[Any]]:
    """The outputs of a grid of three."""
    name = "cold" if cold else "warm"
    runs = project.grid(path, {"x": [1, 2, 3]}, output=f"{name}-{{x}}.ipynb", cold=cold, **options)
    assert [run.status for run in runs] == [RunStatus.FINISHED] * 3
    return [outputs(path.parent / f"{name}-{x}.ipynb") for x in (1, 2, 3)]


WORK = """
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(x)
X = rng.normal(size=(200, 3)); y = (X[:, 0] + 0.1 * rng.normal(size=200) > 0).astype(int)
print(round(LogisticRegression(C=x).fit(X, y).score(X, y), 6))
pd.DataFrame({"a": [x, 2 * x]})
"""
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, x])"
STATE = """
import os, sys, signal, threading
print(os.getcwd(), sys.argv[0].rpartition("/")[2], sys.path[0] == "", __name__)
print(signal.getsignal(signal.SIGINT).__name__, sys.stdin.read() == "", os.environ.get("MPLBACKEND"))
print(sorted(k for k in os.environ if k.startswith("JUPYTER_MLOPS")), os.getpgid(0) == os.getpid())
"""


def test_the_results_are_the_same_as_of_new_kernels(
    folder: Path, write: Any, cell: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "jupyter_mlops")
    path = write(folder / "n.ipynb", [cell("x = 0", "parameters"), cell(WORK), cell(PLOT), cell(STATE)])
    warm = grid(Project(), path)
    assert caplog.text.count("forked from a warm process") == 3
    cold = grid(Project(), path, cold=True)
    assert caplog.text.count("forked from a warm process") == 3
    for one, other in zip(warm, cold, strict=True):
        assert one[0] == other[0]
        assert one[1:3] == other[1:3]
        assert one[4] == other[4]
        images = [[set(shown.get("data", {})) for shown in each[3]] for each in (one, other)]
        assert images[0] == images[1]
        assert any("image/png" in shown for shown in images[0])


def test_every_run_has_random_numbers_folder_and_environment_of_its_own(
    folder: Path, write: Any, cell: Any
) -> None:
    source = "import numpy as np, random, os, uuid\nprint(np.random.rand(), random.random(), uuid.uuid4())"
    path = write(
        folder / "n.ipynb",
        [cell("x = 0", "parameters"), cell(source), cell("print(os.environ['JUPYTER_MLOPS_RUN_ID'])")],
    )
    drawn = set()
    told = set()
    for shown in grid(Project(), path, workers=2):
        drawn.update(shown[2][0]["text"].split())
        told.add(shown[3][0]["text"])
    assert len(drawn) == 9
    assert len(told) == 3


def test_the_first_of_its_kind_is_new_and_the_second_forked(
    folder: Path, write: Any, cell: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "jupyter_mlops")
    path = write(folder / "n.ipynb", [cell("import os\nprint(os.getppid())")])
    project = Project()
    for _ in range(3):
        assert project.run(path).status is RunStatus.FINISHED
    assert caplog.text.count("the first of its kind") == 1
    assert caplog.text.count("forked from a warm process") == 2


@pytest.mark.parametrize(
    ("source", "files", "reason"),
    [
        ("import threads_at_import", {}, "has threads: "),
        ("import torch", {}, "torch does not survive a fork"),
        ("import json", {"numpy.py": ""}, None),  # nothing that was imported is hidden
        ("import pandas", {"numpy.py": "raise ImportError('mine')"}, "numpy of the notebook's folder"),
    ],
)
def test_where_forking_is_not_safe_a_new_kernel_is_started_and_why_is_said(
    folder: Path,
    write: Any,
    cell: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    files: dict[str, str],
    reason: str | None,
) -> None:
    import sysconfig

    caplog.set_level("INFO", "jupyter_mlops")
    for name, text in files.items():
        (folder / name).write_text(text)
    threaded = Path(sysconfig.get_path("purelib")) / "threads_at_import.py"
    if "threads" in source:
        threaded.write_text(
            "import threading, time\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
        )
    try:
        path = write(
            folder / "n.ipynb",
            [cell("x = 0", "parameters"), cell(f"try:\n    {source}\nexcept ImportError:\n    pass")],
        )
        runs = Project().grid(path, {"x": [1, 2]})
    finally:
        threaded.unlink(missing_ok=True)
    assert [run.status for run in runs] == [RunStatus.FINISHED] * 2
    if reason is None:
        assert caplog.text.count("forked from a warm process") == 2
    else:
        assert caplog.text.count(reason) == 2


def test_a_kernel_that_is_given_secrets_is_new_and_hides_them(
    folder: Path, write: Any, cell: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "jupyter_mlops")
    monkeypatch.setenv("TOKEN", "sesame-open-42")
    source = "import mlflow\nmlflow.log_param('leak', token)\nprint(token)"
    path = write(folder / "n.ipynb", [cell("token = ''\nx = 0", "parameters"), cell(source)])
    project = Project()
    runs = project.grid(path, {"x": [1, 2]}, text={"token": "env:TOKEN"}, output="out-{x}.ipynb")
    assert [run.status for run in runs] == [RunStatus.FINISHED] * 2
    assert caplog.text.count("it is given secrets") == 2
    assert all("sesame" not in run.model_dump_json() for run in runs)
    assert "sesame" not in (folder / "out-1.ipynb").read_text()


def test_a_module_of_the_project_is_read_anew_for_every_run(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("import features, json\nprint(features.VALUE)")])
    project = Project()
    for value in (1, 2, 3):
        (folder / "features.py").write_text(f"VALUE = {value}  #{'x' * value}\n")
        project.run(path, output="out.ipynb")
        assert outputs(folder / "out.ipynb")[0][0]["text"] == f"{value}\n"


def test_a_server_that_was_killed_is_replaced(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("1")])
    project = Project()
    for _ in range(2):
        project.run(path)
    (server,) = forkserver._servers.values()
    server.process.kill()
    server.process.wait()
    assert project.run(path).status is RunStatus.FINISHED
    assert project.run(path).status is RunStatus.FINISHED
    (other,) = forkserver._servers.values()
    assert other is not server


def test_other_settings_get_another_server_and_no_more_than_two_are_kept(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder / "n.ipynb", [cell("import os\nprint(os.environ['SETTING'])")])
    project = Project()
    for value in ("a", "b", "c"):
        monkeypatch.setenv("SETTING", value)
        for _ in range(2):
            project.run(path, output="out.ipynb")
            assert outputs(folder / "out.ipynb")[0][0]["text"] == f"{value}\n"
    assert len(forkserver._servers) == 2


def test_what_a_notebook_imports_is_found_in_its_code(write: Any, cell: Any, tmp_path: Path) -> None:
    from jupyter_mlops.notebooks.document import read_notebook

    sources = [
        "%matplotlib inline\nimport a.b as c, d",
        "from e import f\nfrom . import g\nfrom h.i import *",
        "try:\n    import j\nexcept ImportError:\n    import k\n",
        "def later():\n    import l",
        "this is no python",
        "%load_ext jupyter_mlops",
        "!pip install m\nimport m",
        "import n",
    ]
    path = write(tmp_path / "n.ipynb", [cell(source) for source in sources])
    assert set(imported_modules(read_notebook(path))) == {
        "a.b", "d", "e", "e.f", "h.i", "j", "k",
        "jupyter_mlops.magics", "jupyter_mlops.execution.session", "mlflow",
    }  # fmt: skip


@pytest.mark.parametrize("cold", [False, True])
def test_what_a_notebook_records_itself_goes_to_its_own_run(
    folder: Path, write: Any, cell: Any, caplog: pytest.LogCaptureFixture, cold: bool
) -> None:
    caplog.set_level("INFO", "jupyter_mlops")
    sources = [
        "import mlflow\nmlflow.log_metric('own', 2 * x)",
        "%load_ext jupyter_mlops\n%track start",
        "tracked = 3 * x\n%track metric tracked",
        "with mlflow.start_run(nested=True, run_name='child'):\n    mlflow.log_param('p', x)",
    ]
    path = write(folder / "n.ipynb", [cell("x = 0", "parameters"), *map(cell, sources)])
    project = Project()
    runs = project.grid(path, {"x": [1, 2, 3]}, workers=2, cold=cold)
    assert [run.metrics for run in runs] == [{"own": 2.0 * x, "tracked": 3.0 * x} for x in (1, 2, 3)]
    children = [run for run in project.runs() if run.name == "child"]
    assert {(run.parent, run.parameters["p"]) for run in children} == {
        (run.run_id, run.parameters["x"]) for run in runs
    }
    assert caplog.text.count("forked from a warm process") == (0 if cold else 3)


def kernelspec(folder: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """A Python kernel of our own with this environment; its name."""
    home = folder / "share" / "kernels" / "own"
    home.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": argv, "display_name": "own", "language": "python", "env": environment}
    (home / "kernel.json").write_text(json.dumps(about))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "share"))
    return "own"


def test_the_kernelspecs_environment_counts_however_the_kernel_was_started(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAR", "outside")
    name = kernelspec(folder, monkeypatch, FOO="spec", BAR="spec")
    path = write(
        folder / "n.ipynb",
        [cell("x = 0", "parameters"), cell("import os\nprint(os.environ['FOO'], os.environ['BAR'])")],
        name,
    )
    for cold in (True, False):
        shown = grid(Project(), path, cold=cold)
        assert [each[2][0]["text"] for each in shown] == ["spec spec\n"] * 3
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb", "--output", "out.ipynb", "--verbose"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert "started ahead" in done.stderr
    assert outputs(folder / "out.ipynb")[1][0]["text"] == "spec spec\n"


@pytest.fixture
def installed() -> Iterator[Any]:
    """Installs a module for the time of a test, under a name of this process; its name."""
    import sysconfig

    made: list[Path] = []

    def install(source: str) -> str:
        name = f"mlops_probe_{os.getpid()}_{len(made)}"
        path = Path(sysconfig.get_path("purelib")) / f"{name}.py"
        path.write_text(source)
        made.append(path)
        return name

    yield install
    for path in made:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        ("import sys\nsys.path.insert(0, 'src')", "mine"),
        ("import os\nos.environ['PROBE'] = 'mine'", "mine"),
        ("%env PROBE=mine", "mine"),
    ],
)
def test_code_that_decides_what_an_import_does_comes_first(
    folder: Path, write: Any, cell: Any, installed: Any, first: str, shown: str
) -> None:
    name = installed("import os\nVALUE = os.environ.get('PROBE', 'installed')")
    (folder / "src").mkdir()
    (folder / "src" / f"{name}.py").write_text("VALUE = 'mine'")
    path = write(
        folder / "n.ipynb",
        [cell("x = 0", "parameters"), cell(first), cell(f"import {name}\nprint({name}.VALUE)")],
    )
    assert [each[3][-1]["text"] for each in grid(Project(), path)] == [f"{shown}\n"] * 3


def test_what_an_import_says_is_shown(
    folder: Path, write: Any, cell: Any, installed: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "jupyter_mlops")
    for source in ("print('hello')", "import warnings\nwarnings.warn('careful')"):
        name = installed(source)
        path = write(folder / "n.ipynb", [cell("x = 0", "parameters"), cell(f"import {name}")])
        assert all(each[2] for each in grid(Project(), path))
    assert caplog.text.count("says something") == 6


def test_a_package_of_the_project_on_the_path_is_read_anew(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = folder / "lib" / "mypkg"
    package.mkdir(parents=True)
    (package / "thing.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(folder / "lib"))
    path = write(folder / "n.ipynb", [cell("from mypkg import thing\nimport mypkg\nprint(mypkg.VALUE)")])
    project = Project()
    for value in (1, 2, 3):
        (package / "__init__.py").write_text(f"VALUE = {value}  #{'x' * value}\n")
        project.run(path, output="out.ipynb")
        assert outputs(folder / "out.ipynb")[0][0]["text"] == f"{value}\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_imports_that_never_end_do_not_outlive_the_runner(
    folder: Path, write: Any, cell: Any, installed: Any, number: int
) -> None:
    import psutil

    name = installed("import time\ntime.sleep(1000)")
    write(folder / "n.ipynb", [cell("x = 0", "parameters"), cell(f"import {name}")])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb", "--grid", "x=1,2", "--workers", "2"]
    runner = subprocess.Popen(words, start_new_session=True, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (found := [p for p in psutil.process_iter() if name in " ".join(_words(p))]):
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1)
    runner.send_signal(number)
    runner.wait(30)
    _, alive = psutil.wait_procs(found, timeout=10)
    assert not alive


def _words(process: Any) -> list[str]:
    import psutil

    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_what_cannot_be_read_as_python_imports_nothing(write: Any, cell: Any, tmp_path: Path) -> None:
    from jupyter_mlops.notebooks.document import read_notebook

    sources = ["0" + "+1" * 20_000, "x = '\ud800'", "%%bash\nimport torch", "%%time\nimport json"]
    path = write(tmp_path / "n.ipynb", [cell(source) for source in sources])
    assert list(imported_modules(read_notebook(path))) == ["json"]
