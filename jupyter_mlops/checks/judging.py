"""Demands on a model, judged on data: metrics, slices, invariance, latency, size."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_mlops.checks.expressions import OPERATORS, AtLeast, Invariant, Latency, Size
from jupyter_mlops.entities import CheckStatus
from jupyter_mlops.evaluation.metrics import scores
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.slicing import groups_of

if TYPE_CHECKING:
    import numpy
    import pandas

    Array = numpy.ndarray[Any, Any]

FEW_ROWS = 30  # a part of fewer rows is not judged
SHOWN = 50  # parts that the details tell
FEW_VALUES = 10  # a column of so many is set to each; of more it is shuffled
SHUFFLES = 3
WARM, REPEATS, LONGEST = 3, 30, 10.0  # predictions before time is taken; then; and seconds for all of them
SEED = 0


class Undecided(Exception):
    """A check could not be made; the text says why. `skipped` tells that there was nothing to check."""

    def __init__(self, why: str, *, skipped: bool = False) -> None:
        super().__init__(why)
        self.skipped = skipped


@dataclass(frozen=True)
class Verdict:
    """What came of one check."""

    holds: bool
    message: str
    details: tuple[str, ...] = ()

    @property
    def status(self) -> CheckStatus:
        """As a result has it."""
        return CheckStatus.PASSED if self.holds else CheckStatus.FAILED


@dataclass
class Judged:
    """A model on data with true labels: `features` and `y` row by row, `frame` the same rows with all their
    columns; `whole` has the rows without a label, too, the others by the number that is their index."""

    model: Model
    features: pandas.DataFrame
    y: Array
    frame: pandas.DataFrame
    whole: pandas.DataFrame | None = None

    @cached_property
    def predicted(self) -> Array:
        """What the model says."""
        return self.model.predict(self.features)

    @cached_property
    def probabilities(self) -> Array | None:
        """Of each class."""
        return self.model.probabilities(self.features)

    def scores(self, rows: Array | None = None) -> dict[str, float]:
        """Metrics on all rows, or on those of these numbers."""
        chosen = slice(None) if rows is None else rows
        probabilities = None if self.probabilities is None else self.probabilities[chosen]
        return scores(
            self.model.task, self.y[chosen], self.predicted[chosen], probabilities, self.model.classes
        )

    def on_same(self, model: Model) -> Judged:
        """Another model on the same rows."""
        return Judged(model, self.features, self.y, self.frame, self.whole)

    @property
    def unlabelled(self) -> str:
        """How many rows have no label, in words; nothing where all have."""
        rows = len(self.y) if self.whole is None else len(self.whole)
        left = [name for name in self.frame.columns if name not in self.features.columns]
        target = str(left[0]) if len(left) == 1 else "label"
        missing = rows - len(self.y)
        return f"{missing:,} of {rows:,} rows have no {target}" if missing else ""

    def parts(self, column: pandas.Series[Any]) -> tuple[list[tuple[str, Array]], list[tuple[str, str]]]:
        """The rows by the values of a column of `whole`: (value, numbers of its rows) of those that have
        enough rows to be judged, and (value, why not) of the others."""
        import numpy as np

        place = np.full(len(column), -1)
        place[self.features.index if self.whole is not None else slice(None)] = np.arange(len(self.y))
        groups = groups_of(column, FEW_ROWS)
        judged: list[tuple[str, Array]] = []
        others: list[tuple[str, str]] = []
        for value, rows in groups.parts:
            labelled = place[rows][place[rows] >= 0]
            if len(labelled) >= FEW_ROWS:
                judged.append((value, labelled))
            elif len(labelled):
                many = f"{len(labelled)} rows are" if len(labelled) > 1 else "1 row is"
                others.append((value, f"{many} too few"))
            else:
                others.append((value, f"none of its {len(rows):,} rows has a label"))
        others += [("rarer values", "there are too many groups")] * groups.beyond
        return judged, others


def not_judged(judged: int, others: Sequence[str]) -> str:
    """How many groups were not judged, and why, for the end of a message; `others` are the reasons."""
    if not others:
        return ""
    kinds = Counter(_reason(why) for why in others)
    told = ", ".join(f"{many} {why}" if len(kinds) > 1 else why for why, many in kinds.items())
    total = judged + len(others)
    return f"; {len(others):,} of {total:,} groups {'were' if len(others) > 1 else 'was'} not judged: {told}"


def _reason(why: str) -> str:
    if why.endswith("too few"):
        return f"fewer than {FEW_ROWS} rows"
    if why.endswith("has a label"):
        return "no row with a label"
    return "too many groups" if why.startswith("there are too many") else "the metric is not defined there"


def judge_metric(demand: AtLeast, judged: Judged, other: Judged | None) -> Verdict:
    """The metric on all rows or, with `by`, on each part of them.

    Raises:
        Undecided: the metric is not defined there, or all parts are too small.
    """
    if demand.by is not None:
        return _by_slice(demand, judged, other)
    holds, said, _ = _compared(demand, judged, other, None)
    return Verdict(holds, said)


def _compared(
    demand: AtLeast, judged: Judged, other: Judged | None, rows: Array | None
) -> tuple[bool, str, float]:
    """Whether it holds, in words, and by how much."""
    value = _of(demand.metric, judged, rows)
    bound, told = demand.value, f"{demand.value:g}"
    if other is not None:
        reference = _of(demand.metric, other, rows)
        bound = reference + demand.value
        slack = f" {'-' if demand.value < 0 else '+'} {abs(demand.value):g}" if demand.value else ""
        told = f"{reference:.4g}{slack} of {other.model.label}"
    holds = OPERATORS[demand.operator](value, bound)
    margin = value - bound if ">" in demand.operator else bound - value
    said = f"{demand.metric} is {value:.4g}, {'' if holds else 'not '}{demand.operator} {told}"
    return holds, said, margin


def _of(metric: str, judged: Judged, rows: Array | None) -> float:
    found = judged.scores(rows)
    if metric not in found:
        known = ", ".join(found)
        raise Undecided(f"{metric} of {judged.model.label} is not defined on these rows, only {known}")
    return found[metric]


def _by_slice(demand: AtLeast, judged: Judged, other: Judged | None) -> Verdict:
    column = _column(judged.frame if judged.whole is None else judged.whole, str(demand.by))
    parts: list[tuple[float, bool, str]] = []
    groups, others = judged.parts(column)
    for value, rows in groups:
        try:
            holds, said, margin = _compared(demand, judged, other, rows)
        except Undecided as why:
            others.append((value, str(why)))
            continue
        parts.append((margin, holds, f"{demand.by} {value}: {said} ({len(rows):,} rows)"))
    small = list(dict.fromkeys(f"{demand.by} {value}: not judged, {why}" for value, why in others))
    if not parts:
        raise Undecided(f"no part by {demand.by} could be judged: {'; '.join(small[:5]) or 'no rows'}")
    parts.sort(key=lambda part: part[0])
    failed = sum(not holds for _, holds, _ in parts)
    told = f"{failed} of {len(parts)} parts fail, worst {parts[0][2]}" if failed else f"worst {parts[0][2]}"
    left = not_judged(len(parts), [why for _, why in others])
    lines = [*some([said for _, _, said in parts], "better ones"), *some(small, "groups not judged")]
    return Verdict(not failed, f"{told}{left}", tuple(lines))


def some(lines: Sequence[str], what: str) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"and {more:,} more {what}"] if more > 0 else [])]


def _column(frame: pandas.DataFrame, name: str) -> pandas.Series[Any]:
    by_name: dict[str, Any] = {str(column): column for column in frame.columns}
    if name not in by_name:
        raise Undecided(f"the data have no column {name!r}")
    return frame[by_name[name]]


def judge_invariance(demand: Invariant, judged: Judged) -> Verdict:
    """Whether predictions stay the same where the column has another value: each value in turn in all rows,
    or, of a column of many values, those of other rows.

    Raises:
        Undecided: there is no such column, or it has one value only.
    """
    import numpy as np

    column = _column(judged.frame, demand.column)
    taken = judged.model.features
    if taken and demand.column not in taken:
        return Verdict(True, f"the model is not given {demand.column}")
    if column.nunique() < 2:
        raise Undecided(f"{demand.column} has one value only in these data")
    changed = np.zeros(len(judged.y), dtype=bool)
    details = []
    for how, values in _replacements(column):
        said = judged.model.predict(judged.features.assign(**{str(column.name): values}))
        now = _differs(judged.predicted, said)
        changed |= now
        details.append(f"{how}: {now.mean():.1%} of predictions change")
    share = float(changed.mean())
    told = f"{int(changed.sum()):,} of {len(changed):,} predictions ({share:.1%}) change with {demand.column}"
    if not share:
        told = f"no prediction changes with {demand.column}"
    return Verdict(share <= demand.share, told, tuple(details))


def _replacements(column: pandas.Series[Any]) -> Iterator[tuple[str, pandas.Series[Any]]]:
    import numpy as np
    import pandas as pd

    values = column.dropna().unique()
    if len(values) <= FEW_VALUES:
        for value in values:
            yield f"all set to {value}", pd.Series([value] * len(column), column.index, dtype=column.dtype)
        return
    random = np.random.default_rng(SEED)
    for number in range(1, SHUFFLES + 1):
        shuffled = column.iloc[random.permutation(len(column))]
        yield f"shuffled, time {number}", shuffled.set_axis(column.index)


def _differs(before: Array, after: Array) -> Array:
    import numpy as np

    if before.dtype.kind == "f" and after.dtype.kind == "f":
        return ~np.isclose(before, after, rtol=1e-6, atol=0, equal_nan=True)
    return np.asarray(before != after)


def judge_latency(demand: Latency, judged: Judged) -> Verdict:
    """The median time of a prediction, after a few that are not counted."""
    import numpy as np

    random = np.random.default_rng(SEED)

    def rows() -> pandas.DataFrame:
        return judged.features.iloc[random.integers(0, len(judged.features), demand.rows)]

    taken = _times(lambda part: judged.model.predict(part), rows)
    median = float(np.median(taken))
    holds = median < demand.seconds if demand.strict else median <= demand.seconds
    what = "one row" if demand.rows == 1 else f"{demand.rows:,} rows"
    return Verdict(holds, f"{_duration(median)} for {what} (median of {len(taken)})")


def _times(predict: Callable[[Any], Any], rows: Callable[[], Any]) -> list[float]:
    taken: list[float] = []
    until = time.monotonic() + LONGEST
    for number in range(WARM + REPEATS):
        part = rows()
        begun = time.perf_counter()
        predict(part)
        if number >= WARM:
            taken.append(time.perf_counter() - begun)
        if time.monotonic() > until and taken:
            break
    return taken


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def judge_size(demand: Size, size: int) -> Verdict:
    """The bytes of all its files."""
    holds = size < demand.bytes if demand.strict else size <= demand.bytes
    return Verdict(holds, f"its files are {_bytes(size)}")


def _bytes(size: int) -> str:
    for unit, many in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= many:
            return f"{size / many:.3g} {unit}"
    return f"{size} bytes"
