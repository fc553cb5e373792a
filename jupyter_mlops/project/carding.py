"""The model card."""

from __future__ import annotations

from jupyter_mlops.project.rooms import Rooms


class Carding(Rooms):
    """The model card."""
