"""A value over time beside its limit, with moments marked at which something changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from jupyter_mlops.drawing.marks import BAD, LEFT, LETTER, bottom_axis, left_axis, letters, line, svg
from jupyter_mlops.drawing.nodes import clean
from jupyter_mlops.drawing.scales import Scale, finite, linear, moment, short, times

MOST = 500  # points that are drawn, the newest
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP = 560, 190, 56, 12, 26
_LABEL = 14  # columns of what is written at a change
_LIMIT = f'stroke="{BAD}" stroke-width="1.5" stroke-dasharray="5 4"'


@dataclass(frozen=True)
class Point:
    """A value at a moment (seconds since 1970), what it is held against, and whether it is beyond that."""

    when: float
    value: float | None
    limit: float | None = None
    beyond: bool = False


def series_svg(
    title: str, points: Sequence[Point], changes: Sequence[tuple[float, str]] = (), *, zero: bool = True
) -> str:
    """An ``<svg>`` of the newest 500 points, joined where they follow each other; those beyond their limit
    are squares. The limit is a broken line, each of the `changes` an upright one with its name. With `zero`
    the axis begins at 0. Empty where no value is finite."""
    drawn = list(points)[-MOST:]
    values = finite([point.value for point in drawn])
    if not values:
        return ""
    limits = finite([point.limit for point in drawn])
    low, high = min(*values, *limits, values[0]), max(*values, *limits, values[0])
    room = (min(high, 1e300) - max(low, -1e300)) * 0.08
    upright = linear(0.0 if zero and low >= 0 else low - room, high + room, count=4)
    moments = [point.when for point in drawn]
    marked = [(at, name) for at, name in changes if min(moments) <= at <= max(moments)]
    across = times(min(moments), max(moments))
    plot = _Plot(across, upright)
    bottom = _HEIGHT - 26.0
    parts = [
        left_axis(upright, _LEFT, _WIDTH - _RIGHT, _TOP, bottom),
        bottom_axis(across, _LEFT, _WIDTH - _RIGHT, bottom, top=_TOP),
        *_changes(plot, marked),
        _path(plot, [(p.when, p.limit) for p in drawn], _LIMIT),
        _path(plot, [(p.when, p.value) for p in drawn], f'stroke="{LEFT}" stroke-width="1.8"'),
        *(_dot(plot, point) for point in drawn),
    ]
    return svg(_WIDTH, _HEIGHT, title, _told(drawn, marked), parts)


@dataclass(frozen=True)
class _Plot:
    across: Scale
    upright: Scale

    def x(self, when: float) -> float:
        return _LEFT + self.across.at(when) * (_WIDTH - _RIGHT - _LEFT)

    def y(self, value: float) -> float:
        bottom = _HEIGHT - 26.0
        return bottom - self.upright.at(value) * (bottom - _TOP)


def _path(plot: _Plot, places: Sequence[tuple[float, float | None]], look: str) -> str:
    """A line through the places, interrupted where there is no value."""
    told, pen = "", "M"
    for when, value in places:
        if value is None or not math.isfinite(value):
            pen = "M"
            continue
        told += f"{pen}{plot.x(when):.1f},{plot.y(value):.1f}"
        pen = "L"
    return f'<path d="{told}" fill="none" {look}/>' if "L" in told else ""


def _dot(plot: _Plot, point: Point) -> str:
    if point.value is None or not math.isfinite(point.value):
        return ""
    x, y = plot.x(point.when), plot.y(point.value)
    if point.beyond:  # another form, for those who do not tell the colours apart
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{BAD}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{LEFT}"/>'


def _changes(plot: _Plot, changes: Sequence[tuple[float, str]]) -> list[str]:
    parts, free = [], -1.0
    for at, name in sorted(changes):
        x, wide = plot.x(at), LETTER * len(clean(name, _LABEL))
        parts.append(line(x, _TOP - 8, x, _HEIGHT - 26.0, opacity=0.7, more=' stroke-dasharray="2 3"'))
        left = min(max(x - wide / 2, 2.0), _WIDTH - wide - 2)
        if left > free:
            parts.append(letters(left, _TOP - 12, name, longest=_LABEL))
            free = left + wide + 6
    return parts


def _told(points: Sequence[Point], changes: Sequence[tuple[float, str]]) -> str:
    """In words: from where to where, how often beyond its limit, and what changed."""
    there = [point for point in points if point.value is not None and math.isfinite(point.value)]
    told = [f"{short(point.value)} on {moment(point.when // 60 * 60)}" for point in (there[0], there[-1])]
    beyond = sum(point.beyond for point in there)
    limit = next((point.limit for point in reversed(points) if point.limit is not None), None)
    parts = [" to ".join(dict.fromkeys(told))]
    if limit is not None:
        parts.append(f"{beyond} of {len(there)} beyond what is allowed, now {short(limit)}")
    parts += [f"{clean(name, 40)} since {moment(at // 60 * 60)}" for at, name in changes]
    return "; ".join(parts)


def steps(values: Sequence[str]) -> list[int]:
    """The places at which the value is another than before."""
    return [place + 1 for place, (one, other) in enumerate(pairwise(values)) if one != other]
