"""What a slot came to, with a sign."""

from __future__ import annotations

from jupyter_mlops.entities import Slot, SlotStatus
from jupyter_mlops.widgets.followed import ENDS

_PLACES = {
    SlotStatus.DUE: ("○", "plain", "waits"),
    SlotStatus.RUNNING: ("▶", "brand", "runs"),
    SlotStatus.RAN: ("✓", "plain", "ran"),
    SlotStatus.SKIPPED: ("»", "unsure", "skipped"),
    SlotStatus.COALESCED: ("⇥", "plain", "coalesced"),
}


def outcome(slot: Slot) -> tuple[str, str, str]:
    """Sign, kind and word for what became of a slot."""
    if slot.status is SlotStatus.RAN and slot.outcome is not None:
        return (*ENDS[slot.outcome], slot.outcome.value.lower())
    return _PLACES[slot.status]
