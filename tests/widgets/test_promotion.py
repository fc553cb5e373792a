"""The promotion panel without a browser: what the page asks for goes in, what it shows comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_mlops.entities import (
    LedgerAction,
)
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.widgets import promotion_state as plain
from jupyter_mlops.widgets.promotion import PromotionPanel
from jupyter_mlops.widgets.promotion_known import Known
from tests.widgets.promoted import GATES, SOON


def ask(panel: PromotionPanel, kind: str, version: str = "", reason: str = "") -> None:
    """What a button does, and what comes of it."""
    panel._handle_custom_msg({"type": kind, "version": version or panel.chosen, "reason": reason}, [])
    assert panel.wait(SOON)


def champion(churn: Project) -> str:
    return Project(churn.root).history("churn").aliases["champion"]


def actions(churn: Project) -> list[str]:
    return [entry.action.value for entry in Project(churn.root).history("churn").entries]


def states(panel: PromotionPanel) -> dict[str, str]:
    return {gate["name"]: gate["state"] for gate in panel.detail["gates"]}


def test_it_opens_on_the_newest_version_that_is_not_the_champion(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn")
    assert panel.chosen == "3"
    assert [version["version"] for version in panel.overview["versions"]] == ["3", "2", "1"]
    assert panel.overview["champion"]["version"] == "1"
    assert panel.overview["champion"]["known"]
    metrics = dict(zip(panel.overview["metrics"], panel.overview["versions"][0]["metrics"], strict=True))
    assert metrics["accuracy"] == {"text": "0.7", "difference": "−0.1", "word": "worse", "kind": "bad"}
    assert metrics["log_loss"]["word"] == "worse"
    json.dumps(panel.get_state(["overview", "detail", "task"]), allow_nan=False)


def test_a_version_an_alias_or_another_goal_can_be_named(churn: Project) -> None:
    assert PromotionPanel(churn, "churn@2").chosen == "2"
    assert PromotionPanel(churn, "churn@champion").chosen == "1"
    panel = PromotionPanel(churn, "churn", to="stable")
    assert panel.overview["champion"]["version"] == ""
    assert panel.overview["alias"] == "stable"
    with pytest.raises(NotFound) as caught:
        PromotionPanel(churn, "chrun")
    assert caught.value.hint == "did you mean 'churn'?"
    with pytest.raises(NotFound, match="no version or alias '9'"):
        PromotionPanel(churn, "churn@9")


@pytest.mark.parametrize("alias", ["bad alias!", "", "v1", "latest"])
def test_an_alias_that_no_version_can_have_is_refused(churn: Project, alias: str) -> None:
    with pytest.raises(Refused, match="cannot be set"):
        PromotionPanel(churn, "churn@champion", to=alias)


def test_a_version_that_vanished_meanwhile_is_passed_over(churn: Project) -> None:
    known = Known.read(churn, "churn@2", "champion")
    churn.store.client().delete_model_version("churn", "2")
    for version in ("2", "9"):
        Known("churn", "champion").look(churn, version)
    known.load(churn)
    assert known.chosen == "3"
    known.look(churn, "2")
    assert known.detail()["version"] == "3"


def test_gates_are_judged_in_the_background_and_told_one_by_one(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn")
    assert set(states(panel).values()) == {"not judged", "passed"}  # nobody has rejected it
    assert "not judged yet" in panel.detail["why"]
    seen: list[tuple[int, int]] = []
    panel.observe(lambda change: seen.append((change.new["done"], change.new["total"])), "task")
    panel.judge()
    assert panel.wait(SOON)
    assert [told for told in seen if told[1]] == [(1, 3), (2, 3), (3, 3)]
    assert states(panel)["accuracy >= 0.75"] == "failed"
    assert states(panel)["not rejected"] == "passed"
    assert "“accuracy >= 0.75” says no" in panel.detail["why"]
    assert panel.detail["closed"]
    assert not panel.busy
    assert panel.problem == ""


def test_what_passes_is_promoted_by_one_click_and_rolled_back(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    panel.judge()
    assert panel.wait(SOON)
    assert panel.detail["why"] == ""
    ask(panel, "promote", reason="better on the new customers")
    assert panel.problem == ""
    assert panel.said == "churn@2 is the champion now."
    assert champion(churn) == "2"
    assert panel.overview["champion"]["version"] == "2"
    assert panel.overview["champion"]["who"] == "ada (jupyterhub)"
    assert panel.overview["champion"]["reason"] == "better on the new customers"
    assert panel.overview["back"] == "1"
    assert panel.detail["why"] == "churn@2 is the champion already."
    ask(panel, "rollback", reason="it was a mistake")
    assert panel.said == "champion is back at churn@1."
    assert champion(churn) == "1"
    assert actions(churn) == ["promote", "promote", "rollback"]
    assert panel.overview["history"]["entries"][0]["reason"] == "it was a mistake"


def test_the_page_cannot_skip_a_gate(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn")
    ask(panel, "promote")
    assert "accuracy >= 0.75" in panel.problem
    assert champion(churn) == "1"
    assert actions(churn) == ["promote"]
    assert states(panel)["accuracy >= 0.75"] == "failed"  # what it was refused by is shown
    ask(panel, "override", reason="  ")
    assert panel.problem == "an override needs a reason"
    assert champion(churn) == "1"


def test_an_override_needs_a_reason_and_is_red_ever_after(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn")
    ask(panel, "override", reason="hotfix")
    assert panel.problem == ""
    assert champion(churn) == "3"
    assert panel.overview["champion"]["red"]
    [entry, _] = panel.overview["history"]["entries"]
    assert entry["red"]
    assert entry["overridden"] == ["accuracy >= 0.75", "accuracy >= champion.accuracy - 0.01"]
    assert "⚠" in bundle(panel)["text/html"]
    again = PromotionPanel(churn, "churn")
    assert again.overview["champion"]["red"]


def test_a_rejection_closes_a_version_until_it_is_approved(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    panel.judge()
    assert panel.wait(SOON)
    ask(panel, "reject", reason="leaks <b>the label</b>")
    assert panel.said == "churn@2 is rejected."
    assert states(panel)["not rejected"] == "failed"
    assert panel.detail["why"].startswith("“not rejected” says no")
    [shown] = [version for version in panel.overview["versions"] if version["version"] == "2"]
    assert shown["rejected"] == "leaks <b>the label</b>"
    assert "<b>" not in bundle(panel)["text/html"]
    ask(panel, "approve", reason="it does not")
    assert panel.detail["why"] == ""
    assert actions(churn) == ["promote", "reject", "approve"]


def test_a_rejection_without_a_reason_is_refused(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    ask(panel, "reject", reason=" \n ")
    assert panel.problem == "a rejection needs a reason"
    assert actions(churn) == ["promote"]


def test_what_somebody_else_moved_meanwhile_is_shown_before_anything_is_done(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    Project(churn.root).promote("churn@3", override=True, reason="urgent")
    ask(panel, "promote")
    assert panel.problem.startswith("champion was moved from 1 to 3 meanwhile by ada")
    assert champion(churn) == "3"
    assert panel.overview["champion"]["version"] == "3"  # it is shown now
    ask(panel, "rollback")
    assert panel.problem == ""
    assert champion(churn) == "1"


def test_another_version_is_looked_at_without_judging_it(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn")
    runs = len(Project(churn.root).runs(limit=100))
    ask(panel, "choose", "2")
    assert panel.chosen == panel.detail["version"] == "2"
    assert states(panel)["accuracy >= 0.75"] == "not judged"
    assert len(Project(churn.root).runs(limit=100)) == runs
    ask(panel, "choose", "17")
    assert panel.chosen == "2"


def test_what_changed_is_told_cell_by_cell(churn: Project) -> None:
    changes = PromotionPanel(churn, "churn@2").detail["changes"]
    assert changes["known"]
    [cell] = changes["cells"]
    assert cell["title"] == "cell 2"
    assert "-fit(C, step=1)" in cell["lines"]
    assert "+fit(C, step=2)" in cell["lines"]
    parts = {part["title"]: part["rows"] for part in changes["parts"]}
    assert parts["Parameters"][0]["name"] == "C"
    [accuracy] = [row for row in parts["Metrics"] if row["name"] == "accuracy"]
    assert accuracy["metric"]["word"] == "better"
    assert parts["Packages"] == []
    itself = PromotionPanel(churn, "churn@1").detail["changes"]
    assert (itself["known"], itself["notes"]) == (False, ["It is the champion."])


def test_any_version_that_was_not_rejected_may_challenge(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@3", to="challenger")
    panel.judge()
    assert panel.wait(SOON)
    assert states(panel) == {"not rejected": "passed"}
    assert panel.detail["why"] == ""
    ask(panel, "promote")
    assert panel.said == "churn@3 is the challenger now."
    assert Project(churn.root).history("churn").aliases == {"champion": "1", "challenger": "3"}


def test_an_alias_that_was_moved_by_other_means_is_no_promotion(churn: Project) -> None:
    churn.store.client().set_registered_model_alias("churn", "champion", "2")
    panel = PromotionPanel(churn, "churn@2")
    assert not panel.overview["champion"]["known"]
    assert "already" not in panel.detail["why"]
    panel.judge()
    assert panel.wait(SOON)
    ask(panel, "promote", reason="it was meant to be")
    assert panel.problem == ""
    assert panel.overview["champion"]["known"]
    ask(panel, "verify")
    assert panel.overview["history"]["findings"] == []


def test_the_ledger_is_verified_and_an_alias_moved_by_other_means_is_told(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn")
    assert panel.overview["history"]["findings"] is None
    ask(panel, "verify")
    assert panel.overview["history"]["findings"] == []
    churn.store.client().set_registered_model_alias("churn", "champion", "3")
    ask(panel, "verify")
    [finding] = panel.overview["history"]["findings"]
    assert "alias moved" in finding
    assert not panel.overview["champion"]["known"]


def test_a_second_click_while_something_goes_on_does_nothing(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    for _ in range(5):
        panel._handle_custom_msg({"type": "approve", "version": "2", "reason": ""}, [])
        if not panel.busy:  # one may have ended already
            break
    assert panel.wait(SOON)
    assert actions(churn).count("approve") == 1


def test_noise_from_the_page_does_nothing(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    noise: list[Any] = [
        None, "promote", [], {}, {"type": "promote"}, {"type": "promote", "version": 2}, {"type": "drop"},
        {"type": ["promote"], "version": "2"}, {"type": "promote", "version": "2; --", "reason": ""},
        {"type": "reject", "version": "2", "reason": {"a": 1}},
    ]  # fmt: skip
    for content in noise:
        panel._handle_custom_msg(content, [])
        assert panel.wait(SOON)
    assert actions(churn) == ["promote"]
    assert champion(churn) == "1"


def test_a_project_that_is_gone_is_told_in_the_panel(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn@2")
    (churn.root / "mlops.yaml").write_text("models: [", encoding="utf-8")
    ask(panel, "refresh")
    assert "mlops.yaml" in panel.problem
    assert not panel.busy
    (churn.root / "mlops.yaml").write_text(GATES.replace("0.75", "0.9"), encoding="utf-8")
    ask(panel, "refresh")
    assert panel.problem == ""
    assert "accuracy >= 0.9" in states(panel)


def test_viewers_without_widgets_get_html_and_the_text_that_is_given(churn: Project) -> None:
    panel = PromotionPanel(churn, "churn", text=lambda report: f"gates of {report.version}\n")
    shown = bundle(panel)
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"] == repr(panel) == "gates of 3"
    assert "accuracy &gt;= 0.75" in shown["text/html"]
    assert "champion: version 1" in shown["text/html"]
    assert "<script" not in shown["text/html"]
    assert "champion: version 1" in repr(PromotionPanel(churn, "churn"))


def bundle(panel: PromotionPanel) -> dict[str, Any]:
    shown = panel._repr_mimebundle_()
    assert shown is not None
    return shown[0]


def test_the_module_makes_no_markup_of_text_and_loads_nothing() -> None:
    script = str(PromotionPanel._esm)
    assert "export default" in script
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import "):
        assert forbidden not in script
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")
    assert ".jp-mlops-promotion" in str(PromotionPanel._css)
    assert "url(" not in str(PromotionPanel._css)


def test_moving_entries_are_told_with_their_alias(churn: Project) -> None:
    churn.approve("churn@2")
    [approved, promoted] = plain.plain_history(churn.history("churn"))["entries"]
    assert approved["action"] == LedgerAction.APPROVE.value
    assert (promoted["action"], promoted["version"]) == ("promote to champion", "none → 1")
