"""What the promotion panel shows, as JSON carries it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.drawing import clean
from jupyter_mlops.drawing.scales import short, signed
from jupyter_mlops.entities import (
    CellDifference,
    Difference,
    GateReport,
    GateResult,
    GateStatus,
    History,
    LedgerAction,
    LedgerEntry,
    ModelVersion,
    RunDiff,
)
from jupyter_mlops.evaluation.metrics import higher_is_better
from jupyter_mlops.promotion.gate_reports import GATES
from jupyter_mlops.promotion.overview import closed
from jupyter_mlops.promotion.standing import last_move, rejection
from jupyter_mlops.tracking.tags import AUTHOR

METRICS = 5  # columns of the table of versions
NEWEST = 100  # versions in it, beside those that have an alias
ENTRIES = 200  # of the ledger
LINES = 400  # of one cell's difference
_LINE = 500  # columns of one of them
_RUN_ID = re.compile(r"^[0-9a-f]{32,64}$")
_WORD = re.compile(r"\w+")
_SAME = 1e-12

_SIGNS = {
    GateStatus.PASSED: ("✓", "good"),
    GateStatus.FAILED: ("✗", "bad"),
    GateStatus.ERROR: ("!", "bad"),
    GateStatus.SKIPPED: ("–", "plain"),
    GateStatus.WAITING: ("○", "unsure"),
}
_TEXTS = {GateStatus.ERROR: "cannot be judged"}
_MOVES = {
    LedgerAction.PROMOTE: "promote to",
    LedgerAction.OVERRIDE: "override to",
    LedgerAction.ROLLBACK: "rollback of",
}

Plain = dict[str, Any]


def plain_champion(history: History, alias: str) -> Plain:
    """Which version the alias points at, since when, let in by whom; ``version`` is "" where it points at
    none, and ``known`` is False where the ledger does not tell of it."""
    version = history.aliases.get(alias, "")
    last = last_move(history.entries, alias)
    made: Plain = {"version": version, "known": False, "red": False}
    if not version or last is None or last.to_version != version:
        return {**made, **dict.fromkeys(("since", "who", "how", "reason"), "")}
    return {
        **made,
        "known": True,
        "since": moment(last.when),
        "who": _who(last),
        "how": "rolled back" if last.action is LedgerAction.ROLLBACK else "promoted",
        "red": last.action is LedgerAction.OVERRIDE,
        "reason": clean(last.reason or "", 300),
    }


def plain_versions(
    versions: Sequence[ModelVersion],
    champion: str,
    reports: Mapping[str, GateReport],
    entries: Sequence[LedgerEntry],
) -> tuple[list[str], list[Plain]]:
    """The names of the metrics that there is room for, and the versions in the given order."""
    known = {version.version: version for version in versions}
    metrics = _columns(versions, reports)
    against = known[champion].metrics if champion in known else {}
    return metrics, [
        {
            "version": version.version,
            "aliases": [clean(alias, 60) for alias in version.aliases],
            "created": moment(version.created, zone=False),
            "author": clean(version.tags.get(AUTHOR, ""), 60),
            "champion": version.version == champion,
            "rejected": _rejected(entries, version),
            "metrics": [
                plain_metric(name, version.metrics.get(name), against.get(name), version.version == champion)
                for name in metrics
            ],
            "gates": plain_summary(reports.get(version.version), version),
        }
        for version in versions
    ]


def plain_metric(name: str, value: float | None, against: float | None, itself: bool = False) -> Plain:
    """A metric, how it differs from the champion's, and whether that is good."""
    made = {"text": short(value), "difference": "", "word": "", "kind": "plain"}
    if value is None or against is None or itself or math.isnan(value) or math.isnan(against):
        return made
    difference = value - against
    if math.isclose(value, against, rel_tol=_SAME):
        return {**made, "word": "same"}
    higher = higher_is_better(name)
    better = None if higher is None else higher == (difference > 0)
    word, kind = {None: ("", "plain"), True: ("better", "good"), False: ("worse", "bad")}[better]
    return {**made, "difference": signed(difference), "word": word, "kind": kind}


def plain_summary(report: GateReport | None, version: ModelVersion | None = None) -> Plain:
    """The state of all gates in a few words; where there is no report, as they were last kept."""
    kept = version.tags.get(GATES, "") if version is not None else ""
    text = report.told if report is not None else kept
    if not text:
        return {"sign": "", "kind": "plain", "text": "not judged"}
    for status in (GateStatus.FAILED, GateStatus.ERROR, GateStatus.WAITING):
        if status.value in text:
            sign, kind = _SIGNS[status]
            return {"sign": sign, "kind": kind, "text": clean(text, 80)}
    return {"sign": "✓", "kind": "good", "text": clean(text, 80)}


def plain_gates(report: GateReport, judging: Collection[str] = ()) -> list[Plain]:
    """Each gate as judged; those in `judging`, by name, are being judged again."""
    return [{**_plain_gate(result), "judging": result.name in judging} for result in report.results]


def _plain_gate(result: GateResult) -> Plain:
    sign, kind = _SIGNS[result.status]
    return {
        "name": clean(result.name, 200),
        "sign": sign,
        "kind": kind,
        "state": _TEXTS.get(result.status, result.status.value),
        "message": clean(result.message, 500),
        "implied": result.implied,
        "place": clean(result.place, 200),
        "details": [clean(line, _LINE) for text in result.details for line in text.splitlines()][:LINES],
        "evidence": [
            {"name": clean(name, 80), "value": clean(_shortened(value), 300), "whole": clean(value, 500)}
            for name, value in result.evidence.items()
        ],
        "judged": moment(result.judged),
        "took": f"{result.seconds:.1f} s" if result.seconds >= 0.1 else "",
    }


