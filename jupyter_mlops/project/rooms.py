"""What every verb of a project stands on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.config import Config, load_config
from jupyter_mlops.exceptions import StoreError, UsageError
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    from jupyter_mlops.scheduling.store import SlotStore


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

    @contextlib.contextmanager
    def slot_store(self) -> Iterator[SlotStore]:
        """Its slots, in the block."""
        from jupyter_mlops.scheduling.store import SlotStore

        with contextlib.closing(SlotStore(self.root)) as store:
            yield store

    def edit_config(self, rewrite: Callable[[], str]) -> str:
        """What `rewrite` tells of ``mlops.yaml``, which it changes as it is now, while no other process does.

        Raises:
            StoreError: the project folder takes no files.
            ConfigError: the file is broken.
        """
        from filelock import FileLock

        with FileLock(self.store.writable_folder() / "config.lock", mode=0o600):
            self.config = load_config(self.root)
            told = rewrite()
        self.config = load_config(self.root)
        return told
