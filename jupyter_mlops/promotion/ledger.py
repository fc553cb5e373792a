"""The ledger of a model: what was decided of its versions, by whom, when and why, in a chain of entries.

An entry is the fact. A promotion has happened once its entry is in the chain; then the alias is moved, then
it is noted as done. Whoever reads the ledger next carries out what a process that died had left undone: so
there are both, entry and moved alias, or neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import History, LedgerAction, LedgerEntry, LedgerFinding
from jupyter_mlops.exceptions import NotFound, Refused, StoreError, did_you_mean
from jupyter_mlops.files import write_whole
from jupyter_mlops.promotion import chain
from jupyter_mlops.promotion.chain import Anchor
from jupyter_mlops.promotion.standing import last_move, moved_aliases
from jupyter_mlops.tracking import ledger, registry, tags
from jupyter_mlops.tracking.model_files import MAX_TAG
from jupyter_mlops.tracking.store import Store

_RACES = 1000  # lost to other machines, before an entry is given up
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
    return bool(_undone(kept)) and _settled(store, model) != kept


def history(store: Store, model: str) -> History:
    """The model's ledger, and where its aliases are.

    Raises:
        NotFound: there is neither such a model nor a ledger of it.
    """
    kept = _settled(store, model)
    known = registry.registered(store, model)
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


def verify(store: Store, model: str, expect: str | None = None) -> History:
    """The model's ledger with all that is wrong with it: entries that were changed, removed, reordered or
    written anew, and aliases that are not where it says.

    Args:
        store: the project's store.
        model: its name.
        expect: the hash that some entry must have, such as one that `History.head` was and that was kept
            where nobody else can write.

    Raises:
        NotFound: there is neither such a model nor a ledger of it, nor was there one.
    """
    kept = _settled(store, model)
    anchors = _anchors(store, model)
    found = [*chain.findings(model, kept.entries, anchors, expect)]
    if kept.gone:
        found.insert(0, LedgerFinding(kind="removed", message=kept.gone))
    try:
        told = history(store, model)
    except NotFound:
        if not found:
            raise
        told = History(model=model)
    found += _astray(told.entries, told.aliases, moved_aliases(told.entries))
    return told.model_copy(update={"findings": tuple(found)})


def amiss(store: Store, model: str, alias: str | None) -> tuple[LedgerFinding, ...]:
    """What is wrong with the entries themselves, and with where the alias is, if one is given. One that was
    taken off stands in nobody's way."""
    kept = ledger.read(store, model)
    found = [*chain.findings(model, kept.entries, _anchors(store, model))]
    if kept.gone:
        found.insert(0, LedgerFinding(kind="removed", message=kept.gone))
    known = None if alias is None else registry.registered(store, model)
    if alias is not None and known is not None and alias in known.aliases:
        found += _astray(chain.entries_of(kept.entries), known.aliases, [alias])
    return tuple(found)


