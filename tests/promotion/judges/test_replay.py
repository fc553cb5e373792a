"""The gate that runs a version's notebook again: what was found before counts while nothing has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.entities import (
    Gate,
    GateStatus,
    MetricReplay,
    Replay,
    ReplayVerdict,
    RunKind,
    RunStatus,
)
from jupyter_mlops.exceptions import Refused, UsageError
from jupyter_mlops.execution.modules import module_digest
from jupyter_mlops.files import write_whole
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.judges.replay import judge_replay, key_replay
from jupyter_mlops.promotion.judging import judge_gates
from jupyter_mlops.promotion.replay import replay_key
from jupyter_mlops.promotion.replaying.keeping import keep
from jupyter_mlops.promotion.situation import situation
from jupyter_mlops.provenance import capture
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.recorder import Recorder
from tests.conftest import cell, write

pytestmark = pytest.mark.usefixtures("local")


def gate(**options: object) -> Gate:
    return Gate(name="replay", kind="replay", options=options)


def recorded(project: Project, folder: Path, *modules: str) -> Recorder:
    """A headless run as its runner leaves it, with the model that it made; it imported the `modules`."""
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    write(kept / "work.ipynb", [cell("1 + 1")])
    (kept / tags.PARAMETERS).write_text("[]", encoding="utf-8")
    digests = {name: module_digest(folder / name) for name in modules}
    provenance = capture(folder, None).model_copy(update={"modules": digests})
    write_whole(kept / tags.PROVENANCE, provenance.model_dump_json())
    recorder = Recorder.start(
        project.store, experiment="e", name="work", kind=RunKind.HEADLESS, notebook="work.ipynb"
    )
    recorder.keep(kept)
    recorder.artifact(kept / "work.ipynb")
    recorder.close(RunStatus.FINISHED, exit_code=0)
    project.register(recorder.run_id, "churn=work.ipynb")
    return recorder


def context(project: Project) -> Context:
    return situation(project.store, project.config, "churn")


def replayed(recorder: Recorder, project: Project, verdict: ReplayVerdict, **fields: object) -> Replay:
    """As if it had been made by hand."""
    key = replay_key(project.store, project.config, recorder.snapshot())
    known = {"metrics": (MetricReplay(metric="m", original=1.0, replayed=1.001),), **fields}
    found = Replay(run_id=recorder.run_id, label="work", verdict=verdict, **known)
    return keep(project.store, found, key)


def test_a_replay_that_was_made_counts_by_the_gate_s_own_tolerance(folder: Path) -> None:
    project = Project(folder)
    recorder = recorded(project, folder)
    replayed(recorder, project, ReplayVerdict.DIFFERENT, reason="m is 1.001, not 1")
    within = judge_replay(gate(tolerance=0.01), context(project))
    assert (within.status, within.evidence["verdict"]) == (GateStatus.PASSED, "drifted within tolerance")
    assert within.evidence["run"] == recorder.run_id
    exact = judge_replay(gate(), context(project))
    assert (exact.status, exact.message) == (GateStatus.FAILED, "not reproduced: m is 1.001, not 1")
    keys = [key_replay(gate(**options), context(project)) for options in ({}, {"tolerance": 0.01})]
    assert keys[0] != keys[1]
    assert keys[0] == key_replay(gate(), context(project))


def test_a_notebook_that_failed_stays_failed_whatever_the_tolerance(folder: Path) -> None:
    project = Project(folder)
    recorder = recorded(project, folder)
    replayed(recorder, project, ReplayVerdict.DIFFERENT, failed=True, reason="cell 1 failed: x")
    assert judge_replay(gate(tolerance=9.0), context(project)).status is GateStatus.FAILED


def test_what_it_depends_on_changes_the_key(folder: Path) -> None:
    project = Project(folder)
    recorder = recorded(project, folder)
    before = replay_key(project.store, project.config, recorder.snapshot())
    assert before == replay_key(project.store, project.config, recorder.snapshot())
    assert before != replay_key(project.store, project.config, recorder.snapshot(), env=True)
    (folder / "data.csv").write_text("a\n1\n", encoding="utf-8")
    recorder.dataset(project.datasets.add("data.csv"))
    linked = replay_key(project.store, project.config, recorder.snapshot())
    (folder / "data.csv").write_text("a\n2\n", encoding="utf-8")
    assert len({before, linked, replay_key(project.store, project.config, recorder.snapshot())}) == 3


def test_a_replay_counts_only_for_the_very_code_that_it_ran(folder: Path) -> None:
    project = Project(folder)
    helper = folder / "helper.py"
    write_whole(helper, "def f():\n    return 1\n")
    recorder = recorded(project, folder, "helper.py")
    keys = [replay_key(project.store, project.config, recorder.snapshot())]
    for text in ("def f():\n    return 0 + 1\n", "def f():\n    return 12345\n"):
        write_whole(helper, text)
        keys.append(replay_key(project.store, project.config, recorder.snapshot()))
    assert len(set(keys)) == 3
    helper.unlink()
    assert replay_key(project.store, project.config, recorder.snapshot()) not in keys
    write_whole(helper, "def f():\n    return 1  # as it was\n")
    assert replay_key(project.store, project.config, recorder.snapshot()) == keys[0]


def test_so_does_code_that_only_the_replay_imported(folder: Path) -> None:
    project = Project(folder)
    write_whole(folder / "later.py", "x = 1\n")
    recorder, again = recorded(project, folder), recorded(project, folder, "later.py")
    replayed(recorder, project, ReplayVerdict.REPRODUCED, replayed=again.run_id)
    before = replay_key(project.store, project.config, recorder.snapshot())
    write_whole(folder / "later.py", "x = 2\n")
    assert replay_key(project.store, project.config, recorder.snapshot()) != before


@pytest.mark.timeout(120)
def test_asked_to_judge_anew_it_runs_again(folder: Path) -> None:
    project = Project(folder)
    recorder = recorded(project, folder)
    replayed(recorder, project, ReplayVerdict.DIFFERENT, reason="m is 1.001, not 1")
    kept = judge_gates(context(project), [gate()], keep=False).results[0]
    assert (kept.status, kept.evidence["replay"]) == (GateStatus.FAILED, "")
    anew = judge_gates(context(project), [gate()], keep=False, anew=True).results[0]
    assert "m is 1.001" not in anew.message
    assert anew.evidence["replay"]


def test_what_the_replay_noted_and_what_else_differed_is_told(folder: Path) -> None:
    project = Project(folder)
    recorder = recorded(project, folder)
    same = (MetricReplay(metric="m", original=1.0, replayed=1.0),)
    notes = ("code beside the notebook changed since: helper.py",)
    replayed(recorder, project, ReplayVerdict.DIFFERENT, metrics=same, others=("output x",), notes=notes)
    verdict = judge_replay(gate(), context(project))
    assert verdict.details == ("note: code beside the notebook changed since: helper.py",)
    assert judge_replay(gate(tolerance=0.1), context(project)).evidence["verdict"] == ReplayVerdict.WITHIN


def test_a_version_whose_run_was_deleted_cannot_be_judged(folder: Path) -> None:
    project = Project(folder)
    recorder = recorded(project, folder)
    here = context(project)
    project.store.client().delete_run(recorder.run_id)
    for judge in (judge_replay, key_replay):
        with pytest.raises(Refused, match=r"that made churn@1 was deleted"):
            judge(gate(), here)


def test_a_version_that_no_run_made_cannot_be_judged(folder: Path) -> None:
    project = Project(folder)
    client = project.store.client()
    client.create_registered_model("churn")
    client.create_model_version("churn", (folder / "mlops.yaml").as_uri())
    with pytest.raises(Refused, match="churn@1 was made by no run"):
        judge_replay(gate(), context(project))


def test_a_run_whose_data_changed_cannot_be_judged_and_says_why(folder: Path) -> None:
    project = Project(folder)
    (folder / "data.csv").write_text("a\n1\n", encoding="utf-8")
    recorder = recorded(project, folder)
    recorder.dataset(project.datasets.add("data.csv"))
    (folder / "data.csv").write_text("a\n2\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"churn@1 can't be replayed: data data changed: data@1 was read"):
        judge_replay(gate(), context(project))


def test_what_is_no_tolerance_is_refused(folder: Path) -> None:
    project = Project(folder)
    recorded(project, folder)
    with pytest.raises(UsageError, match="no tolerance"):
        judge_replay(gate(tolerance=-1.0), context(project))
