"""How values are spread: histograms of two sides on top of each other, paired bars of categories, and one
small enough for a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jupyter_mlops.drawing.marks import (
    LEFT,
    LETTER,
    RIGHT,
    bar,
    bottom_axis,
    left_axis,
    legend,
    letters,
    line,
    svg,
)
from jupyter_mlops.drawing.nodes import clean, width
from jupyter_mlops.drawing.scales import Scale, linear, moment, percent, short, times
from jupyter_mlops.entities import Histogram

CATEGORIES = 16  # bars of each side
_OTHERS = "all others"
_WIDTH, _HEIGHT = 560, 230
_FROM, _TO, _TOP, _BOTTOM = 52, 546, 30, 186


@dataclass(frozen=True)
class _Side:
    """Edges that can be drawn, counts, and how many values those are."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


def histograms_svg(
    name: str,
    left: Histogram | None,
    right: Histogram | None,
    *,
    labels: tuple[str, str] = ("reference", "current"),
    time: bool = False,
) -> str:
    """An ``<svg>`` of the two histograms on top of each other; empty where there is nothing to draw.

    Heights are shares of each side's values, so that sides of different size compare; where the edges
    differ, between the sides or in width, shares per unit of the axis. `time`: edges are seconds since 1970.
    """
    sides = [_side(left), _side(right)]
    drawn = [side for side in sides if side is not None]
    if not drawn:
        return ""
    low, high = min(side.edges[0] for side in drawn), max(side.edges[-1] for side in drawn)
    axis = times(low, high) if time else linear(low, high)
    even = len({side.edges for side in drawn}) == 1 and _evenly(drawn[0].edges)
    heights = [None if side is None else _heights(side, even, axis) for side in sides]
    top = max((max(found, default=0.0) for found in heights if found), default=0.0) or 1.0
    up = _shares(top) if even else linear(0, top * 1.05, count=4)
    parts = [bottom_axis(axis, _FROM, _TO, _BOTTOM, top=_TOP, label=f"{clean(name, 50)}{' (UTC)' * time}")]
    parts.append(left_axis(up, _FROM, _TO, _TOP, _BOTTOM))
    parts.append(letters(8, 14, "share of values" if even else "density", quiet=True))
    shown = [label if side is not None else "" for label, side in zip(labels, sides, strict=True)]
    parts.append(legend(140, 14, shown, longest=26))
    for place, (side, found) in enumerate(zip(sides, heights, strict=True)):
        if side is not None and found is not None:
            parts.append(_outline(side, found, axis, up, outlined=place == 1))
    told = "; ".join(
        f"{label}: {_told(side, time)}" for label, side in zip(labels, sides, strict=True) if side is not None
    )
    return svg(_WIDTH, _HEIGHT, f"Histogram of {clean(name, 80)}", told, parts)


def categories_svg(
    name: str,
    left: Mapping[str, int],
    right: Mapping[str, int],
    *,
    labels: tuple[str, str] = ("reference", "current"),
    totals: tuple[int, int] = (0, 0),
) -> str:
    """An ``<svg>`` with two bars for each value, the most frequent first; empty where there is none.

    `totals` are the values of either side, those included that are not counted here; bars are shares of them.
    """
    values = sorted({*left, *right}, key=lambda value: -left.get(value, 0) - right.get(value, 0))
    if not values:
        return ""
    shown = values[:CATEGORIES]
    shares = [_category_shares(shown, side, total) for side, total in zip((left, right), totals, strict=True)]
    rows = list(zip([*shown, _OTHERS], *shares, strict=True))
    if max(rows[-1][1:]) < 1e-9:
        rows.pop()
    names = min(max(width(clean(row[0], 24)) for row in rows), 24) * LETTER + 14
    scale = linear(0, max(max(row[1:]) for row in rows) or 1.0)
    present = [label if side else "" for label, side in zip(labels, (left, right), strict=True)]
    parts = [legend(names, 14, present)]
    for place, (value, *both) in enumerate(rows):
        y = 28 + place * 30
        parts.append(letters(names - 8, y + 17, value, longest=24, anchor="end"))
        for second, share in enumerate(both):
            if present[second]:
                wide, top = scale.at(share) * (_WIDTH - 62 - names), y + (14 if second else 2)
                parts.append(bar(names, top, wide, 10, RIGHT if second else LEFT, outlined=bool(second)))
                parts.append(letters(names + wide + 5, top + 9, percent(share), quiet=True))
    down = 32 + 30 * len(rows)
    parts.append(line(names, 24, names, down - 4))
    told = "; ".join(
        f"{clean(value, 30)}: {' and '.join(percent(share) for share in both)}" for value, *both in rows
    )
    return svg(_WIDTH, down, f"Values of {clean(name, 80)}", f"{' and '.join(labels)}, {told}", parts)


