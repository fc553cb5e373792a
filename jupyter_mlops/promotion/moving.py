"""Promote, approve, reject, roll back: what is asked for, judged, decided, written into the ledger."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.config import Config
from jupyter_mlops.entities import (
    GateReport,
    Identity,
    LedgerAction,
    LedgerEntry,
    ModelVersion,
    Promotion,
)
from jupyter_mlops.exceptions import CheckFailed, ConfigError, NotFound, Refused
from jupyter_mlops.letters import harmless
from jupyter_mlops.promotion import ledger
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.gates import UNGATED, gates_before, gates_for
from jupyter_mlops.promotion.judging import Done, judge_gates
from jupyter_mlops.promotion.situation import situation
from jupyter_mlops.promotion.standing import about, last_move, previous, rejection
from jupyter_mlops.provenance.identity import person
from jupyter_mlops.tracking import registry
from jupyter_mlops.tracking.authors import authors
from jupyter_mlops.tracking.model_content import check_complete
from jupyter_mlops.tracking.store import Store

LONGEST_REASON = 1000  # characters
_MOST = 20  # gates that an entry names
_LONGEST_NAME = 100  # characters of a gate's name in it

Tell = Callable[[str], None]


class GateClosed(CheckFailed):
    """A gate says no. `report` has them all."""

    def __init__(self, report: GateReport) -> None:
        closed = [result for result in report.results if not result.open]
        first = f"{closed[0].name}: {closed[0].message or closed[0].status.value}"
        count = f"{len(closed)} of {len(report.results)} gates"
        more = f"; and {len(closed) - 1} more" if len(closed) > 1 else ""
        super().__init__(
            f"{report.model}@{report.version} does not become {report.alias}: {count} said no: {first}{more}",
            hint="mend it, or --override with a --reason",
        )
        self.report = report


@dataclass(frozen=True)
class Candidate:
    """A version on its way to an alias, judged. `seen` is how many entries the ledger had then."""

    version: ModelVersion
    alias: str
    champion: str | None
    seen: int
    who: Identity
    report: GateReport | None
    notes: tuple[str, ...] = ()


def judge(store: Store, config: Config, reference: str, alias: str, tell: Tell, done: Done) -> Candidate:
    """The version that ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS`` means, judged by the gates before
    `alias`. There is no report where it is at the alias already, and the ledger says so.

    Raises:
        NotFound: no such model, version or alias; or the version's files are gone.
        Refused: MLflow does not allow the alias; or the run that made the version was deleted.
    """
    registry.check_alias(alias)
    context = situation(store, config, reference, alias, tell)
    entries = context.entries
    version, champion = context.version, None if context.present is None else context.present.version
    seen, last = entries[-1].number if entries else 0, last_move(entries, alias)
    if champion == version.version and last is not None and last.to_version == champion:
        already = [f"{context.label} is {alias} already: nothing to do"]
        closed = rejection(entries, version)
        if closed is not None and closed.number > last.number:
            already.append(
                f"{closed.who} has rejected it since: {closed.reason}; see: rollback {version.name}"
            )
        return Candidate(version, alias, champion, seen, context.who, None, tuple(already))
    _check_complete(store, version)
    gates = gates_before(store, config, version, alias)
    report = judge_gates(context, gates, keep=alias not in UNGATED, done=done)
    notes = _astray_notes(champion, last, alias)
    return Candidate(version, alias, champion, seen, context.who, report, notes)


def promote(store: Store, candidate: Candidate, reason: str | None, *, override: bool) -> Promotion:
    """Point the alias at the version, if its gates said yes, or with `override` in spite of them.

    Raises:
        GateClosed: a gate said no.
        Refused: meanwhile the alias was moved, or the version rejected.
        StoreError: the store does not take it.
    """
    report, notes = candidate.report, candidate.notes
    if report is None:
        return Promotion(version=candidate.version, notes=notes)
    closed = [result.name for result in report.results if not result.open]
    if closed and not override:
        raise GateClosed(report)
    if override and not closed:
        notes = (*notes, "no gate said no: there was nothing to override")

    def decide(entries: tuple[LedgerEntry, ...]) -> LedgerEntry:
        _check_unmoved(store, candidate, entries)
        _check_there(store, candidate.version)
        return _draft(
            LedgerAction.OVERRIDE if closed else LedgerAction.PROMOTE,
            candidate.version,
            candidate.who,
            reason,
            alias=candidate.alias,
            from_version=candidate.champion,
            gates=report.digest,
            gates_run=report.run_id,
            overridden=_names(closed),
        )

    entry = ledger.append(store, candidate.version.name, decide)
    return Promotion(version=_now(store, candidate.version), entry=entry, gates=report, notes=notes)


def approve(store: Store, config: Config, reference: str, reason: str | None) -> Promotion:
    """Note that somebody holds the version to be good; one that was rejected is open again.

    Raises:
        NotFound: no such model, version or alias.
        StoreError: the store does not take it.
    """
    context = situation(store, config, reference)
    version, who, notes = context.version, context.who, list[str]()

    def decide(entries: tuple[LedgerEntry, ...]) -> LedgerEntry:
        closed = rejection(entries, version)
        notes[:] = [f"{closed.who} had rejected it: it is open again"] if closed else []
        return _draft(LedgerAction.APPROVE, version, who, reason)

    entry = ledger.append(store, version.name, decide)
    notes += [*_author_notes(context), *_tampered_notes(store, version.name)]
    return Promotion(version=_now(store, version), entry=entry, notes=tuple(notes))


def _author_notes(context: Context) -> Iterator[str]:
    with contextlib.suppress(ConfigError):  # a broken gate is told where gates are judged
        gates = gates_for(context.store, context.config, context.version)
        alone = any(gate.kind == "approvals" and not gate.options["author"] for gate in gates)
        if alone and person(context.who.name) in authors(context.store, context.version):
            yield "you made this version: your approval does not count where a gate says author: no"


def reject(store: Store, reference: str, who: Identity, reason: str) -> Promotion:
    """Close the version until somebody approves it. An alias that it has it keeps.

    Raises:
        NotFound: no such model, version or alias.
        StoreError: the store does not take it.
    """
    _check_any(store, reference)
    version = registry.find_version(store, reference)
    entry = ledger.append(
        store, version.name, lambda entries: _draft(LedgerAction.REJECT, version, who, reason)
    )
    now = _now(store, version)
    notes = [
        f"it still is {alias}; to go back: jupyter mlops rollback {version.name}"
        + ("" if alias == registry.CHAMPION else f" --to {alias}")
        for alias in now.aliases
    ]
    return Promotion(version=now, entry=entry, notes=(*notes, *_tampered_notes(store, version.name)))


def rollback(store: Store, config: Config, model: str, alias: str, reason: str | None) -> Promotion:
    """Point the alias at the version that it was at before the present one. No gates are asked.

    Raises:
        NotFound: no such model; the version is not there any more, or its files are not.
        Refused: there was none before; it was rejected since; or the alias was moved meanwhile.
        StoreError: the store does not take it.
    """
    registry.check_alias(alias)
    entries = ledger.read_ledger(store, model)
    known = registry.registered(store, model)
    if known is None:
        _check_any(store, model)
        registry.list_models(store, model)  # tells which there are
    current = None if known is None else known.aliases.get(alias)
    target = previous(entries, alias, current)
    if target is None:
        raise Refused(
            f"the ledger of {model} knows no {alias} before the present one", hint="promote a version instead"
        )
    context = _restorable(store, config, model, target, alias, entries)
    version, who = context.version, context.who
    before = Candidate(version, alias, current, entries[-1].number, who, None)

    def decide(entries: tuple[LedgerEntry, ...]) -> LedgerEntry:
        _check_unmoved(store, before, entries)
        _check_there(store, version, run=False)
        return _draft(LedgerAction.ROLLBACK, version, who, reason, alias=alias, from_version=current)

    entry = ledger.append(store, model, decide)
    notes = (*_tampered_notes(store, model), *_astray_notes(current, last_move(entries, alias), alias))
    return Promotion(version=_now(store, version), entry=entry, notes=notes)


def _check_any(store: Store, reference: str) -> None:
    """There is a store: to look for a model must not make one."""
    if store.is_new:
        raise NotFound(f"no registered model {reference.partition('@')[0]!r}", hint="there are none")


def _tampered_notes(store: Store, model: str) -> tuple[str, ...]:
    """For those that no gate stops where the ledger is not what it was."""
    found = ledger.amiss(store, model, None)
    if not found:
        return ()
    return (
        f"the ledger was tampered with, do not rely on what it says: {found[0].message}; see: "
        f"jupyter mlops history {model} --verify",
    )


def _check_there(store: Store, version: ModelVersion, *, run: bool = True) -> None:
    """The very version is still there, with its files, and its `run` where that counts."""
    label = f"{version.name}@{version.version}"
    try:
        now = _now(store, version)
    except NotFound:
        raise NotFound(f"{label} was deleted meanwhile", hint="choose another version") from None
    if now.created != version.created:
        raise NotFound(f"{label} was deleted meanwhile, and made anew", hint="look at it again, then repeat")
    if run:
        _check_complete(store, version)
    else:
        check_complete(store, version)


def _check_complete(store: Store, version: ModelVersion) -> None:
    label = f"{version.name}@{version.version}"
    if version.run_id is not None and registry.is_deleted(store, version.run_id):
        raise Refused(
            f"the run {version.run_id[:8]} that made {label} was deleted",
            hint=f"restore it: mlflow runs restore --run-id {version.run_id}",
        )
    check_complete(store, version)


def _restorable(
    store: Store, config: Config, model: str, target: str, alias: str, entries: tuple[LedgerEntry, ...]
) -> Context:
    """The version to go back to, on its way."""
    label = f"{model}@{target}"
    try:
        context = situation(store, config, label, alias)
    except NotFound:
        raise NotFound(
            f"{label} was the one before, but is not there any more", hint="promote another version"
        ) from None
    moves = [entry for entry in entries if entry.moves and entry.to_version == target]
    came = max((entry.number for entry in moves if entry.alias == alias), default=0)
    if moves and not about(moves[-1:], context.version):
        raise NotFound(
            f"{label} is not the one that it was: the model was deleted and made anew",
            hint="promote a version instead",
        )
    closed = rejection(entries, context.version)
    if closed is not None and closed.number > came:  # else it came in by an override
        raise Refused(
            f"{label} was the one before, but {closed.who} has rejected it since: {closed.reason}",
            hint="promote another version",
        )
    try:
        check_complete(store, context.version)
    except NotFound as error:
        raise NotFound(f"{label} was the one before, but its files are gone", hint=str(error)) from None
    return context


def _check_unmoved(store: Store, candidate: Candidate, entries: tuple[LedgerEntry, ...]) -> None:
    """Meanwhile the alias was not moved, nor the version rejected."""
    version, alias = candidate.version, candidate.alias
    again = "look at it again, then repeat"
    for entry in entries:
        if entry.number <= candidate.seen:
            continue
        if entry.moves and entry.alias == alias:
            raise Refused(
                f"{alias} of {version.name} was moved meanwhile: to version {entry.to_version} by "
                f"{entry.who}",
                hint=again,
            )
        if entry.action is LedgerAction.REJECT and entry.to_version == version.version:
            raise Refused(
                f"{version.name}@{version.version} was rejected meanwhile, by {entry.who}: {entry.reason}",
                hint=again,
            )
    known = registry.registered(store, version.name)
    now = None if known is None else known.aliases.get(alias)
    if now != candidate.champion:
        did = "taken off" if now is None else f"moved to version {now}"
        raise Refused(f"{alias} of {version.name} was {did} meanwhile, by other means", hint=again)


def _astray_notes(champion: str | None, last: LedgerEntry | None, alias: str) -> tuple[str, ...]:
    if last is None or last.to_version == champion:
        return ()
    at = f"at version {champion}" if champion else "taken off"
    return (f"{alias} was {at} by other means: the ledger had it at version {last.to_version}",)


def _draft(
    action: LedgerAction, version: ModelVersion, who: Identity, reason: str | None, **fields: Any
) -> LedgerEntry:
    return LedgerEntry(
        model=version.name,
        number=0,
        action=action,
        who=harmless(who.name),
        identity=who.source,
        when=datetime.now(UTC),
        to_version=version.version,
        reason=reason,
        host=platform.node(),
        registered=version.created,
        **{"alias": "", **fields},
    )


def _names(closed: list[str]) -> tuple[str, ...]:
    """As many as an entry has room for; the report has them all."""
    names = [harmless(name) for name in closed]
    named = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in names]
    more = len(named) - _MOST
    return tuple(named) if more <= 0 else (*named[:_MOST], f"and {more} more")


def _now(store: Store, version: ModelVersion) -> ModelVersion:
    return registry.find_version(store, f"{version.name}@{version.version}")
