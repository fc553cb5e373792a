"""What every verb of a project stands on."""

from __future__ import annotations

import contextlib
from pathlib import Path

from jupyter_mlops.config import Config
from jupyter_mlops.exceptions import StoreError, UsageError
from jupyter_mlops.tracking.store import Store


class Rooms:
    """A project's folder, configuration and store."""

    root: Path
    config: Config
    store: Store

    def settle(self, reference: str) -> bool:
        """See to it that the aliases of the model ``NAME`` or ``NAME@...`` are where its ledger says, though
        who moved one last may have died; whether there was anything to do. A store that cannot be read says
        so to whoever reads it next.

        Raises:
            UsageError: the reference is no text.
        """
        from jupyter_mlops.promotion import ledger

        if not isinstance(reference, str):
            raise UsageError(f"{reference!r} names no model", hint='e.g. "churn@champion"')
        with contextlib.suppress(StoreError):
            return ledger.settle(self.store, reference.partition("@")[0])
        return False
