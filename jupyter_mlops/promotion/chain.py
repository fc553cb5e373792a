"""The chain of a ledger's entries: how one is sealed and written, and what is wrong with a whole of them.

Nothing here asks a store. An entry is JSON written in one way only; its hash is over all of it but the hash
itself, and so over the hash of the entry before. Whoever changes, takes out or reorders entries breaks the
chain; whoever cuts off its end, or writes all of it anew, contradicts an `Anchor` that was kept elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from jupyter_mlops.entities import LedgerEntry, LedgerFinding
from jupyter_mlops.entities.promotion import canonical, digest_of
from jupyter_mlops.exceptions import Refused

_KEY = re.compile(r"(?!0+$)(0[0-9]{5}|[1-9][0-9]{5,17})")  # at least six digits


@dataclass(frozen=True)
class Anchor:
    """The number and hash of an entry that was the last one once, and where that is kept."""

    number: int
    hash: str
    where: str


@dataclass(frozen=True)
class _Link:
    """An entry as it was written. `problem` is what is wrong with it alone, `hash` what it says itself."""

    number: int
    fields: Mapping[str, Any]
    hash: str
    problem: LedgerFinding | None


def seal(draft: LedgerEntry, number: int, previous: str) -> LedgerEntry:
    """The draft as the entry with that number, which follows the one with the hash `previous`."""
    entry = draft.model_copy(update={"number": number, "previous": previous, "hash": ""})
    return entry.model_copy(update={"hash": entry.digest()})


def written(entry: LedgerEntry) -> str:
    """The entry as it is kept."""
    return canonical(entry.model_dump(mode="json"))


def entries_of(kept: Mapping[str, str]) -> tuple[LedgerEntry, ...]:
    """The entries that can be read, of texts by key, in order; what is wrong with them is passed over."""
    found = [_parsed(kept[key]) for _, key in _numbered(kept)]
    return tuple(entry for entry in found if entry is not None)


def end_of(kept: Mapping[str, str]) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and "" where there is none."""
    numbered = _numbered(kept)
    if not numbered:
        return 0, ""
    number, key = numbered[-1]
    return number, _link(number, kept[key]).hash


def is_sound(kept: Mapping[str, str], key: str) -> bool:
    """Whether the entry with that key is as it was written, taken alone."""
    return _link(int(key), kept[key]).problem is None


def contradicts(anchor: Anchor, kept: Mapping[str, str]) -> bool:
    """Whether the entry that the anchor tells of is not there as it tells."""
    key = f"{anchor.number:06d}"
    return key not in kept or _link(anchor.number, kept[key]).hash != anchor.hash


def findings(
    model: str, kept: Mapping[str, str], anchors: Iterable[Anchor] = ()
) -> tuple[LedgerFinding, ...]:
    """What is wrong with a model's ledger, in order of its entries.

    Args:
        model: whose ledger it is.
        kept: entries as written, by key.
        anchors: last entries that are known from elsewhere.
    """
    links = {number: _link(number, kept[key]) for number, key in _numbered(kept)}
    found = [
        _finding("unreadable", f"{key!r} is no entry") for key in sorted(kept) if not _KEY.fullmatch(key)
    ]
    last = max(links, default=0)
    found += _gaps(links)
    for number, link in sorted(links.items()):
        found += _of_link(model, link, links.get(number - 1))
    for anchor in anchors:
        found += _against(anchor, links, last)
    return tuple(found)


def expected(kept: Mapping[str, str], head: str) -> tuple[LedgerFinding, ...]:
    """A finding where no entry has that hash, or one that begins so.

    Raises:
        Refused: several have.
    """
    begins = head.lower()
    known = {link.hash for link in (_link(number, kept[key]) for number, key in _numbered(kept))}
    found = [one for one in known if one.startswith(begins)]
    if len(found) > 1:
        raise Refused(f"{len(found)} entries have hashes that begin with {head}", hint="give all of it")
    return () if found else (_finding("rewritten", f"no entry has the hash {head}"),)


def _of_link(model: str, link: _Link, before: _Link | None) -> list[LedgerFinding]:
    number = link.number
    if link.problem is not None:
        return [link.problem]
    if link.fields["number"] != number:
        problem = f"entry {link.fields['number']} stands in the place of entry {number}"
        return [_finding("reordered", problem, number)]
    if link.fields["model"] != model:
        return [_finding("changed", f"entry {number} is one of model {link.fields['model']!r}", number)]
    previous = link.fields.get("previous", "")
    if number == 1 and previous:
        return [_finding("removed", "there were entries before entry 1", number)]
    if before is not None and before.hash != previous:
        problem = f"entry {number} does not follow entry {number - 1}: one of them was written anew"
        return [_finding("rewritten", problem, number)]
    return []


def _gaps(links: Mapping[int, _Link]) -> list[LedgerFinding]:
    """Entries that are not there, as ranges; however high a number somebody made up."""
    found, before = [], 0
    for number in sorted(links):
        if number > before + 1:
            found.append(_missing(before + 1, number - 1))
        before = number
    return found


def _against(anchor: Anchor, links: Mapping[int, _Link], last: int) -> list[LedgerFinding]:
    if anchor.number > last:
        missing = _missing(last + 1, anchor.number)
        return [missing.model_copy(update={"message": f"{missing.message}, which {anchor.where} knows"})]
    link = links.get(anchor.number)
    if link is not None and link.hash != anchor.hash:
        problem = f"entry {anchor.number} is not the one that {anchor.where} knows"
        return [_finding("rewritten", problem, anchor.number)]
    return []


def _missing(first: int, last: int) -> LedgerFinding:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return _finding("removed", f"{which} missing", first)


def _finding(kind: str, message: str, number: int | None = None) -> LedgerFinding:
    return LedgerFinding(kind=kind, message=message, number=number)


def _link(number: int, text: str) -> _Link:
    try:
        fields = json.loads(text)
        claimed = fields["hash"]
        digest = digest_of({key: value for key, value in fields.items() if key != "hash"})
        as_written = canonical(fields) == text
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _unreadable(number, text)
    if not isinstance(claimed, str) or _parsed(text) is None:
        return _unreadable(number, text)
    whole = as_written and claimed == digest
    problem = None if whole else _finding("changed", f"entry {number} was changed", number)
    return _Link(number, fields, claimed, problem)


def _unreadable(number: int, text: str) -> _Link:
    """It still has a hash, which the next entry is to follow."""
    return _Link(
        number,
        {},
        digest_of(text.encode("utf-8", "backslashreplace").decode()),
        _finding("unreadable", f"entry {number} cannot be read", number),
    )


def _parsed(text: str) -> LedgerEntry | None:
    """Fields that a later version of this program added are passed over."""
    try:
        fields = json.loads(text)
        known = {name: value for name, value in fields.items() if name in LedgerEntry.model_fields}
        return LedgerEntry.model_validate(known)
    except (ValidationError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _numbered(kept: Mapping[str, str]) -> list[tuple[int, str]]:
    """Numbers and keys of entries, in order."""
    return sorted((int(key), key) for key in kept if _KEY.fullmatch(key))
