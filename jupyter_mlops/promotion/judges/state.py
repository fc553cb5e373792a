"""Gates on what is known of a version: its notebook, its code, its signature, who approved it, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from jupyter_mlops.entities import Gate, GateStatus, LedgerAction, LedgerEntry, Run, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.promotion import ledger
from jupyter_mlops.promotion.context import Context, Verdict, decided
from jupyter_mlops.promotion.gates import LIVE, guarded
from jupyter_mlops.promotion.judges.options import DAYS
from jupyter_mlops.promotion.standing import about, rejection
from jupyter_mlops.provenance.identity import person
from jupyter_mlops.tracking.authors import authors
from jupyter_mlops.tracking.order import order_findings
from jupyter_mlops.tracking.reader import details, find_run
from jupyter_mlops.tracking.registry import CHAMPION
from jupyter_mlops.tracking.signatures import read_signature

_MOST = 20  # findings that are told
_SHOWN = 5  # files that are named
_LONGEST = 400  # days that a freeze is followed to its end


def judge_clean_notebook(gate: Gate, context: Context) -> Verdict:
    """No cell ran out of order, was edited since, deleted or passed over; a run that did not finish fails.

    Raises:
        NotFound: the run, or the notebook that it kept, is gone.
    """
    found = details(context.store, _run(context))
    run, known = found.run, found.run.run_id
    if run.status is not RunStatus.FINISHED:
        return decided(
            False, f"run {run.run_id[:8]} is {run.status.value}: {run.error or 'it did not finish'}"
        )
    if run.kind is RunKind.HEADLESS:
        return decided(True, "run from top to bottom, headless", run=known)
    if not any(cell.cell_id for cell in found.cells):
        return decided(
            False,
            "nothing tells in which order its cells ran: run it headless, or track all of it (%track start)",
            run=known,
        )
    wrong = order_findings(context.store, found)
    if not wrong:
        return decided(True, f"{len(found.cells)} executions of cells, as from top to bottom", run=known)
    said = wrong[0].message if len(wrong) == 1 else f"{wrong[0].message}, and {len(wrong) - 1} more"
    return decided(
        False, f"{said}: restart the kernel and run all", tuple(f.message for f in wrong), run=known
    )


def judge_clean_git(gate: Gate, context: Context) -> Verdict:
    """The run started from a commit, without changes and new files.

    Raises:
        NotFound: the run is gone, or what it recorded of git.
    """
    run = _run(context)
    provenance = details(context.store, run).provenance
    if provenance is None:
        raise NotFound(f"run {run.run_id[:8]} kept no record of where it came from", hint="run it again")
    git, known = provenance.git, run.run_id
    if git is None:
        return decided(False, "it was run outside of git: git init, commit, and run it again", run=known)
    if git.commit is None:
        return decided(False, "there was no commit yet: commit, and run it again", run=known)
    changed = [line.partition(" b/")[2] for line in git.diff.splitlines() if line.startswith("diff --git ")]
    wrong = [*(f"changed: {name}" for name in changed), *(f"not in git: {name}" for name in git.untracked)]
    if git.dirty:
        shown = ", ".join(wrong[:_SHOWN]) or "the tree had changes"
        rest = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        return decided(
            False, f"{shown}{rest}: commit, and run it again", tuple(wrong), run=known, commit=git.commit
        )
    return decided(True, f"run from commit {git.commit[:8]}", run=known, commit=git.commit)


def judge_signature(gate: Gate, context: Context) -> Verdict:
    """The model tells what it takes and what it gives.

    Raises:
        NotFound: it is no model, or its files are gone.
    """
    found = read_signature(context.store, context.version)
    lacking = [name for name in ("inputs", "outputs") if not getattr(found, name)]
    if lacking:
        hint = "log it with rows of its input: %track model clf --name NAME, in a session that holds them"
        return decided(False, f"the model's signature tells no {' and no '.join(lacking)}: {hint}")
    return decided(True, "tells inputs and outputs", inputs=found.inputs, outputs=found.outputs)


def judge_approvals(gate: Gate, context: Context) -> Verdict:
    """So many people approved the version since it was last rejected. People are told apart by name, as
    `provenance.identity.person` does: one who acts as two accounts of the same name counts once. With
    ``author: no`` who ran or registered the version, under whichever source of identity, is none of them."""
    given: dict[str, LedgerEntry] = {}
    for entry in about(context.entries, context.version):
        if entry.action is LedgerAction.REJECT:
            given.clear()
        elif entry.action is LedgerAction.APPROVE:
            given[person(entry.who)] = entry
    made = frozenset() if gate.options["author"] else authors(context.store, context.version)
    own = [name for name in given if name in made]
    counted = [entry for name, entry in given.items() if name not in own]
    told = ", ".join(f"{entry.who} ({entry.identity})" for entry in counted)
    details = (f"{given[name].who} made it: an author's approval does not count" for name in own)
    count, needed = len(counted), gate.options["count"]
    message = f"{count} of {needed} approvals" + (f": {told}" if told else "")
    if count < needed:
        message += f"; others say jupyter mlops approve {context.label}"
    by = {f"entry {entry.number}": entry.hash for entry in counted}
    return Verdict(GateStatus.PASSED if count >= needed else GateStatus.FAILED, message, tuple(details), by)


def judge_not_rejected(gate: Gate, context: Context) -> Verdict:
    """Nobody rejected the version, or somebody approved it since."""
    standing = rejection(context.entries, context.version)
    if standing is None:
        return decided(True, "nobody rejected it")
    why = f": {standing.reason}" if standing.reason else ""
    told = f"{standing.who} ({standing.identity}) rejected it on {standing.when:%Y-%m-%d}{why}"
    return Verdict(GateStatus.FAILED, told, evidence={f"entry {standing.number}": standing.hash})


def judge_ledger(gate: Gate, context: Context) -> Verdict:
    """The ledger is as it was written, and the alias where it says."""
    name, alias = context.version.name, context.alias
    found = ledger.amiss(context.store, name, guarded(context.version, alias))
    if not found:
        return decided(True, "as it was written")
    told = f"the ledger was tampered with: {found[0].message}"
    if found[0].kind == "alias moved":
        to = "" if alias == CHAMPION else f" --to {alias}"
        told = f"moved by other means: {found[0].message}; to go back: jupyter mlops rollback {name}{to}"
        if context.present is not None:
            told += f"; to keep it: jupyter mlops promote {name}@{context.present.version}{to}"
    return decided(False, told, tuple(finding.message for finding in found[:_MOST]))


def judge_freeze(gate: Gate, context: Context) -> Verdict:
    """It is no time at which nothing is promoted."""
    end = frozen_until(gate.options, context.now)
    zone = gate.options["timezone"]
    if end is None:
        return decided(True, "not frozen now", now=f"{context.now:%Y-%m-%dT%H:%M:%SZ}")
    until = f"until {end:%a %Y-%m-%d %H:%M} {zone}" if end < datetime.max.replace(tzinfo=UTC) else "for good"
    return decided(False, f"nothing is promoted {until}", now=f"{context.now:%Y-%m-%dT%H:%M:%SZ}")


def frozen_until(options: Any, now: datetime) -> datetime | None:
    """When the freeze that goes on at `now` ends, in its time zone; None where none does, and the end of time
    where it has no end.

    A window is that of the day on which it begins. Where clocks are set, a time that comes twice is in it
    both times, and one that does not come is taken for what makes the window longer.
    """
    from zoneinfo import ZoneInfo

    zone, end = ZoneInfo(options["timezone"]), now
    for _ in range(_LONGEST):
        later = _window_end(options, end, zone)
        if later is None:
            return None if end == now else end.astimezone(zone)
        end = later
    return datetime.max.replace(tzinfo=UTC)


def _window_end(options: Any, now: datetime, zone: Any) -> datetime | None:
    """The end of the window that `now` is in."""
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if not _frozen_day(options, day):
            continue
        begin, until = (time.fromisoformat(options.get(name, "00:00")) for name in ("from", "until"))
        last = day if begin < until else day + timedelta(days=1)
        moments = [
            [datetime.combine(on, at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
            for on, at in ((day, begin), (last, until))
        ]
        if min(moments[0]) <= now < max(moments[1]):
            return max(moments[1])
    return None


def _frozen_day(options: Any, day: date) -> bool:
    weekdays, dates = options.get("weekdays", ()), options.get("dates", ())
    if not weekdays and not dates:
        return True
    spans = [(part.partition("..")[0], part.rpartition("..")[2]) for part in dates]
    return DAYS[day.weekday()] in weekdays or any(first <= day.isoformat() <= last for first, last in spans)


def _run(context: Context) -> Run:
    """The run that the version came from; of one that a notebook opened itself, that of the notebook.

    Raises:
        NotFound: it is gone.
    """
    identifier = context.version.run_id
    if not identifier:
        raise NotFound(f"{context.label} names no run that made it", hint="register it from a run")
    try:
        run = find_run(context.store, identifier)
        while run.kind in LIVE - {RunKind.SESSION} and run.parent:
            run = find_run(context.store, run.parent)
        return run
    except NotFound:
        raise NotFound(
            f"run {identifier[:8]} of {context.label} is gone",
            hint=f"restore it: mlflow runs restore --run-id {identifier}",
        ) from None
