"""What every row of the table of speed is made of: our time and a peer's, measured in turn in one run."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One figure beside a peer's. `goal` is the greatest ratio that is asked for; None where none is."""

    work: str
    ours: float
    against: str
    theirs: float
    goal: float | None = None
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self) -> float:
        """Our figure over the peer's."""
        return self.ours / self.theirs


@dataclass(frozen=True)
class Growth:
    """How a cost grows: one figure for each size."""

    work: str
    sizes: Sequence[str]
    figures: Sequence[float]
    unit: str = "s"


def in_turn(runs: int, *works: Callable[[], float]) -> list[list[float]]:
    """Each work's figures, the works done in turn, so that a busy minute hits all of them alike."""
    figures: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for found, work in zip(figures, works, strict=True):
            found.append(work())
    return figures


def medians(runs: int, *works: Callable[[], float]) -> list[float]:
    """The median of each work's figures, see `in_turn`."""
    return [statistics.median(found) for found in in_turn(runs, *works)]


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def process(words: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None) -> float:
    """Seconds from start to end of a process that must end well."""
    told = {**os.environ, **(environment or {})}
    before = time.perf_counter()
    done = subprocess.run(words, cwd=cwd, env=told, capture_output=True, text=True)
    took = time.perf_counter() - before
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return took
