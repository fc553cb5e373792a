"""Verbs that run what is due: the scheduler."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Ticking(Rooms):
    """Verbs that run what is due: the scheduler."""
