"""Reports in a real kernel: a cell that ends with one shows it, as a widget only where a person looks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_mlops import Project

REPORT = """\
%load_ext jupyter_mlops
from jupyter_mlops.entities import DriftReport
report = DriftReport(reference="a", current="b", reference_rows=1, current_rows=1, drifted=False,
                     verdict="nothing drifted")
"""


def test_a_cell_that_ends_with_a_report_shows_it(live: Any) -> None:
    live.run(REPORT)
    shown = "get_ipython().display_formatter.format(report)[0]"
    assert "nothing drifted" in live.run("report")
    assert live.run(f"sorted({shown})").strip() == (
        "['application/vnd.jupyter.widget-view+json', 'text/html', 'text/plain']"
    )
    live.run("%unload_ext jupyter_mlops")
    assert live.run(f"sorted({shown})").strip() == "['text/plain']"
    assert live.run("report").startswith("DriftReport(")


def test_a_headless_run_keeps_the_report_as_html(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "a.ipynb", [cell(REPORT), cell("report")])
    Project().run(folder / "a.ipynb", output=folder / "out.ipynb")
    executed = json.loads((folder / "out.ipynb").read_text(encoding="utf-8"))
    [output] = executed["cells"][-1]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert "nothing drifted" in "".join(output["data"]["text/html"])
    assert "widgets" not in executed["metadata"]
