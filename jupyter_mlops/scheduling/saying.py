"""What a scheduler says of its slots, in a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from jupyter_mlops.entities import Slot, SlotKind, SlotStatus, Tick
from jupyter_mlops.exceptions import MLOpsError

_SINGLY = 5  # slots of a schedule that end in one way are told one by one up to here, else by their number


def said(found: Tick) -> Iterator[str]:
    """What a tick did."""
    alike = Counter((slot.schedule, slot.status) for slot in found.ended)
    told = set()
    for slot in found.ended:
        what = (slot.schedule, slot.status)
        if alike[what] <= _SINGLY:
            yield ended(slot)
        elif what not in told:
            told.add(what)
            yield f"{slot.schedule}: {alike[what]:,} slots {slot.status.value}{_because(slot)}"
    for slot in found.begun:
        yield began(slot)


def began(slot: Slot) -> str:
    """A worker was begun for it."""
    again = f", attempt {slot.attempt}" if slot.attempt > 1 else ""
    why = slot.why if slot.kind is not SlotKind.TIME and slot.why else f"due {moment(slot.due)}"
    return f"{slot.schedule}: began ({why}{again})"


def ended(slot: Slot) -> str:
    """It is over, or waits for its next try."""
    if slot.status in {SlotStatus.SKIPPED, SlotStatus.COALESCED}:
        return f"{slot.schedule}: {slot.status.value}, due {moment(slot.due)}{_because(slot)}"
    outcome = slot.outcome.value if slot.outcome is not None else "not begun"
    took = ""
    if slot.started is not None and slot.ended is not None:
        took = f" after {length((slot.ended - slot.started).total_seconds())}"
    run = f", run {slot.run_id[:8]}" if slot.run_id else ""
    again = f"; tried again from {moment(slot.not_before)}" if slot.not_before is not None else ""
    return f"{slot.schedule}: {outcome}{took}{run}{_because(slot)}{again}"


def told(error: Exception) -> str:
    """What went wrong, and its mend."""
    hint = error.hint if isinstance(error, MLOpsError) else None
    return f"{error} ({hint})" if hint else str(error)


def moment(when: datetime) -> str:
    """A time where this machine is."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}"


def _because(slot: Slot) -> str:
    return f" ({slot.why})" if slot.why else ""


def length(seconds: float) -> str:
    """A length of time, to two figures or so."""
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
