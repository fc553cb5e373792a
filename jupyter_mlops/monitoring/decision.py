"""Whether a column drifted: by the size of what was found, and by a test that says that it is no chance."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jupyter_mlops.data.comparable import as_floats
from jupyter_mlops.data.divergence import holm
from jupyter_mlops.data.shift import MISSING, NORMED_WASSERSTEIN, Aspect, aspects, missing_aspect
from jupyter_mlops.entities import ColumnDrift, ColumnKind, DriftState
from jupyter_mlops.monitoring import words
from jupyter_mlops.monitoring.pairs import Pair
from jupyter_mlops.monitoring.pictures import pictures, value_text

LEVEL = 0.01  # chance of a false alarm in any column or prediction of a report
FEWEST = 30  # values of a side from which on they are compared
NEW_VALUES = 10  # new categories that are named
LATER = 0.9  # share of moments after all of the reference's from which on they count as gone on
ALIKE = 2.0  # times that one span of time may be as long as another that is like it
FINITE = sys.float_info.max
SAME = 1e-9  # two constants that differ by less, relative to their size, are one that was rounded


@dataclass(frozen=True)
class Thresholds:
    """Effects beyond which a column drifted: of numbers and times the normed Wasserstein distance, of all
    else the Jensen-Shannon distance; `columns` has others for columns by name."""

    numbers: float = 0.1
    categories: float = 0.1
    columns: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str, aspect: Aspect) -> float:
        """The one for that aspect of the column."""
        usual = self.numbers if aspect.measure == NORMED_WASSERSTEIN else self.categories
        return self.columns.get(name, usual)


@dataclass(frozen=True)
class Finding:
    """One aspect of a column, with its threshold and, once all columns are known, `p_value`: corrected for
    how many tests were made."""

    aspect: Aspect
    threshold: float
    p_value: float | None = None
    tests: int = 1
    expected: bool = False  # as times that went on: no drift, however large

    @property
    def large(self) -> bool:
        """The effect is beyond the threshold."""
        return self.aspect.effect > self.threshold and not self.expected

    @property
    def drifted(self) -> bool:
        """It is large, and no chance."""
        return self.large and self.p_value is not None and self.p_value <= LEVEL

    @property
    def undecidable(self) -> bool:
        """It is large, but so few or rare values could not have shown whether it is chance."""
        return self.large and (self.p_value is None or self.aspect.least * self.tests > LEVEL)


def decide(pairs: Sequence[Pair], thresholds: Thresholds) -> list[ColumnDrift]:
    """What became of each column; among all of them there is a false alarm in at most 1 % of cases, by
    Holm's correction over all tests."""
    looked = [_findings(pair, thresholds) for pair in pairs]
    tested = [finding.aspect.p_value for found in looked for finding in found]
    corrected = iter(holm([p_value for p_value in tested if p_value is not None]))
    tests = sum(p_value is not None for p_value in tested)
    decided = []
    for pair, found in zip(pairs, looked, strict=True):
        known = [
            replace(f, p_value=None if f.aspect.p_value is None else next(corrected), tests=tests)
            for f in found
        ]
        decided.append(_column(pair, known, thresholds))
    return decided


def _findings(pair: Pair, thresholds: Thresholds) -> list[Finding]:
    if pair.kind is None or min(pair.rows) < FEWEST:
        return []
    found = []
    if min(pair.counts) >= FEWEST and not _one_constant(pair):
        expected = pair.name not in thresholds.columns and went_on(pair)
        found += [
            Finding(aspect, thresholds.of(pair.name, aspect), expected=expected)
            for aspect in aspects(pair.left, pair.right, pair.kind)
        ]
    rates = missing_aspect(pair.rows, pair.missing)
    if rates is not None:
        found.append(Finding(rates, thresholds.of(pair.name, rates)))
    return found


def went_on(pair: Pair) -> bool:
    """Whether the column holds moments that are but later, as those of newer data are: 90 % of the current
    ones after all of the reference's, and over a like span (from the 5th percentile to the 95th; up to twice
    or half as long). Durations do not go on."""
    import numpy as np

    if pair.kind is not ColumnKind.TIME or pair.durations:
        return False
    left, right = as_floats(pair.left, pair.right, ColumnKind.TIME)
    if not (len(left) and len(right)) or (right > left.max()).mean() < LATER:
        return False
    spans = [float(np.ptp(np.quantile(side, [0.05, 0.95]))) for side in (left, right)]
    return max(spans) <= ALIKE * min(spans)


