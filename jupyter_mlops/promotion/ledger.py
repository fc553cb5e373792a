"""The ledger of a model: what was decided of its versions, by whom, when and why, in a chain of entries.

An entry is the fact. A promotion has happened once its entry is in the chain; then the alias is moved, then
it is noted as done. Whoever reads the ledger next carries out what a process that died had left undone: so
there are both, entry and moved alias, or neither, as long as the store can be written and nobody else moves
the alias or deletes the version.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from jupyter_mlops.entities import History, LedgerAction, LedgerEntry, LedgerFinding
from jupyter_mlops.exceptions import NotFound, Refused, StoreError, did_you_mean
from jupyter_mlops.promotion import chain, witnesses
from jupyter_mlops.promotion.chain import Anchor
from jupyter_mlops.promotion.standing import last_move, moved_aliases
from jupyter_mlops.tracking import ledger, registry, tags
from jupyter_mlops.tracking.model_files import MAX_TAG
from jupyter_mlops.tracking.registry import Registered
from jupyter_mlops.tracking.store import Store

_RACES = 1000  # lost to other machines, before an entry is given up
_LOOKS = 20  # at a ledger that others write to meanwhile
_LATE = timedelta(hours=1)  # after its entry, for a move that was announced
_Decide = Callable[[tuple[LedgerEntry, ...]], LedgerEntry]


def read_ledger(store: Store, model: str) -> tuple[LedgerEntry, ...]:
    """The entries of the model's ledger that can be read, oldest first, once all that they tell is done.

    Raises:
        StoreError: the store cannot be read.
    """
    return chain.entries_of(_settled(store, model).entries)


def settle(store: Store, model: str) -> bool:
    """See to it that all that the model's ledger tells is done, for whoever looks at its aliases next;
    whether there was anything to do.

    Raises:
        StoreError: the store cannot be read.
    """
    kept = ledger.read(store, model)
    return bool(_undone(store, model, kept)) and _settled(store, model) != kept


def history(store: Store, model: str) -> History:
    """The model's ledger, and where its aliases are.

    Raises:
        NotFound: there is neither such a model nor a ledger of it.
    """
    return _told(store, model, *_seen(store, model)[:2])


def verify(store: Store, model: str, expect: str | None = None) -> History:
    """The model's ledger with all that is wrong with it: entries that were changed, removed, reordered or
    written anew, and aliases that are not where it says.

    Whoever may write to the store, and knows how, can write a whole ledger anew with all that tells of it;
    then only `expect` can tell.

    Args:
        store: the project's store.
        model: its name.
        expect: the hash that some entry must have, or how it begins, such as one that `History.head` was
            and that was kept where nobody else can write.

    Raises:
        NotFound: there is neither such a model nor a ledger of it, nor was there one.
        Refused: several entries have hashes that begin so.
    """
    kept, known, anchors = _seen(store, model)
    found = list(witnesses.wrong(store, model, kept, anchors))
    if known is None and not kept.entries and found:
        told = History(model=model)
    else:
        told = _told(store, model, kept, known)
    if expect is not None:
        found += chain.expected(kept.entries, expect)
    astray = _astray(told.entries, told.aliases, moved_aliases(told.entries))
    notes = (
        *told.notes,
        *witnesses.strangers(store, model, kept),
        *witnesses.advice(store, model, found),
    )
    return told.model_copy(update={"findings": (*found, *astray), "notes": notes})


def amiss(store: Store, model: str, alias: str | None) -> tuple[LedgerFinding, ...]:
    """What is wrong with the entries themselves, and with where the alias is, if one is given. One that was
    taken off stands in nobody's way."""
    kept, known, anchors = _seen(store, model)
    found = [*witnesses.wrong(store, model, kept, anchors)]
    if alias is not None and known is not None and alias in known.aliases:
        found += _astray(chain.entries_of(kept.entries), known.aliases, [alias])
    return tuple(found)


