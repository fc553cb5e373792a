"""Plain Python kernels started by us, ahead of all that is heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.execution import launch
from jupyter_mlops.execution.kernels import Kernel
from jupyter_mlops.execution.launch import PythonKernel

PLAIN = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.mark.parametrize(
    ("argv", "python", "flags"),
    [
        (PLAIN, sys.executable, ()),
        (["python3.11", *PLAIN[1:]], sys.executable, ()),
        (["/other/bin/python", *PLAIN[1:]], "/other/bin/python", ()),
        (["python", "-Xfrozen_modules=off", *PLAIN[1:]], sys.executable, ("-Xfrozen_modules=off",)),
        (["python", "-m", "ipykernel", "-f", "{connection_file}"], sys.executable, ()),
    ],
)
def test_a_specification_that_only_starts_ipython_is_plain(
    argv: list[str], python: str, flags: tuple[str, ...]
) -> None:
    found = PythonKernel.of(argv, {"A": "1"}, {})
    assert found == PythonKernel(python, flags, (("A", "1"),))


@pytest.mark.parametrize(
    ("argv", "env", "metadata"),
    [
        (["bash_kernel", "-f", "{connection_file}"], {}, {}),
        (["python", "-m", "bash_kernel", "-f", "{connection_file}"], {}, {}),
        ([*PLAIN, "--matplotlib=inline"], {}, {}),
        (["conda", "run", *PLAIN], {}, {}),
        (PLAIN, {"A": "${HOME}"}, {}),
        (PLAIN, {}, {"kernel_provisioner": {"provisioner_name": "remote"}}),
        ([], {}, {}),
    ],
)
def test_all_others_are_left_to_jupyter_client(argv: list[str], env: Any, metadata: Any) -> None:
    assert PythonKernel.of(argv, env, metadata) is None


def test_one_started_ahead_is_claimed_once_and_is_a_kernel(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("1")])
    launch.ahead(path, None)
    plain = Kernel("python3", folder / "k.json").plain
    assert plain is not None
    assert launch.claim(plain, folder.parent) is None  # in another folder
    launched = launch.claim(plain, folder)
    assert launched is not None
    assert launch.claim(plain, folder) is None
    assert os.stat(launched.folder).st_mode & 0o777 == 0o700
    kernel = Kernel("python3", folder / "k.json")
    kernel.take(launched)
    kernel.await_ready()
    assert kernel.info["implementation"] == "ipython"
    kernel.ask_to_end()
    kernel.end()
    assert not launched.folder.exists()


@pytest.mark.parametrize("content", [None, "", "[]", '{"metadata": {"kernelspec": {"name": "no-such"}}}'])
def test_what_cannot_be_started_ahead_is_passed_over(folder: Path, content: str | None) -> None:
    launch.forget()
    path = folder / "n.ipynb"
    if content is not None:
        path.write_text(content)
    launch.ahead(path, None)
    launch.ahead(None, None)
    assert not launch._ahead


UNCLAIMED = """
import sys, time
from pathlib import Path
from jupyter_mlops.execution import launch
launch.ahead(Path("n.ipynb"), None)
(launched,) = launch._ahead.values()
print(launched.pid, launched.folder, flush=True)
"""


def test_one_that_nobody_claims_ends_with_its_process(folder: Path, write: Any, cell: Any) -> None:
    import time

    import psutil

    write(folder / "n.ipynb", [cell("1")])
    done = subprocess.run([sys.executable, "-c", UNCLAIMED], capture_output=True, text=True, check=True)
    pid, place = done.stdout.split()
    until = time.monotonic() + 10
    while psutil.pid_exists(int(pid)) or Path(place).exists():
        assert time.monotonic() < until, "it lives on"
        time.sleep(0.02)


def test_a_refused_run_leaves_no_kernel(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "n.ipynb", [cell("1")])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb", "--from", "no-such-cell"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no-such-cell" in done.stderr


def test_the_kernel_ahead_gets_the_environment_of_its_run(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was started before the run had an id, and by a process that has variables of its own."""
    monkeypatch.delenv(
        "PYDANTIC_DISABLE_PLUGINS", raising=False
    )  # another test's command line, in this process
    source = "import os\nown = [name for name in os.environ if 'PYDANTIC' in name]\n"
    source += "print('id', os.environ['JUPYTER_MLOPS_RUN_ID'], *own)"
    write(folder / "n.ipynb", [cell(source)])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb", "--output", "out.ipynb", "--verbose"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "a kernel that was started ahead" in done.stderr
    (artifacts,) = folder.glob("mlruns/*/*/artifacts")
    assert f'"id {artifacts.parent.name}\\n"' in (folder / "out.ipynb").read_text()


def test_secrets_are_not_given_to_a_kernel_that_was_started_ahead(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "sesame-open")
    write(folder / "n.ipynb", [cell("token = ''", "parameters"), cell("print(len(token))")])
    words = [sys.executable, "-m", "jupyter_mlops", "run", "n.ipynb", "-p", "token", "env:TOKEN", "--verbose"]
    done = subprocess.run([*words, "--output", "out.ipynb"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "started ahead" not in done.stderr
    assert '"11\\n"' in (folder / "out.ipynb").read_text()
