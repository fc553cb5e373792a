"""The faults of the reliability table, done to this project and to plain Papermill by the same scripts.

``python -m tests.benchmarks.faults`` provokes them with full counts and writes the table to
``tests/benchmarks/results/``, row by row as it goes; ``--short`` uses the counts of the tests and writes
nothing; ``--rows F1,F2`` takes some, and keeps the other rows of the table that is there.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from tests.faults.scenarios import values
from tests.faults.scenarios.figures import CannotProvoke, Figures
from tests.faults.scenarios.rows import ROWS, Row
from tests.faults.scenarios.tools import Ours, Papermill

RESULT = Path(__file__).parent / "results" / "faults.md"
HEAD = (
    "| row | fault | must hold | jupyter-mlops: wrong / attempts | worst measured "
    "| papermill: wrong / attempts | worst measured |"
)
TESTED = {
    "F9": (
        "parameter values of every kind",
        "same value and type in the kernel as given, or refused",
        "tests/faults/test_parameter_values.py",
    ),
    "F12": (
        "tracking server drops, hangs, refuses or is slow in mid-run",
        "no cell fails or waits; 1,000 points, none lost, none doubled",
        "tests/faults/test_tracking_outage.py",
    ),
    "S": (
        "code in values and names, unsafe YAML, output templates, secrets",
        "nothing executed, no path outside the project, no secret in any file",
        "tests/security",
    ),
}


def provoked(row: Row, short: bool) -> str:
    """The table's line for a row that both tools are put through."""
    count = row.short if short else row.full
    ours = _figures(row, count, Ours)
    if isinstance(row.other, str):
        return _line(row.key, row.fault, row.holds, *ours, row.other, "")
    return _line(row.key, row.fault, row.holds, *ours, *_figures(row, min(count, row.other), Papermill))


def tested(key: str, short: bool) -> str:
    """The table's line for a row that tests of this project hold, with their long counts."""
    fault, holds, path = TESTED[key]
    environment = {**os.environ, **({} if short else {"JUPYTER_MLOPS_LONG": "1"})}
    words = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--timeout", "3600", path]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    bad = found.get("failed", 0) + found.get("error", 0)
    if bad or not found:
        print(done.stdout[-3000:])
    ours = f"{bad} / {bad + found.get('passed', 0)} tests"
    other, worst = "records no run", ""
    if key == "F9":
        changed = values.changed_by_papermill()
        other, worst = f"{len(changed)} / {len(values.KINDS)} kinds", "changed: " + ", ".join(changed)
    elif key == "S":
        other = "not put through"
    return _line(key, fault, holds, ours, "" if short else "10,000 values" * (key == "F9"), other, worst)


def _figures(row: Row, count: int, kind: type[Ours] | type[Papermill]) -> tuple[str, str]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            figures: Figures = row.provoke(kind(Path(folder) / "project"), count)
        except CannotProvoke as reason:
            return "not provoked", str(reason)
        except (LookupError, OSError, RuntimeError) as error:  # the other rows go on
            print(f"  {row.key} {kind.name}: {error}", flush=True)
            return "broke off", type(error).__name__
    for problem in figures.wrong[:10]:
        print(f"  {row.key} {kind.name}: {problem}", flush=True)
    return f"{len(figures.wrong)} / {figures.attempts}", figures.said()


def _line(*columns: str) -> str:
    return "| " + " | ".join(" ".join(column.replace("|", "/").split()) for column in columns) + " |"


def _write(lines: dict[str, str]) -> None:
    names = ("jupyter-mlops", "mlflow", "papermill", "nbclient", "ipykernel")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    order = [row.key for row in ROWS] + list(TESTED)
    text = [
        f"# Faults, {datetime.now(UTC):%Y-%m-%d}",
        "",
        "Real kills of real processes, the same provocation for both; `python -m tests.benchmarks.faults`.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {versions}.",
        "",
        HEAD,
        "|---" * 7 + "|",
        *[lines[key] for key in order if key in lines],
    ]
    RESULT.write_text("\n".join(text) + "\n", encoding="utf-8")


def _written() -> dict[str, str]:
    """The lines of the table that is there."""
    if not RESULT.exists():
        return {}
    rows = (
        line for line in RESULT.read_text(encoding="utf-8").splitlines() if re.match(r"\| [FS]\d*\w? ", line)
    )
    return {line.split()[1]: line for line in rows}


def main() -> None:
    """Provoke, print, and unless short write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="the counts of the tests; write nothing")
    parser.add_argument("--rows", default="", help="only these, e.g. F1,F2")
    words = parser.parse_args()
    chosen = set(filter(None, words.rows.split(",")))
    lines = _written() if chosen else {}
    print(HEAD)
    for key in [row.key for row in ROWS] + list(TESTED):
        if chosen and key not in chosen:
            continue
        began = time.monotonic()
        row = next((row for row in ROWS if row.key == key), None)
        lines[key] = provoked(row, words.short) if row is not None else tested(key, words.short)
        print(f"{lines[key]}  <!-- {time.monotonic() - began:.0f} s -->", flush=True)
        if not words.short:
            _write(lines)


if __name__ == "__main__":
    main()
