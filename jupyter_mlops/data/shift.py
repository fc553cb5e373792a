"""How far the values of one column lie from those of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from jupyter_mlops.data import divergence
from jupyter_mlops.data.comparable import (
    Levels,
    distinct_counts,
    in_order,
    levels,
    missing,
    paired_numbers,
    texts,
)
from jupyter_mlops.entities import ColumnKind, Shift

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

NORMED_WASSERSTEIN = "normed Wasserstein"
JENSEN_SHANNON = "Jensen-Shannon"
UNSEEN = "share beyond chance"

VALUES = "values"
LEVELS = "values as categories"
FAR = "far values"
MISSING = "missing values"

FEW = 20  # numbers with no more distinct values are compared as categories too
WORDS = 100  # most frequent words that are told apart, the rest counts as one
OFTEN = 5  # times that a word occurs, on both sides together, to be told apart
TEXTS = 20_000  # texts of a side that are looked at, drawn at random where there are more

# Cohen's d: 0.2 small, 0.5 medium, 0.8 large, of which a shift of the mean is the normed Wasserstein; and
# Cohen's w: 0.1, 0.3, 0.5, of which the Jensen-Shannon distance of two like distributions is 0.85
_SIZES: Mapping[str, tuple[float, float, float]] = {
    NORMED_WASSERSTEIN: (0.1, 0.5, 0.8),
    JENSEN_SHANNON: (0.1, 0.25, 0.4),
    UNSEEN: (0.1, 0.25, 0.4),
}


@dataclass(frozen=True)
class Aspect:
    """One respect in which two columns were compared, `name`: `effect` of the statistic `measure`, and the
    `p_value` of a test of it, None where none could be made. `least` is the smallest p-value that so few
    values could have led to; `levels` the different values and their counts, where they were counted."""

    name: str
    measure: str
    effect: float
    p_value: float | None
    statistics: Mapping[str, float] = field(default_factory=dict)
    least: float = 0.0
    levels: Levels | None = None


def shift(left: pd.Series, right: pd.Series, kind: ColumnKind) -> Shift:
    """How far `right` lies from the reference `left`, both being of that kind.

    Numbers, times (as seconds) and booleans (as 0 and 1) are compared by the normed Wasserstein distance,
    categories by the Jensen-Shannon distance, texts in the respects that `text_aspects` names, of which the
    one with the greatest effect counts. `size` is "none" too where the effect may well be chance
    (p > 0.05), or where a side has no value.
    """
    rates = missing_aspect((len(left), len(right)), (missing(left), missing(right)))
    found = aspects(left, right, kind)
    statistics = {name: value for aspect in reversed(found) for name, value in aspect.statistics.items()}
    if rates is not None:
        statistics["missing"] = rates.statistics["missing"]
    if not found:
        return Shift(measure=_MEASURES.get(kind, JENSEN_SHANNON), effect=0.0, statistics=statistics)
    first = max(found, key=lambda aspect: aspect.effect) if kind is ColumnKind.TEXT else found[0]
    return Shift(
        measure=f"{first.measure} of {first.name}" if kind is ColumnKind.TEXT else first.measure,
        effect=first.effect,
        p_value=first.p_value,
        statistics=statistics,
        size=_size(first),
    )


def aspects(left: pd.Series, right: pd.Series, kind: ColumnKind) -> list[Aspect]:
    """Every respect in which the values that are there are compared, the one that is foremost for the kind
    first; none where a side has no value."""
    if kind in {ColumnKind.NUMBER, ColumnKind.TIME, ColumnKind.BOOLEAN}:
        found = number_aspects(*paired_numbers(left, right, kind))
        return (
            sorted(found, key=lambda aspect: aspect.name != LEVELS) if kind is ColumnKind.BOOLEAN else found
        )
    if kind is ColumnKind.TEXT:
        return text_aspects(left, right)
    counts = levels(left, right)
    return [category_aspect(VALUES, counts)] if counts.left.any() and counts.right.any() else []


def number_aspects(left: NDArray[np.float64], right: NDArray[np.float64]) -> list[Aspect]:
    """Numbers without missing ones, infinities allowed: where they lie, how often the values occur where
    these are few, and how many lie far out.

    Values beyond ten interquartile ranges from the quartiles of both sides are pulled in to there before
    distances are taken: one 999999 among a thousand ages would else make the standard deviation so great
    that no shift of the others is seen. How many lie beyond three is compared on its own.
    """
    import numpy as np

    if not (len(left) and len(right)):
        return []
    everything = np.concatenate([left, right])
    finite = everything[np.isfinite(everything)]
    if not len(finite):
        return [_infinite(left, right)]
    far = _far_values(left, right, finite)
    left, right = _pulled_in(left, finite), _pulled_in(right, finite)
    points, gap = divergence.gaps(left, right)
    spread = divergence.spread(left, right)
    statistic, p_value = divergence.kolmogorov_smirnov(left, right, gap)
    statistics = {"ks": statistic, "ks_p_value": p_value}
    few = distinct_counts(left, right, FEW)
    found = []
    if few is not None:
        level = category_aspect(LEVELS, few)
        if level.p_value is not None:  # the better of two tests, at the price of two looks
            p_value = min(1.0, 2 * min(p_value, level.p_value))
        found = [replace(level, p_value=p_value)]
    bins = divergence.decile_counts(left, right) if few is None else few[1:]
    statistics["psi"] = divergence.stability_index(*bins)
    effect = divergence.wasserstein(points, gap) / spread if spread > 0 else 0.0
    statistics["wasserstein"] = effect
    first = Aspect(VALUES, NORMED_WASSERSTEIN, effect, p_value, statistics)
    return [first, *found, *([far] if far else [])]


def category_aspect(name: str, counts: Levels) -> Aspect:
    """How often each value occurs on either side."""
    _, left, right = in_order(counts)
    effect = divergence.jensen_shannon(left, right)
    chi_square, p_value = divergence.independence(left, right)
    statistics = {
        "jensen_shannon": effect,
        "chi_square": chi_square,
        "psi": divergence.stability_index(left, right),
    }
    least = divergence.least_p_value(left, right)
    return Aspect(name, JENSEN_SHANNON, effect, p_value, statistics, least, counts)


def missing_aspect(rows: tuple[int, int], gone: tuple[int, int]) -> Aspect | None:
    """How many values of all `rows` of the two sides are `gone`: a test of two proportions, and the effect
    that of a category with two values; None where none is, or a side has no rows."""
    if not all(rows) or not any(gone):
        return None
    return _rate(MISSING, "missing", rows, gone)


def text_aspects(left: pd.Series, right: pd.Series) -> list[Aspect]:
    """Texts too many to be counted one by one: their lengths in characters; their patterns, in which
    ``AB-1234`` is ``A-9``; where most have several words, the longest word of each; and how many of
    either side the other has not, beyond what chance would bring.

    At most 20,000 of a side are looked at.
    """
    import numpy as np
    import pandas as pd

    one, other = texts(left, TEXTS), texts(right, TEXTS)
    if not (one and other):
        return []
    lengths = number_aspects(*(np.array([len(text) for text in side], dtype=float) for side in (one, other)))
    found = [replace(lengths[0], name="lengths")]
    found.append(_frequent("patterns", [_pattern(text) for text in one], [_pattern(text) for text in other]))
    if all(sum(" " in text.strip() for text in side) > len(side) / 2 for side in (one, other)):
        words = ([_longest_word(text) for text in side] for side in (one, other))
        found.append(_frequent("longest words", *words))
    counts = levels(pd.Series(one, dtype=object), pd.Series(other, dtype=object))
    for name, statistic, *sides in (
        ("unseen values", "unseen", counts.left, counts.right),
        ("values that are gone", "gone", counts.right, counts.left),
    ):
        share, expected, p_value = divergence.unseen(*sides)
        if p_value is not None:
            beyond = max(share - expected, 0.0)
            found.append(Aspect(name, UNSEEN, beyond, p_value, {statistic: share}, levels=counts))
    return found


def _frequent(name: str, left: list[str], right: list[str]) -> Aspect:
    """The most frequent values beside all the others as one. Which are frequent is told by both sides
    together, and of equally frequent ones by their text: were it by where they come first, that side would
    seem to have more of them."""
    import numpy as np
    import pandas as pd

    counts = levels(pd.Series(left, dtype=object), pd.Series(right, dtype=object))
    total = counts.left + counts.right
    often = np.flatnonzero(total >= OFTEN).tolist()
    top = sorted(often, key=lambda place: (-total[place], counts.values[place]))[:WORDS]
    if len(top) < len(total):
        counts = Levels(
            [*(counts.values[place] for place in top), "other"],
            np.append(counts.left[top], counts.left.sum() - counts.left[top].sum()),
            np.append(counts.right[top], counts.right.sum() - counts.right[top].sum()),
        )
    aspect = category_aspect(name, counts)
    return replace(aspect, statistics={name: aspect.effect})


def _pattern(text: str) -> str:
    """Upper-case letters as A, others as a, digits as 9, each once in a row; the rest as it is."""
    marks: list[str] = []
    for character in text[:200]:
        mark = character
        if character.isalpha():
            mark = "A" if character.isupper() else "a"
        elif character.isdigit():
            mark = "9"
        elif character.isspace():
            mark = " "
        if not marks or marks[-1] != mark:
            marks.append(mark)
    return "".join(marks)


def _longest_word(text: str) -> str:
    return max(text.lower().split(), key=len, default="")


def _far_values(
    left: NDArray[np.float64], right: NDArray[np.float64], finite: NDArray[np.float64]
) -> Aspect | None:
    low, high = divergence.quartile_fence(finite, divergence.FAR)
    if low == high:
        low, high = finite.min(), finite.max()
    one, other = (int(((side < low) | (side > high)).sum()) for side in (left, right))
    if not (one or other):
        return None
    return _rate(FAR, "far", (len(left), len(right)), (one, other))


def _infinite(left: NDArray[np.float64], right: NDArray[np.float64]) -> Aspect:
    """Nothing but infinities: as categories."""
    counts = distinct_counts(left, right, FEW)
    assert counts is not None  # two values at most
    return category_aspect(LEVELS, counts)


def _pulled_in(side: NDArray[np.float64], finite: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sorted."""
    import numpy as np

    low, high = divergence.quartile_fence(finite, divergence.FARTHEST)
    if low == high:  # most are alike: the others are not far out, but infinities are
        width = float(np.ptp(finite)) or 1.0
        low, high = finite.min() - width, finite.max() + width
    return np.sort(np.clip(side, low, high))


def _rate(name: str, statistic: str, rows: tuple[int, int], found: tuple[int, int]) -> Aspect:
    import numpy as np

    one, other = (np.array([yes, of - yes]) for yes, of in zip(found, rows, strict=True))
    _, p_value = divergence.independence(one, other)
    shares = found[0] / rows[0], found[1] / rows[1]
    statistics = {
        statistic: shares[1] - shares[0],
        f"{statistic}_reference": shares[0],
        f"{statistic}_current": shares[1],
    }
    least = divergence.least_p_value(one, other)
    return Aspect(name, JENSEN_SHANNON, divergence.jensen_shannon(one, other), p_value, statistics, least)


_MEASURES = {ColumnKind.NUMBER: NORMED_WASSERSTEIN, ColumnKind.TIME: NORMED_WASSERSTEIN}


def _size(aspect: Aspect) -> Literal["none", "small", "medium", "large"]:
    small, medium, large = _SIZES[aspect.measure]
    if aspect.effect < small or (aspect.p_value is not None and aspect.p_value > 0.05):
        return "none"
    return "small" if aspect.effect < medium else "medium" if aspect.effect < large else "large"
