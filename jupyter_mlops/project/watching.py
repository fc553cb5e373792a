"""Verbs that look for what schedules wait for."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Watching(Rooms):
    """Verbs that look for what schedules wait for."""
