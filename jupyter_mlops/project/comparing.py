"""Verbs that compare and explain models."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Comparing(Rooms):
    """Verbs that compare and explain models."""
