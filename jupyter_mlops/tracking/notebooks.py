"""The runs of one notebook, and what is on the record of its cells: read without MLflow where the project's
own database is read."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.entities import CellRecord, Run, RunKind, RunStatus
from jupyter_mlops.notebooks.journal import read_journal
from jupyter_mlops.tracking import owners, tags
from jupyter_mlops.tracking.ledger import INDEX
from jupyter_mlops.tracking.query import newest_first
from jupyter_mlops.tracking.reader import experiment_names, list_runs, local_copy
from jupyter_mlops.tracking.rows import connected, reading
from jupyter_mlops.tracking.store import Store

NEAR = 2000  # newest runs of the project among which those of a notebook are looked for first
_TAGGED = "EXISTS (SELECT 1 FROM tags WHERE tags.run_uuid = runs.run_uuid AND key = ? AND value IN ({}))"
_NEAR = f"runs.run_uuid IN (SELECT run_uuid FROM runs ORDER BY start_time DESC LIMIT {NEAR})"
_ALL = "runs.run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)"


def runs_of(store: Store, notebook: str, kinds: Sequence[RunKind], limit: int = 20) -> list[Run]:
    """Runs of these kinds of the notebook, by its path as a run tells it, newest first, at most `limit`;
    older ones than the project's newest 2,000 runs are told only where there are no others.

    Raises:
        StoreError: the store cannot be read.
    """
    if store.is_new:
        return []
    direct = store.readable()
    if direct is None:
        return _asked(store, notebook, kinds, limit)
    with reading(direct) as rows:
        places = {key: name for key, name in rows.experiments().items() if name not in tags.APART}
        for condition, values in ((_NEAR, ()), (_ALL, (tags.NOTEBOOK, notebook))):
            search = newest_first()
            search.require(condition, *values)
            search.require(_TAGGED.format("?"), tags.NOTEBOOK, notebook)
            marks = ", ".join("?" * len(kinds))
            search.require(_TAGGED.format(marks), tags.KIND, *(kind.value for kind in kinds))
            if found := rows.page(search, places, limit):
                return found
    return []


def _asked(store: Store, notebook: str, kinds: Sequence[RunKind], limit: int) -> list[Run]:
    store.check_answers()
    quote = '"' if "'" in notebook else "'"
    if quote in notebook:  # MLflow's filters have no way to write a name with both kinds of quotes
        return []
    where = f"tags.`{tags.NOTEBOOK}` = {quote}{notebook}{quote}"
    found = list_runs(store, where=where, limit=limit * 5)
    return [run for run in found if run.kind in kinds][:limit]


def models_of(store: Store, notebook: str, runs: Sequence[Run]) -> list[str]:
    """Names of the registered models of which runs of the notebook made a version; behind a server, its
    newest `runs`."""
    direct = store.readable()
    if direct is None:
        from jupyter_mlops.tracking.registry import list_models

        made = {run.run_id for run in runs}
        return sorted({version.name for version in list_models(store) if version.run_id in made})
    query = (
        "SELECT DISTINCT model_versions.name FROM model_versions JOIN tags ON tags.run_uuid = run_id "
        "WHERE tags.key = ? AND tags.value = ? AND workspace = 'default' "
        "AND current_stage != 'Deleted_Internal' ORDER BY 1"
    )
    with connected(direct) as connection:
        return [name for (name,) in connection.execute(query, [tags.NOTEBOOK, notebook])]


def experiments_of(store: Store) -> list[str]:
    """Names of the experiments that hold executions."""
    direct = store.readable()
    if direct is None:
        names = set(experiment_names(store).values())
    else:
        with reading(direct) as rows:
            names = set(rows.experiments().values())
    return sorted(names - {*tags.APART, INDEX})


def executions(store: Store, run: Run) -> list[CellRecord]:
    """What the run's cells did, in order, as far as is known by now; [] where that is gone."""
    live = store.run_folder(run.run_id) / tags.FOLDER / tags.JOURNAL
    if live.exists():
        return read_journal(live)
    with local_copy(store, run.run_id, f"{tags.FOLDER}/{tags.JOURNAL}") as path:
        return read_journal(path)


def goes_on(store: Store, run: Run) -> bool:
    """Some process is at the run, as far as can be told from here: also at a session whose last cell failed,
    and which would be FAILED if it ended now."""
    lease = store.run_folder(run.run_id) / owners.LEASE
    return owners.orphaned(lease) is None and (run.status is RunStatus.RUNNING or lease.exists())
