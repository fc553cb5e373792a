"""Where the last entry of a ledger is known besides: by a tag of the model, on this machine, and by what an
entry left behind that was carried out. Who cuts off the end of a ledger has to find all of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import LedgerEntry, LedgerFinding, ModelVersion
from jupyter_mlops.exceptions import NotFound, StoreError
from jupyter_mlops.files import write_whole
from jupyter_mlops.promotion import chain
from jupyter_mlops.promotion.chain import Anchor
from jupyter_mlops.promotion.standing import about
from jupyter_mlops.tracking import ledger, registry
from jupyter_mlops.tracking.store import Store

_TAG = "the model's tag"
_NOTED = re.compile(r"(?P<alias>.+?) by .*? \([a-z]+\) at (?P<when>[0-9T:-]{19}Z)", re.DOTALL)


def witness(store: Store, model: str, kept: ledger.Kept) -> None:
    """Keep the last entry's hash in the registry and on this machine: where an older one that is kept there
    is contradicted, or was taken away, that stays so, to tell of it."""
    head = Anchor(*chain.end_of(kept.entries), "")
    known = registry.registered(store, model)
    if head.number and known is not None:
        tag = _tagged(known)
        follows = (
            not _untagged(store, model, known, kept, but=1) if tag is None else _follows(head, tag, kept)
        )
        if follows:
            registry.set_tags(store, model, None, {ledger.HEAD: f"{head.number} {head.hash}"})
    remember(store, model, kept)


def remember(store: Store, model: str, kept: ledger.Kept) -> None:
    """Keep the last entry's hash on this machine, if that can be."""
    head, known = Anchor(*chain.end_of(kept.entries), ""), _remembered(store, model)
    if not head.number or (known is not None and not _follows(head, known, kept)):
        return
    told = {"model": model, "number": head.number, "hash": head.hash}
    with contextlib.suppress(OSError, StoreError):  # it is a second witness; the entry is safe
        place = _memory(store, model)
        store.state_folder()
        place.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(place, json.dumps(told, ensure_ascii=False) + "\n")


def anchors(store: Store, model: str) -> list[Anchor]:
    """Last entries that are known from elsewhere. To be asked for before the entries: they may be older than
    those, and never newer."""
    known = registry.registered(store, model)
    tag = None if known is None else _tagged(known)
    return [anchor for anchor in (tag, _remembered(store, model)) if anchor is not None]


def wrong(store: Store, model: str, kept: ledger.Kept, known: Sequence[Anchor]) -> tuple[LedgerFinding, ...]:
    """What is wrong with the entries themselves, by all that is known of them.

    Raises:
        StoreError: the store cannot be read.
    """
    elsewhere = ledger.ledgers(store)
    renamed = _renamed(model, kept, known, elsewhere)
    told = [anchor for anchor in known if not (renamed and anchor.where == _TAG)]
    found = [*chain.findings(model, kept.entries, told)]
    if kept.gone:
        found.insert(0, _removed(kept.gone))
    found += renamed
    found += [
        _removed(
            f"run {str(one.run_id)[:8]} holds entries of {model} that the index of ledgers does not name"
        )
        for name, one in elsewhere
        if name == model and one.run_id != kept.run_id
    ]
    if not renamed:
        found += _left_behind(store, model, kept)
    return tuple(found)


def advice(store: Store, model: str, found: Sequence[LedgerFinding]) -> tuple[str, ...]:
    """What to do where this machine knows of other entries than the store has."""
    place = f"{STATE_FOLDER}/{ledger.FOLDER}"
    if not any(finding.message.endswith(f"{place} knows") for finding in found):
        return ()
    path = _memory(store, model).relative_to(store.root).as_posix()
    return (f"if you have put back a backup of the store, delete {path}, and look again",)


