"""Verbs that answer requests."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Serving(Rooms):
    """Verbs that answer requests."""
