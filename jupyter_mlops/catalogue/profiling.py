"""Statistics of the columns of a version."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.catalogue.sources import Given
from jupyter_mlops.entities import Profile


def profile_of(found: Given, copy: Path | None) -> Profile | None:
    """Statistics of the data, of a copy that is kept of them if there is one, as that does not change; None
    of what is no table."""
    return None
