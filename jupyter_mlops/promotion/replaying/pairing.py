"""Which run of a replay is which of the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from jupyter_mlops.entities import Run
from jupyter_mlops.tracking.run_names import is_named_by_chance


@dataclass(frozen=True)
class Pair:
    """A run of either side, or of one that has no other; `label` is "" of the whole, else names the part."""

    label: str
    original: Run | None
    replayed: Run | None


def paired(original: Sequence[Run], replayed: Sequence[Run]) -> list[Pair]:
    """The runs of two families, whose first is the whole: parts by their names, of one name in order; those
    that nobody named by their parameters, which a search may have tried in any order, and then in order."""
    whole = [Pair("", *sides) for sides in zip_longest(original[:1], replayed[:1])]
    named = [_named(side[1:]) for side in (original, replayed)]
    keys = dict.fromkeys([*named[0], *named[1]])
    parts = [
        Pair(name if number == 1 else f"{name} #{number}", *(side.get((name, number)) for side in named))
        for name, number in keys
    ]
    unnamed = [[run for run in side[1:] if is_named_by_chance(run)] for side in (original, replayed)]
    others = [Pair(f"part {place}", *sides) for place, sides in enumerate(_matched(*unnamed), 1)]
    return [*whole, *parts, *others]


def _named(runs: Sequence[Run]) -> dict[tuple[str, int], Run]:
    found: dict[tuple[str, int], Run] = {}
    seen: dict[str, int] = {}
    for run in runs:
        if not is_named_by_chance(run):
            seen[run.name] = seen.get(run.name, 0) + 1
            found[run.name, seen[run.name]] = run
    return found


def _matched(original: Sequence[Run], replayed: Sequence[Run]) -> list[tuple[Run | None, Run | None]]:
    left = list(replayed)
    found: list[tuple[Run, Run | None]] = []
    for run in original:
        same = next((each for each in left if each.parameters == run.parameters), None)
        found.append((run, same))
        if same is not None:
            left.remove(same)
    waiting = iter(left)
    first = [(run, same if same is not None else next(waiting, None)) for run, same in found]
    return [*first, *((None, run) for run in waiting)]