def _seen(store: Store, model: str) -> tuple[ledger.Kept, Registered | None, list[Anchor]]:
    """The ledger, and aliases and anchors of a moment when it had these entries."""
    for _ in range(_LOOKS):
        anchors = witnesses.anchors(store, model)
        kept = _settled(store, model)
        known = registry.registered(store, model)
        if ledger.read(store, model).entries == kept.entries:
            break
    return kept, known, anchors


def _told(store: Store, model: str, kept: ledger.Kept, known: Registered | None) -> History:
    if known is None and not kept.entries:
        names = {version.name for version in registry.list_models(store)} if not store.is_new else set()
        raise NotFound(f"no registered model {model!r}", hint=did_you_mean(model, names))
    entries = chain.entries_of(kept.entries)
    notes = [] if known is not None else [f"there is no registered model {model!r} any more"]
    return History(
        model=model,
        entries=entries,
        aliases=dict(known.aliases) if known else {},
        head=chain.end_of(kept.entries)[1],
        notes=(*notes, *_moved_before(entries)),
    )


def append(store: Store, model: str, decide: _Decide) -> LedgerEntry:
    """Write the entry that `decide` makes of the entries so far, and do what it tells. Where another machine
    is faster, `decide` is asked again; it may raise to let it be.

    Raises:
        Refused: the entry is too long.
        NotFound: it was written, and the version to move to was deleted at that very moment.
        StoreError: it could not be written; or it was, and the rest has to wait, as the message then says.
    """
    with ledger.alone(store):
        for _ in range(_RACES):
            kept = _recovered(store, model, ledger.read(store, model))
            if kept.gone:
                raise StoreError(kept.gone, hint=f"see: jupyter mlops history {model} --verify")
            number, previous = chain.end_of(kept.entries)
            draft = decide(chain.entries_of(kept.entries))
            entry = chain.seal(draft, number + 1, previous)
            text = chain.written(entry)
            if len(text) >= ledger.LONGEST:
                raise Refused(
                    "the entry is too long for the ledger", hint="shorten the reason, or the names in it"
                )
            if ledger.append(store, model, entry.number, text):
                _finish(store, entry)
                return entry
            time.sleep(random.uniform(0, 0.05))
    raise StoreError(f"others write to the ledger of {model} without end", hint="try again")


def _finish(store: Store, entry: LedgerEntry) -> None:
    try:
        there = _carry_out(store, entry)
    except StoreError as error:
        raise StoreError(
            f"it is in the ledger as entry {entry.number}, but not all is done: {error}",
            hint=f"the rest is done once the store can be written: jupyter mlops history {entry.model}",
        ) from None
    if not there:
        raise NotFound(
            f"{entry.alias} was not moved: {entry.model}@{entry.to_version} was deleted when entry "
            f"{entry.number} was in the ledger",
            hint="promote another version",
        )


def _carry_out(store: Store, entry: LedgerEntry) -> bool:
    """Do what the entry tells, and what a later one tells that another machine wrote meanwhile: it may have
    set the alias before this one did. Done twice it is the same. Whether there is such a version."""
    kept = ledger.read(store, entry.model)
    if not entry.moves or kept.run_id is None:
        witnesses.witness(store, entry.model, kept)
        return True
    announced = ledger.announce(store, kept.run_id, entry.number)
    there = _move(store, entry)
    latest = entry
    while True:
        kept = ledger.read(store, entry.model)
        newest = last_move(chain.entries_of(kept.entries), entry.alias)
        if newest is None or newest.number <= latest.number:
            break
        latest = newest
        _move(store, latest)
    witnesses.witness(store, entry.model, kept)
    for one in {entry.number: entry, latest.number: latest}.values():
        ledger.mark(store, str(kept.run_id), one.number, f"{one.alias} {one.to_version}")
    ledger.withdraw(store, str(kept.run_id), announced)
    return there


def _move(store: Store, entry: LedgerEntry) -> bool:
    if not registry.set_alias(store, entry.model, entry.alias, entry.to_version):
        return False
    note = note_of(entry)
    values = {registry.PROMOTED_BY: note}
    if entry.action is LedgerAction.OVERRIDE:
        values[tags.OVERRIDDEN] = f"{note} (in spite of: {', '.join(entry.overridden)})"
    registry.set_tags(
        store, entry.model, entry.to_version, {key: value[:MAX_TAG] for key, value in values.items()}
    )
    return True


