"""Verbs on schedules: list, add, pause, next, run now."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Scheduling(Rooms):
    """Verbs on schedules: list, add, pause, next, run now."""
