"""The table of data: digest, profile, diff and drift of 1,000,000 rows and 20 columns, beside peers.

``python -m tests.benchmarks.data`` measures everything in about five minutes on two cores and writes
``tests/benchmarks/results/data.md``; ``--short`` does it once on 20,000 rows, asserts the results, and writes
nothing. Evidently needs an older pandas than this project allows: ``--evidently PYTHON`` names the Python of
an environment that has it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.benchmarks.works import ADDED, CHANGED, LATE, SHIFTED, WORDS

ROOT = Path(__file__).parents[2]
RESULT = Path(__file__).parent / "results" / "data.md"
PACKAGES = ("jupyter-mlops", "mlflow", "pandas", "numpy", "scipy", "pyarrow", "xxhash")
DIGEST_GOAL = 0.5  # CPU seconds for a table of a million rows
FILE_GOAL = 1.0  # GB a second
SHORT = 20_000  # rows
INSTALL = "python3 -m venv .venv-evidently && .venv-evidently/bin/pip install evidently 'pandas<3.1'"


@dataclass(frozen=True)
class Figure:
    """What one work took: CPU and wall seconds, bytes of memory in all and added; and what came of it."""

    cpu: float
    wall: float
    peak: int | None = None
    added: int | None = None
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """Our figure and that of a peer, if there is one."""

    work: str
    ours: Figure
    against: str = ""
    theirs: Figure | None = None
    note: str = ""


class Bench:
    """Does works on tables of `rows` rows, `times` times in turn, each in a process of its own."""

    def __init__(self, rows: int, times: int, folder: Path, other: str) -> None:
        self.rows = rows
        self.times = times
        self.folder = folder
        self.other = other  # the Python of Evidently's environment

    def do(self, *names: str) -> list[Figure]:
        """The figures of these works: medians, and the greatest memory."""
        found: dict[str, list[Figure]] = {name: [] for name in names}
        for _ in range(self.times):
            for name in names:
                found[name].append(self._once(name))
        return [_median(figures) for figures in found.values()]

    def _once(self, name: str) -> Figure:
        python = self.other if name == "evidently" else sys.executable
        words = [python, "-m", "tests.benchmarks.works", name, str(self.rows), str(self.folder)]
        calm = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
        done = subprocess.run(words, cwd=ROOT, env={**os.environ, **calm}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return Figure(**json.loads(done.stdout.splitlines()[-1]))

    def has_evidently(self) -> bool:
        """It can be imported there."""
        return subprocess.run([self.other, "-c", "import evidently"], capture_output=True).returncode == 0


def _median(figures: list[Figure]) -> Figure:
    if any(figure.told != figures[0].told for figure in figures):
        raise AssertionError(f"not always the same: {[figure.told for figure in figures]}")
    return Figure(
        cpu=statistics.median(figure.cpu for figure in figures),
        wall=statistics.median(figure.wall for figure in figures),
        peak=max((figure.peak for figure in figures if figure.peak is not None), default=None),
        added=max((figure.added for figure in figures if figure.added is not None), default=None),
        told=figures[0].told,
    )


def digests(bench: Bench) -> Iterator[Row]:
    """A frame's digest, and whether a change far down is seen."""
    ours, late, unordered, theirs, their_late = bench.do(
        "digest", "digest_of_late_change", "digest_unordered",
        "mlflow_digest", "mlflow_digest_of_late_change",
    )  # fmt: skip
    _check(ours.told != late.told, "a changed value went unseen")
    seen = "as well" if theirs.told != their_late.told else "MLflow's digest **stays the same**"
    goal = f"goal {DIGEST_GOAL} CPU s {_reached(ours.cpu <= DIGEST_GOAL)}; " if bench.rows == 10**6 else ""
    note = f"{goal}one value of row {LATE:,} changed: ours is another, {seen}"
    yield Row("digest of a frame", ours, "`mlflow.data.from_pandas`", theirs, note)
    yield Row("digest, rows in any order", unordered, "`mlflow.data.from_pandas`", theirs)


def profiles(bench: Bench) -> Iterator[Row]:
    """Statistics of each column."""
    ours, theirs = bench.do("profile", "pandas_describe")
    _check(ours.told == theirs.told, f"{ours.told} is not {theirs.told}")
    note = "ours: also histograms, ten most frequent values, missing"
    yield Row("profile", ours, "`DataFrame.describe`", theirs, note)


