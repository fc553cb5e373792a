"""One run: from the command line and in a warm process, of many cells, with much output."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Growth, Measured, in_turn, medians, process
from tests.benchmarks.notebooks import BAR, DISPLAYS, PRINTS, displayed, printed, write

OURS = [sys.executable, "-m", "jupyter_mlops", "run"]
PAPERMILL = [sys.executable, "-m", "papermill"]
NBCLIENT = [sys.executable, "-m", "nbclient"]  # `jupyter execute`
MB = 1_000_000

# the verb in a process that then tells of itself: seconds in cells, peak memory, bytes written
ABOUT = """
import contextlib, io, json, re, sys
from pathlib import Path
{run}
status = Path("/proc/self/status").read_text()
written = int(re.search(r"wchar: (\\d+)", Path("/proc/self/io").read_text())[1])
print(json.dumps({{"peak": int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]) * 1024, "written": written}}))
"""
RUN_OURS = """
from jupyter_mlops.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    assert main(["run", *sys.argv[1:]]) == 0
"""
RUN_PAPERMILL = "import papermill\npapermill.execute_notebook(sys.argv[1], sys.argv[2], progress_bar=False)"
LOAD = """
import time
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
before = time.perf_counter()
shell.run_line_magic("load_ext", "jupyter_mlops")
print(time.perf_counter() - before)
"""
IMPORT_MLFLOW = (
    "import time\nbefore = time.perf_counter()\nimport mlflow\nprint(time.perf_counter() - before)"
)
WARM = """
import json, sys, time
from jupyter_mlops import Project
project, took = Project(), []
for _ in range(int(sys.argv[2]) + 2):
    before = time.perf_counter()
    assert project.run(sys.argv[1]).exit_code == 0
    took.append(time.perf_counter() - before)
print(json.dumps(took[2:]))
"""


def measure(short: bool) -> Iterator[Measured | Growth]:
    """All rows, in a project of their own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "mlops.yaml").write_text("", encoding="utf-8")
        bench = _Bench(root, short)
        yield from bench.start()
        yield from bench.cells()
        yield from bench.output()
        yield from bench.storms()
        yield from bench.growth()


