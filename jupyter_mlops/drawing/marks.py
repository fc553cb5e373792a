"""What all plots are made of: SVG elements with colours in attributes, so that no style sheet is needed.

Lines and letters have the colour of the text around them, and so suit a light page and a dark one; the
colours of the marks can be told apart on both, and by people who confuse red with green.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jupyter_mlops.drawing.nodes import clean, width
from jupyter_mlops.drawing.scales import Scale

LEFT, RIGHT = "#3b82d6", "#dd7711"
GOOD, BAD, QUIET = "#2e9a48", "#d9453d", "#8a8f98"
LETTER = 7.2  # pixels of a letter of 12 pixels, on average
SIZE = 12


def svg(across: float, down: float, title: str, told: str, parts: Sequence[str]) -> str:
    """The whole drawing; `told` says in words what it shows, for those who do not see it."""
    label = text(f"{title}: {told}" if told else title, 600)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="jp-mlops-plot" role="img" width="{across:g}" '
        f'height="{down:g}" viewBox="0 0 {across:g} {down:g}" style="max-width:100%;height:auto" '
        f'font-size="{SIZE}" fill="currentColor" aria-label="{label}">'
        f"<title>{text(title, 200)}</title>{''.join(parts)}</svg>"
    )


def text(told: str, longest: int) -> str:
    """Text from data, on one line, cut and escaped."""
    return escape(clean(told, longest))


def letters(
    x: float, y: float, told: str, *, longest: int = 40, anchor: str = "start", quiet: bool = False
) -> str:
    """A line of text; `y` is its base line. Where it is cut, all of it is its tooltip."""
    shown = clean(told, longest)
    whole = f"<title>{text(told, 300)}</title>" if shown != told else ""
    faint = ' fill-opacity="0.72"' if quiet else ""
    # a name that is written from right to left must not take its neighbours with it
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{faint} unicode-bidi="isolate">'
        f"{whole}{escape(shown)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, *, opacity: float = 0.55, more: str = "") -> str:
    """A straight line in the colour of the text."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'stroke-opacity="{opacity:g}"{more}/>'
    )


def bar(x: float, y: float, wide: float, high: float, colour: str, *, outlined: bool = False) -> str:
    """A rectangle: full, or with `outlined` pale with a frame, so that the two differ without colours."""
    look = f'fill="{colour}" fill-opacity="{0.2 if outlined else 0.65}"'
    if outlined:
        look += f' stroke="{colour}" stroke-width="1.5"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(high, 0):.1f}" {look}/>'


def legend(x: float, y: float, labels: Sequence[str], *, longest: int = 30) -> str:
    """Which colour is whose: the first is full, the second outlined."""
    parts = []
    for place, (label, colour) in enumerate(zip(labels, (LEFT, RIGHT), strict=False)):
        if label:
            parts.append(bar(x, y - 9, 12, 10, colour, outlined=place == 1))
            parts.append(letters(x + 17, y, label, longest=longest))
            x += 17 + LETTER * (min(width(clean(label, longest)), longest) + 3)
    return "".join(parts)


def bottom_axis(scale: Scale, left: float, right: float, y: float, *, top: float, label: str = "") -> str:
    """An axis along the bottom; faint lines go up to `top`."""
    parts = [line(left, y, right, y)]
    free = left - 30.0
    for tick, told in scale.ticks:
        x = left + scale.at(tick) * (right - left)
        parts.append(line(x, top, x, y, opacity=0.14))
        half = LETTER * len(told) / 2
        if x - half > free:  # no label on top of another
            parts.append(letters(x, y + 16, told, anchor="middle", quiet=True))
            free = x + half + 6
    if label:
        parts.append(letters((left + right) / 2, y + 34, label, longest=60, anchor="middle"))
    return "".join(parts)


def left_axis(scale: Scale, left: float, right: float, top: float, bottom: float) -> str:
    """An axis up the left side, whose faint lines go to `right`."""
    parts = []
    for tick, told in scale.ticks:
        y = bottom - scale.at(tick) * (bottom - top)
        parts.append(line(left, y, right, y, opacity=0.14))
        parts.append(letters(left - 7, y + 4, told, anchor="end", quiet=True))
    return "".join(parts)
