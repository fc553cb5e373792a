"""Gates on metrics that runs recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from jupyter_mlops.entities import Gate, GateStatus, ModelVersion, RunKind, RunStatus
from jupyter_mlops.exceptions import MLOpsError, NotFound
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Verdict
from jupyter_mlops.promotion.gates import parse_gate
from jupyter_mlops.promotion.judges.metrics import judge_metric
from jupyter_mlops.tracking.recorder import Recorder
from tests.promotion.judging import context_of

pytestmark = pytest.mark.usefixtures("local")


def version(project: Project, metrics: Mapping[str, float], name: str = "rules") -> ModelVersion:
    """A version of a plain file, whose run recorded these metrics."""
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    path = project.root / "rules.txt"
    path.write_text("rules")
    recorder.artifact(path)
    recorder.metrics(metrics)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    return project.register(recorder.run_id, f"{name}=rules.txt")


@pytest.fixture
def rules(folder: Path) -> Project:
    """`rules` has two versions, the first of which is not as good."""
    project = Project()
    version(
        project, {"accuracy": 0.8, "val/loss": 0.5, "nothing": math.nan, "most": math.inf, "least": -math.inf}
    )
    version(
        project, {"accuracy": 0.9, "val/loss": 0.4, "nothing": math.nan, "most": math.inf, "least": -math.inf}
    )
    return project


def judge(project: Project, text: str, which: str = "rules@2", champion: str | None = "rules@1") -> Verdict:
    gate = parse_gate(text)
    assert isinstance(gate, Gate)
    return judge_metric(gate, context_of(project, which, champion))


def test_metrics_are_held_against_numbers(rules: Project) -> None:
    found = judge(rules, "accuracy >= 90%")
    assert (found.status, found.message) == (GateStatus.PASSED, "accuracy is 0.9, >= 0.9")
    assert found.evidence == {"run": context_of(rules, "rules@2").version.run_id, "value": "0.9"}
    found = judge(rules, "accuracy > 0.9")
    assert (found.status, found.message) == (GateStatus.FAILED, "accuracy is 0.9, not > 0.9")
    passing = ("`val/loss` < 0.5", "accuracy == 0.9", "accuracy <= 0.9")
    assert {judge(rules, text).status for text in passing} == {GateStatus.PASSED}


def test_what_is_no_number_fails(rules: Project) -> None:
    for text in (
        "nothing >= 0",
        "nothing <= 0",
        "nothing == 0",
        "nothing <= champion.nothing",
        "accuracy > 1.nothing",
        "most >= 5",
        "most > champion.accuracy",
        "least <= 0.3",
        "least >= 1.least",
        "accuracy <= champion.most - 0.1",
    ):
        assert judge(rules, text).status is GateStatus.FAILED, text
    assert judge(rules, "most >= 5").message == (
        "most is inf, not >= 5: what is no finite number passes nothing"
    )


def test_metrics_are_held_against_the_champions(rules: Project) -> None:
    found = judge(rules, "accuracy >= champion.accuracy - 0.005")
    assert found.status is GateStatus.PASSED
    assert found.message == "accuracy is 0.9, >= 0.8 - 0.005 of rules@1"
    assert (found.evidence["against"], found.evidence["its value"]) == ("rules@1", "0.8")
    for text, holds in {
        "accuracy >= champion.accuracy + 10%": True,
        "accuracy >= champion.accuracy + 11%": False,
        "accuracy >= champion.accuracy * 1.2": False,
        "'val/loss' <= champion.'val/loss' * 0.8": True,
        "accuracy > 1.`val/loss`": True,
    }.items():
        assert (judge(rules, text).status is GateStatus.PASSED) == holds, text


def test_without_a_champion_there_is_nothing_to_compare_with(rules: Project) -> None:
    found = judge(rules, "accuracy >= champion.accuracy", champion=None)
    assert (found.status, found.message) == (GateStatus.SKIPPED, "rules has no champion to compare with")
    assert judge(rules, "accuracy >= challenger.accuracy").status is GateStatus.SKIPPED
    found = judge(rules, "accuracy >= champion.accuracy", which="rules@1")
    assert (found.status, found.message) == (GateStatus.SKIPPED, "rules@1 is champion itself")


def test_another_alias_is_looked_up(rules: Project) -> None:
    rules.store.client().set_registered_model_alias("rules", "baseline", "1")
    assert judge(rules, "accuracy >= baseline.accuracy", champion=None).status is GateStatus.PASSED
    with pytest.raises(NotFound, match="no version or alias 'basline'") as caught:
        judge(rules, "accuracy >= basline.accuracy")
    assert caught.value.hint == "did you mean 'baseline'?"


def refusal(project: Project, text: str) -> str:
    with pytest.raises(MLOpsError) as caught:
        judge(project, text)
    return f"{caught.value} ({caught.value.hint})"


def test_a_metric_that_is_not_there_is_told(rules: Project) -> None:
    assert (
        refusal(rules, "acuracy >= 0.5") == "rules@2 recorded no metric 'acuracy' (did you mean 'accuracy'?)"
    )
    assert "rules@1 recorded no metric 'f1'" in refusal(rules, "accuracy >= champion.f1")


@pytest.mark.parametrize("gone", ["1", "2"])
def test_a_run_that_was_deleted_is_told(rules: Project, gone: str) -> None:
    run_id = str(context_of(rules, f"rules@{gone}").version.run_id)
    rules.store.client().delete_run(run_id)
    told = refusal(rules, "accuracy >= champion.accuracy")
    assert f"run {run_id[:8]} of rules@{gone} is gone" in told
    assert "mlflow runs restore" in told
