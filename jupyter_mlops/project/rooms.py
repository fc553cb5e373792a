"""What every verb of a project stands on."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.config import Config
from jupyter_mlops.tracking.store import Store


class Rooms:
    """A project's folder, configuration and store."""

    root: Path
    config: Config
    store: Store
