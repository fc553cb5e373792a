"""Tells others of slots that have ended, as ``notify:`` in ``mlops.yaml`` says."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from jupyter_mlops.config import NotifyConfig, load_config
from jupyter_mlops.entities import Slot
from jupyter_mlops.scheduling import ending
from jupyter_mlops.scheduling.slots import Slots

_LOOKED_AT = 50  # slots of a schedule, newest first, for one that tells whether the next is news


def tell_of(store: Slots, slot: Slot, notify: Sequence[NotifyConfig] | None = None) -> None:
    """Tell of a slot that has ended, if it is news: its last try failed, or it could not begin, or it ended
    well after one like that. Does not wait for that, and never raises: what it tells of has happened.
    `notify` are the channels; by default those of ``mlops.yaml`` as it is now."""
    from jupyter_mlops.notices.sending import tell

    with contextlib.suppress(Exception):
        before = (each for each in store.slots(slot.schedule, limit=_LOOKED_AT) if each.id != slot.id)
        former = next((each for each in before if ending.is_well(each) or ending.is_bad(each)), None)
        if (notice := ending.notice_of(slot, former)) is not None:
            root = store.path.parent.parent
            tell(root, load_config(root).notify if notify is None else notify, notice)
