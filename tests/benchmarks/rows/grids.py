"""Many runs of one notebook: real scikit-learn work, two at a time."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Growth, Measured, in_turn, process, seconds
from tests.benchmarks.notebooks import IMPORTS, WORK, printed, write

POOL = """
import sys
from concurrent.futures import ProcessPoolExecutor
import papermill

def run(x):
    papermill.execute_notebook("grid.ipynb", f"pool-{x}.ipynb", {"x": x}, progress_bar=False)

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(run, range(int(sys.argv[1]))))
"""
MEMORY = "import psutil\nprint(psutil.Process().memory_full_info().uss)"


def measure(short: bool) -> Iterator[Measured | Growth]:
    """All rows, in a project of their own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "mlops.yaml").write_text("", encoding="utf-8")
        work = WORK.replace("{trees}", "10" if short else "75")
        write(root / "grid.ipynb", [IMPORTS, work], parameters="x = 0")
        (root / "pool.py").write_text(POOL, encoding="utf-8")
        (root / "plain.py").write_text(_plain(work), encoding="utf-8")
        yield from _grid(root, 2 if short else 16, 1 if short else 5)
        yield _memory(root)


def _grid(root: Path, points: int, runs: int) -> Iterator[Measured]:
    values = ",".join(map(str, range(points)))
    ours = [sys.executable, "-m", "jupyter_mlops", "run", "grid.ipynb", "--grid", f"x={values}"]
    ours += ["--workers", "2", "--output", "ours-{x}-{run}.ipynb"]
    process([*ours, "--no-record"][:-3], root)  # makes the project's database

    def sequential() -> float:
        words = [sys.executable, "-m", "papermill", "grid.ipynb", "theirs.ipynb", "--no-progress-bar"]
        some = range(0, points, max(1, points // 4))  # one run is like the other, and all take a minute
        return sum(process([*words, "-p", "x", str(x)], root) for x in some) * points / len(some)

    def pool() -> float:
        return process([sys.executable, "pool.py", str(points)], root)

    def pure() -> float:
        done = subprocess.run(
            [sys.executable, "plain.py", str(points)], cwd=root, check=True, capture_output=True, text=True
        )
        return float(done.stdout.splitlines()[-1]) / 2

    mine, one, two, least = in_turn(runs, lambda: process(ours, root), sequential, pool, pure)
    for x in range(points):
        found = {printed(path) for path in root.glob(f"ours-{x}-*.ipynb")}
        assert found == {printed(root / f"pool-{x}.ipynb")}, "other results than papermill's"
    middle = statistics.median
    work = f"grid of {points}, recorded, 2 workers"
    note = f"theirs: {len(range(0, points, max(1, points // 4)))} runs, scaled to {points}"
    yield Measured(work, middle(mine), "`papermill` one after the other", middle(one), 0.2, note=note)
    yield Measured(work, middle(mine), "`papermill`'s API in two processes", middle(two), 0.5)
    yield Measured(work, middle(mine), "the pure work over two cores", middle(least), 2.2)


def _memory(root: Path) -> Measured:
    """What a kernel has for itself alone, once pandas and scikit-learn are imported."""
    write(root / "memory.ipynb", [IMPORTS, MEMORY], parameters="x = 0")
    words = [sys.executable, "-m", "jupyter_mlops", "run", "memory.ipynb", "--grid", "x=1,2,3,4,5"]
    used = []
    for extra in ([], ["--cold"]):
        seconds(lambda extra=extra: process([*words, "--output", "m-{x}-{run}.ipynb", *extra], root))
        found = [int(printed(path)) / 1e6 for path in root.glob("m-*.ipynb")]
        used.append(statistics.median(found))
        for path in root.glob("m-*.ipynb"):
            path.unlink()
    return Measured(
        "memory of a forked kernel after pandas and scikit-learn", used[0], "a new one", used[1], 0.35, "MB"
    )


def _plain(work: str) -> str:
    """The work alone, in one process that has imported what it needs; it prints how long that took."""
    body = "\n    ".join(work.strip().splitlines())
    return (
        f"{IMPORTS}\nimport sys\n\n\ndef run(x):\n    {body}\n\n\nrun(0)\nbefore = time.perf_counter()\n"
        "for x in range(int(sys.argv[1])):\n    run(x)\nprint(time.perf_counter() - before)\n"
    )
