"""One slot, run: what it is given, how it ends, what is told of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotEnd, SlotKind, SlotStatus
from jupyter_mlops.execution.modules import module_digest
from jupyter_mlops.notebooks.document import source_digest
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.sources import pin
from jupyter_mlops.scheduling.stopping import limited, stoppable
from tests.conftest import cell, write

DUE = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)


def slot_of(schedule: str, **known: Any) -> Slot:
    told = {
        "id": 7,
        "key": "k",
        "kind": SlotKind.TIME,
        "due": DUE,
        "status": SlotStatus.RUNNING,
        "attempt": 1,
    }
    return Slot.model_validate({"schedule": schedule, **told, **known})


def planned_of(name: str = "nightly", **fields: Any) -> Planned:
    return Planned(name, schedule=Schedule.model_validate({"every": 3600, **fields}))


def run(planned: Planned, began: list[str] | None = None, **slot: Any) -> SlotEnd:
    noted = [] if began is None else began
    return Project().run_slot(slot_of(planned.name, **slot), planned, began=noted.append)


def test_a_notebook_gets_the_slots_time_and_its_run_tells_the_schedule(folder: Path) -> None:
    parameters = cell("day: str = ''\nmode: str = 'a'", "parameters")
    write(folder / "n.ipynb", [parameters, cell("print(day, mode)\nassert mode != 'b', 'b will not do'")])
    began: list[str] = []
    declared = {"day": "{slot:%Y-%m-%d}", "mode": "a"}
    planned = planned_of(notebook="n.ipynb", parameters=declared, timezone="Europe/Berlin")
    end = run(planned, began)
    assert end == SlotEnd(status=SlotStatus.RAN, outcome=RunStatus.FINISHED, run_id=began[0])
    made = Project().show(began[0]).run
    assert made.schedule == "nightly"
    assert made.parameters == {"day": "2026-11-02", "mode": "a"}
    assert [r.run_id for r in Project().runs(where="tags.`mlops.slot` = '7'")] == began

    failed = run(planned, began, parameters={"mode": "b"}, attempt=2, run_id=began[0])
    assert (failed.status, failed.outcome, failed.retry) == (SlotStatus.RAN, RunStatus.FAILED, True)
    assert "b will not do" in failed.why
    assert Project().show(began[1]).run.replaces == began[0]


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"parameters": {"gone": 1}}, "parameters: .*gone"),
        ({"parameters": {"n": "many"}}, "parameters: .*n"),
        ({"parameters": {"n": "{day}"}}, "parameters: .*means nothing"),
        ({"notebook": "gone.ipynb"}, "source: no such notebook"),
        ({"notebook": "broken.ipynb"}, "source: .*is not a notebook"),
        ({"notebook": "ruby.ipynb"}, "source: .*not installed"),
        ({"notebook": None, "pipeline": "p", "parameters": {"gone": 1}}, "parameters: .*gone"),
        ({"notebook": None, "pipeline": "p", "parameters": {"s.n": "x"}}, "parameters: .*n"),
        ({"notebook": None, "pipeline": "q"}, "source: no pipeline 'q'"),
        ({"notebook": None, "pipeline": "broken"}, "source: .*gone.ipynb"),
        (
            {"notebook": None, "predict": {"model": "m@champion", "in": "x.csv", "out": "y.csv"}},
            "source: .*m",
        ),
    ],
)
def test_what_cannot_begin_is_skipped_with_the_reason(
    bare_folder: Path, fields: dict[str, Any], why: str
) -> None:
    write(bare_folder / "n.ipynb", [cell("n: int = 1", "parameters"), cell("n")])
    write(bare_folder / "ruby.ipynb", [cell("1")], kernel="nonesuch")
    (bare_folder / "broken.ipynb").write_text("{}", encoding="utf-8")
    (bare_folder / "mlops.yaml").write_text(
        "pipelines: {p: {steps: {s: {notebook: n.ipynb}}}, broken: {steps: {s: {notebook: gone.ipynb}}}}",
        encoding="utf-8",
    )
    began: list[str] = []
    end = run(planned_of(**{"notebook": "n.ipynb", **fields}), began)
    assert end.status is SlotStatus.SKIPPED
    assert not end.retry
    assert not began
    import re

    assert re.match(why, end.why), end.why


def test_a_pipelines_run_is_known_before_its_steps_and_a_limit_ends_it(folder: Path) -> None:
    write(folder / "n.ipynb", [cell("import time\ntime.sleep(600)")])
    (folder / "mlops.yaml").write_text("pipelines: {p: {steps: {s: {notebook: n.ipynb}}}}", encoding="utf-8")
    began: list[str] = []
    end = run(planned_of(pipeline="p", timeout=4), began)
    assert (end.outcome, end.why, end.retry) == (RunStatus.KILLED, "it took longer than 4 s", True)
    assert end.run_id == began[0]
    made = Project().show(began[0]).run
    assert (made.status, made.schedule) == (RunStatus.KILLED, "nightly")


def test_what_listens_for_no_signal_is_ended_by_the_limit_too() -> None:
    with pytest.raises(SystemExit) as caught, limited(0.2) as limit, stoppable():
        time.sleep(600)
    assert caught.value.code == 143
    assert limit.why == "it took longer than 0.2 s"


def test_a_pinned_notebook_runs_with_the_code_as_it_was_in_its_own_folder(folder: Path) -> None:
    (folder / "nb").mkdir()
    (folder / "lib.py").write_text("import deeper\nversion = 'old'\n", encoding="utf-8")
    (folder / "deeper.py").write_text("version = 'old'\n", encoding="utf-8")
    (folder / "nb" / "helper.py").write_text("version = 'old'\n", encoding="utf-8")
    (folder / "nb" / "script.py").write_text("ran = 'old'\n", encoding="utf-8")
    source = (
        "import sys\nsys.path.insert(0, '..')\nimport helper, lib\n%run script.py\n"
        "assert (helper.version, lib.version, lib.deeper.version, ran) == ('old',) * 4\n"
        "assert open('data.txt').read() == 'new'"
    )
    write(folder / "nb" / "n.ipynb", [cell(source)])
    planned = planned_of(notebook="nb/n.ipynb", source="pinned")
    pin(folder, Project().config, planned)
    for name in ("lib.py", "deeper.py", "nb/helper.py", "nb/script.py"):
        (folder / name).write_text("version = ran = 'new'\n", encoding="utf-8")
    write(folder / "nb" / "n.ipynb", [cell("raise RuntimeError('new')")])
    (folder / "nb" / "data.txt").write_text("new", encoding="utf-8")
    end = run(planned)
    assert end.outcome is RunStatus.FINISHED, end.why
    details = Project().show(str(end.run_id))
    assert details.run.notebook == "nb/n.ipynb"
    assert details.provenance is not None
    assert details.provenance.notebook_digest == source_digest({"cells": [cell(source)]})
    assert details.provenance.modules == {
        name: module_digest(kept_file(folder, name)) for name in ("deeper.py", "lib.py", "nb/helper.py")
    }


def test_a_pinned_pipeline_runs_as_it_was_declared_and_takes_nothing_from_newer_code(folder: Path) -> None:
    (folder / "helper.py").write_text("version = 'old'\n", encoding="utf-8")
    parameters = cell("out = ''", "parameters")
    write(folder / "n.ipynb", [parameters, cell("import helper\nopen(out, 'w').write(helper.version)")])
    (folder / "mlops.yaml").write_text(
        "pipelines: {p: {steps: {s: {notebook: n.ipynb, outputs: {out: out.txt}}}}}", encoding="utf-8"
    )
    planned = planned_of(pipeline="p", source="pinned")
    pin(folder, Project().config, planned)
    (folder / "helper.py").write_text("version = 'new'\n", encoding="utf-8")
    assert Project().pipeline("p").run().exit_code == 0
    assert (folder / "out.txt").read_text(encoding="utf-8") == "new"
    (folder / "mlops.yaml").write_text("", encoding="utf-8")
    (folder / "n.ipynb").unlink()
    assert run(planned).outcome is RunStatus.FINISHED
    assert (folder / "out.txt").read_text(encoding="utf-8") == "old"
    again = run(planned)
    assert again.outcome is RunStatus.FINISHED
    cells = [each.run_id for each in Project().runs() if each.parent == again.run_id]
    assert cells == []  # it was cached: nothing ran


def kept_file(folder: Path, name: str) -> Path:
    return next((folder / ".mlops" / "schedules" / "nightly").glob(f"*/files/{name}"))
