"""Promotions that are killed at any step, on any store, and a crowd of them at once: entry and moved alias
are both there afterwards, or neither; the chain is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copy_database
from tests.faults.scenarios.promoting import PROCESSES, THREADS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
LONG = bool(os.environ.get("JUPYTER_MLOPS_LONG"))  # overrides and rollbacks, too: they go the same way
BEFORE = [("promote", "1"), ("promote", "3")]
DONE = {
    "first": ([], None, [("promote", "2")], "2"),
    "promote": (BEFORE, "3", [*BEFORE, ("promote", "2")], "2"),
    "override": (BEFORE, "3", [*BEFORE, ("override", "2")], "2"),
    "rollback": (BEFORE, "3", [*BEFORE, ("rollback", "1")], "1"),
}


def played(what: str, folder: Path, **environment: str) -> Any:
    """What a scenario says that came of it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.scenarios.promoting", what, str(folder)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def shared(tmp_path: Path, empty_database: Path) -> dict[str, str]:
    """One database for all projects of a scenario."""
    copy_database(empty_database, tmp_path)
    return {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}"}


def check_both_or_neither(what: str, found: list[dict[str, Any]]) -> None:
    entries, champion, entries_after, champion_after = DONE[what]
    before, after = (entries, champion), (entries_after, champion_after)
    states = [([tuple(entry) for entry in one["entries"]], one["champion"]) for one in found]
    assert set(map(str, states)) == {str(before), str(after)}
    switched = states.index(after)
    assert states == [before] * switched + [after] * (len(states) - switched)
    # the entry was there, and the alias was not: the next reader has moved it
    assert [len(entries_after), champion] in [one["behind"] for one in found]
    for one, state in zip(found, states, strict=True):
        assert one["findings"] == one["then"]["findings"] == [], one
        assert one["overridden"] == (["2"] if what == "override" and state == after else []), one
        assert one["then"]["champion"] == "2", one
    assert [one["code"] for one in found] == [-9] * (len(found) - 1) + [0]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", list(DONE) if LONG else ["first", "promote"])
def test_a_promotion_that_is_killed_is_whole_or_was_none(
    what: str, tmp_path: Path, shared: dict[str, str]
) -> None:
    check_both_or_neither(what, played(what, tmp_path, **shared))


@pytest.mark.long("a minute")
@pytest.mark.timeout(600)
def test_it_is_so_on_a_server(tmp_path: Path, server: int) -> None:
    uri = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{server}"}
    check_both_or_neither("promote", played("promote", tmp_path, **uri))


@pytest.mark.timeout(600)
def test_of_a_hundred_promotions_at_once_one_wins(tmp_path: Path, shared: dict[str, str]) -> None:
    found = played("crowd", tmp_path, **shared)
    count = PROCESSES * THREADS
    assert found["broken"] == []
    (winner,) = found["done"]
    assert len(found["refused"]) == count - 1
    assert all(f"was moved meanwhile: to version {winner} by" in text for text in found["refused"])
    looked = found["look"]
    assert looked["entries"] == [["promote", str(count + 1)], ["promote", winner]]
    assert (looked["champion"], looked["findings"]) == (winner, [])


@pytest.mark.timeout(600)
def test_a_hundred_approvals_at_once_are_a_hundred_entries(tmp_path: Path, shared: dict[str, str]) -> None:
    found = played("approvals", tmp_path, **shared)
    count = PROCESSES * THREADS
    assert (found["broken"], found["refused"], len(set(found["done"]))) == ([], [], count)
    assert found["look"]["entries"] == [["approve", "1"]] * count
    assert found["look"]["findings"] == []