def note_of(entry: LedgerEntry) -> str:
    """Who moved which alias, when and why, in a line."""
    moved = f"{entry.alias} by {entry.who} ({entry.identity}) at {entry.when:%Y-%m-%dT%H:%M:%SZ}"
    return f"{moved}: {entry.reason}" if entry.reason else moved


def _settled(store: Store, model: str) -> ledger.Kept:
    kept = ledger.read(store, model)
    if _undone(store, model, kept):
        # where it cannot be written now it is another time
        with contextlib.suppress(StoreError, OSError), ledger.alone(store):
            kept = _recovered(store, model, ledger.read(store, model))
    witnesses.remember(store, model, kept)
    return kept


def _undone(store: Store, model: str, kept: ledger.Kept) -> list[LedgerEntry]:
    """Of each alias the last entry that moved it, where that has not been carried out, or was undone by a
    move that came late."""
    entries = chain.entries_of(kept.entries)
    latest = [last_move(entries, alias) for alias in moved_aliases(entries)]
    late = _late(store, model, kept, entries)
    return [
        entry
        for entry in latest
        if entry is not None
        and (not ledger.is_done(kept, entry.number) or entry.alias in late)
        and chain.is_sound(kept.entries, ledger.key_of(entry.number))
    ]


def _late(store: Store, model: str, kept: ledger.Kept, entries: Sequence[LedgerEntry]) -> set[str]:
    """Aliases that are where an entry had them that was superseded: who was to move them said so, did it
    when the next entry was there, and died before looking again."""
    numbers, oldest = set(ledger.announced(kept).values()), datetime.now(UTC) - _LATE
    said = [entry for entry in entries if entry.number in numbers and entry.moves and entry.when > oldest]
    known = registry.registered(store, model) if said else None
    if known is None:
        return set()
    late = {entry.alias for entry in said if known.aliases.get(entry.alias) == entry.to_version}
    return {
        alias
        for alias in late
        if (last := last_move(entries, alias)) is not None and last.to_version != known.aliases[alias]
    }


def _recovered(store: Store, model: str, kept: ledger.Kept) -> ledger.Kept:
    """Do what a process that died, or another machine that is at it, has not done yet; the ledger then. An
    alias that is elsewhere was moved by other means since: that is left, for `verify` to tell."""
    undone = _undone(store, model, kept)
    if not undone:
        return kept
    late = _late(store, model, kept, chain.entries_of(kept.entries))
    for entry in undone:
        known = registry.registered(store, model)
        now = None if known is None else known.aliases.get(entry.alias)
        if known is not None and (entry.alias in late or now in {entry.from_version, entry.to_version}):
            _carry_out(store, entry)
        elif kept.run_id is not None:
            ledger.mark(store, kept.run_id, entry.number, f"{entry.alias} was moved by other means")
    return ledger.read(store, model)


def _astray(
    entries: tuple[LedgerEntry, ...], pointed: Mapping[str, str], aliases: Iterable[str]
) -> list[LedgerFinding]:
    """Those of the aliases that are not where the ledger moved them last."""
    found = []
    for alias in aliases:
        entry, now = last_move(entries, alias), pointed.get(alias)
        if entry is not None and now != entry.to_version:
            at = f"{alias} is at version {now}" if now else f"there is no {alias}"
            message = f"{at}, but entry {entry.number} says version {entry.to_version}"
            found.append(LedgerFinding(kind="alias moved", message=message, number=entry.number))
    return found


def _moved_before(entries: Iterable[LedgerEntry]) -> list[str]:
    """Moves that the ledger knows of only by what it found."""
    notes, known = [], dict[str, str]()
    for entry in (entry for entry in entries if entry.moves):
        before, last = entry.from_version, known.get(entry.alias)
        if before != last:
            at = (
                f"{entry.alias} had been at version {before}"
                if before
                else f"{entry.alias} had been taken off"
            )
            notes.append(f"before entry {entry.number} {at} by other means")
        known[entry.alias] = entry.to_version
    return notes
