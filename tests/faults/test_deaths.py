"""F1 to F4 and F11: whatever dies or hangs, nothing outlives it and all of it is told truly."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.scenarios.rows import LONG, provoke
from tests.faults.scenarios.tools import Ours, Warm

pytestmark = [pytest.mark.usefixtures("local"), pytest.mark.timeout(7200 if LONG else 290)]


@pytest.fixture(params=[Ours, Warm], ids=["new", "forked"])
def kind(request: pytest.FixtureRequest) -> type[Ours]:
    """Whether kernels are new or forked from a warm process: what holds for one holds for the other."""
    if request.param is Warm and not sys.platform.startswith("linux"):
        pytest.skip("kernels are forked on Linux only")
    found: type[Ours] = request.param
    return found


def test_a_killed_kernel_is_noticed_at_once_and_no_cell_is_told_wrong(place: Path, kind: type[Ours]) -> None:
    assert provoke("F1", place, kind).wrong == []


def test_nothing_outlives_a_killed_runner_and_its_run_is_told(place: Path, kind: type[Ours]) -> None:
    assert provoke("F2", place, kind).wrong == []


def test_ctrl_c_cancels_whenever_it_comes(place: Path, kind: type[Ours]) -> None:
    assert provoke("F3", place, kind).wrong == []


def test_a_cell_that_hangs_is_stopped_and_one_that_asks_fails_at_once(place: Path, kind: type[Ours]) -> None:
    assert provoke("F4", place, kind).wrong == []


def test_status_is_true_after_every_way_to_die(place: Path, kind: type[Ours]) -> None:
    assert provoke("F11", place, kind).wrong == []
