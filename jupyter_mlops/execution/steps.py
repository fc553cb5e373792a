"""Which cells of a notebook a run leaves out, takes over from an earlier run, or keeps the state after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_mlops.entities import CellRecord
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import CellClient


@dataclass
class Steps:
    """All cells, unless some are `skipped` (by index) or `carried` over from an earlier run."""

    skipped: frozenset[int] = frozenset()
    carried: Mapping[int, CellRecord] = field(default_factory=dict)

    def attach(self, store: Store, run_id: str) -> None:
        """The run that these are the steps of."""

    def prepare(self, client: CellClient) -> None:
        """The kernel is ready; the first cell comes next."""

    def after(self, client: CellClient, record: CellRecord) -> None:
        """A cell has ended, and the run goes on."""