def sparkline_svg(name: str, counts: Sequence[int], told: str = "") -> str:
    """An ``<svg>`` of 120 by 24 pixels with a bar for each count; empty where all are nothing."""
    top = max(counts, default=0)
    if top <= 0:
        return ""
    each = 120 / len(counts)
    bars = [
        bar(
            place * each,
            24 - 23 * count / top,
            max(each - (1 if each > 3 else 0), 0.4),
            23 * count / top,
            LEFT,
        )
        for place, count in enumerate(counts)
        if count > 0
    ]
    return svg(120, 24, f"Distribution of {clean(name, 80)}", told, bars)


def _side(histogram: Histogram | None) -> _Side | None:
    """The histogram with edges that can be drawn: an open end becomes as wide as its neighbour."""
    if histogram is None or not histogram.counts or len(histogram.edges) != len(histogram.counts) + 1:
        return None
    edges = list(histogram.edges)
    inner = [edge for edge in edges if math.isfinite(edge)]
    if any(math.isnan(edge) for edge in edges) or not inner or edges != sorted(edges):
        return None
    if edges[0] == -math.inf:
        edges[0] = inner[0] - ((inner[1] - inner[0]) if len(inner) > 1 else 1.0)
    if edges[-1] == math.inf:
        edges[-1] = inner[-1] + ((inner[-1] - inner[-2]) if len(inner) > 1 else 1.0)
    if not all(map(math.isfinite, edges)):
        return None
    return _Side(tuple(edges), tuple(max(count, 0) for count in histogram.counts))


def _category_shares(shown: Sequence[str], counts: Mapping[str, int], total: int) -> list[float]:
    """Of each value shown, and last of all others together."""
    every = max(total, sum(counts.values())) or 1
    shares = [counts.get(value, 0) / every for value in shown]
    return [*shares, max(1 - sum(shares), 0.0) if counts else 0.0]


def _evenly(edges: Sequence[float]) -> bool:
    widths = [right - left for left, right in pairwise(edges)]
    return max(widths) - min(widths) <= 0.01 * max(widths)


def _heights(side: _Side, even: bool, axis: Scale) -> list[float]:
    shares = [count / (side.total or 1) for count in side.counts]
    if even:
        return shares
    # a bin without width, of a value that is very frequent, is a thin one
    thin = (axis.high - axis.low) / 200
    return [
        share / max(right - left, thin)
        for share, (left, right) in zip(shares, pairwise(side.edges), strict=True)
    ]


def _shares(top: float) -> Scale:
    scale = linear(0, min(top * 1.05, 1.0), count=4)
    return Scale(scale.low, scale.high, tuple((tick, f"{100 * tick:g} %") for tick, _ in scale.ticks))


def _outline(side: _Side, heights: Sequence[float], axis: Scale, up: Scale, *, outlined: bool) -> str:
    def x(edge: float) -> float:
        return _FROM + axis.at(edge) * (_TO - _FROM)

    thin = (axis.high - axis.low) / 200
    path = f"M{x(side.edges[0]):.1f},{_BOTTOM}"
    for (start, end), height in zip(pairwise(side.edges), heights, strict=True):
        y = _BOTTOM - up.at(height) * (_BOTTOM - _TOP)
        path += f"H{x(start):.1f}V{y:.1f}H{x(max(end, start + thin)):.1f}"
    look = f'fill="{RIGHT}" fill-opacity="0.15" stroke="{RIGHT}" stroke-width="1.75"'
    if not outlined:
        look = f'fill="{LEFT}" fill-opacity="0.5"'
    return f'<path d="{path}V{_BOTTOM}Z" {look}/>'


def _told(side: _Side, time: bool) -> str:
    say = moment if time else short
    most = max(range(len(side.counts)), key=side.counts.__getitem__)
    return (
        f"{side.total:,} values from {say(side.edges[0])} to {say(side.edges[-1])}, "
        f"most between {say(side.edges[most])} and {say(side.edges[most + 1])}"
    )
