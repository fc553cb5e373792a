"""What a run by itself registered: it challenges, and becomes champion where it may."""

from __future__ import annotations

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import registry


def version_of(project: Project, reference: str) -> ModelVersion:
    return registry.find_version(project.store, reference)


def aliases(project: Project, reference: str) -> set[str]:
    return set(version_of(project, reference).aliases)


def test_a_new_version_challenges_and_its_gates_decide_the_rest(churn: Project) -> None:
    assert churn.challenge(version_of(churn, "churn@1"), "nightly") == ["churn@1 is challenger"]
    assert aliases(churn, "churn@1") == {"challenger"}
    entry = churn.history("churn").entries[-1]
    assert (entry.alias, entry.reason) == ("challenger", "schedule nightly")

    told = churn.challenge(version_of(churn, "churn@2"), "nightly", auto_promote=True)
    assert told == ["churn@2 is champion"]
    assert aliases(churn, "churn@2") == {"champion", "challenger"}
    again = churn.challenge(version_of(churn, "churn@2"), "nightly", auto_promote=True)
    assert again == ["churn@2 is champion already"]

    churn.promote("churn@3", reason="by hand")
    told = churn.challenge(version_of(churn, "churn@2"), "nightly", auto_promote=True)
    assert told == ["churn@2 was champion before: it stays as it is"]
    assert aliases(churn, "churn@3") == {"champion"}


def test_a_gate_that_says_no_leaves_a_challenger_and_is_told(churn: Project) -> None:
    config = (churn.root / "mlops.yaml").read_text(encoding="utf-8")
    gates = '    gates: ["accuracy >= 0.999", {approvals: 1}]\n'
    said = config.replace("    data: customers\n", f"    data: customers\n{gates}")
    (churn.root / "mlops.yaml").write_text(f'{said}notify: [{{command: ["true"]}}]\n', encoding="utf-8")
    project = Project(churn.root)
    told = project.challenge(version_of(project, "churn@2"), "nightly", auto_promote=True)
    assert len(told) == 1
    assert told[0].startswith("churn@2 is challenger: churn@2 does not become champion: 2 of ")
    assert aliases(project, "churn@2") == {"challenger"}
    subjects = [each.subject for each in project.notices()]
    assert "churn@2 waits as challenger: 2 gates said no" in subjects

    project.reject("churn@1", reason="leaks")
    told = project.challenge(version_of(project, "churn@1"), "nightly", auto_promote=True)
    assert "rejected" in told[0]
    assert aliases(project, "churn@1") == set()
