"""Promote, approve, reject, roll back: aliases and ledger, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.entities import GateResult, LedgerAction
from jupyter_mlops.exceptions import CheckFailed, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion import moving
from jupyter_mlops.promotion.moving import GateClosed
from jupyter_mlops.tracking import registry
from jupyter_mlops.tracking.store import local_folder


@pytest.fixture
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who acts."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")


def champion(project: Project) -> str | None:
    known = registry.registered(project.store, "churn")
    return None if known is None else known.aliases.get("champion")


def files(project: Project, version: str) -> Path:
    """The folder with the version's files."""
    found = local_folder(project.store.client().get_model_version_download_uri("churn", version))
    assert found is not None
    return found


def actions(project: Project) -> list[tuple[str, str | None, str]]:
    entries = project.history("churn").entries
    return [(entry.action.value, entry.from_version, entry.to_version) for entry in entries]


@pytest.mark.usefixtures("ada")
def test_a_promotion_moves_the_alias_and_writes_one_entry(churn: Project) -> None:
    first = churn.promote("churn@1", reason="the first")
    assert first.entry is not None
    assert (first.entry.number, first.entry.who, first.entry.identity) == (1, "ada", "jupyterhub")
    assert (first.entry.from_version, first.entry.to_version, first.entry.previous) == (None, "1", "")
    assert first.version.aliases == ("champion",)
    assert "champion by ada (jupyterhub) at " in first.version.tags["mlops.promoted"]
    second = churn.promote("churn@2")
    assert second.entry is not None
    assert second.entry.previous == first.entry.hash == first.entry.digest()
    assert (second.entry.from_version, champion(churn)) == ("1", "2")
    told = churn.history("churn", verify=True)
    assert (told.findings, told.notes, told.head) == ((), (), second.entry.hash)
    assert told.aliases == {"champion": "2"}


def test_the_present_champion_is_not_promoted_again(churn: Project) -> None:
    churn.promote("churn@1")
    again = churn.promote("churn@champion")
    assert again.entry is None
    assert again.notes == ("churn@1 is champion already: nothing to do",)
    assert len(churn.history("churn").entries) == 1


def test_rolling_back_goes_further_back_each_time_and_says_where_it_ends(churn: Project) -> None:
    for version in ("1", "2", "3"):
        churn.promote(f"churn@{version}")
    assert churn.rollback("churn", reason="complaints").version.version == "2"
    assert churn.rollback("churn").version.version == "1"
    with pytest.raises(Refused, match="knows no champion before"):
        churn.rollback("churn")
    assert champion(churn) == "1"
    churn.promote("churn@3")
    assert churn.rollback("churn").version.version == "1"
    assert [action for action, *_ in actions(churn)] == [
        *["promote"] * 3,
        *["rollback"] * 2,
        *("promote", "rollback"),
    ]
    assert churn.history("churn", verify=True).findings == ()


def test_a_rollback_is_refused_where_the_version_before_is_rejected_deleted_or_without_files(
    churn: Project,
) -> None:
    for version in ("1", "2"):
        churn.promote(f"churn@{version}")
    churn.reject("churn@1", reason="trained on test rows")
    with pytest.raises(Refused, match=r"the one before, but .* has rejected it since: trained"):
        churn.rollback("churn")
    assert churn.approve("churn@1").notes[0].endswith(" had rejected it: it is open again")
    client = churn.store.client()
    folder = files(churn, "1")
    shutil.move(folder, folder.with_suffix(".away"))
    with pytest.raises(NotFound, match="churn@1 was the one before, but its files are gone"):
        churn.rollback("churn")
    client.delete_model_version("churn", "1")
    with pytest.raises(NotFound, match="churn@1 was the one before, but is not there any more"):
        churn.rollback("churn")
    assert champion(churn) == "2"


