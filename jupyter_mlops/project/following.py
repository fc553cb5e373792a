"""Verbs that follow a run, and free what old ones left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from jupyter_mlops.entities import LogLine, Run, RunKind
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import leases, reader

SLOT = "schedule:"


class Following(Rooms):
    """Verbs that follow a run, and free what old ones left."""

    def follow(self, run: str, *, follow: bool = True, lines: int | None = None) -> Iterator[LogLine]:
        """What the run named by id, first characters of its id, name or ``latest`` prints, and which cell it
        is at: all there is, or the last so many `lines` of it, and then, while it goes on, what comes, as it
        comes. The last line tells how it ended. Of a pipeline run, what its steps print, side by side.

        ``latest`` is the newest run that goes on, else the newest that was begun; of a step the whole
        pipeline run. Secrets are not in it; sequences that steer a terminal may be.

        Args:
            run: the run.
            follow: False ends with what there is now.
            lines: how many of those that are there already; None for all.

        Raises:
            NotFound: no run, or several, answer to it.
        """
        from jupyter_mlops.execution.following import follow as followed

        return followed(self.store, self._followed(run), goes_on=follow, lines=lines)

    def _followed(self, reference: str) -> Run:
        from jupyter_mlops.execution.cancel import find_running

        leases.reconcile(self.store)
        found = find_running(self.store, reference)
        if reference == "latest" and found.parent is not None:
            with suppress(NotFound):
                parent = reader.find_run(self.store, found.parent)
                return parent if parent.kind is RunKind.PIPELINE else found
        return found
