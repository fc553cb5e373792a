"""What a row of faults came to: attempts, what was wrong with them, and the worst that was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

SLACK = 2.0  # seconds that a loaded machine of two cores may be late by, on top of what is promised


class CannotProvoke(Exception):
    """This machine lacks what the fault is made with; the text says what."""


@dataclass
class Figures:
    """`wrong` has a line for each thing that did not hold, `worst` the largest of each measure with its
    unit, by what was measured."""

    attempts: int = 0
    wrong: list[str] = field(default_factory=list)
    worst: dict[str, tuple[float, str]] = field(default_factory=dict)

    def judge(self, attempt: str, problems: Iterable[str | None]) -> None:
        """Count one attempt; those of its problems that are told make it wrong, once."""
        self.attempts += 1
        told = [problem for problem in problems if problem]
        if told:
            self.wrong.append(f"{attempt}: {'; '.join(told)}")

    def measure(self, what: str, value: float, unit: str = "s") -> None:
        """Keep the largest."""
        before = self.worst.get(what, (value, unit))[0]
        self.worst[what] = max(before, value), unit

    def said(self) -> str:
        """The measures in words."""
        return ", ".join(
            f"{what} {value:.2f} s" if unit == "s" else f"{what} {value:,.0f} {unit}".rstrip()
            for what, (value, unit) in self.worst.items()
        )


def side_by_side(count: int, one: Callable[[int], T], workers: int = 2) -> list[T]:
    """What `one` gives for 0 to `count` - 1, some at the same time."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(count)))


def over(what: str, seconds: float, bound: float) -> str | None:
    """A problem where it took longer than is promised and a loaded machine explains."""
    return f"{what} took {seconds:.2f} s, not {bound:g} s" if seconds > bound + SLACK else None
