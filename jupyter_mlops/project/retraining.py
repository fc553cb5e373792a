"""What a breach sets off: a slot of the schedule ``retrain:MONITOR``, at most one in each cooldown."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from jupyter_mlops.entities import MonitorReading, Retrain, Slot, SlotKind, SlotStatus
from jupyter_mlops.scheduling.planned import RETRAIN
from jupyter_mlops.scheduling.store import SlotStore

_FORM = "%Y-%m-%d %H:%M UTC"
_LOOKED = 200  # of its slots, the newest


def set_off(root: Path, retrain: Retrain, found: MonitorReading, now: datetime) -> tuple[str | None, str]:
    """The key of the slot that the reading's breach has, offered where it has none yet, and why there is
    none: one waits or goes on, one was begun less than the cooldown ago, or the schedule is paused.

    Raises:
        MLOpsError: the slots cannot be read or written.
    """
    schedule, key = f"{RETRAIN}{found.monitor}", f"breach {found.seen[:16]}"
    with closing(SlotStore(root)) as store:
        slot = store.slot_by_key(schedule, key)
        if slot is None:
            slots = store.slots(schedule, limit=_LOOKED)
            held = next(filter(None, (_held(each, retrain.cooldown, now) for each in slots)), "")
            if held:
                return None, held
            why = f"{found.model}@{found.version}: {found.verdict}"
            store.offer(schedule, key, now, SlotKind.RETRAIN, why=why)
            slot = store.slot_by_key(schedule, key)
    if slot is None or slot.status is SlotStatus.SKIPPED:
        return None, f"{schedule} was skipped: {'' if slot is None else slot.why}"
    return key, ""


def _held(slot: Slot, cooldown: float, now: datetime) -> str:
    """Why the slot stands in the way of another; nothing where it does not."""
    if slot.status is SlotStatus.DUE:
        return f"a retraining waits since {slot.due:{_FORM}}"
    if slot.status is SlotStatus.RUNNING:
        return f"a retraining goes on since {slot.due:{_FORM}}"
    if slot.started is not None and slot.due > now - timedelta(seconds=cooldown):
        until = slot.due + timedelta(seconds=cooldown)
        return f"the last retraining was set off {slot.due:{_FORM}}, and none is before {until:{_FORM}}"
    return ""
