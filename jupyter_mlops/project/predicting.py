"""Verbs that score rows."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Predicting(Rooms):
    """Verbs that score rows."""
