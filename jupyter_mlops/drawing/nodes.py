"""What is drawn of a step: all points of its grid are one node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from graphlib import TopologicalSorter

from jupyter_mlops.entities import PipelineRun, StepRun, StepState
from jupyter_mlops.letters import harmless

LONGEST = 28  # columns of a name in a box

ICONS: Mapping[StepState, str] = {
    StepState.WAITING: "○",
    StepState.RUNNING: "▶",
    StepState.CACHED: "≡",
    StepState.FINISHED: "✓",
    StepState.FAILED: "✗",
    StepState.CANCELLED: "■",
    StepState.SKIPPED: "»",
    StepState.NOT_RUN: "–",
    StepState.STALE: "≠",
}
STYLES: Mapping[StrEnum, str] = {  # in a terminal
    StepState.RUNNING: "cyan",
    StepState.FINISHED: "green",
    StepState.CACHED: "green",
    StepState.FAILED: "red",
    StepState.CANCELLED: "yellow",
    StepState.STALE: "yellow",
    StepState.WAITING: "dim",
    StepState.SKIPPED: "dim",
    StepState.NOT_RUN: "dim",
}
PLAIN_ICONS: Mapping[StepState, str] = {
    StepState.WAITING: ".",
    StepState.RUNNING: ">",
    StepState.CACHED: "=",
    StepState.FINISHED: "+",
    StepState.FAILED: "x",
    StepState.CANCELLED: "!",
    StepState.SKIPPED: "/",
    StepState.NOT_RUN: "-",
    StepState.STALE: "~",
}
# what a grid is said to be: the first of these that one of its points is
FOREMOST = (
    StepState.FAILED,
    StepState.RUNNING,
    StepState.CANCELLED,
    StepState.WAITING,
    StepState.STALE,
    StepState.NOT_RUN,
    StepState.FINISHED,
    StepState.CACHED,
    StepState.SKIPPED,
)
DONE = frozenset({StepState.FINISHED, StepState.CACHED})


@dataclass(frozen=True)
class Node:
    """A step with all points of its grid."""

    name: str
    points: tuple[StepRun, ...]

    @property
    def state(self) -> StepState:
        """That of the point which matters most: one that failed, else one that runs."""
        states = {point.state for point in self.points}
        return next(state for state in FOREMOST if state in states)

    @property
    def label(self) -> str:
        """The name as it fits a box, and of a grid how many of its points are done."""
        name = clean(self.name, LONGEST)
        if len(self.points) == 1:
            return name
        return f"{name} {sum(point.state in DONE for point in self.points)}/{len(self.points)}"

    @property
    def told(self) -> str:
        """Its state in a few words."""
        if len(self.points) > 1:
            counts = Counter(point.state for point in self.points)
            return ", ".join(f"{counts[state]} {state.value}" for state in FOREMOST if counts[state])
        [point] = self.points
        if point.state is StepState.RUNNING and point.cells:
            return f"running, cell {min(point.cell + 1, point.cells)} of {point.cells}"
        if point.state in {StepState.FINISHED, StepState.FAILED} and point.duration is not None:
            return f"{point.state.value} in {duration(point.duration)}"
        return point.state.value

    @property
    def whole(self) -> str:
        """All that is known of it on one line: name, state, and why."""
        reasons = list(dict.fromkeys(point.error or point.why for point in self.points))
        why = "; ".join(clean(reason, 200) for reason in reasons[:3] if reason)
        return f"{clean(self.name, 200)}: {self.told}" + (f" ({why})" if why else "")


def fold(run: PipelineRun) -> tuple[list[Node], list[tuple[int, int]]]:
    """The nodes, those first that others come after, and the edges as pairs of places among them."""
    return folded(run.steps, run.edges)


def folded(
    steps: Iterable[StepRun], edges: Mapping[str, tuple[str, ...]]
) -> tuple[list[Node], list[tuple[int, int]]]:
    """`fold` of steps that are not in a run yet.

    Raises:
        graphlib.CycleError: steps come after each other.
    """
    points: dict[str, list[StepRun]] = {}
    for step in steps:
        points.setdefault(step.step, []).append(step)
    known = {name: [up for up in edges.get(name, ()) if up in points] for name in points}
    order = {name: place for place, name in enumerate(TopologicalSorter(known).static_order())}
    nodes = [Node(name, tuple(points[name])) for name in order]
    pairs = {(order[up], order[name]) for name, ups in known.items() for up in ups}
    return nodes, sorted(pairs)


def clean(text: str, longest: int) -> str:
    """Text on one line of at most so many columns, where whatever would steer a terminal or a page is a
    replacement character."""
    # C: control characters, those that turn the direction of writing, surrogates, unassigned ones
    text = " ".join(text[: 10 * longest + 100].split())  # of a huge one no more than can be shown
    kept = harmless(text)
    if width(kept) <= longest:
        return kept
    room = longest - 1
    for place, letter in enumerate(kept):
        room -= width(letter)
        if room < 0:
            return kept[:place] + "…"
    return kept


def width(text: str) -> int:
    """Columns of a terminal."""
    from rich.cells import cell_len

    return cell_len(text)


def duration(seconds: float) -> str:
    """A length of time as a person says it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
