"""Pipelines: what a step costs beside Papermill, what two workers gain, how long it takes to find that all is
done already."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.benchmarks.measure import Growth, Measured, in_turn, process, seconds
from tests.benchmarks.notebooks import IMPORTS, WORK, write

CLI = (sys.executable, "-m", "jupyter_mlops", "pipeline", "run")
PAPERMILL = (sys.executable, "-m", "papermill", "--no-progress-bar")
COUNT = """
from pathlib import Path
before = int(Path(source).read_text()) if source else 0
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(str(before + 1))
"""
SAVED = "from pathlib import Path\nPath(out).write_text(str(score))"
WIDTH = 10  # chains side by side, in a pipeline of many steps


def measure(short: bool) -> Iterator[Measured | Growth]:
    """All rows, each in a project of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield _step(_project(Path(folder) / "chain"), 2 if short else 10, 1 if short else 5)
        yield _workers(_project(Path(folder) / "workers"), short, 1 if short else 5)
        yield from _cached(Path(folder), (3, 10) if short else (10, 100, 1000), 1 if short else 5)


def _step(root: Path, steps: int, runs: int) -> Measured:
    """A chain of steps that do next to nothing, each in a kernel of its own, recorded."""
    write(root / "step.ipynb", [COUNT], parameters="source = ''\nout = 'out.txt'")
    _declare(root, "chain", chains(steps, 1))
    _run(root, "chain", 1)  # makes the project's database

    def ours() -> float:
        return seconds(lambda: _run(root, "chain", 1, "--force")) / steps

    def theirs() -> float:
        return process([*PAPERMILL, "step.ipynb", "theirs.ipynb", "-p", "out", "theirs.txt"], root)

    own, peer = (statistics.median(found) for found in in_turn(runs, ours, theirs))
    assert (root / "build" / f"0-{steps - 1}.txt").read_text() == str(steps), "not every step was run"
    note = "the notebook does next to nothing; recorded, cached, one worker"
    return Measured(f"one step of a chain of {steps}", own, "`papermill` of its notebook", peer, note=note)


def _workers(root: Path, short: bool, runs: int) -> Measured:
    """Independent steps of a second of real work."""
    count = 2 if short else 8
    cells = [IMPORTS, WORK.replace("{trees}", "10" if short else "75"), SAVED]
    write(root / "work.ipynb", cells, parameters="x = 0\nout = 'out.txt'")
    steps = {
        f"s{x}": {"notebook": "work.ipynb", "parameters": {"x": x}, "outputs": {"out": f"{x}.txt"}}
        for x in range(count)
    }
    _declare(root, "wide", steps)
    _run(root, "wide", 1)
    scores = _scores(root, count)

    def timed(workers: int) -> float:
        for x in range(count):
            (root / f"{x}.txt").unlink()
        took = seconds(lambda: _run(root, "wide", workers, "--force"))
        assert _scores(root, count) == scores, "other results than one after the other"
        return took

    two, one = (statistics.median(found) for found in in_turn(runs, lambda: timed(2), lambda: timed(1)))
    note = f"{one / two:.2f} times as fast"
    return Measured(f"{count} independent steps of about 1 s, 2 workers", two, "1 worker", one, note=note)


def _cached(folder: Path, sizes: tuple[int, ...], runs: int) -> Iterator[Measured | Growth]:
    """A second run of a pipeline in which nothing has changed."""
    figures = []
    for size in sizes:
        root = _project(folder / f"cached-{size}")
        write(root / "step.ipynb", [COUNT], parameters="source = ''\nout = 'out.txt'")
        _declare(root, "many", chains(size, WIDTH if size > WIDTH else 1))
        _run(root, "many", 2)
        took = []
        for _ in range(runs):
            told: list[dict[str, object]] = []
            took.append(seconds(lambda told=told, root=root: told.append(_run(root, "many", 2))))
            states = [step["state"] for step in told[0]["steps"]]  # type: ignore[attr-defined]
            assert states == ["cached"] * size, f"of {size} steps not all are cached: {set(states)}"
        figures.append(statistics.median(took))
    yield Measured(f"{sizes[0]} steps, all of them cached", figures[0], "1 s", 1.0, 1.0)
    yield Growth("a run with all steps cached", [f"{size:,} steps" for size in sizes], figures)


def chains(steps: int, width: int) -> dict[str, object]:
    """So many steps in `width` chains: each but the first of a chain reads what the one before it wrote."""
    found: dict[str, object] = {}
    for number in range(steps):
        chain, place = number % width, number // width
        step: dict[str, object] = {
            "notebook": "step.ipynb",
            "outputs": {"out": f"build/{chain}-{place}.txt"},
        }
        if place:
            step["inputs"] = {"source": f"build/{chain}-{place - 1}.txt"}
        found[f"s{chain}-{place}"] = step
    return found


def _project(root: Path) -> Path:
    root.mkdir()
    return root


def _declare(root: Path, name: str, steps: Mapping[str, object]) -> None:
    # JSON is YAML, too
    (root / "mlops.yaml").write_text(json.dumps({"pipelines": {name: {"steps": steps}}}), encoding="utf-8")


def _run(root: Path, name: str, workers: int, *words: str) -> dict[str, object]:
    """What the pipeline's run says about itself, which must end well."""
    command = [*CLI, name, "--project", str(root), "--workers", str(workers), "--json", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    told: dict[str, object] = json.loads(done.stdout)
    return told


def _scores(root: Path, count: int) -> list[str]:
    return [(root / f"{x}.txt").read_text(encoding="utf-8") for x in range(count)]
