"""Where aliases are, and were, by the entries of a ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import LedgerAction, LedgerEntry, ModelVersion
from jupyter_mlops.promotion.standing import about, last_move, line_of, moved_aliases, previous

NOW = datetime(2026, 1, 5, tzinfo=UTC)
P, R = LedgerAction.PROMOTE, LedgerAction.ROLLBACK


def moves(*told: tuple[LedgerAction, str | None, str], alias: str = "champion") -> list[LedgerEntry]:
    return [
        LedgerEntry(
            model="churn",
            number=number,
            action=action,
            alias=alias,
            who="ada",
            identity="system",
            when=NOW,
            from_version=before,
            to_version=after,
        )
        for number, (action, before, after) in enumerate(told, 1)
    ]


def test_the_line_is_what_the_alias_came_to() -> None:
    entries = moves((P, None, "1"), (P, "1", "2"), (P, "2", "3"))
    assert line_of(entries, "champion") == ["1", "2", "3"]
    assert previous(entries, "champion", "3") == "2"
    assert line_of(entries, "challenger") == []
    assert previous(entries, "challenger", None) is None


def test_what_was_rolled_back_over_is_off_the_line() -> None:
    entries = moves((P, None, "1"), (P, "1", "2"), (P, "2", "3"), (R, "3", "2"))
    assert line_of(entries, "champion") == ["1", "2"]
    assert previous(entries, "champion", "2") == "1"
    assert previous([*entries, *moves((R, "2", "1"))], "champion", "1") is None


def test_a_version_that_was_champion_twice_is_twice_on_the_line() -> None:
    entries = moves((P, None, "1"), (P, "1", "2"), (P, "2", "1"), (R, "1", "2"))
    assert line_of(entries, "champion") == ["1", "2"]


def test_where_it_was_by_other_means_is_on_the_line() -> None:
    entries = moves((P, "7", "1"), (P, "9", "2"))
    assert line_of(entries, "champion") == ["7", "1", "9", "2"]
    assert previous(entries, "champion", "5") == "2"  # where the ledger has it


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=30))
def test_rolling_back_is_the_way_back_that_a_browser_goes(steps: list[tuple[bool, int]]) -> None:
    entries: list[LedgerEntry] = []
    stack: list[str] = []
    for back, version in steps:
        now = stack[-1] if stack else None
        if back:
            expected = stack[-2] if len(stack) > 1 else None
            assert previous(entries, "champion", now) == expected
            if expected is not None:
                entries += moves((R, now, expected))
                stack.pop()
        elif str(version) != now:
            entries += moves((P, now, str(version)))
            stack.append(str(version))
    assert line_of(entries, "champion") == stack
    last = last_move(entries, "champion")
    assert (last.to_version if last else None) == (stack[-1] if stack else None)
    assert moved_aliases(entries) == (["champion"] if entries else [])


def test_entries_on_a_version_are_not_on_one_of_the_same_number_of_a_model_made_anew() -> None:
    (entry,) = moves((P, None, "1"))
    later = datetime(2026, 2, 1, tzinfo=UTC)
    version = ModelVersion(name="churn", version="1", run_id=None, source="", created=NOW)
    assert about([entry], version) == (entry,)  # of a time before that was kept
    assert about([entry.model_copy(update={"registered": NOW})], version) != ()
    assert about([entry.model_copy(update={"registered": later})], version) == ()
    assert about([entry], version.model_copy(update={"version": "2"})) == ()
