"""The pictures of a card, drawn from the records: what lies among the artifacts might be anything.

Lines and letters have the colour of the text around them; as a file they follow the viewer's theme.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_mlops.entities import Explanation
from jupyter_mlops.promotion.card.measuring import Measured
from jupyter_mlops.promotion.card.sections import number
from jupyter_mlops.promotion.card.writing import clean

METRICS, EXPLANATION = "metrics.svg", "explanation.svg"
_WIDTH, _LEFT, _RIGHT = 640, 200, 90  # pixels: in all, for names, for numbers
_ROW, _TOP = 26, 8
_MOST = 20
_LONGEST = 26  # characters of a name
_UP, _DOWN = "#3b82d6", "#dd7711"
_THEMES = (
    "<style>svg{color:#24292f}.ground{fill:#fff}@media (prefers-color-scheme:dark)"
    "{svg{color:#e6edf3}.ground{fill:#0d1117}}</style>"
    '<rect class="ground" width="100%" height="100%" rx="6"/>'
)


@dataclass(frozen=True)
class _Bar:
    name: str
    value: float
    low: float | None = None
    high: float | None = None


def pictures(measured: Measured | None, explanation: Explanation | None) -> dict[str, str]:
    """SVG documents by name."""
    found = {}
    if measured is not None:
        bars = [_Bar(e.metric, e.value, e.low, e.high) for e in measured.estimates]
        shares = [bar for bar in bars if 0 <= bar.value <= 1]  # others have no axis in common
        if len(shares) == len(bars) and bars:
            found[METRICS] = _drawn(f"Metrics on {measured.data}", bars, around=True)
    if explanation is not None and explanation.features:
        ranked = sorted(explanation.features, key=lambda each: -abs(each.importance))[:_MOST]
        bars = [
            _Bar(
                each.feature,
                each.importance,
                None if each.std is None else each.importance - each.std,
                None if each.std is None else each.importance + each.std,
            )
            for each in ranked
            if math.isfinite(each.importance)
        ]
        if bars:
            found[EXPLANATION] = _drawn(f"Importance of the features of {explanation.model}", bars)
    return found


def as_file(picture: str) -> str:
    """The picture for a file: with a ground of its own, as the page that shows it may have another theme than
    the viewer."""
    head, end, rest = picture.partition(">")
    return f"{head}{end}{_THEMES}{rest}"


def _drawn(title: str, bars: Sequence[_Bar], *, around: bool = False) -> str:
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if end is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    if around:
        low, high = 0.0, 1.0
    wide = _WIDTH - _LEFT - _RIGHT

    def at(value: float) -> float:
        return _LEFT + wide * (value - low) / ((high - low) or 1.0)

    down = _TOP * 2 + _ROW * len(bars)
    told = "; ".join(f"{clean(bar.name, 40)} {number(bar.value)}" for bar in bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_WIDTH}" height="{down}" '
        f'viewBox="0 0 {_WIDTH} {down}" style="max-width:100%;height:auto" font-family="sans-serif" '
        f'font-size="13" fill="currentColor" aria-label="{_text(f"{title}: {told}", 600)}">'
        f"<title>{_text(title, 200)}</title>"
    ]
    for place, bar in enumerate(bars):
        parts.append(_row(bar, _TOP + place * _ROW, at))
    zero = at(0)
    parts.append(_line(zero, _TOP / 2, zero, down - _TOP / 2))
    return "".join([*parts, "</svg>"])


def _row(bar: _Bar, top: float, at: Callable[[float], float]) -> str:
    left, right = sorted((at(0), at(bar.value)))
    colour = _UP if bar.value >= 0 else _DOWN
    middle = top + _ROW / 2
    drawn = (
        f'<text x="{_LEFT - 10}" y="{middle + 4.5:.1f}" text-anchor="end">{_text(bar.name, _LONGEST)}</text>'
        f'<rect x="{left:.1f}" y="{top + 5}" width="{right - left:.1f}" height="{_ROW - 10}" '
        f'fill="{colour}" fill-opacity="0.7"/>'
        f'<text x="{_WIDTH - _RIGHT + 12}" y="{middle + 4.5:.1f}">{number(bar.value)}</text>'
    )
    if bar.low is not None and bar.high is not None:
        ends = at(bar.low), at(bar.high)
        drawn += _line(ends[0], middle, ends[1], middle, 2)
        drawn += "".join(_line(end, middle - 4, end, middle + 4, 2) for end in ends)
    return drawn


def _line(x1: float, y1: float, x2: float, y2: float, wide: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'stroke-width="{wide:g}"/>'
    )


def _text(told: str, longest: int) -> str:
    return html.escape(clean(told, longest))
