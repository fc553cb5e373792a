"""Verbs that tell others."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Noticing(Rooms):
    """Verbs that tell others."""
