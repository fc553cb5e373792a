"""Verbs that follow a run, and free what old ones left."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Following(Rooms):
    """Verbs that follow a run, and free what old ones left."""
