"""Verbs that run a recorded run again."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Replaying(Rooms):
    """Verbs that run a recorded run again."""
