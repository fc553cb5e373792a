"""The two tools that the same faults are done to: this project, and plain Papermill.

Their runners are real processes with real kernels. They are forked from a server that has their imports
done, so that hundreds of runs are affordable; `Tool.command` is the same run as a person starts it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops import Project
from jupyter_mlops.entities import CellRecord, Run
from jupyter_mlops.notebooks.executed import MARKER_TAG

OURS = ("JUPYTER_MLOPS_", "MLFLOW_", "JPY_", "PAPERMILL_")
PATIENCE = 180.0  # seconds until a runner that should have ended is given up
PRELOAD = [
    "jupyter_mlops.cli",
    "jupyter_mlops.views",
    "jupyter_mlops.execution.runner",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.artifact.local_artifact_repo",
    "papermill.cli",
    "papermill.execute",
]

_warm = multiprocessing.get_context("forkserver")
_warm.set_forkserver_preload(PRELOAD)


def start_process(entry: str, words: Sequence[Any], folder: Path, log: Path) -> Any:
    """Call the function `entry` (``module:name``) with `words` in a process of its own, leader of its
    group, in `folder`; what it writes goes to `log`."""
    process = _warm.Process(target=_inside, args=(entry, list(words), str(folder), str(log)))
    process.start()
    return process


def _inside(entry: str, words: list[Any], folder: str, log: str) -> None:
    os.setsid()
    os.chdir(folder)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "GIT_CONFIG_GLOBAL": os.devnull}
    module, _, name = entry.partition(":")
    sys.exit(getattr(importlib.import_module(module), name)(words))


def papermill_main(words: list[str]) -> None:
    """``python -m papermill WORDS``."""
    from papermill.cli import papermill

    papermill.main(args=words, prog_name="papermill")


@dataclass(frozen=True)
class Told:
    """What the executed notebook says of one code cell."""

    status: str
    exception: bool | None
    text: str


class Attempt:
    """One run of `notebook`, going on in a process."""

    def __init__(self, tool: Tool, notebook: Path, words: Sequence[str]) -> None:
        self.tool = tool
        self.notebook = notebook
        self.log = tool.logs / f"{notebook.stem}.log"
        self.process = start_process(tool.entry, words, tool.folder, self.log)
        self.pid: int = self.process.pid
        self.ended = 0.0

    def signal(self, number: int) -> float:
        """Send a signal to the runner, SIGINT to its whole group as a terminal does; when it was sent."""
        now = time.time()
        (os.killpg if number == signal.SIGINT else os.kill)(self.pid, number)
        return now

    def wait(self, seconds: float = PATIENCE) -> int | None:
        """The exit code, negative for a signal; None where it had to be killed because it did not end."""
        self.process.join(seconds)
        self.ended = time.time()
        if self.process.exitcode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.join()
            return None
        return int(self.process.exitcode)

    def output(self) -> str:
        """What the runner wrote to its terminal."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Tool:
    """A way to run notebooks in `folder`, which it makes."""

    name = ""
    entry = ""
    module = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder  # what the runners write to their terminals
        folder.mkdir(parents=True, exist_ok=True)

    def words(self, notebook: Path, **options: Any) -> list[str]:
        """The command line after the program's name."""
        raise NotImplementedError

    def command(self, notebook: Path, **options: Any) -> list[str]:
        """The whole command line."""
        return [sys.executable, "-m", self.module, *self.words(notebook, **options)]

    def start(self, notebook: Path, **options: Any) -> Attempt:
        """Run the notebook in a process of its own."""
        return Attempt(self, notebook, self.words(notebook, **options))

    def executed(self, notebook: Path) -> Path:
        """Where the executed notebook lies once the run has ended, and was settled."""
        raise NotImplementedError

    def run(self, notebook: Path) -> Run | None:
        """The one recorded run of the notebook, settled; None for a tool that records none."""
        return None

    def told(self, notebook: Path) -> list[Told]:
        """What the executed notebook says of its code cells; [] where it is missing or broken."""
        try:
            document = json.loads(self.executed(notebook).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [
            _told(cell)
            for cell in document["cells"]
            if cell["cell_type"] == "code" and MARKER_TAG not in cell["metadata"].get("tags", ())
        ]

    def says(self, told: Told) -> str:
        """A cell's status in this project's words."""
        if told.status == "completed" and told.exception is not True:
            return "ok"
        return {"pending": "not run"}.get(told.status, told.status)

    def fits(self, said: str, word: str) -> bool:
        """Whether what is said of a cell is true of one that ended as `word` says."""
        raise NotImplementedError


class Ours(Tool):
    """This project's command line, in a project of its own."""

    name = "jupyter-mlops"
    entry = "jupyter_mlops.cli:main"
    module = "jupyter_mlops"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "mlops.yaml").write_text("", encoding="utf-8")
        self.project = Project(folder)

    def words(self, notebook: Path, **options: Any) -> list[str]:
        """``run NOTEBOOK`` with `cell_timeout`, `timeout` and `output`."""
        flags = {"cell_timeout": "--cell-timeout", "timeout": "--timeout", "output": "--output"}
        extra = [word for key, value in options.items() for word in (flags[key], str(value))]
        return ["run", str(notebook), *extra]

    def executed(self, notebook: Path) -> Path:
        """The artifact of the run."""
        run = self.run(notebook)
        folder = self.folder / "mlruns" / self.folder.name / run.run_id / "artifacts" / "mlops"
        return folder / notebook.name

    def run(self, notebook: Path) -> Run:
        """The notebook's only run, after reconciliation."""
        self.project.reconcile()
        found = self.project.runs(where=f"tags.`mlops.notebook` = '{notebook.name}'")
        if len(found) != 1:
            raise LookupError(f"{len(found)} runs of {notebook.name} are recorded")
        return found[0]

    def cells(self, notebook: Path) -> list[CellRecord]:
        """The journal of its run."""
        return list(self.project.show(self.run(notebook).run_id).cells)

    def fits(self, said: str, word: str) -> bool:
        """This project has a word for each end."""
        return said == word


