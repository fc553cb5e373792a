"""The ledger in a store: what tampering with it, or with what it tells, comes to."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.entities import History, LedgerAction, LedgerEntry
from jupyter_mlops.exceptions import NotFound, StoreError
from jupyter_mlops.project import Project
from jupyter_mlops.promotion import chain
from jupyter_mlops.promotion.gate_reports import kept_report
from jupyter_mlops.promotion.ledger import read_ledger
from jupyter_mlops.tracking import ledger
from jupyter_mlops.tracking.ledger import key_of
from jupyter_mlops.views import printed


@pytest.fixture
def decided(churn: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Version 1 was promoted, then 2; 3 was rejected; then they went back to 1."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/x")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    churn.promote("churn@1")
    churn.promote("churn@2", reason="newer")
    churn.reject("churn@3", reason="[red]biased[/]")
    churn.rollback("churn")
    return churn


def tampered(project: Project, statement: str, *values: object) -> None:
    """As somebody does who may write to the database."""
    run_id = ledger.read(project.store, "churn").run_id
    connection = sqlite3.connect(project.root / "mlflow.db")
    with connection:
        changed = connection.execute(
            statement.replace("THE_LEDGER", f"run_uuid = '{run_id}'"), values
        ).rowcount
    connection.close()
    assert changed


def found(project: Project, expect: str | None = None) -> list[tuple[str, str]]:
    return [(f.kind, f.message) for f in project.history("churn", verify=True, expect=expect).findings or ()]


def test_a_changed_a_removed_and_a_reordered_entry_are_found(decided: Project) -> None:
    assert found(decided) == []
    reason = "UPDATE params SET value = replace(value, 'newer', 'older') WHERE THE_LEDGER AND key = ?"
    tampered(decided, reason, key_of(2))
    assert found(decided) == [("changed", "entry 2 was changed")]
    tampered(decided, reason.replace("'newer', 'older'", "'older', 'newer'"), key_of(2))
    tampered(decided, "UPDATE params SET key = 'x' WHERE THE_LEDGER AND key = ?", key_of(2))
    tampered(decided, "UPDATE params SET key = ? WHERE THE_LEDGER AND key = ?", key_of(2), key_of(3))
    tampered(decided, "UPDATE params SET key = ? WHERE THE_LEDGER AND key = 'x'", key_of(3))
    assert [kind for kind, _ in found(decided)[:2]] == ["reordered", "reordered"]
    tampered(decided, "DELETE FROM params WHERE THE_LEDGER AND key = ?", key_of(2))
    assert ("removed", "entry 2 is missing") in found(decided)


def test_an_end_that_was_cut_off_is_known_from_the_models_tag_and_on_this_machine(decided: Project) -> None:
    tampered(decided, "DELETE FROM params WHERE THE_LEDGER AND key IN (?, ?)", key_of(3), key_of(4))
    told = found(decided)
    assert ("removed", "entries 3 to 4 are missing, which the model's tag knows") in told
    assert ("removed", "entries 3 to 4 are missing, which .mlops/ledger knows") in told
    decided.store.client().delete_registered_model_tag("churn", ledger.HEAD)
    assert ("removed", "entries 3 to 4 are missing, which .mlops/ledger knows") in found(decided)
    decided.promote("churn@3", override=True, reason="as if nothing had happened")
    assert ("rewritten", "entry 4 is not the one that .mlops/ledger knows") not in found(decided)
    assert ("removed", "entry 4 is missing, which .mlops/ledger knows") in found(decided)


def test_a_ledger_that_was_written_anew_is_known_by_a_head_kept_elsewhere(decided: Project) -> None:
    head = decided.history("churn").head
    assert found(decided, head) == []
    entries = list(read_ledger(decided.store, "churn"))
    forged = entries[1].model_copy(update={"who": "eve"})
    anew: list[LedgerEntry] = []
    for number, entry in enumerate([entries[0], forged, *entries[2:]], 1):
        anew.append(chain.seal(entry, number, anew[-1].hash if anew else ""))
        tampered(
            decided,
            "UPDATE params SET value = ? WHERE THE_LEDGER AND key = ?",
            chain.written(anew[-1]),
            key_of(number),
        )
    assert [kind for kind, _ in found(decided)] == ["rewritten", "rewritten"]
    decided.store.client().set_registered_model_tag("churn", ledger.HEAD, f"4 {anew[-1].hash}")
    for path in (decided.root / ".mlops" / "ledger").glob("*.json"):
        path.unlink()
    assert found(decided) == []  # nothing is left that tells, but what was kept elsewhere
    assert found(decided, anew[-1].hash[:12].upper()) == []
    assert found(decided, head) == [("rewritten", f"no entry has the hash {head}")]


def test_a_ledger_that_was_deleted_is_told_and_takes_no_entries(decided: Project) -> None:
    run_id = ledger.read(decided.store, "churn").run_id
    decided.store.client().delete_run(str(run_id))
    ((kind, message), *_) = found(decided)
    assert kind == "removed"
    assert f"mlflow runs restore --run-id {run_id}" in message
    with pytest.raises(StoreError, match="the ledger was deleted"):
        decided.approve("churn@3")
    decided.store.client().restore_run(str(run_id))
    assert found(decided) == []
    tampered(decided, "DELETE FROM params WHERE THE_LEDGER")
    tampered(decided, "DELETE FROM tags WHERE THE_LEDGER")
    tampered(decided, "DELETE FROM runs WHERE THE_LEDGER")
    assert found(decided)[0][0] == "removed"
    with pytest.raises(StoreError, match="which held the ledger, is gone"):
        decided.approve("churn@3")


def test_a_tampered_ledger_shuts_the_gates_and_rollback_still_works(decided: Project) -> None:
    tampered(
        decided,
        "UPDATE params SET value = replace(value, 'ada', 'eve') WHERE THE_LEDGER AND key = ?",
        key_of(3),
    )
    report = decided.promote("churn@2", dry_run=True).gates
    assert report is not None
    (result,) = [result for result in report.results if not result.open]
    assert (result.name, result.message) == ("ledger", "the ledger was tampered with: entry 3 was changed")
    found_ = decided.promote("churn@2", override=True, reason="it must go on")
    assert found_.entry is not None
    assert (found_.entry.action, found_.entry.overridden) == (LedgerAction.OVERRIDE, ("ledger",))
    kept = kept_report(decided.store, found_.version)
    assert kept is not None
    assert found_.entry.gates == kept.digest
    back = decided.rollback("churn")
    assert back.version.version == "1"
    told = "the ledger was tampered with, do not rely on what it says: entry 3 was changed"
    for decision in (back, decided.approve("churn@3"), decided.reject("churn@3", reason="no")):
        assert any(note.startswith(told) for note in decision.notes)


def test_through_mlflows_client_it_is_read_as_from_the_file(
    decided: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_mlops.tracking.store import Store

    straight = decided.history("churn", verify=True)
    kept = ledger.read(decided.store, "churn")
    monkeypatch.setattr(Store, "direct", lambda self: None)  # as of a schema that is not known
    again = Project(decided.root)
    assert again.history("churn", verify=True) == straight
    assert ledger.read(again.store, "churn") == kept
    decided.store.client().delete_run(str(kept.run_id))
    assert "mlflow runs restore" in ledger.read(again.store, "churn").gone
    assert ledger.read(again.store, "other") == ledger.Kept()


def test_looking_at_history_makes_nothing(bare_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(NotFound, match="no registered model 'churn'"):
        Project().history("churn")
    with pytest.raises(NotFound):
        Project().history("churn", verify=True)
    with pytest.raises(NotFound, match="no registered model 'churn'"):
        Project().reject("churn@1", reason="no")
    with pytest.raises(NotFound, match="no registered model 'churn'"):
        Project().rollback("churn")
    with pytest.raises(NotFound, match="no registered model 'churn'"):
        Project().approve("churn")
    assert sorted(path.name for path in bare_folder.iterdir()) == ["mlops.yaml"]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_ledger_is_read_where_nothing_can_be_written(decided: Project) -> None:
    (decided.root / ".mlops" / "ledger").chmod(0o500)
    assert found(decided) == []


def unfinished(project: Project, version: str) -> None:
    """As a process leaves it that dies when its entry is in the ledger, and nothing else is done."""
    entries = read_ledger(project.store, "churn")
    draft = entries[-1].model_copy(
        update={
            "action": LedgerAction.PROMOTE,
            "from_version": "1",
            "to_version": version,
            "registered": None,
        }
    )
    entry = chain.seal(draft, entries[-1].number + 1, entries[-1].hash)
    assert ledger.append(project.store, "churn", entry.number, chain.written(entry))


@pytest.fixture
def looks(decided: Project) -> dict[str, Callable[[], object]]:
    return {
        "history": lambda: decided.history("churn").aliases["champion"],
        "models": lambda: next(v.version for v in decided.models() if "champion" in v.aliases),
        "promote": lambda: decided.promote("churn@champion").version.version,
        "gates": lambda: decided.gates("churn@3").champion,
    }


@pytest.mark.parametrize("look", ["history", "models", "promote", "gates"])
def test_who_looks_next_finishes_what_a_dead_process_began(
    look: str, decided: Project, looks: dict[str, Callable[[], object]]
) -> None:
    unfinished(decided, "2")
    assert looks[look]() == "2"
    assert found(decided) == []


def test_the_champion_that_is_loaded_is_the_ledgers(decided: Project) -> None:
    unfinished(decided, "2")
    assert list(decided.load_model("churn@champion").feature_names_in_) == ["age", "tenure"]


def test_an_alias_that_was_moved_by_other_means_meanwhile_is_left_and_told(decided: Project) -> None:
    unfinished(decided, "2")
    decided.store.client().set_registered_model_alias("churn", "champion", "3")
    assert found(decided) == [("alias moved", "champion is at version 3, but entry 5 says version 2")]
    assert decided.history("churn").aliases == {"champion": "3"}


def test_the_command_line_tells_and_exits(decided: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "churn", "--verify"]) == 0
    said = capsys.readouterr().out
    assert "the ledger is whole: 4 entries" in said
    assert "rollback champion  2 -> 1" in said
    assert "[red]biased[/]" in said
    assert "ada (jupyterhub)" in said
    head = decided.history("churn").head
    assert f"head: {head}" in said
    assert main(["history", "churn", "--expect", "f" * 64]) == 3
    assert "no entry has the hash" in capsys.readouterr().out
    assert main(["history", "churn", "--json"]) == 0
    assert History.model_validate(json.loads(capsys.readouterr().out)) == decided.history("churn")
    assert main(["history", "churn", "--expect", head[:12]]) == 0
    assert main(["history", "churn", "--expect", "yesterday"]) == 2
    assert main(["history", "churm", "--expect", head]) == 2
    capsys.readouterr()
    assert main(["history", "churn@2"]) == 2
    assert "a ledger is of a model, not of churn@2" in capsys.readouterr().err
    assert main(["history", "churm"]) == 2
    assert "did you mean 'churn'?" in capsys.readouterr().err
    assert main(["promote", "churn@1"]) == 0
    assert "churn@1 is champion already: nothing to do" in capsys.readouterr().out
    assert main(["approve", "churn@3"]) == 0
    assert "ada had rejected it: it is open again" in capsys.readouterr().out
    assert main(["reject", "churn@3", "--reason", "no"]) == 0
    assert main(["rollback", "churn"]) == 2
    assert "knows no champion before" in capsys.readouterr().err


def test_a_gate_that_says_no_ends_with_three_and_an_override_is_red_for_good(
    decided: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["promote", "churn@3"]) == 3
    said = capsys.readouterr()
    assert "1 of 1 gates said no: not rejected" in said.err
    assert "not rejected" in said.out
    assert main(["promote", "churn@3", "--dry-run"]) == 3
    assert main(["promote", "churn@3", "--override"]) == 2
    assert "an override needs a reason" in capsys.readouterr().err
    assert decided.history("churn").aliases == {"champion": "1"}
    assert main(["promote", "churn@3", "--to", "challenger"]) == 3
    assert main(["promote", "churn@3", "--override", "--reason", "hotfix"]) == 0
    said = capsys.readouterr()
    assert "promoted by OVERRIDE" in said.out
    assert "in spite of: not rejected" in said.out
    decided.rollback("churn")
    assert main(["models", "churn"]) == 0
    assert "overridden" in capsys.readouterr().out
    version = next(v for v in decided.models("churn") if v.version == "3")
    assert "hotfix" in version.tags["mlops.overridden"]
    assert "override champion" in printed(decided.history("churn"))


def test_nothing_in_an_entry_reaches_the_terminal_as_a_command(decided: Project) -> None:
    evil = "\x1b]0;owned\x07 \u202e[bold]x[/]"
    entry = decided.approve("churn@1", reason=evil).entry
    assert entry is not None
    assert entry.reason == "\ufffd]0;owned\ufffd \ufffd[bold]x[/]"
    forged = History(model=evil, entries=(entry.model_copy(update={"reason": evil, "who": evil}),))
    assert not {"\x1b", "\x07", "\u202e"} & set(printed(forged))
    assert "[bold]x[/]" in printed(forged)


def test_an_override_is_shown_red_and_bold(decided: Project) -> None:
    import io

    from rich.console import Console

    from jupyter_mlops.views.promotion import show_history
    from jupyter_mlops.views.registry import show_models

    decided.promote("churn@3", override=True, reason="hotfix")
    file = io.StringIO()
    console = Console(
        file=file, width=160, force_terminal=True, color_system="standard", legacy_windows=False
    )
    show_history(console, [decided.history("churn")])
    (line,) = [line for line in file.getvalue().splitlines() if "override champion" in line]
    assert "\x1b[1;31m" in line
    file.truncate(0)
    show_models(console, decided.models("churn"))
    assert "\x1b[1;31mchampion, overridden" in file.getvalue()
