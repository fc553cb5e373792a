"""How long a person waits for the first sign of life, as ratios to a peer in the same run.

``python -m tests.benchmarks.startup`` prints a table and writes it to ``tests/benchmarks/results/``;
``--short`` runs each once and writes nothing.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

LOAD = """
import time
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
before = time.perf_counter()
shell.run_line_magic("load_ext", "jupyter_mlops")
print(time.perf_counter() - before)
"""
IMPORT_MLFLOW = (
    "import time; before = time.perf_counter(); import mlflow; print(time.perf_counter() - before)"
)


def process(words: list[str]) -> float:
    """Seconds from start to end of a process."""
    before = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - before


def inside(code: str) -> float:
    """Seconds that the code prints about itself."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def measure(runs: int) -> list[tuple[str, float, str, float]]:
    """(work, median seconds, peer, its median seconds), measured in turn."""
    ours, papermill, load, mlflow = [], [], [], []
    for _ in range(runs):
        ours.append(process([sys.executable, "-m", "jupyter_mlops", "run", "--help"]))
        papermill.append(process([sys.executable, "-m", "papermill", "--help"]))
        load.append(inside(LOAD))
        mlflow.append(inside(IMPORT_MLFLOW))
    middle = statistics.median
    return [
        ("jupyter-mlops run --help", middle(ours), "papermill --help", middle(papermill)),
        ("%load_ext jupyter_mlops", middle(load), "import mlflow", middle(mlflow)),
    ]


def table(rows: list[tuple[str, float, str, float]], runs: int) -> str:
    """The rows as Markdown, with date and versions."""
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("jupyter-mlops", "mlflow", "papermill")
    )
    lines = [
        f"# Start-up, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"Medians of {runs}, measured in turn. Python {platform.python_version()}, {versions}.",
        "",
        "| work | s | against | s | ratio |",
        "|---|---|---|---|---|",
    ]
    for work, seconds, peer, other in rows:
        lines.append(f"| `{work}` | {seconds:.3f} | `{peer}` | {other:.3f} | {seconds / other:.3f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and unless short write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="each once; write nothing")
    parser.add_argument("--runs", type=int, default=5)
    words = parser.parse_args()
    runs = 1 if words.short else words.runs
    text = table(measure(runs), runs)
    print(text)
    if not words.short:
        (Path(__file__).parent / "results" / "startup.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
