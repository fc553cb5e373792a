"""F7, F8 and F10: many at once, and very much of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.scenarios.rows import LONG, provoke

pytestmark = [pytest.mark.usefixtures("local"), pytest.mark.timeout(7200 if LONG else 290)]


def test_parallel_runs_of_one_notebook_give_one_version_each(tmp_path: Path) -> None:
    assert provoke("F7", tmp_path).wrong == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from Linux's /proc")
def test_output_of_any_size_is_kept_in_bounded_memory(tmp_path: Path) -> None:
    assert provoke("F8", tmp_path).wrong == []


def test_many_writers_lose_no_point(tmp_path: Path) -> None:
    assert provoke("F10", tmp_path).wrong == []