def test_what_cannot_be_promoted_is_refused_and_leaves_no_entry(churn: Project) -> None:
    churn.promote("churn@1")
    client = churn.store.client()
    for model, to, words in (
        ("churm", "champion", "no registered model 'churm'"),
        ("churn@9", "champion", "no version or alias '9'"),
        ("churn@chalenger", "champion", "no version or alias 'chalenger'"),
        ("churn@2", "latest", "alias 'latest' cannot be set"),
        ("churn@2", "v1", "alias 'v1' cannot be set"),
        ("churn@2", "no/slash", "alias 'no/slash' cannot be set"),
    ):
        with pytest.raises(Refused, match=words):
            churn.promote(model, to=to)
    client.delete_run(next(v.run_id for v in churn.models("churn") if v.version == "2"))
    with pytest.raises(Refused, match="that made churn@2 was deleted") as caught:
        churn.promote("churn@2")
    assert "mlflow runs restore" in str(caught.value.hint)
    shutil.rmtree(files(churn, "3"))
    with pytest.raises(NotFound, match="no files of churn@3"):
        churn.promote("churn@3")
    assert (champion(churn), len(churn.history("churn").entries)) == ("1", 1)


def test_reasons_are_asked_for_and_bounded(churn: Project) -> None:
    with pytest.raises(Refused, match="an override needs a reason"):
        churn.promote("churn@1", override=True, reason="  ")
    with pytest.raises(Refused, match="a rejection needs a reason"):
        churn.reject("churn@1", reason="")
    with pytest.raises(Refused, match="1001 characters"):
        churn.promote("churn@1", reason="x" * 1001)
    with pytest.raises(Refused, match="a rollback is of a model"):
        churn.rollback("churn@1")
    assert churn.history("churn").entries == ()


@pytest.mark.parametrize(
    "reason", ["é" * 1000, "[red]x[/]\n'\";--", "\udcff\x00\x07", "🎉" * 1000], ids=ascii
)
def test_any_reason_is_kept_or_refused_whole(churn: Project, reason: str) -> None:
    try:
        entry = churn.promote("churn@1", reason=reason).entry
    except Refused:
        assert champion(churn) is None
        return
    assert entry is not None
    told = churn.history("churn", verify=True)
    assert told.entries == (entry,)
    assert told.findings == ()


def test_a_dry_run_moves_nothing_and_writes_no_entry(churn: Project) -> None:
    found = churn.promote("churn@2", dry_run=True)
    assert found.entry is None
    assert found.gates is not None
    assert champion(churn) is None
    assert churn.history("churn").entries == ()


def test_the_rejected_champion_stays_and_rollback_is_named(churn: Project) -> None:
    churn.promote("churn@1")
    found = churn.reject("churn@1", reason="biased")
    assert found.entry is not None
    assert found.entry.action is LedgerAction.REJECT
    assert found.notes == ("it still is champion; to go back: jupyter mlops rollback churn",)
    assert champion(churn) == "1"
    already, rejected = churn.promote("churn@1").notes
    assert already == "churn@1 is champion already: nothing to do"
    assert "has rejected it since: biased" in rejected


def test_an_alias_moved_by_other_means_is_found_and_taken_up_by_the_next_promotion(churn: Project) -> None:
    client = churn.store.client()
    client.set_registered_model_alias("churn", "champion", "3")
    churn.promote("churn@1")
    told = churn.history("churn", verify=True)
    assert told.findings == ()
    assert told.notes == ("before entry 1 champion had been at version 3 by other means",)
    client.set_registered_model_alias("churn", "champion", "2")
    client.set_registered_model_alias("churn", "shadow", "2")
    findings = churn.history("churn", verify=True).findings or ()
    assert [(f.kind, f.message) for f in findings] == [
        ("alias moved", "champion is at version 2, but entry 1 says version 1")
    ]
    with pytest.raises(GateClosed, match="ledger: moved by other means: champion is at version 2") as caught:
        churn.promote("churn@3")
    assert "rollback churn; to keep it: jupyter mlops promote churn@2" in str(caught.value)
    assert churn.promote("churn@2", dry_run=True).gates.passed  # type: ignore[union-attr]
    assert churn.promote("churn@3", to="challenger").entry is not None
    assert [one.name for one in churn.gates("churn@3").results if not one.open] == ["ledger"]
    assert churn.rollback("churn").version.version == "1"
    assert churn.rollback("churn").version.version == "3"
    client.delete_registered_model_alias("churn", "champion")
    findings = churn.history("churn", verify=True).findings or ()
    assert [f.message for f in findings] == ["there is no champion, but entry 4 says version 3"]
    assert churn.promote("churn@3").entry is not None
    assert churn.history("churn", verify=True).findings == ()


