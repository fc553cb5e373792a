"""What tells of entries that are not there any more, and what does not accuse a ledger that is whole."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from jupyter_mlops.entities import LedgerAction
from jupyter_mlops.exceptions import NotFound, StoreError
from jupyter_mlops.project import Project
from jupyter_mlops.promotion import chain, witnesses
from jupyter_mlops.promotion.ledger import read_ledger
from jupyter_mlops.tracking import ledger, registry
from jupyter_mlops.tracking.ledger import key_of
from jupyter_mlops.tracking.store import Store

HEAD = "registered_model_tags WHERE key = 'mlops.ledger.head'"


@pytest.fixture
def decided(churn: Project) -> Project:
    """Versions 1, 2 and 3 were promoted; then 1 was rejected, and 3 approved."""
    for version in ("1", "2", "3"):
        churn.promote(f"churn@{version}")
    churn.reject("churn@1", reason="bad")
    churn.approve("churn@3")
    return churn


def changed(project: Project, *statements: str, forget: bool = True) -> None:
    """As somebody does who may write to the database, and who knows what this machine remembers."""
    connection = sqlite3.connect(project.root / "mlflow.db")
    with connection:
        for statement in statements:
            assert connection.execute(statement).rowcount
    connection.close()
    for path in (project.root / ".mlops" / "ledger").glob("*.json") if forget else ():
        path.unlink()


def found(project: Project) -> list[str]:
    return [finding.message for finding in project.history("churn", verify=True).findings or ()]


def test_a_cut_end_is_known_by_what_its_entries_did(decided: Project) -> None:
    cut = "DELETE FROM params WHERE key IN ('000003', '000004', '000005')"
    changed(decided, cut, f"DELETE FROM {HEAD}", "UPDATE registered_model_aliases SET version = 2")
    told = found(decided)
    assert "entry 3 is missing, which was carried out" in told
    assert any("mlops.ledger.head, which names the last entry, was taken away" in text for text in told)
    assert any(text.startswith("version 3 became champion at ") for text in told)
    report = decided.promote("churn@3", dry_run=True).gates
    assert report is not None
    assert not report.passed


@pytest.mark.parametrize(
    "statement", [f"DELETE FROM {HEAD}", f"UPDATE {HEAD}".replace(" WHERE", " SET value = 'x' WHERE")]
)
def test_a_head_that_was_taken_away_is_told_until_it_is_put_back(decided: Project, statement: str) -> None:
    changed(decided, "DELETE FROM params WHERE key IN ('000004', '000005')", statement)
    assert len(found(decided)) == 1
    decided.approve("churn@2")
    (text,) = found(decided)
    decided.store.client().set_registered_model_tag("churn", ledger.HEAD, text.rpartition("set it to: ")[2])
    assert found(decided) == []


@pytest.mark.parametrize("direct", [True, False])
def test_a_ledger_that_is_in_no_index_is_found(
    decided: Project, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(decided, "DELETE FROM params WHERE key LIKE 'model.%'", f"DELETE FROM {HEAD}")
    if not direct:
        monkeypatch.setattr(Store, "direct", lambda self: None)
    project = Project(decided.root)
    assert any(
        "holds entries of churn that the index of ledgers does not name" in one for one in found(project)
    )
    project.approve("churn@3")
    assert any(
        "holds entries of churn that the index of ledgers does not name" in one for one in found(project)
    )


def test_what_another_machine_writes_between_two_looks_is_no_tampering(
    decided: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchors, read = witnesses.anchors, ledger.read
    acts = [
        lambda: Project(decided.root).approve("churn@2"),
        lambda: Project(decided.root).promote("churn@2"),
    ]

    def between(*arguments: object) -> object:
        seen = (anchors if len(arguments) == 2 else read)(*arguments)  # type: ignore[arg-type]
        if acts:
            acts.pop()()
        return seen

    monkeypatch.setattr(witnesses, "anchors", between)
    assert found(decided) == []
    told = Project(decided.root).history("churn", verify=True)
    assert told.findings == ()
    assert acts == []
    assert told.aliases["champion"] == "2"


def superseded(project: Project) -> None:
    """As another machine leaves it that wrote entry 6, champion to 1, said that it was about to move the
    alias, was overtaken by entry 7, moved it all the same and died."""
    entries = read_ledger(project.store, "churn")
    moved = {"action": LedgerAction.PROMOTE, "alias": "champion", "from_version": "3", "to_version": "1"}
    draft = entries[-1].model_copy(update={**moved, "when": datetime.now(UTC), "registered": None})
    entry = chain.seal(draft, 6, entries[-1].hash)
    assert ledger.append(project.store, "churn", 6, chain.written(entry))
    ledger.announce(project.store, str(ledger.read(project.store, "churn").run_id), 6)
    project.promote("churn@2")
    assert registry.set_alias(project.store, "churn", "champion", "1")


def test_a_move_that_comes_late_is_undone_by_who_looks_next(decided: Project) -> None:
    superseded(decided)
    told = decided.history("churn", verify=True)
    assert (told.findings, told.aliases) == ((), {"champion": "2"})
    decided.store.client().set_registered_model_alias("churn", "champion", "3")
    assert found(decided) == ["champion is at version 3, but entry 7 says version 2"]


def test_nothing_is_announced_any_more_once_it_is_done(decided: Project) -> None:
    assert ledger.announced(ledger.read(decided.store, "churn")) == {}


def test_a_renamed_model_is_told_and_can_be_named_back(decided: Project) -> None:
    client = decided.store.client()
    client.rename_registered_model("churn", "leaving")
    (finding,) = decided.history("leaving", verify=True).findings or ()
    assert finding.kind == "renamed"
    assert "its ledger until entry 5 is that of 'churn'; rename it back" in finding.message
    client.rename_registered_model("leaving", "churn")
    assert found(decided) == []


def test_where_a_backup_was_put_back_it_is_told_what_to_do(decided: Project) -> None:
    source, target = sqlite3.connect(decided.root / "mlflow.db"), sqlite3.connect(":memory:")
    source.backup(target)
    decided.approve("churn@2")
    target.backup(source)
    source.close()
    target.close()
    told = decided.history("churn", verify=True)
    assert [finding.message for finding in told.findings or ()] == [
        "entry 6 is missing, which .mlops/ledger knows"
    ]
    ((path, _),) = [
        note.removeprefix("if you have put back a backup of the store, delete ").split(", ")
        for note in told.notes
    ]
    (decided.root / path).unlink()
    assert found(decided) == []


def test_where_no_lock_can_be_made_it_is_told_in_a_line(churn: Project) -> None:
    (churn.root / ".mlops" / "ledger").write_text("in the way")
    with pytest.raises(StoreError, match="the ledger cannot be written"):
        churn.approve("churn@1")


def test_a_version_that_is_deleted_when_the_entry_is_written_is_told(
    churn: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = ledger.append

    def then(*arguments: object) -> bool:
        done = append(*arguments)  # type: ignore[arg-type]
        churn.store.client().delete_model_version("churn", "3")
        return done

    monkeypatch.setattr(ledger, "append", then)
    with pytest.raises(NotFound, match=r"champion was not moved: churn@3 was deleted when entry 1 was in"):
        churn.promote("churn@3")
    assert key_of(1) in ledger.read(churn.store, "churn").entries
    assert found(churn) == ["there is no champion, but entry 1 says version 3"]


def test_a_version_whose_time_was_changed_is_told_with_the_entries_that_do_not_count_any_more(
    decided: Project,
) -> None:
    changed(decided, "UPDATE model_versions SET creation_time = creation_time + 1 WHERE version = 1")
    (note,) = decided.history("churn", verify=True).notes
    assert note.startswith("version 1 was made at another time than entries say")
    assert note.endswith("entries: 1, 4")


def test_an_approval_moves_no_alias_and_names_none(decided: Project) -> None:
    assert [entry.alias for entry in read_ledger(decided.store, "churn")] == ["champion"] * 3 + ["", ""]


def test_where_the_store_cannot_be_locked_it_is_told_in_a_line(churn: Project) -> None:
    lock = churn.root / ".mlops" / "store.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(StoreError, match=r"store\.lock cannot be made"):
        Project(churn.root).promote("churn@1")
