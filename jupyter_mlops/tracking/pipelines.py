"""Runs of pipelines among all others."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import Run, RunKind
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.reader import list_runs
from jupyter_mlops.tracking.rows import Rows, connected
from jupyter_mlops.tracking.store import Store

_NEWEST = 200  # runs of pipelines among which a server's last of each is looked for first
_PIPELINES = f"tags.`{tags.KIND}` = '{RunKind.PIPELINE.value}'"
# CROSS: in this order, by the tag that only these runs and those of steps have: there may be 100,000 others
_LAST = """
SELECT named.value, runs.run_uuid, max(runs.start_time)
FROM tags AS named
CROSS JOIN tags AS kind ON kind.run_uuid = named.run_uuid AND kind.key = ? AND kind.value = ?
CROSS JOIN runs ON runs.run_uuid = named.run_uuid AND runs.lifecycle_stage = 'active'
JOIN experiments ON experiments.experiment_id = runs.experiment_id AND experiments.lifecycle_stage = 'active'
WHERE named.key = ? GROUP BY named.value
"""


def last_runs(store: Store, names: Sequence[str]) -> dict[str, Run]:
    """The newest run of each of the pipelines, also one that goes on, by name; one that has not run is left
    out."""
    if store.is_new or not names:
        return {}
    direct = store.readable()
    if direct is None:
        return _searched(store, names)
    with connected(direct) as connection:
        rows = connection.execute(_LAST, [tags.KIND, RunKind.PIPELINE.value, tags.PIPELINE])
        last = {run_id: name for name, run_id, _ in rows if name in names}
        return {last[run.run_id]: run for run in Rows(connection).runs(list(last))}


def _searched(store: Store, names: Sequence[str]) -> dict[str, Run]:
    newest = [] if len(names) == 1 else list_runs(store, where=_PIPELINES, limit=_NEWEST)
    found = {run.name: run for run in reversed(newest)}
    if len(names) == 1 or len(newest) == _NEWEST:
        found |= {name: run for name in names if name not in found and (run := _last(store, name))}
    return found


def _last(store: Store, name: str) -> Run | None:
    quote = "'" if '"' in name else '"'
    if quote in name:  # MLflow's filters cannot spell that
        return None
    where = f"{_PIPELINES} and tags.`{tags.PIPELINE}` = {quote}{name}{quote}"
    return next(iter(list_runs(store, where=where, limit=1)), None)
