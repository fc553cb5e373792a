"""What separates two runs: only what differs, each thing on its side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import (
    CellRecord,
    CellStatus,
    DatasetVersion,
    GitState,
    Hardware,
    Provenance,
    RecordedParameter,
    Run,
    RunDetails,
    RunDiff,
)
from jupyter_mlops.notebooks.journal import new_record
from jupyter_mlops.tracking.diff import diff_runs, final_cells

PARTS = ("parameters", "metrics", "datasets", "packages", "git", "cells")


def record(
    source: str, index: int = 0, name: str | None = None, status: CellStatus = CellStatus.OK
) -> CellRecord:
    return new_record(index, {"id": name, "source": source}, status=status)


def cells(*sources: str) -> tuple[CellRecord, ...]:
    return tuple(record(source, index, f"c{index}") for index, source in enumerate(sources))


def details(metrics: dict[str, float] | None = None, **fields: Any) -> RunDetails:
    known = {"run_id": "a" * 32, "name": "n", "experiment": "e", "status": "FINISHED", "kind": "headless"}
    run = Run.model_validate({**known, "started": None, "ended": None, "metrics": metrics or {}})
    return RunDetails(run=run, **fields)


def provenance(git: GitState | None = None, **packages: str) -> Provenance:
    hardware = Hardware(cpu="c", cores=1, memory=1)
    return Provenance(
        notebook=None,
        notebook_digest=None,
        git=git,
        python="3",
        platform="l",
        hardware=hardware,
        user="u",
        packages=packages,
    )


def parameters(**values: tuple[str, str]) -> tuple[RecordedParameter, ...]:
    return tuple(
        RecordedParameter(name=name, value=value, type=kind) for name, (value, kind) in values.items()
    )


def triples(found: Sequence[Any]) -> list[tuple[str, str | None, str | None]]:
    return [(difference.name, difference.left, difference.right) for difference in found]


def diff_code(left: Sequence[str], right: Sequence[str]) -> RunDiff:
    return diff_runs(details(cells=cells(*left)), details(cells=cells(*right)))


def test_a_run_does_not_differ_from_itself() -> None:
    one = details(
        {"loss": math.nan, "f1": 0.5},
        parameters=parameters(C=("1", "int")),
        datasets=(DatasetVersion(name="d", digest="x", rows=1),),
        provenance=provenance(GitState(commit="c", branch="b", dirty=True), numpy="1"),
        cells=cells("a", "b"),
    )
    found = diff_runs(one, one)
    assert [getattr(found, part) for part in PARTS] == [()] * len(PARTS)
    assert found.code_known


def test_a_parameter_differs_by_value_type_or_absence() -> None:
    left = details(
        parameters=parameters(C=("1", "int"), same=("a", "str"), typed=("1", "int"), only=("x", ""))
    )
    right = details(parameters=parameters(C=("2", "int"), same=("a", "str"), typed=("1", "str")))
    assert triples(diff_runs(left, right).parameters) == [
        ("C", "1 (int)", "2 (int)"),
        ("only", "x", None),
        ("typed", "1 (int)", "1 (str)"),
    ]


def test_metrics_differ_by_their_last_bit_and_nan_is_itself() -> None:
    found = diff_runs(
        details({"f1": 0.1 + 0.2, "loss": math.nan}), details({"f1": 0.3, "loss": math.nan, "new": 1.0})
    )
    assert triples(found.metrics) == [("f1", "0.30000000000000004", "0.3"), ("new", None, "1.0")]


def test_datasets_differ_by_digest_within_their_context() -> None:
    def data(digest: str, context: str | None, rows: int | None = 3) -> DatasetVersion:
        return DatasetVersion(name="d", digest=digest, rows=rows, context=context)

    left = details(datasets=(data("x", "training"), data("y", "test"), data("z", None, None)))
    right = details(datasets=(data("x2", "training"), data("y", "test"), data("z", None, None)))
    assert triples(diff_runs(left, right).datasets) == [("d (training)", "x, 3 rows", "x2, 3 rows")]
    twice = details(datasets=(data("x", "training"), data("x2", "training")))
    assert triples(diff_runs(twice, right).datasets)[-1][1] == "x, 3 rows; x2, 3 rows"


def test_packages_and_git_differ_and_are_empty_where_unknown() -> None:
    clean, dirty = (
        GitState(commit="c1", branch="main", dirty=False),
        GitState(commit=None, branch=None, dirty=True),
    )
    found = diff_runs(
        details(provenance=provenance(clean, numpy="1", pandas="2")),
        details(provenance=provenance(dirty, numpy="2", pandas="2")),
    )
    assert triples(found.packages) == [("numpy", "1", "2")]
    assert triples(found.git) == [
        ("branch", "main", "none"),
        ("commit", "c1", "none"),
        ("uncommitted changes", "no", "yes"),
    ]
    assert diff_runs(details(), details()).git == ()


def test_a_changed_cell_is_a_diff_of_its_source() -> None:
    (found,) = diff_code(["a", "x = 1\ny = 2"], ["a", "x = 1\ny = 3"]).cells
    assert (found.left_index, found.right_index) == (1, 1)
    assert found.diff.splitlines() == ["@@ -1,2 +1,2 @@", " x = 1", "-y = 2", "+y = 3"]


def test_added_and_removed_cells_have_one_side() -> None:
    (added,) = diff_code(["a", "c"], ["a", "b", "c"]).cells
    assert (added.left_index, added.right_index, added.diff.splitlines()[1:]) == (None, 1, ["+b"])
    (removed,) = diff_code(["a", "b", "c"], ["a", "c"]).cells
    assert (removed.left_index, removed.right_index, removed.diff.splitlines()[1:]) == (1, None, ["-b"])


def test_white_space_at_the_end_of_a_cell_is_no_difference() -> None:
    assert diff_code(["x = 1"], ["x = 1  \n\n"]).cells == ()


@pytest.mark.parametrize("line", ["-- a comment of SQL", "--x", "++x", "-", "+"])
def test_a_line_that_begins_like_a_header_is_told(line: str) -> None:
    (found,) = diff_code([f"a\n{line}"], ["a"]).cells
    assert f"-{line}" in found.diff.splitlines()
    (found,) = diff_code(["a"], [f"a\n{line}"]).cells
    assert f"+{line}" in found.diff.splitlines()


def test_without_a_journal_the_code_is_unknown() -> None:
    found = diff_runs(details(cells=cells("a")), details())
    assert found.cells == ()
    assert not found.code_known


def test_the_last_execution_of_each_cell_counts_in_the_notebooks_order() -> None:
    executions = [
        record("b", 1, "b"),
        record("a", 0, "a"),
        record("x", -1),
        record("b2", 1, "b"),
        record("y", -1),
    ]
    assert [each.source for each in final_cells(executions)] == ["a", "b2", "x", "y"]


def test_a_cell_that_was_passed_over_does_not_count() -> None:
    assert final_cells([record("a", 0, "a", CellStatus.SKIPPED)]) == []


sources = st.lists(st.text("abc\n+- ", max_size=6), min_size=1, max_size=5)


@settings(deadline=None)
@given(sources, sources)
def test_there_is_a_code_difference_exactly_where_the_digests_differ(
    left: list[str], right: list[str]
) -> None:
    digests = [[each.digest for each in cells(*side)] for side in (left, right)]
    assert (diff_code(left, right).cells == ()) == (digests[0] == digests[1])


@settings(deadline=None)
@given(sources, sources)
def test_the_other_way_round_the_sides_are_exchanged(left: list[str], right: list[str]) -> None:
    there, back = diff_code(left, right), diff_code(right, left)
    assert sum(each.left_index is None for each in there.cells) - sum(
        each.right_index is None for each in there.cells
    ) == (len(right) - len(left))
    assert bool(there.cells) == bool(back.cells)


def data(digest: str) -> RunDetails:
    return details(datasets=(DatasetVersion(name="train", digest=digest, rows=3),))


def test_digests_of_two_kinds_are_not_told_as_changed_data_without_a_word() -> None:
    old, new = "a" * 32, "xxh:" + "b" * 32
    for left, right in ((old, new), (new, old)):
        (found,) = diff_runs(data(left), data(right)).datasets
        assert "whether the data differs cannot be told" in (found.right or "")
    for left, right in ((old, "c" * 32), (new, "xxh:" + "c" * 32)):
        (found,) = diff_runs(data(left), data(right)).datasets
        assert "cannot be told" not in (found.right or "")
    assert diff_runs(data(new), data(new)).datasets == ()
