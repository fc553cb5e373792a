"""The walk through versions, comparison, checks and drift of data runs headless, again too, and is right."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import DriftState, RunKind, RunStatus
from tests.conftest import copy_database, no_server

FOLDER = Path(__file__).parents[2] / "notebooks" / "data"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Project]:
    """The example after one headless run."""
    root = tmp_path_factory.mktemp("data")
    for path in [*FOLDER.glob("*.ipynb"), FOLDER / "mlops.yaml"]:
        shutil.copy(path, root)
    copy_database(empty_database, root)
    with no_server():
        made = Project(root)
        run = made.run(root / "walk.ipynb", output=root / "ran.ipynb")
        assert run.status is RunStatus.FINISHED, run.error
        yield made


def outputs(project: Project) -> list[dict[str, str]]:
    """What the cells showed, each in its forms."""
    cells = json.loads((project.root / "ran.ipynb").read_text(encoding="utf-8"))["cells"]
    found = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return [{form: "".join(content) for form, content in data.items()} for data in found if data]


def shown(project: Project) -> str:
    """All of it as text, in one line."""
    text = " ".join(data.get("text/plain", "") for data in outputs(project))
    return " ".join(re.sub("\x1b\\[[0-9;]*m", "", text).split())


@pytest.mark.long("a minute")
@pytest.mark.timeout(600)
def test_the_walk_is_right_and_can_be_walked_again(project: Project) -> None:
    # one test: workers that share the tests would walk once each
    versions(project)
    impact(project)
    comparison(project)
    checks_and_drift(project)
    lineage(project)
    second_walk(project)


def versions(project: Project) -> None:
    """What separates the versions."""
    first, second = (project.datasets.show(f"patients@{number}") for number in (1, 2))
    assert (first.version.key, first.version.tags["owner"]) == (("id",), "clinic")
    assert (first.version.rows, second.version.rows) == (163, 332)
    assert first.profile is not None
    assert {c.name: c.maximum for c in first.profile.columns}["age"] == "49.0"
    diff = project.datasets.diff("patients@1", "patients@2")
    assert (diff.added, diff.removed, diff.changed) == (169, 0, 0)
    assert len({use.run_id for use in first.uses if use.context == "training"}) == 3


def impact(project: Project) -> None:
    """What the second version did, worked out anew from the runs."""
    found = project.impact("patients", "mae")
    assert [len(version.runs) for version in found.versions] == [3, 3]
    (difference,) = found.differences
    assert difference.pairs == 3
    assert difference.difference is not None
    assert difference.difference < -3
    by_data = {}
    for run in project.runs():
        if "mae" in run.metrics:
            by_data.setdefault(run.parameters["data"], []).append(run.metrics["mae"])
    means = {data: sum(values) / len(values) for data, values in by_data.items()}
    assert difference.difference == pytest.approx(means["build/second.csv"] - means["build/first.csv"])


def comparison(project: Project) -> None:
    """The comparison is of the models that the runs made."""
    found = project.compare(
        "progression@1", "progression@2", data=project.root / "build/test.csv", target="progression"
    )
    assert found.rows == 110
    logged = {run.metrics["mae"] for run in project.runs() if run.parameters.get("alpha") == "1.0"}
    (mae,) = (metric for metric in found.metrics if metric.metric == "mae")
    assert sorted([mae.left or 0, mae.right or 0]) == pytest.approx(sorted(logged))
    assert mae.verdict in shown(project)


def checks_and_drift(project: Project) -> None:
    """Older patients break the schema, and drifted."""
    root = project.root
    good, broken = (
        project.check(what, schema=root / "build/patients.yaml")
        for what in ("patients@1", root / "build/older.csv")
    )
    assert good.passed
    assert any("age" in r.name and "228 rows" in r.message for r in broken.results if r.status == "failed")
    report = project.drift(
        "patients@1", root / "build/older.csv", model="progression@1", target="progression"
    )
    states = {column.name: column.state for column in report.columns}
    assert states["age"] is DriftState.DRIFTED
    assert "id" not in states  # the key
    assert report.predictions
    assert report.verdict in shown(project)
    (page,) = [data["text/html"] for data in outputs(project) if report.verdict in data.get("text/html", "")]
    assert "<svg" in page


def lineage(project: Project) -> None:
    """From the model to its data."""
    nodes = {node.key for node in project.datasets.lineage("progression@2").nodes}
    assert "patients@2" in nodes
    assert "patients@1" not in nodes


def second_walk(project: Project) -> None:
    """It ends well too, and makes no new version."""
    before = {(v.name, v.number) for v in project.datasets.list()}
    run = project.run(project.root / "walk.ipynb", {"alphas": [1.0]})
    assert (run.status, run.kind) == (RunStatus.FINISHED, RunKind.HEADLESS), run.error
    after = {(v.name, v.number) for v in project.datasets.list()}
    assert after == before