def warm_main(words: list[str]) -> int:
    """This project's command line, whose kernel is forked as one of many would be."""
    from jupyter_mlops import cli
    from jupyter_mlops.execution import launch, start

    launch.ahead = lambda *_: None
    begin = start.warm

    def one_of_many(client: Any, plan: Any, **more: Any) -> Any:
        plan.more_to_come = True
        found = begin(client, plan, **more)
        assert found is not None, "not forked"
        return found

    start.warm = one_of_many
    return cli.main(words)


class Warm(Ours):
    """This project with kernels that are forked from a warm process, as those of a grid are."""

    name = "jupyter-mlops, kernels forked"
    entry = "tests.faults.scenarios.tools:warm_main"


class Papermill(Tool):
    """Plain Papermill, one output path for each notebook."""

    name = "papermill"
    entry = "tests.faults.scenarios.tools:papermill_main"
    module = "papermill"

    def words(self, notebook: Path, **options: Any) -> list[str]:
        """``NOTEBOOK OUTPUT`` with `cell_timeout` and `output`; it has no limit for a run."""
        target = options.pop("output", self.executed(notebook))
        target.parent.mkdir(exist_ok=True)
        words = [str(notebook), str(target), "--no-progress-bar"]
        if "cell_timeout" in options:
            words += ["--execution-timeout", str(options.pop("cell_timeout"))]
        assert not options, f"papermill has no {options}"
        return words

    def executed(self, notebook: Path) -> Path:
        """The output path."""
        return self.folder / "out" / notebook.name

    def fits(self, said: str, word: str) -> bool:
        """Papermill has one word, ``failed``, for all that did not end well."""
        return said == (word if word in {"ok", "not run"} else "failed")


TOOLS = (Ours, Papermill)


def _told(cell: dict[str, Any]) -> Told:
    about = cell["metadata"].get("papermill", {})
    outputs = cell.get("outputs", [])
    text = "".join("".join(out.get("text", "")) for out in outputs if out["output_type"] == "stream")
    return Told(about.get("status", "none"), about.get("exception"), text)
