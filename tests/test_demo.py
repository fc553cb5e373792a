"""``jupyter mlops demo``, as the README says it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_mlops.demo import MODEL, run_demo
from jupyter_mlops.entities import CellRecord, RunKind
from jupyter_mlops.project import Project

pytestmark = pytest.mark.usefixtures("local")


class Said:
    """Keeps what the demo says while it works."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)

    def cell(self, record: CellRecord, done: int, total: int) -> None:
        pass


def test_the_demo_does_the_main_job_on_real_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = Said()
    summary = run_demo(None, said)
    assert [line[:3] for line in said.lines if line[:1].isdigit()] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    root = tmp_path / "mlops-demo"
    project = Project(root)
    runs = [run for run in project.runs() if run.kind is RunKind.HEADLESS]
    assert {run.parameters["C"] for run in runs} == {"0.01", "0.1", "1.0"}
    assert all(run.status.value == "FINISHED" and run.metrics["cv_accuracy"] > 0.9 for run in runs)
    (version,) = project.models(MODEL)
    best = max(runs, key=lambda run: run.metrics["cv_accuracy"])
    assert (version.run_id, version.aliases) == (best.run_id, ("champion",))
    details = project.show(best.run_id)
    assert [(d.name, d.rows, dict(d.tags)) for d in details.datasets] == [
        ("train", 426, {"owner": "demo", "licence": "CC BY 4.0"})
    ]
    held_out = re.search(r"on held-out data: accuracy ([\d.]+)", summary)
    assert held_out is not None
    assert 0.93 < float(held_out[1]) <= 1.0
    assert str(root) in summary
    assert "<- champion" in summary
    assert "mlflow" in summary
