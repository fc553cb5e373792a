"""F7, F8 and F10: many at once, and very much of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.scenarios.rows import LONG, provoke

pytestmark = [pytest.mark.usefixtures("local"), pytest.mark.timeout(7200 if LONG else 290)]


def test_parallel_runs_of_one_notebook_give_one_version_each(place: Path) -> None:
    assert provoke("F7", place).wrong == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from Linux's /proc")
def test_output_of_any_size_is_kept_in_bounded_memory(place: Path) -> None:
    assert provoke("F8", place).wrong == []


def test_many_writers_lose_no_point(place: Path) -> None:
    assert provoke("F10", place).wrong == []
