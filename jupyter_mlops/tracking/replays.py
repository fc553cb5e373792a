"""Runs that are replays of others: what they read and logged is no evidence of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from jupyter_mlops.entities import RunKind, RunReplay
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.datasets import children_of
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.reader import experiment_names, search_runs
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store


def replay_runs(store: Store) -> set[str]:
    """Ids of all replays, and of the runs that are part of one."""
    if store.is_new:
        return set()
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            found = set(rows.tagged(tags.KIND, [RunKind.REPLAY.value]))
    else:
        where = f"tags.`{tags.KIND}` = '{RunKind.REPLAY.value}'"
        found = {
            run.info.run_id for run in search_runs(store, list(experiment_names(store)), where, None, None)
        }
    return found | {run.run_id for run in children_of(store, found)}


def replay_of_run(store: Store, run_id: str) -> tuple[RunReplay | None, str | None]:
    """The last replay of the run, and the run that it is a replay of itself; None where there is none."""
    marks = marks_of(store, run_id)
    return _last(marks), marks.get(tags.REPLAY_OF)


def _last(marks: Mapping[str, str]) -> RunReplay | None:
    """What anybody may have written: what cannot be read is left out."""
    if not marks.get(tags.REPLAY):
        return None
    try:
        when = datetime.fromisoformat(marks.get(tags.REPLAY_WHEN, ""))
    except ValueError:
        when = None
    try:
        tolerance = float(marks.get(tags.REPLAY_TOLERANCE, ""))
    except ValueError:
        tolerance = 0.0
    return RunReplay(
        verdict=marks[tags.REPLAY],
        run_id=marks.get(tags.REPLAY_RUN) or None,
        tolerance=tolerance if math.isfinite(tolerance) else 0.0,
        when=when,
    )