class _Bench:
    def __init__(self, root: Path, short: bool) -> None:
        self.root = root
        self.short = short
        self.runs = 1 if short else 5

    def ours(self, notebook: Path, *words: str) -> float:
        return process([*OURS, notebook.name, *words], self.root)

    def papermill(self, notebook: Path) -> float:
        return process([*PAPERMILL, notebook.name, "theirs.ipynb", "--no-progress-bar"], self.root)

    def nbclient(self, notebook: Path) -> float:
        words = [sys.executable, "-c", "from nbclient.cli import main; main()", notebook.name]
        return process([*words, "--output", "theirs"], self.root)

    def told(self, code: str, *words: str) -> Any:
        """What the code prints last, as JSON."""
        words = (sys.executable, "-c", code, *words)
        done = subprocess.run(words, cwd=self.root, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    def inside(self, run: str, *words: str) -> Any:
        """Peak memory and bytes written, of a process that does this."""
        return self.told(ABOUT.format(run=run), *words)

    def start(self) -> Iterator[Measured]:
        """From the command to its end."""
        one = write(self.root / "one.ipynb", ["print(1)"])
        runs = 1 if self.short else 5
        ours, theirs = medians(
            runs,
            lambda: process([*OURS, "--help"], self.root),
            lambda: process([*PAPERMILL, "--help"], self.root),
        )
        yield Measured("`jupyter-mlops run --help`", ours, "`papermill --help`", theirs, 0.10)
        ours, theirs = medians(runs, lambda: self.told(LOAD), lambda: self.told(IMPORT_MLFLOW))
        yield Measured("`%load_ext jupyter_mlops`", ours, "`import mlflow`", theirs, 0.10)
        self.ours(one)  # makes the project's database
        unrecorded, recorded, papermill = in_turn(
            runs, lambda: self.ours(one, "--no-record"), lambda: self.ours(one), lambda: self.papermill(one)
        )
        middle = statistics.median(papermill)
        yield Measured("one cell, not recorded", statistics.median(unrecorded), "`papermill`", middle, 0.25)
        yield Measured("one cell, recorded", statistics.median(recorded), "`papermill`", middle, 0.65)
        many = sorted(self.ours(one, "--no-record") for _ in range(2 if self.short else 40))
        late = many[int(0.95 * len(many)) - 1] if len(many) > 2 else many[-1]
        yield Measured("not recorded, 40 runs: p95", late, "their median", statistics.median(many), 1.5)
        again = statistics.median(self.told(WARM, one.name, str(runs)))
        yield Measured("one more run of a warm process, recorded", again, "`papermill`", middle, 0.12)

    def cells(self) -> Iterator[Measured]:
        """Many small ones."""
        count = 20 if self.short else 500
        many = write(self.root / "many.ipynb", [f"x = {n}\nprint(x)" for n in range(count)])
        ours, papermill, nbclient = medians(
            self.runs,
            lambda: self.ours(many, "--no-record", "--output", "ours.ipynb"),
            lambda: self.papermill(many),
            lambda: self.nbclient(many),
        )
        assert printed(self.root / "ours.ipynb") == printed(self.root / "theirs.ipynb")
        work = f"{count} trivial cells"
        yield Measured(work, ours, "`papermill`", papermill, 0.10)
        yield Measured(work, ours, "`nbclient`", nbclient, 0.65)
        sizes = (2, 20) if self.short else (50, 500)
        few, all_ = medians(self.runs, *(lambda size=size: self.in_cells(size) for size in sizes))
        yield Measured(f"seconds in cells: {sizes[1]} cells", all_, f"{sizes[0]} cells", few, 10.5)

    def in_cells(self, count: int) -> float:
        """From the start of the first cell to the end of the last."""
        path = write(self.root / "some.ipynb", [f"x = {n}\nprint(x)" for n in range(count)])
        self.ours(path, "--no-record", "--output", "ours.ipynb")
        cells = json.loads((self.root / "ours.ipynb").read_text(encoding="utf-8"))["cells"]
        from datetime import datetime

        about = [cell["metadata"]["papermill"] for cell in cells]
        ended = datetime.fromisoformat(about[-1]["end_time"])
        return (ended - datetime.fromisoformat(about[0]["start_time"])).total_seconds()

    def output(self) -> Iterator[Measured]:
        """Fifty times a megabyte."""
        count = 3 if self.short else 50
        sources = [f"print('{chr(97 + n % 26)}' * {MB})" for n in range(count)]
        large = write(self.root / "large.ipynb", sources)
        words = (large.name, "--no-record", "--output", "ours.ipynb")
        ours, papermill = medians(
            self.runs,
            lambda: self.ours(large, *words[1:]),
            lambda: self.papermill(large),
        )
        assert printed(self.root / "ours.ipynb") == printed(self.root / "theirs.ipynb")
        work = f"{count} outputs of 1 MB"
        yield Measured(work, ours, "`papermill`", papermill, 0.2)
        mine = self.inside(RUN_OURS, *words)
        theirs = self.inside(RUN_PAPERMILL, large.name, "theirs.ipynb")
        yield Measured(
            f"{work}: peak memory of the runner",
            mine["peak"] / MB,
            "`papermill`",
            theirs["peak"] / MB,
            0.35,
            "MB",
        )
        size = (self.root / "ours.ipynb").stat().st_size / MB
        note = f"papermill {theirs['written'] / MB / size:.0f} times"
        yield Measured(
            f"{work}: bytes written", mine["written"] / MB, "the final file", size, 3.0, "MB", note
        )
        kept = self.inside(RUN_OURS, large.name)
        yield Measured(
            f"{work}: bytes written, recorded (with `output.log`)",
            kept["written"] / MB,
            "the final file",
            size,
            unit="MB",
        )

    def storms(self) -> Iterator[Measured]:
        """Very many small messages."""
        for work, source, count in (
            ("flushed prints", PRINTS, 20_000),
            ("progress-bar updates", BAR, 10_000),
            ("display updates", DISPLAYS, 10_000),
        ):
            count = count // 100 if self.short else count
            path = write(self.root / "storm.ipynb", [source.replace("{count}", str(count))])
            ours, theirs = medians(
                self.runs,
                lambda path=path: self.ours(path, "--no-record", "--output", "ours.ipynb"),
                lambda path=path: self.nbclient(path),
            )
            self._equal()
            yield Measured(f"{count:,} {work}, stored output equal", ours, "`nbclient`", theirs, 0.2)

    def _equal(self) -> None:
        """Both stored the same, but for the times that a progress bar shows."""
        ours, theirs = self.root / "ours.ipynb", self.root / "theirs.ipynb"
        assert displayed(ours) == displayed(theirs)
        bars = [re.sub(r"\[.*?\]", "[]", printed(path)) for path in (ours, theirs)]
        assert bars[0].count("\r") == bars[1].count("\r")
        assert [line.strip() for line in bars[0].split("\r")] == [
            line.strip() for line in bars[1].split("\r")
        ]

    def growth(self) -> Iterator[Growth]:
        """How the cost grows with cells and with output."""
        counts = (1, 10) if self.short else (1, 10, 100, 1000)
        yield Growth("cells, seconds in them", [f"{n:,}" for n in counts], [self.in_cells(n) for n in counts])
        sizes = (1,) if self.short else (1, 10, 100)
        took, peaks = [], []
        for size in sizes:
            path = write(self.root / "printed.ipynb", [f"print('x' * {MB})"] * size)
            took.append(self.ours(path, "--no-record", "--output", "ours.ipynb"))
            peaks.append(self.inside(RUN_OURS, path.name, "--no-record")["peak"] / MB)
        named = [f"{size} MB" for size in sizes]
        yield Growth("printed, whole run", named, took)
        yield Growth("printed, peak memory of the runner", named, peaks, "MB")
