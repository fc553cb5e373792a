"""Verbs that run one slot."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class RunningSlots(Rooms):
    """Verbs that run one slot."""
