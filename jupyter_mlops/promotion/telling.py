"""What others are told of an entry of the ledger."""

from __future__ import annotations

from jupyter_mlops.entities import Event, LedgerAction, LedgerEntry, Notice


def notice_of(entry: LedgerEntry) -> Notice:
    """The notice of what the entry tells."""
    label = f"{entry.model}@{entry.to_version}"
    said = {
        LedgerAction.PROMOTE: f"{label} is {entry.alias} now",
        LedgerAction.OVERRIDE: f"{label} is {entry.alias} now, by OVERRIDE",
        LedgerAction.ROLLBACK: f"{label} is {entry.alias} again",
        LedgerAction.APPROVE: f"{label} was approved",
        LedgerAction.REJECT: f"{label} was rejected",
    }[entry.action]
    facts = {
        "model": entry.model,
        "version": entry.to_version,
        "action": entry.action.value,
        "alias": entry.alias,
        "from_version": entry.from_version or "",
        "who": entry.who,
        "identity": entry.identity,
        "reason": entry.reason or "",
        "overridden": ", ".join(entry.overridden),
        "entry": str(entry.number),
        "hash": entry.hash,
    }
    if not entry.moves:
        del facts["alias"], facts["from_version"]
    return Notice(
        event=_EVENTS[entry.action],
        subject=f"{said}, by {entry.who} ({entry.identity})",
        text=entry.reason or "",
        when=entry.when,
        facts={key: value for key, value in facts.items() if value},
    )


_EVENTS = {
    LedgerAction.PROMOTE: Event.PROMOTION,
    LedgerAction.OVERRIDE: Event.PROMOTION,
    LedgerAction.ROLLBACK: Event.ROLLBACK,
    LedgerAction.APPROVE: Event.APPROVAL,
    LedgerAction.REJECT: Event.REJECTION,
}