def why_not(report: GateReport | None, label: str, *, is_champion: bool, alias: str) -> str:
    """Why that version cannot be promoted as things are; "" where it can."""
    if is_champion:
        return f"{label} is the {alias} already."
    if report is None:
        return "The gates are not known yet."
    shut = closed(report)
    waiting = sum(result.status is GateStatus.WAITING for result in report.results)
    said = [_closed(result) for result in shut[:3]]
    if len(shut) > 3:
        said.append(f"{len(shut) - 3} more are closed.")
    if waiting:
        said.append(
            f"{waiting} of {len(report.results)} gates {'is' if waiting == 1 else 'are'} not judged yet."
        )
    return " ".join(said)


def _closed(result: GateResult) -> str:
    said = "cannot be judged" if result.status is GateStatus.ERROR else "says no"
    message = clean(result.message, 200).rstrip(".")
    return f"“{clean(result.name, 80)}” {said}" + (f": {message}." if message else ".")


def plain_changes(diff: RunDiff | None, note: str = "") -> Plain:
    """What separates a version from the champion, the champion on the left; a `note` why that is not told."""
    if diff is None:
        return {"known": False, "notes": [note], "parts": [], "cells": []}
    notes = [clean(f"{one[:1].upper()}{one[1:]}.", 500) for one in diff.notes]
    if not (diff.code_known or notes):
        notes = ["Of the code it cannot be told: a run left no journal."]
    parts = (
        ("Parameters", diff.parameters),
        ("Data", diff.datasets),
        ("Packages", diff.packages),
        ("Metrics", diff.metrics),
        ("Git", diff.git),
    )
    return {
        "known": True,
        "notes": notes,
        "cells": [_plain_cell(cell) for cell in diff.cells],
        "code_known": diff.code_known,
        "parts": [
            {"title": title, "rows": [_plain_difference(title, one) for one in found]}
            for title, found in parts
        ],
    }


def _plain_cell(cell: CellDifference) -> Plain:
    lines = cell.diff.splitlines()
    where = cell.right_index if cell.right_index is not None else cell.left_index
    what = "removed" if cell.right_index is None else "new" if cell.left_index is None else "changed"
    more = [f"… and {len(lines) - LINES:,} more lines"] if len(lines) > LINES else []
    return {
        "title": f"cell {where + 1}" if where is not None and where >= 0 else "a cell",
        "what": what,
        "lines": [_code(line) for line in lines[:LINES]] + more,
    }


def _code(line: str) -> str:
    """A line of code keeps its spaces."""
    return "".join(letter if letter == "\t" or letter.isprintable() else "\ufffd" for letter in line[:_LINE])


def _plain_difference(title: str, one: Difference) -> Plain:
    made: Plain = {
        "name": clean(one.name, 120),
        "left": _side(one.left),
        "right": _side(one.right),
        "metric": None,
    }
    if title == "Metrics":
        left, right = _number(one.left), _number(one.right)
        made["left"], made["right"] = short(left) or made["left"], short(right) or made["right"]
        made["metric"] = plain_metric(one.name, right, left)
    return made


def _side(value: str | None) -> str:
    return "" if value is None else clean(_shortened(value), 300)


def plain_history(history: History) -> Plain:
    """The ledger, newest entry first, and what is wrong with it, None where that was not looked for."""
    findings = history.findings
    return {
        "entries": [_plain_entry(entry) for entry in reversed(history.entries[-ENTRIES:])],
        "count": len(history.entries),
        "findings": None if findings is None else [clean(f"{f.kind}: {f.message}", 500) for f in findings],
        "notes": [clean(note, 500) for note in history.notes],
        "head": history.head[:12],
    }


def _plain_entry(entry: LedgerEntry) -> Plain:
    moved = f"{entry.from_version or 'none'} → {entry.to_version}" if entry.moves else entry.to_version
    action = f"{_MOVES[entry.action]} {entry.alias}" if entry.moves else entry.action.value
    return {
        "number": entry.number,
        "when": moment(entry.when, zone=False),
        "who": _who(entry),
        "action": clean(action, 80),
        "version": clean(moved, 60),
        "reason": clean(entry.reason or "", 300),
        "overridden": [clean(name, 120) for name in entry.overridden],
        "red": entry.action is LedgerAction.OVERRIDE,
        "hash": entry.hash,
    }


def moment(when: datetime | None, *, zone: bool = True) -> str:
    """A time as the ledger keeps it: in UTC, which is said unless the head of a table says so."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M}{' UTC' if zone else ''}" if when else ""


def _rejected(entries: Sequence[LedgerEntry], version: ModelVersion) -> str:
    """Why it was; "" where it was not, or was approved since."""
    found = rejection(entries, version)
    return "" if found is None else clean(found.reason or "rejected", 200)


def _who(entry: LedgerEntry) -> str:
    return clean(f"{entry.who} ({entry.identity})" if entry.identity else entry.who, 80)


def _columns(versions: Sequence[ModelVersion], reports: Mapping[str, GateReport]) -> list[str]:
    """Metrics that gates name come first, then those whose name tells which way is better."""
    counts: dict[str, int] = {}
    for version in versions:
        for name in version.metrics:
            counts[name] = counts.get(name, 0) + 1
    gated = {word for report in reports.values() for r in report.results for word in _WORD.findall(r.name)}

    def rank(name: str) -> tuple[bool, bool, int, int, str]:
        return name not in gated, higher_is_better(name) is None, -counts[name], len(name), name

    return sorted(counts, key=rank)[:METRICS]


def _shortened(text: str) -> str:
    return text[:8] if _RUN_ID.match(text) else text


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
