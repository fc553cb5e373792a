"""Verbs on gates."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Gating(Rooms):
    """Verbs on gates."""
