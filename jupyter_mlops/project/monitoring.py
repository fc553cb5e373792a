"""Verbs on monitors."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Monitoring(Rooms):
    """Verbs on monitors."""
