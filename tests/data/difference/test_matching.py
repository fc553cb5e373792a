"""Rows are matched by hashes: what both sides have, and what only one has."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.data.difference.matching import Matches, match

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=12)


def halves(pairs: list[tuple[int, int]]) -> tuple[Any, Any]:
    return tuple(np.array([pair[half] for pair in pairs], np.uint64) for half in (0, 1))  # type: ignore


def matched(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> Matches:
    return match(halves(left), halves(right))


@settings(deadline=None)
@given(left=PAIRS, right=PAIRS)
def test_multisets_are_matched_one_to_one(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    found = matched(left, right)
    assert [left[place] for place in found.left] == [right[place] for place in found.right]
    assert Counter(left[place] for place in found.left) == Counter(left) & Counter(right)
    assert sorted([*found.left, *found.removed]) == list(range(len(left)))
    assert sorted([*found.right, *found.added]) == list(range(len(right)))
    for side, repeated in ((left, found.repeated_left), (right, found.repeated_right)):
        assert sorted(repeated) == [place for place, pair in enumerate(side) if side.count(pair) > 1]


def test_the_first_of_equal_rows_is_matched_with_the_first() -> None:
    found = matched([(5, 0), (5, 0), (1, 0)], [(1, 0), (5, 0)])
    assert sorted(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 1), (2, 0)]
    assert found.removed.tolist() == [1]


def test_hashes_that_agree_in_their_first_half_alone_are_not_the_same() -> None:
    found = matched([(7, 2), (7, 1)], [(7, 1), (7, 3)])
    assert found.left.tolist() == [1]
    assert found.right.tolist() == [0]
    assert not len(found.repeated_left)
