"""F5, F6 and F13: cut off or out of space at any moment, every file is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scenarios.figures import CannotProvoke
from tests.faults.scenarios.rows import LONG, provoke

pytestmark = [pytest.mark.usefixtures("local"), pytest.mark.timeout(7200 if LONG else 290)]


def wrong(key: str, folder: Path) -> list[str]:
    """What was wrong; the test is skipped where the machine cannot do this."""
    try:
        return provoke(key, folder).wrong
    except CannotProvoke as reason:
        pytest.skip(str(reason))


def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new(place: Path) -> None:
    assert wrong("F5", place) == []


def test_a_writer_without_space_leaves_the_old_file_or_the_new(place: Path) -> None:
    assert wrong("F6a", place) == []


def test_a_full_disk_costs_no_earlier_output_and_no_truth_and_is_told_in_one_line(place: Path) -> None:
    assert wrong("F6b", place) == []


def test_a_manifest_lists_only_what_is_whole(place: Path) -> None:
    assert wrong("F13", place) == []
