"""When a schedule runs, in words; and what a slot came to, with a sign."""

from __future__ import annotations

from jupyter_mlops.entities import Slot, SlotStatus
from jupyter_mlops.scheduling.cron import parse_cron
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.widgets.followed import ENDS

_PLACES = {
    SlotStatus.DUE: ("○", "plain", "waits"),
    SlotStatus.RUNNING: ("▶", "brand", "runs"),
    SlotStatus.RAN: ("✓", "plain", "ran"),
    SlotStatus.SKIPPED: ("»", "unsure", "skipped"),
    SlotStatus.COALESCED: ("⇥", "plain", "coalesced"),
}


def when(planned: Planned) -> tuple[str, str]:
    """When it runs in words, and its line of cron, if it has one.

    Raises:
        Refused: that cannot be read.
    """
    return (cron_words(planned.cron), planned.cron) if planned.cron is not None else (planned.when, "")


def cron_words(line: str) -> str:
    """A line of cron in English.

    Raises:
        Refused: it cannot be read.
    """
    said = parse_cron(line).grammar.explain()
    return said[:1].lower() + said[1:]


def outcome(slot: Slot) -> tuple[str, str, str]:
    """Sign, kind and word for what became of a slot."""
    if slot.status is SlotStatus.RAN and slot.outcome is not None:
        return (*ENDS[slot.outcome], slot.outcome.value.lower())
    return _PLACES[slot.status]
