"""One notebook as a pipeline: its cells tagged ``step:NAME``, in real kernels."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops import Project
from tests.conftest import cell, write
from tests.pipelines.conftest import ran, states


def notebook(folder: Path, *, last: str = "told = (total, best)\nprint(told)", kept: str = "") -> None:
    write(
        folder / "all.ipynb",
        [
            cell("n: int = 3", "parameters"),
            cell("import math\ndef double(x):\n    return 2 * x"),
            cell(f"data = list(range(n))\n{kept}", "step:prepare"),
            cell("total = sum(map(double, data))", "step:train"),
            cell("# prose", kind="markdown"),
            cell("total += 1"),
            cell("best = max(data)", "step:other"),
            cell(last, "step:report"),
        ],
    )


def test_steps_are_run_in_kernels_of_their_own_and_given_what_they_read(folder: Path, local: None) -> None:
    notebook(folder)
    pipeline = Project(folder).pipeline("all.ipynb")
    found = pipeline.run(workers=2)
    assert ran(found) == {"prepare", "train", "other", "report"}
    assert found.edges == {
        "prepare": (),
        "train": ("prepare",),
        "other": ("prepare",),
        "report": ("other", "train"),
    }
    shown = Project(folder).executed("report", folder / "report.ipynb").read_text(encoding="utf-8")
    assert "(7, 2)" in shown
    notebook(folder, last="told = (best, total)")
    assert ran(Project(folder).pipeline("all.ipynb").run(workers=2)) == {"report"}
    # the same as its default
    found = Project(folder).pipeline("all.ipynb").run({"n": 3}, workers=2)
    assert set(states(found).values()) == {"cached"}


def test_what_cannot_be_pickled_is_refused_by_name(folder: Path, local: None) -> None:
    notebook(
        folder, kept="import sqlite3\nlink = sqlite3.connect(':memory:')", last="print(link, total, best)"
    )
    found = Project(folder).pipeline("all.ipynb").run(workers=2)
    assert states(found) == {
        "prepare": "failed",
        "train": "not run",
        "other": "not run",
        "report": "not run",
    }
    assert "`link`" in (found.step("prepare").error or "")
    assert found.exit_code == 1
