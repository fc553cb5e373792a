"""Verbs that list runs for a page that shows them, and keep it up to date."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.entities import RunStatus
from jupyter_mlops.entities.panels import MetricPoints, RunComparison, RunPage, RunProgress, RunQuery
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import leases, reader

if TYPE_CHECKING:
    from jupyter_mlops.execution.progress import LiveRuns
    from jupyter_mlops.project.changes import Changes

_live: dict[Path, LiveRuns] = {}  # of each project that this process looks at
_guard = threading.Lock()


class Listing(Rooms):
    """Verbs that list runs page by page."""

    def page_of_runs(self, query: RunQuery) -> RunPage:
        """A page of the runs that the query is for, with the progress of those that go on.

        Raises:
            NotFound: no such experiment.
            Refused: the filter, the order or the cursor cannot be read.
        """
        from jupyter_mlops.tracking.listing import page_of_runs

        leases.have_settled(self.store)
        page = page_of_runs(self.store, query)
        if not any(row.run.status is RunStatus.RUNNING for row in page.rows):
            return page
        live = {progress.run_id: progress for progress in self.progress()}
        rows = (row.model_copy(update={"progress": live.get(row.run.run_id)}) for row in page.rows)
        return page.model_copy(update={"rows": tuple(rows)})

    def progress(self) -> tuple[RunProgress, ...]:
        """How far the runs are that go on, and are held on this machine."""
        from jupyter_mlops.execution.progress import LiveRuns

        with _guard:
            live = _live.setdefault(self.root, LiveRuns(self.root))
        return live.look(self.store)

    def metric_points(self, run: str, names: Sequence[str] = ()) -> list[MetricPoints]:
        """Metrics of the run named by id, first characters of its id or name, all where none is named, each
        thinned to 500 points that keep its extremes.

        Raises:
            NotFound: no run, or several, answer to it.
        """
        from jupyter_mlops.tracking.listing import metric_points

        return metric_points(self.store, reader.find_run(self.store, run).run_id, names)

    def side_by_side(self, runs: Sequence[str]) -> RunComparison:
        """These runs side by side, in this order: parameters, metrics, and metrics over their steps.

        Raises:
            NotFound: no run, or several, answer to one of the names.
        """
        from jupyter_mlops.tracking.listing import side_by_side

        leases.have_settled(self.store)
        return side_by_side(self.store, runs)

    def changes(self) -> Changes:
        """What tells, look by look, what changed of the project."""
        from jupyter_mlops.project.changes import Changes

        return Changes(self)
