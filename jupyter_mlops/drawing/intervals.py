"""How large something is, and how sure that is: differences with their interval, and importances."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_mlops.drawing.marks import (
    BAD,
    GOOD,
    LEFT,
    LETTER,
    QUIET,
    RIGHT,
    bar,
    bottom_axis,
    letters,
    line,
    svg,
)
from jupyter_mlops.drawing.nodes import clean, width
from jupyter_mlops.drawing.scales import finite, linear, short, signed

_WIDTH, _ROW, _TOP = 560, 26, 8
_NAMES = 26  # columns of a name


@dataclass(frozen=True)
class Interval:
    """One row: the value with its interval, and whether it is for the better, for the worse or neither."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    better: bool | None = None


def intervals_svg(title: str, rows: Sequence[Interval], *, axis: str = "", around_zero: bool = True) -> str:
    """An ``<svg>`` with a dot and its interval for each row that has a finite value; empty without any.

    With `around_zero` the axis holds 0, where a line says that there is no difference; values carry a sign.
    """
    drawn = [row for row in rows if row.value is not None and math.isfinite(row.value)]
    if not drawn:
        return ""
    ends = finite([value for row in drawn for value in (row.value, row.low, row.high)])
    low, high = min(ends), max(ends)
    if around_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = (min(high, 1e300) - max(low, -1e300)) * 0.06
    scale = linear(low - room, high + room)
    say = signed if around_zero else short
    left, right = _names([row.label for row in drawn]), _WIDTH - 84
    bottom = _TOP + _ROW * len(drawn) + 4
    parts = [bottom_axis(scale, left, right, bottom, top=_TOP, label=axis)]
    if around_zero:
        zero = left + scale.at(0) * (right - left)
        parts.append(line(zero, _TOP - 4, zero, bottom, more=' stroke-dasharray="4 3" stroke-width="1.5"'))
    for place, row in enumerate(drawn):
        y = _TOP + _ROW * place + _ROW / 2

        def x(value: float) -> float:
            return left + scale.at(value) * (right - left)

        parts.append(letters(left - 10, y + 4, row.label, longest=_NAMES, anchor="end"))
        parts.append(_whisker(row, x(row.value or 0.0), y, [x(end) for end in finite([row.low, row.high])]))
        parts.append(letters(right + 10, y + 4, say(row.value)))
    told = "; ".join(_told(row, say) for row in drawn)
    return svg(_WIDTH, bottom + (40 if axis else 22), title, told, parts)


def importances_svg(title: str, rows: Sequence[tuple[str, float, float | None]], *, axis: str = "") -> str:
    """An ``<svg>`` with a bar for each name and value; a third item is its standard deviation, drawn as a
    whisker. Bars of values below 0 go to the left, in another colour. Empty where no value is finite."""
    drawn = [(name, value, std) for name, value, std in rows if math.isfinite(value)]
    if not drawn:
        return ""
    ends = [0.0, *(value + sign * _spread(std) for _, value, std in drawn for sign in (-1, 0, 1))]
    low, high = min(ends), max(ends)
    scale = linear(low * 1.04, high * 1.04)
    left, right = _names([name for name, _, _ in drawn]), _WIDTH - 84
    zero = left + scale.at(0) * (right - left)
    bottom = _TOP + _ROW * len(drawn) + 2
    parts = [bottom_axis(scale, left, right, bottom, top=_TOP, label=axis)]
    for place, (name, value, std) in enumerate(drawn):
        y = _TOP + _ROW * place
        end = left + scale.at(value) * (right - left)
        parts.append(letters(left - 10, y + 17, name, longest=_NAMES, anchor="end"))
        parts.append(bar(min(zero, end), y + 5, abs(end - zero), 16, LEFT if value >= 0 else RIGHT))
        if _spread(std):
            reach = [left + scale.at(value + sign * _spread(std)) * (right - left) for sign in (-1, 1)]
            parts.append(line(reach[0], y + 13, reach[1], y + 13, opacity=0.9, more=' stroke-width="2"'))
        parts.append(letters(right + 10, y + 17, short(value)))
    parts.append(line(zero, _TOP, zero, bottom))
    told = "; ".join(f"{clean(name, 40)} {short(value)}" for name, value, _ in drawn)
    return svg(_WIDTH, bottom + (40 if axis else 22), title, told, parts)


def _whisker(row: Interval, at: float, y: float, ends: Sequence[float]) -> str:
    colour = QUIET if row.better is None else GOOD if row.better else BAD
    drawn = ""
    if len(ends) == 2:
        path = f"M{ends[0]:.1f},{y - 5:.1f}v10m0,-5H{ends[1]:.1f}m0,-5v10"
        drawn = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    # a square says what a colour alone would not: this interval holds no 0
    if row.better is None:
        return f'{drawn}<circle cx="{at:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
    return f'{drawn}<rect x="{at - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="{colour}"/>'


def _told(row: Interval, say: Callable[[float | None], str]) -> str:
    interval = ""
    if len(finite([row.low, row.high])) == 2:
        interval = f", 95 % interval {say(row.low)} to {say(row.high)}"
    return f"{clean(row.label, 40)} {say(row.value)}{interval}"


def _names(labels: Sequence[str]) -> float:
    return min(max(width(clean(label, _NAMES)) for label in labels), _NAMES) * LETTER + 24


def _spread(std: float | None) -> float:
    return std if std is not None and math.isfinite(std) and std > 0 else 0.0
