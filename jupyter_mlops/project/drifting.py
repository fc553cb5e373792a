"""Verbs on drift."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Drifting(Rooms):
    """Verbs on drift."""
