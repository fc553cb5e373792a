"""Explanations as a drawing that any viewer shows."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from jupyter_mlops.entities import Explanation

_WIDTH, _NAMES, _BARS = 760, 240, 400  # pixels: in all, for names, for the longest bar
_ROW, _HEAD = 22, 44
_MOST = 20  # features
_LONGEST = 34  # characters of a name
_UP, _DOWN = "#1f77b4", "#d62728"


def explanation_svg(found: Explanation) -> str:
    """Importances as bars, and below them each row that was explained, with what its features added."""
    measure = f"loss of {found.metric}" if found.method == "permutation" else "mean absolute SHAP value"
    panels = [
        (f"{found.model} on {found.data}: {measure}", [(f.feature, f.importance) for f in found.features])
    ]
    for row in found.examples:
        ordered = sorted(row.contributions.items(), key=lambda item: -abs(item[1]))
        named = [(f"{name} = {row.values.get(name, '')}", value) for name, value in ordered]
        panels.append((f"row {row.row}: {row.told}", named))
    body: list[str] = []
    top = 0
    for title, bars in panels:
        body.extend(_panel(title, bars[:_MOST], top))
        top += _HEAD + _ROW * min(len(bars), _MOST)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top + 12}" width="{_WIDTH}" '
        'font-family="sans-serif" font-size="13">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *body, "</svg>\n"])


def _panel(title: str, bars: Sequence[tuple[str, float]], top: int) -> Iterator[str]:
    yield f'<text x="12" y="{top + 28}" font-weight="bold">{_text(title, 100)}</text>'
    largest = max((abs(value) for _, value in bars), default=0.0) or 1.0
    for place, (name, value) in enumerate(bars):
        y = top + _HEAD + place * _ROW
        width = _BARS * abs(value) / largest
        colour = _UP if value >= 0 else _DOWN
        yield f'<text x="{_NAMES}" y="{y + 14}" text-anchor="end">{_text(name, _LONGEST)}</text>'
        yield (
            f'<rect x="{_NAMES + 8}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 6}" fill="{colour}"/>'
        )
        yield f'<text x="{_NAMES + 14 + width:.1f}" y="{y + 14}">{value:.3g}</text>'


def _text(text: str, longest: int) -> str:
    """As one line that fits, with what XML cannot hold taken out."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return html.escape(line if len(line) <= longest else line[: longest - 1] + "…")
