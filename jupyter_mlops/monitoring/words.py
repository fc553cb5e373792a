"""What was found of a column, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import kind_of
from jupyter_mlops.data.comparable import Levels, as_floats
from jupyter_mlops.data.shift import FAR, LEVELS, MISSING, VALUES, Aspect
from jupyter_mlops.entities import ColumnKind
from jupyter_mlops.monitoring.pairs import Pair
from jupyter_mlops.monitoring.pictures import value_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMED = 3  # new categories that are named in a sentence
LATER = "later, as times are in newer data"


def measure(aspect: Aspect) -> str:
    """The statistic, and of what it is where that are not the values themselves."""
    plain = aspect.name in {VALUES, LEVELS}
    return aspect.measure if plain else f"{aspect.measure} of {aspect.name}"


def drifted(pair: Pair, found: Sequence[tuple[Aspect, float]]) -> str:
    """By which measures it drifted, and what that means in values."""
    parts = [f"{measure(aspect)} {aspect.effect:.2g} > {threshold:g}" for aspect, threshold in found]
    details = dict.fromkeys(text for aspect, _ in found if (text := _detail(pair, aspect)))
    return "; ".join([", ".join(parts), *details])


def same(aspect: Aspect, threshold: float, p_value: float | None) -> str:
    """How far the sides lie apart, and whether that is little or chance."""
    text = f"{measure(aspect)} {aspect.effect:.2g}"
    if aspect.effect <= threshold:
        return f"{text}, within {threshold:g}"
    return f"{text} > {threshold:g}, but it may be chance{'' if p_value is None else f' (p {p_value:.2g})'}"


def undecidable(aspect: Aspect, threshold: float) -> str:
    """Why nothing can be said."""
    text = f"{measure(aspect)} {aspect.effect:.2g} > {threshold:g}"
    return f"{text}, but with so few values of each kind it may be chance"


def too_few(pair: Pair, needed: int) -> str:
    """Which side has too few values."""
    sides = [
        f"{count} of the {side} data"
        for side, count in zip(("reference", "current"), pair.counts, strict=True)
        if count < needed
    ]
    return f"values: {' and '.join(sides)}; {needed} are needed"


def one_side_missing(pair: Pair) -> str:
    """Which one."""
    return f"in the {'reference' if pair.counts[0] == 0 else 'current'} data"


def retyped(pair: Pair) -> str:
    """Of what kind and dtype the values were, and are."""
    one, other = (f"{kind_of(side).value} ({side.dtype})" for side in (pair.left, pair.right))
    return f"{one} -> {other}"


def percent(share: float) -> str:
    """As a person reads a share: two digits of small ones."""
    text = f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"
    return f"{text} %"


def _detail(pair: Pair, aspect: Aspect) -> str:
    if aspect.name == MISSING:
        shares = [gone / rows for gone, rows in zip(pair.missing, pair.rows, strict=True)]
        return f"missing {percent(shares[0])} -> {percent(shares[1])}"
    if aspect.name == FAR:
        shares = [aspect.statistics["far_reference"], aspect.statistics["far_current"]]
        return f"far out {percent(shares[0])} -> {percent(shares[1])}"
    if aspect.name == "lengths":
        means = [side.dropna().astype(str).str.len().mean() for side in (pair.left, pair.right)]
        return f"mean length {means[0]:.3g} -> {means[1]:.3g} characters"
    if aspect.name == "unseen values":
        return f"{percent(aspect.statistics['unseen'])} of the values are not in the reference"
    if aspect.name == "values that are gone":
        return f"{percent(aspect.statistics['gone'])} of the reference's values are gone"
    if pair.kind is ColumnKind.TIME:
        return _times(*as_floats(pair.left, pair.right, ColumnKind.TIME))
    if pair.kind is ColumnKind.NUMBER:
        return _means(*as_floats(pair.left, pair.right, ColumnKind.NUMBER))
    if pair.kind is ColumnKind.BOOLEAN:
        shares = [float(side.mean()) for side in as_floats(pair.left, pair.right, ColumnKind.BOOLEAN)]
        return f"True {percent(shares[0])} -> {percent(shares[1])}"
    return "" if aspect.levels is None else _levels(aspect.levels, aspect.name)


def _means(left: NDArray[np.float64], right: NDArray[np.float64]) -> str:
    """Means; standard deviations where only these differ visibly."""
    import numpy as np

    left, right = left[np.isfinite(left)], right[np.isfinite(right)]
    if not (len(left) and len(right)):
        return ""
    with np.errstate(over="ignore", invalid="ignore"):
        moved, wider = abs(left.mean() - right.mean()), abs(left.std() - right.std())
        if moved < min(0.1 * left.std(), wider):
            return f"standard deviation {left.std():.4g} -> {right.std():.4g}"
        return f"mean {left.mean():.4g} -> {right.mean():.4g}"


def _times(left: NDArray[np.float64], right: NDArray[np.float64]) -> str:
    import numpy as np

    one, other = (f"{_moment(side.min())} to {_moment(side.max())}" for side in (left, right))
    text = f"{one} -> {other}"
    if np.median(right) > left.max():
        return f"{text}: {LATER}"
    return text


def _moment(seconds: float) -> str:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return f"{seconds:.4g} s"
    return f"{moment:%Y-%m-%d}" if (seconds % 86_400) == 0 else f"{moment:%Y-%m-%d %H:%M}"


def _levels(counts: Levels, name: str) -> str:
    """The value whose share changed most, and new ones."""
    one, other = counts.left / counts.left.sum(), counts.right / counts.right.sum()
    place = int(abs(one - other).argmax())
    parts = [f"{_quoted(counts.values[place])} {percent(one[place])} -> {percent(other[place])}"]
    new = [int(i) for i in other.argsort(kind="stable")[::-1] if counts.left[i] == 0]
    if new and name == VALUES:
        more = f" and {len(new) - NAMED} more" if len(new) > NAMED else ""
        parts.append(f"new: {', '.join(_quoted(counts.values[i]) for i in new[:NAMED])}{more}")
    return "; ".join(parts)


def _quoted(value: Any) -> str:
    return value_text(repr(value) if isinstance(value, str) else value)


def counted(number: int, thing: str) -> str:
    """``1 column``, ``2 columns``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
