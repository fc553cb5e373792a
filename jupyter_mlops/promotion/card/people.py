"""Sections on what people said: what the version is for and what not, how it is used, who let it in."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator

from jupyter_mlops.entities import CardSection, LedgerAction, LedgerEntry
from jupyter_mlops.promotion.card.records import Records
from jupyter_mlops.promotion.card.sections import command, moment, section
from jupyter_mlops.promotion.card.writing import (
    Markdown,
    alarm,
    bullets,
    clean,
    code,
    joined,
    table,
    text,
    written,
)
from jupyter_mlops.promotion.standing import about, last_move, rejection
from jupyter_mlops.tracking.registry import PROMOTED_BY

_DID = {
    LedgerAction.PROMOTE: "promoted",
    LedgerAction.OVERRIDE: "promoted in spite of a gate",
    LedgerAction.ROLLBACK: "rolled back",
    LedgerAction.APPROVE: "approved",
    LedgerAction.REJECT: "rejected",
}
_SHORT = 12  # of a hash


def purpose(records: Records) -> CardSection:
    """What it is for, in the words of a person."""
    fill = command(records, "card", '--purpose "..."')
    return section("purpose", written(records.purpose), fill=fill, why="nobody has told what it is for")


def limits(records: Records, known: Iterable[str]) -> CardSection:
    """What it is not for, in the words of a person, and what the records say of that."""
    told = written(records.limits)
    found = list(known)
    return section(
        "limits",
        told,
        text("What the records say:") if found else "",
        bullets(found),
        fill=command(records, "card", '--limits "..."'),
        why="nobody has told what it is not for",
        told=bool(told),
    )


def use(records: Records) -> CardSection:
    """How it is loaded, and what it takes."""
    files = records.described
    if files is None:
        return section("use", fill="register the model again", why=records.why("files"))
    label = clean(records.label)
    lines = [
        "```python",
        "from jupyter_mlops import load_model",
        "",
        f"model = load_model({json.dumps(label, ensure_ascii=False)})",
        "```",
        "",
        "```bash",
        f"jupyter mlops predict {shlex.quote(label)} --in new.parquet --out scored.parquet",
        "```",
    ]
    rows = [(code(column), kind) for column, kind in files.inputs.items()]
    gives = joined((_output(*item) for item in files.outputs.items()), ", ")
    size = "" if files.size is None else f", {_bytes(files.size)}"
    made = f"It is a model of {files.library} {files.library_version}" if files.library else "It is a model"
    return section(
        "use",
        "\n".join(lines),
        text(f"{made.rstrip()}{size}. Loading it may run code: load what you trust."),
        table(("it takes", "type"), rows) or text("It has no signature: what it takes is not recorded."),
        joined(("It gives: ", gives)) if gives else "",
        fill="",
    )


def _output(column: str, kind: str) -> Markdown:
    return text(kind) if column.isdecimal() else joined((code(column), f" {kind}"))


def _bytes(size: int) -> str:
    for unit, many in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= many:
            return f"{size / many:.3g} {unit}"
    return f"{size} bytes"


def approvals(records: Records) -> CardSection:
    """Every entry of the ledger on the version, and who let it in."""
    rows = [
        (
            str(entry.number),
            moment(entry.when),
            _did(entry, records),
            f"{entry.who} ({entry.identity})",
            entry.reason or "",
            code(entry.hash[:_SHORT]) if entry.hash else "",
        )
        for entry in records.own_entries
    ]
    before = records.version.tags.get(PROMOTED_BY, "") if not rows else ""
    return section(
        "approvals",
        *(overridden(entry) for entry in _own(records) if entry.action is LedgerAction.OVERRIDE),
        text(f"Set without the ledger: {before}") if before else "",
        table(("entry", "when", "what", "who", "reason", "hash"), rows),
        fill=command(records, "approve"),
        why=records.why("ledger") or "nobody has approved, rejected or promoted it",
    )


def _did(entry: LedgerEntry, records: Records) -> Markdown:
    if entry.to_version != records.version.version:
        return joined((f"version {entry.to_version} took its place as ", code(entry.alias)))
    did = _DID[entry.action]
    if entry.action is LedgerAction.OVERRIDE:
        return joined((alarm(did), " to ", code(entry.alias)))
    return joined((did, " to ", code(entry.alias))) if entry.moves else text(did)


def _own(records: Records) -> list[LedgerEntry]:
    """Entries that decided something on this version."""
    return list(about(records.entries, records.version))


def overridden(entry: LedgerEntry) -> Markdown:
    """A sentence on a promotion in spite of a gate."""
    gates = f": {'; '.join(entry.overridden)}" if entry.overridden else ""
    reason = f" Reason given: {entry.reason}" if entry.reason else ""
    return alarm(
        f"Version {entry.to_version} was promoted to {entry.alias} in spite of its gates{gates}, "
        f"by {_who(entry)}.{reason}"
    )


def let_in(records: Records) -> Iterator[Markdown]:
    """For the top of the card: what it is called, who let it in, and any override."""
    version = records.version
    aliases = joined((", in use as ", joined((code(alias) for alias in version.aliases), " and ")))
    made = f", registered {moment(version.created)}" if version.created else ""
    named = joined(("Version ", code(version.version), " of ", code(version.name)))
    yield joined((named, aliases if version.aliases else "", made, "."))
    for alias in version.aliases:
        yield _by_whom(records, alias)
    for finding in records.history.findings or ():
        yield alarm(f"The ledger is contradicted: {finding.message}.")
    for entry in _own(records):
        if entry.action is LedgerAction.OVERRIDE:
            yield overridden(entry)
    closed = rejection(records.entries, version)
    if closed is not None:
        yield alarm(f"Rejected by {_who(closed)}: {closed.reason or 'no reason was given'}")


def _by_whom(records: Records, alias: str) -> Markdown:
    moved = last_move(records.entries, alias)
    if moved is None or moved.to_version != records.version.version:
        return Markdown("")
    reason = f": {moved.reason}" if moved.reason else ""
    return joined(("Let in as ", code(alias), f" by {_who(moved)}{reason}."))


def _who(entry: LedgerEntry) -> str:
    return f"{entry.who} ({entry.identity}), {moment(entry.when)}"
