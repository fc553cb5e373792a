"""The table of pipelines: what a step costs, what two workers gain, how long a run takes that runs nothing.

``python -m tests.benchmarks.pipelines`` measures everything in about twenty minutes on two cores and writes
``tests/benchmarks/results/pipelines.md``; ``--short`` does little of each, asserts the results, and writes
nothing.
"""

from __future__ import annotations

import argparse
import json

from tests.benchmarks.performance import FOLDER, measured, table

RESULT = FOLDER / "pipelines.md"
FIGURES = FOLDER / "pipelines.json"  # from which the table is made


def main() -> None:
    """Measure, print, and unless short write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="little of each; write nothing")
    words = parser.parse_args()
    parts = {"pipelines": measured("pipelines", words.short)}
    text = table(parts).replace("# Speed", "# Pipelines", 1)
    print(text, flush=True)
    if not words.short:
        FIGURES.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
