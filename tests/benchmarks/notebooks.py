"""Notebooks to measure with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

PRINTS = "for i in range({count}):\n    print(i, flush=True)"
BAR = "from tqdm import tqdm\nfor _ in tqdm(range({count}), mininterval=0, miniters=1):\n    pass"
DISPLAYS = "shown = display(0, display_id=True)\nfor i in range({count}):\n    shown.update(i)"
IMPORTS = """
import time
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
"""
# about a second of work on one core
WORK = """
import numpy as np
rng = np.random.default_rng(x)
frame = pd.DataFrame(rng.normal(size=(1500, 10)), columns=list("abcdefghij"))
target = (frame["a"] + frame["b"] * frame["c"] + rng.normal(size=1500) > 0).astype(int)
score = cross_val_score(RandomForestClassifier({trees}, random_state=x), frame, target, cv=3).mean()
print(round(score, 6))
"""


def write(path: Path, sources: Sequence[str], parameters: str | None = None) -> Path:
    """A notebook of these cells, the first of which holds the `parameters`, if there are any."""
    cells = [_cell(f"c{number}", source) for number, source in enumerate(sources)]
    if parameters is not None:
        cells.insert(0, {**_cell("p", parameters), "metadata": {"tags": ["parameters"]}})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _cell(identifier: str, source: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": identifier,
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def printed(path: Path) -> str:
    """All that the notebook's cells printed."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = (output for cell in cells for output in cell.get("outputs", ()))
    return "".join("".join(output["text"]) for output in shown if output["output_type"] == "stream")


def displayed(path: Path) -> list[object]:
    """The data of all that the notebook's cells displayed."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = [output["data"] for cell in cells for output in cell["outputs"] if "data" in output]
    return [{kind: "".join(data) for kind, data in each.items()} for each in shown]  # text may be in lines