def _one_constant(pair: Pair) -> bool:
    """Whether there is but one value, the same on both sides; floats may differ by rounding."""
    left, right = pair.left.dropna(), pair.right.dropna()
    if not (len(left) and len(right)):
        return False
    first, second = left.iloc[0], right.iloc[0]
    try:
        if isinstance(first, float) and isinstance(second, float):
            low, high = float(min(left.min(), right.min())), float(max(left.max(), right.max()))
            return low == high or high - low <= SAME * min(max(abs(low), abs(high)), FINITE)
        return bool(first == second and (left == first).all() and (right == first).all())
    except (TypeError, ValueError):  # lists, numbers beside texts and the like
        return False


def _column(pair: Pair, found: Sequence[Finding], thresholds: Thresholds) -> ColumnDrift:
    state, why = _state(pair, found)
    foremost = _foremost(found)
    statistics = {
        name: value for finding in reversed(found) for name, value in finding.aspect.statistics.items()
    }
    made = ColumnDrift(
        name=pair.name,
        kind=pair.kind or ColumnKind.OTHER,
        state=state,
        why=why,
        statistics=statistics,
        reference_count=pair.counts[0],
        current_count=pair.counts[1],
        reference_missing=pair.missing[0],
        current_missing=pair.missing[1],
        new_values=_new_values(found) if pair.kind is ColumnKind.CATEGORY else (),
        **({} if pair.kind is None else pictures(pair)),
    )
    if foremost is None:
        return made
    update = {"measure": words.measure(foremost.aspect), "effect": foremost.aspect.effect}
    return made.model_copy(update={**update, "threshold": foremost.threshold, "p_value": foremost.p_value})


def _foremost(found: Sequence[Finding]) -> Finding | None:
    """The finding that decided, and that `why` speaks of; where none did the first, which is what the kind is
    usually compared by. None where what was found had been expected."""
    drifted = [finding for finding in found if finding.drifted]
    if drifted:
        return max(drifted, key=lambda finding: finding.aspect.effect / finding.threshold)
    large = sorted((finding for finding in found if finding.large), key=lambda f: not f.undecidable)
    if large:
        return large[0]
    return next((finding for finding in found if not any(f.expected for f in found)), None)


def _state(pair: Pair, found: Sequence[Finding]) -> tuple[DriftState, str]:
    if pair.kind is None:
        return DriftState.RETYPED, words.retyped(pair)
    drifted = sorted(
        (finding for finding in found if finding.drifted),
        key=lambda finding: -finding.aspect.effect / finding.threshold,
    )
    if drifted:
        return DriftState.DRIFTED, words.drifted(pair, [(f.aspect, f.threshold) for f in drifted])
    if max(pair.counts) == 0 and min(pair.rows):
        return DriftState.MISSING, "on both sides"
    if min(pair.counts) < FEWEST:
        if min(pair.rows) >= FEWEST and min(pair.counts) == 0:
            return DriftState.MISSING, words.one_side_missing(pair)
        return DriftState.TOO_FEW, words.too_few(pair, FEWEST)
    if _one_constant(pair):
        return DriftState.CONSTANT, f"{value_text(pair.left.dropna().iloc[0])} on both sides"
    foremost = _foremost(found)
    if foremost is not None and foremost.undecidable:
        return DriftState.TOO_FEW, words.undecidable(foremost.aspect, foremost.threshold)
    if foremost is None:
        return DriftState.SAME, words.LATER if found else ""
    return DriftState.SAME, words.same(foremost.aspect, foremost.threshold, foremost.p_value)


def _new_values(found: Sequence[Finding]) -> tuple[str, ...]:
    counts = next((f.aspect.levels for f in found if f.aspect.levels and f.aspect.name != MISSING), None)
    if counts is None:
        return ()
    new = [(-int(b), value_text(v)) for v, a, b in zip(*counts, strict=True) if not a]
    return tuple(text for _, text in sorted(new)[:NEW_VALUES])
