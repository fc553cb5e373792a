"""Verbs that run a recorded run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_mlops.entities import Replay
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import leases

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import Progress


class Replaying(Rooms):
    """Verbs that run a recorded run again."""

    def reproduce(
        self,
        what: str,
        *,
        tolerance: float = 0.0,
        env: bool = False,
        report: Callable[[str], None] = lambda line: None,
        progress: Progress | None = None,
    ) -> Replay:
        """Run a recorded run again, headless from a clean kernel, and compare: see `promotion.replay.replay`.

        Args:
            what: a run by id, beginning of its id, name or ``latest``; or ``MODEL@VERSION``, ``MODEL@ALIAS``.
            tolerance: how far metrics may be apart, relative or absolute.
            env: rebuild the packages that the run recorded, in an environment of their own.
            report: told in a line what is done.
            progress: called with (cell record, cells done, cells in all).

        Raises:
            NotFound: there is no such run or version.
            Refused: the version was made by no run, or that was deleted.
        """
        from jupyter_mlops.promotion.replay import replay

        leases.reconcile(self.store)
        self.store.flush()
        return replay(
            self.store, self.config, what, tolerance=tolerance, env=env, report=report, progress=progress
        )
