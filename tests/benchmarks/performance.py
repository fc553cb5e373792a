"""The table of speed: what this project does beside a peer that does the same, in one run.

``python -m tests.benchmarks.performance`` measures everything in about twenty minutes on two cores and
writes ``tests/benchmarks/results/performance.md``, part by part as it goes; ``--short`` does little of each,
asserts the results, and writes nothing; ``--parts running,grids`` takes some, and keeps the others' rows.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from tests.benchmarks.measure import Growth, Measured

PARTS = ("running", "grids", "tracking", "reading", "data", "serving")
FOLDER = Path(__file__).parent / "results"
RESULT = FOLDER / "performance.md"
FIGURES = FOLDER / "performance.json"  # from which the table is made
PACKAGES = ("jupyter-mlops", "papermill", "nbclient", "mlflow", "ipykernel", "jupyter-client", "scikit-learn")


def measured(part: str, short: bool) -> dict[str, object]:
    """The part's figures, with when they were taken."""
    before = time.monotonic()
    rows = []
    for row in importlib.import_module(f"tests.benchmarks.rows.{part}").measure(short):
        rows.append(row)
        print(f"{time.monotonic() - before:6.0f} s  {row.work}", file=sys.stderr, flush=True)
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "seconds": round(time.monotonic() - before),
        "rows": [asdict(row) for row in rows if isinstance(row, Measured)],
        "growth": [asdict(row) for row in rows if isinstance(row, Growth)],
    }


def table(parts: dict[str, dict[str, object]]) -> str:
    """All figures as Markdown."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    lines = [
        "# Speed",
        "",
        "Medians, the sides measured in turn. Ratio: ours over the other's; smaller is better.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {versions}.",
        "",
        "| work | ours | against | theirs | ratio | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    for part in parts.values():
        lines += [_row(Measured(**row)) for row in part["rows"]]  # type: ignore[attr-defined]
    lines += ["", "## How cost grows", "", "| what | sizes and figures |", "|---|---|"]
    for part in parts.values():
        lines += [_growth(Growth(**row)) for row in part["growth"]]  # type: ignore[attr-defined]
    took = ", ".join(f"{name} {part['seconds']} s ({part['date']})" for name, part in parts.items())
    return "\n".join([*lines, "", f"Measured in: {took}."]) + "\n"


def _row(row: Measured) -> str:
    reached = "" if row.goal is None else "reached" if row.ratio <= row.goal else "**missed**"
    goal = "" if row.goal is None else f"{row.goal:g}"
    ours, theirs = _figure(row.ours, row.unit), _figure(row.theirs, row.unit)
    told = ", ".join(filter(None, (reached, row.note)))
    return f"| {row.work} | {ours} | {row.against} | {theirs} | {row.ratio:.3g} | {goal} | {told} |"


def _growth(row: Growth) -> str:
    pairs = zip(row.sizes, row.figures, strict=True)
    return f"| {row.work} | {'; '.join(f'{size}: {_figure(value, row.unit)}' for size, value in pairs)} |"


def _figure(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.1f} {unit}"
    if value >= 0.1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.2f} ms" if value >= 1e-4 else f"{value * 1e6:.1f} us"


def main() -> None:
    """Measure, print, and unless short write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="little of each; write nothing")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    words = parser.parse_args()
    known = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() and not words.short else {}
    for part in words.parts.split(","):
        known[part] = measured(part, words.short)
        print(table({part: known[part]}), flush=True)
        if not words.short:
            _write({name: known[name] for name in PARTS if name in known})


def _write(parts: dict[str, dict[str, object]]) -> None:
    FIGURES.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
    RESULT.write_text(table(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
