"""Sections on what was demanded of a version: checks, gates, replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from jupyter_mlops.checks.recording import TAG as CHECK_TAG
from jupyter_mlops.entities import (
    CardSection,
    CheckStatus,
    GateResult,
    GateStatus,
    Replay,
    ReplayVerdict,
    RunKind,
)
from jupyter_mlops.promotion.card.records import Records
from jupyter_mlops.promotion.card.sections import command, moment, number, section
from jupyter_mlops.promotion.card.writing import Markdown, alarm, bold, bullets, code, joined, table, text

_BAD = frozenset(("failed", "error"))
_DECIDED = frozenset((GateStatus.PASSED, GateStatus.FAILED))
_CELLS = 10


def status(told: str) -> Markdown:
    """In bold where it is no good."""
    return bold(told) if told in _BAD else text(told)


def checks(records: Records) -> CardSection:
    """The last report of checks, or what the version's tags still say of it."""
    report = records.checks
    fill = command(records, "check", "" if records.settings.data else "--data DATA")
    if report is None:
        return section("checks", _counted(records), fill=fill, why=records.why("checks"))
    rows = [
        (code(one.name), status(one.status.value), one.message, code(one.place) if one.place else "")
        for one in report.results
    ]
    when = moment(records.checked_when)
    run = f" (run {report.run_id[:8]}{f', {when}' if when else ''})" if report.run_id else ""
    return section(
        "checks",
        joined((_counts(one.status.value for one in report.results), run, ".")) if rows else "",
        table(("check", "result", "what was found", "where it is demanded"), rows),
        bullets(report.notes),
        fill=fill,
    )


def _counts(states: Iterable[str]) -> str:
    found = Counter(states)
    return ", ".join(f"{many:,} {state}" for state, many in found.most_common())


def _counted(records: Records) -> Markdown:
    told = [
        f"{records.version.tags[f'{CHECK_TAG}{state.value}']} {state.value}"
        for state in CheckStatus
        if records.version.tags.get(f"{CHECK_TAG}{state.value}", "0") != "0"
    ]
    if not told:
        return Markdown("")
    return joined((", ".join(told), f"; {records.why('checks')}" if records.why("checks") else "", "."))


def gates(records: Records) -> CardSection:
    """What a promotion demanded, and how it was judged."""
    report = records.gates
    fill = command(records, "promote", "--dry-run")
    if report is None or not report.results:
        return section("gates", fill=fill, why="no gate was judged" if report is None else "it has no gates")
    rows = [(_gate(one), status(one.status.value), _said(one), moment(one.judged)) for one in report.results]
    against = f"; the champion then was version {report.champion}" if report.champion else ""
    return section(
        "gates",
        joined(("On its way to ", code(report.alias), against, f": {_counts(_states(report.results))}.")),
        table(("gate", "result", "what was found", "judged"), rows),
        bullets(report.notes),
        fill=fill,
        told=any(one.status is not GateStatus.WAITING for one in report.results),
    )


def _states(results: Iterable[GateResult]) -> Iterator[str]:
    return (one.status.value for one in results)


def _gate(result: GateResult) -> Markdown:
    return joined((code(result.name), " (by default)" if result.implied else ""))


def _said(result: GateResult) -> str:
    """Its message without when it was judged, which has a column, and how it is judged again."""
    return result.message.partition(" (as judged ")[0]


def replay(records: Records) -> CardSection:
    """Whether the same came out when it was run again."""
    found = records.replay
    fill = command(records, "reproduce")
    if found is None:
        why = records.why("run") or "it was never run again"
        return section("replay", fill=fill, why=why)
    good = found.verdict in {ReplayVerdict.REPRODUCED, ReplayVerdict.WITHIN}
    told = f"{found.verdict.value}{f': {found.reason}' if found.reason else ''}"
    rows = [
        (code(one.metric), _exactly(one.original), _exactly(one.replayed), _agrees(one.within))
        for one in found.metrics
    ]
    return section(
        "replay",
        bold(told) if good else alarm(told),
        table(
            ("what", "value"),
            [
                ("run again", moment(found.when)),
                ("tolerance", number(found.tolerance)),
                ("environment", "rebuilt from the record" if found.rebuilt else "the one that is installed"),
                *([("new run", code(found.replayed[:8]))] if found.replayed else []),
            ],
        ),
        table(("metric", "recorded", "again", "agrees"), rows, numbers=(1, 2)),
        bullets(_cells(found)),
        bullets(found.notes),
        fill=fill,
    )


def _agrees(within: bool) -> Markdown:
    return text("yes") if within else bold("no")


def _exactly(value: float | None) -> str:
    return "" if value is None else repr(value)


def _cells(found: Replay) -> Iterator[Markdown]:
    for cell in found.cells[:_CELLS]:
        yield joined((f"cell {cell.number} differs: ", code(cell.source, 100)))
    if len(found.cells) > _CELLS:
        yield text(f"and {len(found.cells) - _CELLS} more cells")


def doubtful(records: Records) -> Iterator[str]:
    """What was not, or not well, judged."""
    if records.checks is None and not _counted(records):
        yield "it was never checked"
    wrong = [one.name for one in (records.checks.results if records.checks else ()) if one.status in _BAD]
    if wrong:
        yield f"checks that it does not pass: {'; '.join(wrong)}"
    closed = [one.name for one in (records.gates.results if records.gates else ()) if one.status in _BAD]
    if closed:
        yield f"gates that it does not pass: {'; '.join(closed)}"
    judged = {one.kind for one in (records.gates.results if records.gates else ()) if one.status in _DECIDED}
    if "drift" not in judged:
        yield "whether the data have drifted since was not judged"
    found = records.replay
    if found is None:
        session = records.run is not None and records.run.run.kind is RunKind.SESSION
        yield f"it was never replayed{', and came from a live notebook' if session else ''}"
    elif found.verdict is not ReplayVerdict.REPRODUCED:
        yield f"replayed, it was {found.verdict.value}"
