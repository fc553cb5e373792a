"""Slots for due times that are past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from jupyter_mlops.entities import RunStatus, Slot, SlotKind, SlotStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.slots import Offer, slot_of, time_key
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.scheduling.times import due_between

LIMIT = 10_000  # slots at once
_TICK = timedelta(microseconds=1)


def backfilled(
    store: SlotStore, planned: Planned, start: datetime, end: datetime, requester: str, *, again: bool = False
) -> list[Offer]:
    """A slot for each due time from `start` on and before `end`, oldest first; but for those whose run ended
    well (unless `again`), and those that still wait or run.

    Raises:
        Refused: it has no due times; the span is empty or in the future, or has too many of them.
    """
    if not planned.timed:
        raise Refused(
            f"{planned.name} has no due times: it runs {planned.when}",
            hint=f"jupyter mlops schedule run-now {planned.name}",
        )
    if start >= end:
        raise Refused("the span is empty: --from must lie before --to", hint="write a later --to")
    now = store.clock.now()
    if start >= now:
        raise Refused(f"{start:%Y-%m-%d %H:%M} UTC is yet to come", hint="what is due then runs by itself")
    times = due_between(planned, start - _TICK, min(end - _TICK, now), LIMIT + 1)
    if len(times) > LIMIT:
        raise Refused(f"these are more than {LIMIT} due times", hint="backfill a shorter span at a time")
    known = _known(store, planned.name, times)
    offers = []
    for due in times:
        key = _free_key(time_key(due), known, again)
        if key is not None:
            offers.append(Offer(planned.name, key, due, SlotKind.BACKFILL, requester=requester, patient=True))
    return offers


def as_slot(offer: Offer) -> Slot:
    """What would be offered."""
    return Slot(
        id=0,
        schedule=offer.schedule,
        key=offer.key,
        kind=offer.kind,
        due=offer.due,
        status=SlotStatus.DUE,
        requester=offer.requester,
    )


def _known(store: SlotStore, name: str, times: Iterable[datetime]) -> dict[str, Slot]:
    """The slots that there are of these times, by key."""
    wanted = [time_key(due) for due in times]
    if not wanted:
        return {}
    query = "SELECT * FROM slots WHERE schedule = ? AND key >= ? AND key < ?"
    rows = store.rows(query, [name, wanted[0], wanted[-1] + "~"])
    return {row["key"]: slot_of(row) for row in rows}


def _free_key(key: str, known: dict[str, Slot], again: bool) -> str | None:
    """The key for another run of a time: its own, then ``KEY#2`` and so on; None where none is to be."""
    count, free = 1, key
    while (slot := known.get(free)) is not None:
        well = slot.status is SlotStatus.RAN and slot.outcome is RunStatus.FINISHED
        if slot.status in {SlotStatus.DUE, SlotStatus.RUNNING} or (well and not again):
            return None
        count += 1
        free = f"{key}#{count}"
    return free
