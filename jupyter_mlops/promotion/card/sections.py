"""What all sections of a card are made of."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from jupyter_mlops.entities import CardSection
from jupyter_mlops.promotion.card.records import Records
from jupyter_mlops.promotion.card.writing import Markdown, code, paragraphs, text

TITLES = {
    "purpose": "Purpose",
    "use": "How to use",
    "data": "Data",
    "parameters": "Parameters",
    "metrics": "Metrics",
    "slices": "Slices",
    "checks": "Checks",
    "gates": "Gates",
    "explanation": "Explanation",
    "approvals": "Approvals",
    "replay": "Replay",
    "environment": "Environment",
    "lineage": "Lineage",
    "limits": "Limits",
}


def section(key: str, *parts: str, fill: str, why: str = "", told: bool | None = None) -> CardSection:
    """The section of that key; where there is nothing in it, or with `told` False, it is missing, and says
    `why` and how to `fill` it."""
    content = paragraphs(*parts)
    missing = not content if told is None else not told
    if missing:
        reason = f"{why[:1].upper()}{why[1:]}." if why else "Nothing is recorded."
        content = paragraphs(content, f"_{text(reason).strip()}_ To fill this in: {fill_in(fill)}")
    return CardSection(key=key, title=TITLES[key], text=content, missing=missing, fill=fill)


def fill_in(fill: str) -> Markdown:
    """A command as code, words as they are."""
    return code(fill) if fill.startswith(("jupyter ", "%", "checks: ")) else text(fill)


def command(records: Records, verb: str, more: str = "") -> str:
    """``jupyter mlops VERB NAME@VERSION ...``, to be pasted into a shell."""
    import shlex

    return " ".join(filter(None, ["jupyter mlops", verb, shlex.quote(records.label), more]))


def number(value: float | None) -> str:
    """Four digits; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def span(low: float | None, high: float | None) -> str:
    """``0.81 to 0.87``; nothing where either is not known."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def moment(when: datetime | None) -> str:
    """To the minute, in UTC."""
    return "" if when is None else f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def count(many: int | None, what: str) -> str:
    """``1 row``, ``2 rows``; nothing where it is not known."""
    return "" if many is None else f"{many:,} {what}{'' if many == 1 else 's'}"
