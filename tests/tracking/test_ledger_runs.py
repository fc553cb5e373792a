"""Ledgers as MLflow holds them: an entry is written once, whoever comes at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from jupyter_mlops.project import Project
from jupyter_mlops.tracking import ledger
from jupyter_mlops.tracking.store import Store

pytestmark = pytest.mark.usefixtures("local", "folder")
CROWD = 4


def at_once(act: Callable[[Store, int], object]) -> list[object]:
    """What each of several that come at the same moment gets, or raises."""
    barrier, found = threading.Barrier(CROWD), list[object]()
    stores = [Project().store for _ in range(CROWD)]
    for store in stores:
        store.client()

    def one(number: int) -> None:
        barrier.wait(60)
        try:
            found.append(act(stores[number], number))
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_entries_of_one_number_one_is_written_and_all_know_which() -> None:
    store = Project().store
    for number in range(1, 8):
        told = at_once(
            lambda store, who, number=number: ledger.append(store, "m", number, f"{number} by {who}")
        )
        assert sorted(map(str, told)) == ["False"] * (CROWD - 1) + ["True"]
    kept = ledger.read(store, "m")
    assert sorted(kept.entries) == [ledger.key_of(number) for number in range(1, 8)]
    runs = store.client().search_runs([store.experiment_id("mlops-ledger")])
    assert len(runs) == 2  # the index, and one ledger: those that came too late are deleted


def test_what_several_mark_at_once_is_marked_and_none_of_them_fails() -> None:
    store = Project().store
    assert ledger.append(store, "m", 1, "{}")
    run_id = str(ledger.read(store, "m").run_id)
    for number in range(10):
        assert (
            at_once(lambda store, _, number=number: ledger.mark(store, run_id, number, "x")) == [None] * CROWD
        )
        assert ledger.is_done(ledger.read(store, "m"), number)


def test_the_same_entry_written_twice_is_one_as_where_an_answer_was_lost() -> None:
    store = Project().store
    assert ledger.append(store, "m", 1, "the entry")
    assert ledger.append(store, "m", 1, "the entry")
    assert not ledger.append(store, "m", 1, "another")
    assert ledger.read(store, "m").entries == {"000001": "the entry"}
    assert ledger.read(store, "another").run_id is None


def test_an_entry_that_mlflow_would_cut_is_none() -> None:
    with pytest.raises(ValueError, match="too long"):
        ledger.append(Project().store, "m", 1, "x" * ledger.LONGEST)
