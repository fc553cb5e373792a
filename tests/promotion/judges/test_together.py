"""Gates as a person writes them, judged one after another, and not again where nothing changed."""

from __future__ import annotations

from jupyter_mlops.entities import GateStatus
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.gates import parse_gates
from jupyter_mlops.promotion.judging import judge_gates
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
