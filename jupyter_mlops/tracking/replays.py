"""Runs that are replays of others: what they read and logged is no evidence of its own."""

from __future__ import annotations

from jupyter_mlops.entities import RunKind
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.datasets import children_of
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
