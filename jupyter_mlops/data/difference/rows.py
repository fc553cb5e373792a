"""Which rows were added, removed and changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from jupyter_mlops.data.difference.matching import Matches, match
from jupyter_mlops.data.difference.reading import HIGH, LOW, PLACE, VALUES, Reading
from jupyter_mlops.data.difference.sides import Plan
from jupyter_mlops.data.difference.spill import partitions
from jupyter_mlops.exceptions import Refused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jupyter_mlops.data.difference.hashing import Hashes

EXAMPLES = 10
_BLOCK = 100_000
_LOOKED_AT = 500


@dataclass
class Found:
    """What became of the rows. Places count from 0; of each sort the first ten are named. `cells` counts
    the changed values of each column beside the key, in order; None where rows cannot be matched one by one.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    cells: NDArray[np.int64] | None = None
    added_places: list[int] = field(default_factory=list)
    removed_places: list[int] = field(default_factory=list)
    changed_places: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _Repeated:
    """Keys that are not alone on their side: the places of the first, and how many rows there are."""

    rows: int = 0
    places: tuple[int, ...] = ()

    def see(self, part: Hashes, repeated: NDArray[np.int64]) -> None:
        if not len(repeated):
            return
        self.rows += len(repeated)
        first = repeated[part[repeated, PLACE].argmin()]
        if self.places and self.places[0] < part[first, PLACE]:
            return
        alike = (part[:, HIGH] == part[first, HIGH]) & (part[:, LOW] == part[first, LOW])
        self.places = tuple(sorted(int(place) for place in part[alike, PLACE]))


def match_by_key(left: Reading, right: Reading, plan: Plan) -> Found:
    """Match rows that have the same key, and count the values that differ.

    Raises:
        Refused: a key is not alone on its side; the message names it and the rows.
    """
    import numpy as np

    found, repeated = Found(cells=np.zeros(len(plan.values), np.int64)), (_Repeated(), _Repeated())
    for one, other in partitions(left.matched, right.matched):
        matches = match((one[:, HIGH], one[:, LOW]), (other[:, HIGH], other[:, LOW]))
        repeated[0].see(one, matches.repeated_left)
        repeated[1].see(other, matches.repeated_right)
        _count_rows(found, one, other, matches)
        for start in range(0, len(matches.left), _BLOCK):
            lefts, rights = (places[start : start + _BLOCK] for places in (matches.left, matches.right))
            differs = one[lefts, VALUES:] != other[rights, VALUES:]
            found.cells += differs.sum(axis=0)
            rows = np.flatnonzero(differs.any(axis=1))
            found.changed += len(rows)
            first = rows[np.argsort(one[lefts[rows], PLACE])[:EXAMPLES]]
            pairs = zip(one[lefts[first], PLACE].tolist(), other[rights[first], PLACE].tolist(), strict=True)
            found.changed_places = sorted([*found.changed_places, *pairs])[:EXAMPLES]
    for side, rows_of_keys in zip((left, right), repeated, strict=True):
        if rows_of_keys.rows:
            raise _not_unique(side, plan, rows_of_keys)
    return found


def match_whole(left: Reading, right: Reading) -> Found:
    """Match rows all of whose values are the same, wherever they are."""
    found = Found()
    for one, other in partitions(left.matched, right.matched):
        _count_rows(found, one, other, match((one[:, HIGH], one[:, LOW]), (other[:, HIGH], other[:, LOW])))
    return found


def _count_rows(found: Found, one: Hashes, other: Hashes, matches: Matches) -> None:
    found.removed += len(matches.removed)
    found.added += len(matches.added)
    found.removed_places = _first(found.removed_places, one[matches.removed, PLACE])
    found.added_places = _first(found.added_places, other[matches.added, PLACE])


def _first(known: list[int], places: Hashes) -> list[int]:
    import numpy as np

    return sorted([*known, *np.sort(places)[:EXAMPLES].tolist()])[:EXAMPLES]


