"""Order: what running top to bottom could not have made is told, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.notebooks.journal import new_record
from jupyter_mlops.notebooks.order import check_order


def cell(name: str, source: str | None = None, *tags: str) -> dict[str, Any]:
    source = f"{name} = 1" if source is None else source
    return {"cell_type": "code", "id": name, "source": source, "metadata": {"tags": list(tags)}}


def notebook(*cells: str | dict[str, Any]) -> dict[str, Any]:
    made = [cell(each) if isinstance(each, str) else each for each in cells]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def ran(names: str, status: CellStatus = CellStatus.OK) -> list[CellRecord]:
    return [new_record(-1, cell(name), status=status) for name in names]


def told(document: dict[str, Any], executions: Sequence[CellRecord]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.cell) for finding in check_order(document, executions)]


@pytest.mark.parametrize("order", ["", "a", "ab", "abc", "aabbc", "abcabc", "bac" + "abc", "c", "bc"])
def test_a_state_that_top_to_bottom_could_make_has_no_findings(order: str) -> None:
    assert told(notebook("a", "b", "c"), ran(order)) == []


def test_a_cell_that_ran_before_the_one_above_it_is_told() -> None:
    findings = check_order(notebook("a", "b"), ran("ba"))
    assert [(f.kind, f.cell) for f in findings] == [("out of order", "b")]
    assert findings[0].message == "cell 2 (b = 1) ran before cell 1, which is above it, last ran"


def test_running_an_upper_cell_again_tells_the_lower_ones() -> None:
    assert told(notebook("a", "b", "c"), ran("abca")) == [("out of order", "b"), ("out of order", "c")]
    assert told(notebook("a", "b", "c"), ran("abcab")) == [("out of order", "c")]


def test_an_edited_cell_is_told() -> None:
    findings = check_order(notebook("a", cell("b", "b = 2")), ran("ab"))
    assert [(f.kind, f.cell) for f in findings] == [("edited", "b")]
    assert findings[0].message == "cell 2 (b = 2) was edited since it ran"


def test_white_space_at_the_end_is_no_edit() -> None:
    assert told(notebook(cell("a", "a = 1  \n\n")), ran("a")) == []


def test_a_deleted_cell_is_told_by_its_source() -> None:
    (finding,) = check_order(notebook("a"), ran("ab"))
    assert (finding.kind, finding.cell) == ("deleted", "b")
    assert "b = 1" in finding.message


def test_a_cell_made_markdown_counts_as_deleted() -> None:
    assert told(notebook("a", {**cell("b"), "cell_type": "markdown"}), ran("ab")) == [("deleted", "b")]


def test_a_cell_passed_over_is_told() -> None:
    findings = check_order(notebook("a", "b", "c", "d"), ran("ac"))
    assert [(f.kind, f.cell) for f in findings] == [("skipped over", "b")]
    assert findings[0].message == "cell 2 (b = 1) has not run, but cells below it have"


def test_cells_above_the_start_of_the_record_and_below_its_end_are_not_told() -> None:
    assert told(notebook("a", "b", "c", "d"), ran("bc")) == []


def test_empty_cells_and_prose_are_not_told() -> None:
    prose = {"cell_type": "markdown", "id": "m", "source": "# x", "metadata": {}}
    assert told(notebook("a", prose, cell("e", "  \n"), "b"), ran("ab")) == []


def test_an_injected_cell_that_did_not_run_is_not_told() -> None:
    assert told(notebook("a", cell("i", "a = 2", "injected-parameters"), "b"), ran("ab")) == []


def test_an_injected_cell_that_ran_is_not_told_as_deleted() -> None:
    injected = cell("i", "i = 1", "injected-parameters")
    assert told(notebook("a", injected, "b"), ran("aib")) == []


def test_a_cell_that_was_emptied_is_edited_and_not_deleted() -> None:
    assert told(notebook("a", cell("b", "")), ran("ab")) == [("edited", "b")]


def test_what_did_not_run_and_what_has_no_id_is_not_judged() -> None:
    assert told(notebook("a", "b"), ran("ba", CellStatus.NOT_RUN)) == []
    unknown = new_record(-1, {"source": "z"}, status=CellStatus.OK)
    assert told(notebook("a", "b"), [unknown, *ran("ab")]) == []


def test_a_failed_cell_counts_as_run() -> None:
    assert told(notebook("a", "b"), [*ran("b", CellStatus.FAILED), *ran("a")]) == [("out of order", "b")]


def test_a_long_first_line_is_cut() -> None:
    long = "x = " + "1" * 200
    (finding,) = check_order(notebook("a", cell("b", long)), ran("ab"))
    assert "…" in finding.message
    assert len(finding.message) < 100


@settings(deadline=None)
@given(st.permutations("abcd"), st.integers(0, 4))
def test_running_all_again_from_the_top_clears_the_order(order: list[str], count: int) -> None:
    document = notebook(*"abcd")
    assert told(document, [*ran("".join(order[:count])), *ran("abcd")]) == []


@settings(deadline=None)
@given(st.text("abcd", min_size=1, max_size=8))
def test_there_are_findings_exactly_where_the_last_executions_do_not_rise_without_a_gap(order: str) -> None:
    last = [name for position, name in enumerate(order) if name not in order[position + 1 :]]
    clean = "".join(last) in "abcd"
    assert (told(notebook(*"abcd"), ran(order)) == []) == clean