def test_the_ledger_is_kept_apart_from_runs(churn: Project) -> None:
    before = [run.run_id for run in churn.runs(limit=None)]
    latest = churn.show("latest").run.run_id
    churn.approve("churn@2")
    assert [run.run_id for run in churn.runs(limit=None)] == before
    assert churn.show("latest").run.run_id == latest
    with pytest.raises(NotFound, match="no run"):
        churn.show("churn")


def test_a_model_made_anew_does_not_inherit_what_was_said_of_the_old_one(
    churn: Project,
) -> None:
    run = churn.models("churn")[-1].run_id
    churn.promote("churn@1")
    churn.promote("churn@2")
    client = churn.store.client()
    client.delete_registered_model("churn")
    told = churn.history("churn", verify=True)
    assert told.notes == ("there is no registered model 'churn' any more",)
    for _ in range(2):
        churn.register(str(run), "churn")
    churn.promote("churn@2")
    with pytest.raises(NotFound, match="the model was deleted and made anew"):
        churn.rollback("churn")
    assert churn.history("churn", verify=True).findings == ()


@pytest.mark.usefixtures("ada")
def test_others_are_told_of_what_was_decided_and_of_nothing_else(churn: Project) -> None:
    text = (churn.root / "mlops.yaml").read_text(encoding="utf-8")
    (churn.root / "mlops.yaml").write_text(f"{text}notify: [{{command: [cat]}}]\n", encoding="utf-8")
    project = Project(churn.root)
    project.promote("churn@1", dry_run=True)
    project.promote("churn@1")
    project.promote("churn@1")
    project.approve("churn@2")
    project.promote("churn@2", reason="newer")
    project.rollback("churn")
    project.reject("churn@2", reason="biased")
    assert sorted(
        delivery.subject.removesuffix(", by ada (jupyterhub)") for delivery in project.notices()
    ) == [
        "churn@1 is champion again",
        "churn@1 is champion now",
        "churn@2 is champion now",
        "churn@2 was approved",
        "churn@2 was rejected",
    ]


def test_a_closed_gate_is_a_failed_check() -> None:

    assert issubclass(GateClosed, CheckFailed)


def meanwhile(act: Callable[[], object]) -> Callable[[GateResult, int, int], None]:
    """Somebody else acts when the last gate has been judged."""

    def told(result: GateResult, number: int, count: int) -> None:
        if number == count:
            act()

    return told


def test_what_is_deleted_while_gates_are_judged_is_not_promoted(churn: Project) -> None:
    churn.promote("churn@1")
    client = churn.store.client()
    run = str(client.get_model_version("churn", "2").run_id)
    with pytest.raises(Refused, match="that made churn@2 was deleted"):
        churn.promote("churn@2", done=meanwhile(lambda: client.delete_run(run)))
    client.restore_run(run)
    folder = files(churn, "2")
    with pytest.raises(NotFound, match="no files of churn@2"):
        churn.promote("churn@2", done=meanwhile(lambda: shutil.move(folder, folder.with_suffix(".away"))))
    candidate = moving.judge(churn.store, churn.config, "churn@3", "champion", print, lambda *_: None)
    client.delete_model_version("churn", "3")
    with pytest.raises(NotFound, match="churn@3 was deleted meanwhile"):
        moving.promote(churn.store, candidate, None, override=False)
    shutil.move(folder.with_suffix(".away"), folder)
    with pytest.raises(Refused, match="champion of churn was taken off meanwhile, by other means"):
        churn.promote(
            "churn@2", done=meanwhile(lambda: client.delete_registered_model_alias("churn", "champion"))
        )
    assert len(churn.history("churn").entries) == 1


def test_an_alias_that_is_a_number_is_refused_and_hides_no_version(churn: Project) -> None:
    for alias in ("2", "007", "champion\n", " champion"):
        with pytest.raises(Refused, match="cannot be set"):
            churn.promote("churn@3", to=alias)
    churn.store.client().set_registered_model_alias("churn", "2", "3")
    assert churn.promote("churn@2").version.version == "2"
    assert champion(churn) == "2"


def test_a_rejection_that_an_override_passed_over_does_not_stop_a_rollback(churn: Project) -> None:
    churn.reject("churn@1", reason="biased")
    churn.promote("churn@1", override=True, reason="hotfix")
    churn.promote("churn@2")
    assert churn.rollback("churn").version.version == "1"