def append(store: Store, model: str, decide: _Decide) -> LedgerEntry:
    """Write the entry that `decide` makes of the entries so far, and do what it tells. Where another machine
    is faster, `decide` is asked again; it may raise to let it be.

    Raises:
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
                raise Refused("the entry is too long for the ledger", hint="shorten the reason")
            if ledger.append(store, model, entry.number, text):
                _finish(store, entry)
                return entry
            time.sleep(random.uniform(0, 0.05))
    raise StoreError(f"others write to the ledger of {model} without end", hint="try again")


def _finish(store: Store, entry: LedgerEntry) -> None:
    try:
        _carry_out(store, entry)
        kept = ledger.read(store, entry.model)
        latest = last_move(chain.entries_of(kept.entries), entry.alias)
        if entry.moves and latest is not None and latest.number > entry.number:
            _carry_out(store, latest)  # of another machine, which may have set the alias before this one did
    except StoreError as error:
        raise StoreError(
            f"it is in the ledger as entry {entry.number}, but not all is done: {error}",
            hint=f"the rest is done once the store can be written: jupyter mlops history {entry.model}",
        ) from None


def _carry_out(store: Store, entry: LedgerEntry) -> None:
    """Do what the entry tells; done twice it is the same."""
    if entry.moves and registry.set_alias(store, entry.model, entry.alias, entry.to_version):
        note = note_of(entry)
        values = {registry.PROMOTED_BY: note}
        if entry.action is LedgerAction.OVERRIDE:
            values[tags.OVERRIDDEN] = f"{note} (in spite of: {', '.join(entry.overridden)})"
        registry.set_tags(
            store, entry.model, entry.to_version, {key: value[:MAX_TAG] for key, value in values.items()}
        )
    kept = ledger.read(store, entry.model)
    _witness(store, entry.model, kept)
    if entry.moves and kept.run_id is not None:
        ledger.mark(store, kept.run_id, entry.number, f"{entry.alias} {entry.to_version}")


def note_of(entry: LedgerEntry) -> str:
    """Who moved which alias, when and why, in a line."""
    moved = f"{entry.alias} by {entry.who} ({entry.identity}) at {entry.when:%Y-%m-%dT%H:%M:%SZ}"
    return f"{moved}: {entry.reason}" if entry.reason else moved


def _settled(store: Store, model: str) -> ledger.Kept:
    kept = ledger.read(store, model)
    if _undone(kept):
        # where it cannot be written now it is another time
        with contextlib.suppress(StoreError, OSError), ledger.alone(store):
            kept = _recovered(store, model, ledger.read(store, model))
    _remember(store, model, kept)
    return kept


def _undone(kept: ledger.Kept) -> list[LedgerEntry]:
    """Of each alias the last entry that moved it, where that has not been carried out."""
    entries = chain.entries_of(kept.entries)
    latest = [last_move(entries, alias) for alias in moved_aliases(entries)]
    return [
        entry
        for entry in latest
        if entry is not None
        and not ledger.is_done(kept, entry.number)
        and chain.is_sound(kept.entries, ledger.key_of(entry.number))
    ]


def _recovered(store: Store, model: str, kept: ledger.Kept) -> ledger.Kept:
    """Do what a process that died, or another machine that is at it, has not done yet; the ledger then. An
    alias that is elsewhere was moved by other means since: that is left, for `verify` to tell."""
    undone = _undone(kept)
    for entry in undone:
        known = registry.registered(store, model)
        now = None if known is None else known.aliases.get(entry.alias)
        if known is not None and now in {entry.from_version, entry.to_version}:
            _carry_out(store, entry)
        elif kept.run_id is not None:
            ledger.mark(store, kept.run_id, entry.number, f"{entry.alias} was moved by other means")
    return ledger.read(store, model) if undone else kept


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


def _witness(store: Store, model: str, kept: ledger.Kept) -> None:
    """Keep the last entry's hash in the registry and on this machine: where an older one that is kept there
    is contradicted, that one stays, to tell of it."""
    head = Anchor(*chain.end_of(kept.entries), "")
    tag = _tagged(store, model)
    if head.number and (tag is None or _follows(head, tag, kept)):
        registry.set_tags(store, model, None, {ledger.HEAD: f"{head.number} {head.hash}"})
    _remember(store, model, kept)


def _remember(store: Store, model: str, kept: ledger.Kept) -> None:
    head, known = Anchor(*chain.end_of(kept.entries), ""), _remembered(store, model)
    if not head.number or (known is not None and not _follows(head, known, kept)):
        return
    told = {"model": model, "number": head.number, "hash": head.hash}
    with contextlib.suppress(OSError, StoreError):  # it is a second witness; the entry is safe
        place = _memory(store, model)
        store.state_folder()
        place.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(place, json.dumps(told, ensure_ascii=False) + "\n")


def _follows(head: Anchor, known: Anchor, kept: ledger.Kept) -> bool:
    return head.number > known.number and not chain.contradicts(known, kept.entries)


def _anchors(store: Store, model: str) -> list[Anchor]:
    return [anchor for anchor in (_tagged(store, model), _remembered(store, model)) if anchor is not None]


def _tagged(store: Store, model: str) -> Anchor | None:
    known = registry.registered(store, model)
    return None if known is None else _anchor(known.tags.get(ledger.HEAD, ""), "the model's tag")


def _anchor(text: str, where: str) -> Anchor | None:
    number, _, digest = text.partition(" ")
    return Anchor(int(number), digest, where) if number.isdecimal() and len(number) < 19 else None


def _remembered(store: Store, model: str) -> Anchor | None:
    """The last entry that this machine saw."""
    try:
        told = json.loads(_memory(store, model).read_text(encoding="utf-8"))
        return _anchor(f"{told['number']} {told['hash']}", f"{STATE_FOLDER}/{ledger.FOLDER}")
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _memory(store: Store, model: str) -> Path:
    """By the store as well: a project may be given another one."""
    where = store.uri.replace(str(store.root), "")  # a project may be moved
    name = hashlib.blake2b(f"{where}\n{model}".encode(), digest_size=12).hexdigest()
    return store.root / STATE_FOLDER / ledger.FOLDER / f"{name}.json"
