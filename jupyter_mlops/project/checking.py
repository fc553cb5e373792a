"""Verbs that check."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Checking(Rooms):
    """Verbs that check."""
