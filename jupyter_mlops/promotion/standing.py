"""What the entries of a ledger say of aliases and versions."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import LedgerAction, LedgerEntry, ModelVersion


def last_move(entries: Sequence[LedgerEntry], alias: str) -> LedgerEntry | None:
    """The entry that moved the alias last."""
    return next((entry for entry in reversed(entries) if entry.moves and entry.alias == alias), None)


def moved_aliases(entries: Sequence[LedgerEntry]) -> list[str]:
    """The aliases that the ledger has moved."""
    return sorted({entry.alias for entry in entries if entry.moves})


def line_of(entries: Sequence[LedgerEntry], alias: str) -> list[str]:
    """The versions that the alias came to, one after the other; the last is where it is. A rollback takes
    off those that it went back over, so that the next one goes further back."""
    line: list[str] = []
    for entry in entries:
        if not entry.moves or entry.alias != alias:
            continue
        before, after = entry.from_version, entry.to_version
        if entry.action is LedgerAction.ROLLBACK and after in line:
            del line[len(line) - line[::-1].index(after) :]
            continue
        if before is not None and line[-1:] != [before]:  # moved there by other means
            line.append(before)
        if line[-1:] != [after]:
            line.append(after)
    return line


def previous(entries: Sequence[LedgerEntry], alias: str, current: str | None) -> str | None:
    """The version to go back to from `current`: the one before it, or where the alias was moved by other
    means the one that the ledger had moved it to. None where there is none."""
    line = line_of(entries, alias)
    if line[-1:] == [current]:
        line.pop()
    return line[-1] if line else None


def about(entries: Sequence[LedgerEntry], version: ModelVersion) -> tuple[LedgerEntry, ...]:
    """The entries on that very version: not on one of the same number, of a model that was deleted and made
    anew."""
    return tuple(
        entry
        for entry in entries
        if entry.to_version == version.version and entry.registered in {None, version.created}
    )


def rejection(entries: Sequence[LedgerEntry], version: ModelVersion) -> LedgerEntry | None:
    """The rejection that closes the version: none where it was approved since."""
    for entry in reversed(about(entries, version)):
        if entry.action is LedgerAction.APPROVE:
            return None
        if entry.action is LedgerAction.REJECT:
            return entry
    return None