def strangers(store: Store, model: str, kept: ledger.Kept) -> tuple[str, ...]:
    """Notes on entries that are on other versions than those that have their numbers now."""
    made = {version.version: version.created for version in _versions(store, model)}
    numbers: dict[str, list[str]] = {}
    for entry in chain.entries_of(kept.entries):
        now = made.get(entry.to_version)
        if now is not None and entry.registered not in {None, now}:
            numbers.setdefault(entry.to_version, []).append(str(entry.number))
    return tuple(
        f"version {version} was made at another time than entries say, and counts as another: the model was "
        f"made anew, or the time was changed; entries: {', '.join(found)}"
        for version, found in numbers.items()
    )


def _renamed(
    model: str,
    kept: ledger.Kept,
    known: Sequence[Anchor],
    elsewhere: Sequence[tuple[str, ledger.Kept]],
) -> list[LedgerFinding]:
    """The model's tag tells of an entry in the ledger of another name, which it had."""
    for anchor in known:
        if anchor.where == _TAG and chain.contradicts(anchor, kept.entries):
            for name, other in elsewhere:
                if name != model and not chain.contradicts(anchor, other.entries):
                    message = (
                        f"the model was renamed: its ledger until entry {anchor.number} is that of {name!r}; "
                        f"rename it back, or register its versions anew under a name of their own"
                    )
                    return [LedgerFinding(kind="renamed", message=message)]
    return []


def _left_behind(store: Store, model: str, kept: ledger.Kept) -> list[LedgerFinding]:
    """What entries did that are not there."""
    last = chain.end_of(kept.entries)[0]
    found = [
        _removed(f"entry {number} is missing, which was carried out", number)
        for number in sorted(ledger.done(kept))
        if number > last
    ]
    known = registry.registered(store, model)
    if known is None:
        return found
    if _tagged(known) is None and _untagged(store, model, known, kept):
        problem = f"the model's tag {ledger.HEAD}, which names the last entry, was taken away or changed"
        head = f"{last} {chain.end_of(kept.entries)[1]}"
        found.append(_removed(f"{problem}; where you know that all entries are there, set it to: {head}"))
    versions = _versions(store, model)  # before the entries: they are no newer than those
    entries = chain.entries_of(ledger.read(store, model).entries)
    for version in versions:
        noted = _NOTED.match(version.tags.get(registry.PROMOTED_BY, ""))  # none of those of before ledgers
        if noted is not None and not _tells(about(entries, version), noted["alias"], noted["when"]):
            message = (
                f"version {version.version} became {noted['alias']} at {noted['when']}: no entry says so"
            )
            found.append(_removed(message))
    return found


def _tells(entries: Sequence[LedgerEntry], alias: str, when: str) -> bool:
    return any(
        entry.moves and entry.alias == alias and f"{entry.when:%Y-%m-%dT%H:%M:%SZ}" == when
        for entry in entries
    )


def _untagged(store: Store, model: str, known: registry.Registered, kept: ledger.Kept, but: int = 0) -> bool:
    """The model must have the tag: entries, `but` for the last ones, are on versions that it has. The first
    entry may be one whose writer died before it set the tag."""
    entries = chain.entries_of(kept.entries)
    if len(entries) == 1 and not ledger.is_done(kept, 1):
        return False
    earlier = [entry for entry in entries[: len(entries) - but] if entry.registered is not None]
    return any(about(earlier, version) for version in _versions(store, model))


def _versions(store: Store, model: str) -> list[ModelVersion]:
    try:
        return registry.list_models(store, model)
    except NotFound:
        return []


def _removed(message: str, number: int | None = None) -> LedgerFinding:
    return LedgerFinding(kind="removed", message=message, number=number)


def _follows(head: Anchor, known: Anchor, kept: ledger.Kept) -> bool:
    return head.number > known.number and not chain.contradicts(known, kept.entries)


def _tagged(known: registry.Registered) -> Anchor | None:
    return _anchor(known.tags.get(ledger.HEAD, ""), _TAG)


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