def diffs(bench: Bench) -> Iterator[Row]:
    """What separates two versions."""
    frames, files, theirs = bench.do("diff", "diff_files", "pandas_merge")
    gone = bench.rows // ADDED
    changed = -(-(bench.rows - gone) // CHANGED)
    told = {"added": gone, "removed": gone, "changed": changed, "values": {"f0": changed}}
    for figure in (frames, files, theirs):
        _check(figure.told == told, f"{figure.told} is not {told}")
    note = f"{gone:,} rows added, {gone:,} removed, {changed:,} changed; ours: also the shift of each column"
    yield Row("diff of two frames by key", frames, "`merge` and `==` by hand", theirs, note)
    yield Row("diff of two Parquet files by key", files, note="read by chunks, neither as a whole")


def drifts(bench: Bench) -> Iterator[Row]:
    """Which columns drifted. Of strings Evidently makes no end, so both are given the others, too, once."""
    (ours,) = bench.do("drift")
    _check(set(ours.told["drifted"]) == SHIFTED, f"drifted: {ours.told['drifted']}")
    yield Row("drift", ours, note="; ".join([f"drifted: {_listed(ours)}", *ours.told["notes"]]))
    once = Bench(bench.rows, 1, bench.folder, bench.other)
    what = "drift without the two columns of strings"
    if not once.has_evidently():
        (ours,) = once.do("drift_without_strings")
        yield Row(what, ours, "Evidently", note=f"not installed; `{INSTALL}`")
        return
    ours, theirs = once.do("drift_without_strings", "evidently")
    code = "from importlib.metadata import version as v; print(v('evidently'), 'with pandas', v('pandas'))"
    version = subprocess.run([once.other, "-c", code], check=True, capture_output=True, text=True).stdout
    note = f"drifted: {_listed(ours)}; theirs: {_listed(theirs)}"
    note += "; ours looks at 200,000 rows of a side at most, theirs at all"
    note += f"; with the strings it had not ended after six minutes on {SHORT:,} rows"
    yield Row(what, ours, f"Evidently {version.strip()}, `DataDriftPreset`", theirs, note)


def _listed(figure: Figure) -> str:
    return ", ".join(figure.told["drifted"])


def files(folder: Path, megabytes: int, times: int) -> Iterator[Row]:
    """A file's digest beside reading it."""
    path = folder / "data.bin"
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))
    time.sleep(0.5)  # what was written a moment ago is not sure to stay as it is
    _describe(path)  # imports what it needs
    sha256, cat, ours = _in_turn(times, lambda: _sha256(path), lambda: _cat(path), lambda: _describe(path))
    size = megabytes / 1000
    rates = [f"{name} {size / figure.wall:.1f}" for name, figure in (("ours", ours), ("`cat`", cat))]
    goal = f"goal {FILE_GOAL:g} GB/s {_reached(size / ours.wall >= FILE_GOAL)}; " if megabytes >= 1000 else ""
    note = f"{goal}page cache warm; GB/s: {', '.join(rates)}, SHA-256 {size / sha256.wall:.1f}"
    yield Row(f"digest of a file of {megabytes:,} MB", ours, "`cat`", cat, note)
    yield Row(f"digest of a file of {megabytes:,} MB", ours, "`hashlib.sha256`", sha256)


def _in_turn(times: int, *works: Callable[[], object]) -> list[Figure]:
    found: list[list[Figure]] = [[] for _ in works]
    for _ in range(times):
        for figures, work in zip(found, works, strict=True):
            cpu, wall = _cpu(), time.perf_counter()
            work()
            figures.append(Figure(_cpu() - cpu, time.perf_counter() - wall))
    return [_median(figures) for figures in found]


def _cpu() -> float:
    """CPU seconds of this process and of its children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _sha256(path: Path) -> None:
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


def _cat(path: Path) -> None:
    """Into a pipe that is read: into the void, nothing would be copied."""
    process = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE)
    block = bytearray(1 << 20)
    assert process.stdout is not None
    while process.stdout.readinto(block):  # type: ignore[attr-defined]
        pass
    process.stdout.close()
    process.wait()


def _describe(path: Path) -> None:
    from jupyter_mlops.data import describe

    describe(path, name="data")


def _check(true: bool, otherwise: str) -> None:
    if not true:
        raise AssertionError(otherwise)


def _reached(true: bool) -> str:
    return "reached" if true else "**missed**"


def table(rows: list[Row], size: int, seconds: float) -> str:
    """All figures as Markdown."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    lines = [
        "# Data",
        "",
        f"A table of {size:,} rows and 20 columns: 10 of floats, 4 of whole numbers (one the key), 2 of",
        f"truth values, 2 of times, 2 of strings with {WORDS:,} different ones. Medians, the sides in turn,",
        "each in a process of its own; memory is the greatest that was seen, and what the work added to it.",
        "Ratio: our CPU seconds over the other's; smaller is better.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {versions}.",
        "",
        "| work | CPU | wall | memory | against | CPU | wall | memory | ratio | |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *map(_line, rows),
        "",
        f"Measured in {seconds:.0f} s ({datetime.now(UTC):%Y-%m-%d}).",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    ratio = f"{row.ours.cpu / row.theirs.cpu:.2g}" if row.theirs else ""
    cells = [row.work, *_cells(row.ours), row.against, *_cells(row.theirs), ratio, row.note]
    return f"| {' | '.join(cells)} |"


def _cells(figure: Figure | None) -> list[str]:
    if figure is None:
        return ["", "", ""]
    memory = ""
    if figure.peak is not None and figure.added is not None:
        memory = f"{figure.peak / 1e6:,.0f} MB (+{max(figure.added, 0) / 1e6:,.0f})"
    return [f"{figure.cpu:.2f} s", f"{figure.wall:.2f} s", memory]


def main() -> None:
    """Measure, print, and unless short write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="once, with 20,000 rows; write nothing")
    parser.add_argument(
        "--evidently", default=sys.executable, metavar="PYTHON", help="one that has Evidently"
    )
    words = parser.parse_args()
    rows, times, megabytes = (SHORT, 1, 50) if words.short else (10**6, 5, 1000)
    before, found = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(rows, times, Path(folder), words.evidently)
        for part in (digests, profiles, diffs, drifts):
            found += part(bench)
            print(f"{time.monotonic() - before:6.0f} s  {part.__name__}", file=sys.stderr, flush=True)
        found += files(Path(folder), megabytes, times)
    text = table(found, rows, time.monotonic() - before)
    print(text, flush=True)
    if not words.short:
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
