"""The points of a grid: every combination of its values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def combinations(grid: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination, the last name varying fastest."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def label(point: Mapping[str, Any]) -> str:
    """The point as a person reads it: ``C=0.1 penalty=l2``."""
    return " ".join(f"{name}={value}" for name, value in point.items())
