"""Gates as a person writes them, judged one after another, and not again where nothing changed."""

from __future__ import annotations

import os
import pickle

import pytest

from jupyter_mlops.entities import GateStatus
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.gates import parse_gates
from jupyter_mlops.promotion.judging import judge_gates
from jupyter_mlops.tracking.model_files import place_of
from jupyter_mlops.tracking.registry import find_version
from tests.promotion.judging import context_of
from tests.promotion.registered import CONFIG

GATES = """\
    gates:
      - {better: {than: champion, metric: accuracy}}
      - {better: {than: 3, metric: accuracy, shown: yes}}
      - checks
      - {data: customers}
      - {drift: {current: customers, threshold: 0.2}}
      - {fairness: {metric: [selection_rate, accuracy], by: gender, within: 10%}}
      - {fairness: {metric: accuracy, by: gendr, within: 0.05}}
      - latency <= 60s
      - size <= 100MB
"""


def test_gates_of_the_readme_are_judged_on_data(churn: Project) -> None:
    (churn.root / "mlops.yaml").write_text(
        CONFIG.replace("target: churned\n", f'target: churned\n    checks: ["accuracy >= 0.6"]\n{GATES}')
    )
    churn.infer_schema("customers")
    context = context_of(churn, "churn@2", "churn@1")
    gates = [gate for gate in parse_gates(context.config, "churn") if not gate.implied]
    first = judge_gates(context, gates)
    assert [(result.kind, result.status.value) for result in first.results] == [
        ("better", "passed"),
        ("better", "failed"),
        ("model_checks", "passed"),
        ("data", "passed"),
        ("drift", "passed"),
        ("fairness", "passed"),
        ("fairness", "error"),
        ("latency", "passed"),
        ("size", "passed"),
    ]
    assert first.results[6].message == "the data have no column 'gendr' (did you mean 'gender'?)"
    runs = len(churn.runs(limit=None))
    again = judge_gates(context, gates)
    assert [result.status for result in again.results] == [result.status for result in first.results]
    assert [result.name for result in again.results if "(as judged " in result.message] == [
        result.name
        for result in first.results
        if result.kind not in {"latency", "size"} and result.status is not GateStatus.ERROR
    ]
    assert len(churn.runs(limit=None)) == runs + 1  # that of the report


def judged(project: Project, *how: str) -> list[str]:
    """What `gate judge churn@2` says of each gate that is listed."""
    found = Project(project.root).gates("churn@2", judge=True, to=how[0] if how else "champion")
    return [f"{result.status.value}: {result.message}" for result in found.results if not result.implied]


def test_what_was_judged_counts_only_as_long_as_the_files_are_the_same(churn: Project) -> None:
    listed = "    gates:\n      - {better: {than: 1}}\n      - checks\n"
    checks = '    checks: ["accuracy >= 0.7"]\n'
    (churn.root / "mlops.yaml").write_text(
        CONFIG.replace("target: churned\n", f"target: churned\n{checks}{listed}")
    )
    assert [said.partition(":")[0] for said in judged(churn)] == ["passed", "passed"]
    folder = place_of(churn.store, find_version(churn.store, "churn@2"))[1]
    assert folder is not None
    weights = folder / "model.pkl"
    content, times = weights.read_bytes(), weights.stat()
    model = pickle.loads(content)
    model.coef_, model.intercept_ = -model.coef_, -model.intercept_
    weights.write_bytes(pickle.dumps(model))
    os.utime(weights, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert [said.partition(":")[0] for said in judged(churn)] == ["failed", "failed"]
    weights.write_bytes(content)
    assert all(said.startswith("passed: ") for said in judged(churn))
    weights.unlink()
    assert all(
        said.startswith("error: the files of churn@2 are gone: churn@2 lacks its file model.pkl")
        for said in judged(churn)
    )
    with pytest.raises(NotFound, match=r"churn@2 lacks its file model.pkl"):
        churn.promote("churn@2", reason="with nothing in it", override=True)
    assert "champion" not in churn.history("churn").aliases


def test_the_champion_is_the_champion_whatever_alias_is_asked_for(churn: Project) -> None:
    listed = "    gates:\n      - accuracy >= champion.accuracy - 1\n      - accuracy >= prod.accuracy - 1\n"
    checks = '    checks: ["accuracy >= champion.accuracy - 0.5"]\n'
    (churn.root / "mlops.yaml").write_text(
        CONFIG.replace("target: churned\n", f"target: churned\n{checks}{listed}      - checks\n")
    )
    assert judged(churn, "prod") == [
        "skipped: churn has no champion to compare with",
        "skipped: churn has no prod to compare with",
        "skipped: no check was made: accuracy >= champion.accuracy - 0.5: there is no champion yet",
    ]
    churn.store.client().set_registered_model_alias("churn", "champion", "1")
    churn.store.client().set_registered_model_alias("churn", "prod", "3")
    waiting = [result.status for result in Project(churn.root).gates("churn@2", to="prod").results]
    assert waiting[:3] == [GateStatus.WAITING] * 3
    first, second, third = judged(churn, "prod")
    assert first.endswith(" - 1 of churn@1")
    assert second.endswith(" - 1 of churn@3")
    assert third == "passed: 1 check passed"
    report = Project(churn.root).gates("churn@2", to="prod")
    assert (report.champion, report.present) == ("1", "3")
    assert [result.status for result in report.results[:3]] == [GateStatus.PASSED] * 3
