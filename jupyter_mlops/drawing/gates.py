"""Gates of a version as a table that a notebook shows."""

from __future__ import annotations

import re

from jupyter_mlops.drawing.markup import Markup, count, data, folded, joined, more, notes, table, tag, verdict
from jupyter_mlops.drawing.nodes import clean
from jupyter_mlops.entities import GateReport, GateResult, GateStatus

_SIGNS = {
    GateStatus.PASSED: ("✓", "good"),
    GateStatus.FAILED: ("✗", "bad"),
    GateStatus.ERROR: ("!", "bad"),
    GateStatus.SKIPPED: ("–", "unsure"),
    GateStatus.WAITING: ("…", "plain"),
}
_ROW = 48  # characters of evidence in a row of text
_MOST = 20  # lines of details that are shown
_IDENTIFIER = re.compile(r"[0-9a-f]{32,}")


def gates_html(report: GateReport, most: int) -> Markup:
    """Each gate with its result, why, and what it was judged by."""
    if not report.results:
        return joined(verdict("–", "plain", summary(report)), notes(report.notes))
    waiting = any(result.status is GateStatus.WAITING for result in report.results)
    shut = any(_SIGNS[result.status][1] == "bad" for result in report.results)
    sign, kind = ("✗", "bad") if shut else ("…", "plain") if waiting else ("✓", "good")
    rows = [(_status(one), _name(one), _message(one), _evidence(one)) for one in report.results]
    made = table(("result", "gate", "why", "evidence"), rows)
    kept = tag("p", f"evidence: run {report.run_id[:8]}", kind="quiet") if report.run_id else ""
    return joined(verdict(sign, kind, summary(report)), made, notes(report.notes), kept)


def summary(report: GateReport) -> str:
    """``churn@2 to champion: 7 passed, 1 failed``."""
    label = f"{report.model}@{report.version}" if report.version else f"{report.model}, no version yet"
    return f"{label} to {report.alias}: {report.told}"


def evidence_text(result: GateResult) -> str:
    """``run 3f2a9c41, value 0.91``: identifiers by their first characters, and no more than fits in a row."""
    told = ""
    for name, value in result.evidence.items():
        more = f"{', ' if told else ''}{name} {_short(value)}"
        if told and len(told) + len(more) > _ROW:
            return f"{told}, …"
        told += more
    return clean(told, 2 * _ROW)


def _status(result: GateResult) -> Markup:
    sign, kind = _SIGNS[result.status]
    return joined(tag("span", sign, kind=f"sign {kind}", aria_hidden="true"), f" {result.status.value}")


def _name(result: GateResult) -> Markup:
    place = result.place or "by default" * result.implied
    return joined(data(result.name, 120), tag("div", place, kind="quiet") if place else "")


def _message(result: GateResult) -> Markup:
    if not result.details:
        return joined(result.message, longest=600)
    lines = [tag("div", detail) for detail in result.details[:_MOST]]
    rest = more(_MOST, len(result.details), "line")
    return joined(result.message, folded(count(len(result.details), "detail"), *lines, rest), longest=600)


def _evidence(result: GateResult) -> Markup:
    return joined(*(tag("div", f"{name} ", data(_short(value))) for name, value in result.evidence.items()))


def _short(value: str) -> str:
    return _IDENTIFIER.sub(lambda found: found[0][:8], value)
