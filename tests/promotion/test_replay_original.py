"""What is to be run is put together from the record: parameters, places of cells, the run that is meant."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import CellRecord, CellStatus, RunKind, RunStatus, Secret
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.notebooks.executed import MARKER_TAG
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import check_request, record
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.replaying.original import (
    cleaned,
    family,
    find_replayed,
    placed,
    read_original,
    regiven,
)
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store
from tests.conftest import cell

NOTEBOOK: dict[str, Any] = {
    "cells": [
        cell("a: object = 0\nb: float = 1.0\nc = 'x'\nd: list = []\ne = b * 2", "parameters", identifier="p"),
        cell("b = 2.0", "injected-parameters", identifier="i"),
        cell("# title", kind="markdown", identifier="m"),
        cell("stopped here", MARKER_TAG, kind="markdown", identifier="k"),
        cell("b", identifier="x"),
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}

plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))


@given(st.floats(), st.text(), st.lists(st.one_of(st.integers(), st.text(max_size=9), st.booleans())))
def test_a_session_s_parameters_are_given_again_as_they_were(b: float, c: str, d: list[Any]) -> None:
    declared = read_parameters(NOTEBOOK) or ()
    recorded = [record(name, value) for name, value in (("b", b), ("c", c), ("d", d))]
    values, text = regiven(declared, recorded)
    given_again = {"b": 1.0, "c": "x", "d": [], **check_request(declared, text, values)}
    assert given_again["b"] == b or (math.isnan(b) and math.isnan(given_again["b"]))
    shown = c.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")  # as a store can hold it
    assert (given_again["c"], given_again["d"]) == (shown, d)


def test_what_is_computed_or_the_default_or_not_declared_is_not_given() -> None:
    declared = read_parameters(NOTEBOOK) or ()
    recorded = [record("e", 4.0), record("b", 1.0), record("z", 1), record("c", "env:HOME")]
    assert regiven(declared, recorded) == ({"c": "text:env:HOME"}, {})


def test_a_secret_stays_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = read_parameters(NOTEBOOK) or ()
    secret = Secret(reference="env:TOKEN")
    assert regiven(declared, [record("c", secret)]) == ({"c": secret}, {})


def test_cells_are_counted_without_what_a_run_puts_in() -> None:
    assert [each["id"] for each in cleaned(NOTEBOOK)["cells"]] == ["p", "m", "x"]
    journal = [journalled(index, identifier) for index, identifier in ((0, "p"), (1, "i"), (3, "x"))]
    assert [each.index for each in placed(NOTEBOOK, journal, by_id=False)] == [0, -1, 2]
    live = [journalled(-1, "x"), journalled(-1, "gone"), journalled(7, "p")]
    assert [each.index for each in placed(NOTEBOOK, live, by_id=True)] == [2, -1, 0]


def journalled(index: int, identifier: str) -> CellRecord:
    return CellRecord(index=index, cell_id=identifier, source="", digest="", status=CellStatus.OK)


@pytest.fixture
def store(folder: Path, local: None) -> Store:
    return Project(folder).store


def begun(store: Store, kind: RunKind, **fields: Any) -> Recorder:
    return Recorder.start(store, experiment="e", name=f"a {kind.value}", kind=kind, **fields)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (RunKind.PIPELINE, "whole pipeline"),
        (RunKind.CHECK, "ran no notebook"),
        (RunKind.USER, "kept no notebook"),
        (RunKind.CELL, "kept no notebook"),
        (RunKind.SESSION, "kept no notebook"),
    ],
)
def test_a_run_that_left_too_little_is_refused_and_says_so_in_the_verdict(
    store: Store, kind: RunKind, reason: str
) -> None:
    recorder = begun(store, kind, notebook="work.ipynb")
    recorder.close(RunStatus.FINISHED, exit_code=0)
    found = Project().reproduce(recorder.run_id)
    assert (found.verdict.value, found.replayed) == ("can't be run", None)
    assert reason in found.reason
    from jupyter_mlops.promotion.replay import kept_replay

    assert kept_replay(store, recorder.run_id) == found


def test_a_run_that_goes_on_is_refused(store: Store) -> None:
    running = begun(store, RunKind.HEADLESS, notebook="work.ipynb")
    with pytest.raises(Refused, match="still goes on"):
        read_original(store, running.snapshot())


def test_of_parts_that_were_replaced_the_last_counts(store: Store) -> None:
    root = begun(store, RunKind.HEADLESS)
    first = begun(store, RunKind.CELL, parent=root.run_id)
    second = begun(store, RunKind.CELL, parent=root.run_id, replaces=first.run_id)
    below = begun(store, RunKind.USER, parent=second.run_id)
    found = [run.run_id for run in family(store, root.snapshot())]
    assert found == [root.run_id, second.run_id, below.run_id]


def test_a_replay_means_the_run_that_it_is_of(store: Store) -> None:
    root = begun(store, RunKind.HEADLESS)
    marks = {tags.KIND: RunKind.REPLAY.value, tags.REPLAY_OF: root.run_id}
    again = begun(store, RunKind.HEADLESS, extra=marks)
    assert find_replayed(store, again.run_id)[0].run_id == root.run_id
    with pytest.raises(NotFound):
        find_replayed(store, "nothing@champion")