def _not_unique(reading: Reading, plan: Plan, repeated: _Repeated) -> Refused:
    from jupyter_mlops.data.difference.examples import texts

    row = reading.side.rows_at(repeated.places[:1])[repeated.places[0]]
    said = ", ".join(f"{name}={value}" for name, value in texts(row, plan.key).items())
    rows = ", ".join(f"{place + 1:,}" for place in repeated.places[:3])
    more = " and others" if len(repeated.places) > 3 else ""
    others = repeated.rows - len(repeated.places)
    return Refused(
        f"{reading.side.label}: key {said} is in rows {rows}{more}"
        + (f"; {others:,} more rows share theirs with another" if others else ""),
        hint="a key must tell rows apart: add columns to it, drop repeated rows, or compare without a key",
    )


def match_by_place(left: Reading, right: Reading) -> Found | None:
    """Match rows that stand at the same place, if most of them belong together, else None.

    They do if the values at the same place agree by more than half of what chance leaves (Cohen's kappa over
    all cells: Cohen 1960), which neither shuffled rows do nor rows after one that was put in.
    """
    import numpy as np

    found, cells, start = Found(), np.zeros(left.cells.width, np.int64), 0
    looked_at = np.linspace(0, left.rows - 1, min(left.rows, _LOOKED_AT)).astype(np.int64)
    seen: list[tuple[Hashes, Hashes]] = []
    for one, other in _side_by_side(left.cells.blocks(), right.cells.blocks()):
        differs = one != other
        rows = np.flatnonzero(differs.any(axis=1))
        cells += differs.sum(axis=0)
        found.changed += len(rows)
        places = (rows[:EXAMPLES] + start).tolist()
        found.changed_places = [*found.changed_places, *zip(places, places, strict=True)][:EXAMPLES]
        chosen = looked_at[(looked_at >= start) & (looked_at < start + len(one))] - start
        seen.append((one[chosen], other[chosen]))
        start += len(one)
    by_chance = _by_chance(*(np.concatenate(side) for side in zip(*seen, strict=True)))
    found.cells, agreed = cells, 1 - cells / left.rows
    left_by_chance = (1 - by_chance).sum()
    is_aligned = left_by_chance > 0 and (agreed - by_chance).sum() / left_by_chance >= 0.5
    return found if is_aligned else None


def _by_chance(one: Hashes, other: Hashes) -> NDArray[np.float64]:
    """For each column how often values of two rows at different places agree."""
    import numpy as np

    if len(one) < 2:
        return np.zeros(one.shape[1])
    apart = ~np.eye(len(one), dtype=bool)
    pairs = zip(one.T, other.T, strict=True)
    return np.array([(a[:, None] == b[None, :])[apart].mean() for a, b in pairs])


def _side_by_side(left: Iterator[Hashes], right: Iterator[Hashes]) -> Iterator[tuple[Hashes, Hashes]]:
    """Blocks of two equally long sequences, cut to the same lengths."""
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        rows = min(len(one), len(other))
        if rows:
            yield one[:rows], other[:rows]
        one = one[rows:] if len(one) > rows else next(left, None)
        other = other[rows:] if len(other) > rows else next(right, None)


Sort = Literal["added", "removed", "changed"]


def chosen_examples(found: Found) -> dict[Sort, int]:
    """How many examples of each sort are shown, ten at most in all, none at the others' cost."""
    counts: dict[Sort, int] = {"changed": 0, "added": 0, "removed": 0}
    there: dict[Sort, int] = {
        "changed": len(found.changed_places),
        "added": len(found.added_places),
        "removed": len(found.removed_places),
    }
    while sum(counts.values()) < EXAMPLES and counts != there:
        for sort in counts:
            if counts[sort] < there[sort] and sum(counts.values()) < EXAMPLES:
                counts[sort] += 1
    return counts
