"""Runs as pages in JupyterLab list them: so many at once, with a metric of each to draw; side by side."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.entities.panels import MetricPoints, RunComparison, RunPage, RunQuery, RunRow
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking import cursors, series, tags
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.ledger import INDEX
from jupyter_mlops.tracking.pages import MIN_PREFIX, Pages
from jupyter_mlops.tracking.query import translate
from jupyter_mlops.tracking.reader import chosen, experiment_names, find_run, to_run
from jupyter_mlops.tracking.rows import connected, reading
from jupyter_mlops.tracking.store import Store

_TOKEN = "token"  # in a cursor: what follows is MLflow's own
_LIMITS = (
    "this store is asked through MLflow's client: a search looks at names of runs, or at an id alone; "
    "runs are not counted, and no metric is drawn"
)


def page_of_runs(store: Store, query: RunQuery) -> RunPage:
    """The page of the query.

    Raises:
        NotFound: no such experiment.
        Refused: the filter, the order or the cursor cannot be read.
    """
    if store.is_new:
        return RunPage()
    direct = store.readable()
    search = translate(query.where, query.order_by) if direct is not None else None
    if direct is None or search is None:
        return _asked(store, query)
    cursor = None if query.cursor is None else cursors.read(about(query), query.cursor)
    with _pages(direct) as pages:
        experiments = pages.experiments()
        found = pages.find(query, search, chosen(experiments, query.experiment), cursor)
        runs = pages.runs(found.runs, experiments)
        drawn = pages.sparks({run.run_id: name for run in runs if (name := _drawn(run, query.metric))})
        return RunPage(
            rows=tuple(RunRow(run=run, spark=drawn.get(run.run_id)) for run in runs),
            next=None if found.resume is None else cursors.written(about(query), found.resume),
            total=found.total,
            experiments=_named(experiments),
            metrics=pages.metric_names(),
        )


def metric_points(store: Store, run_id: str, names: Sequence[str]) -> list[MetricPoints]:
    """The metrics of the run, all where none is named, each in at most 500 points that keep its extremes."""
    direct = store.readable()
    if direct is not None:
        with connected(direct) as connection:
            known = names or [key for (key,) in connection.execute(_KEYS, [run_id])]
            return [series.series(connection, run_id, name, series.MOST) for name in known]
    known = names or sorted(store.client().get_run(run_id).data.metrics)
    return [series.asked(store, run_id, name, series.MOST) for name in known]


def side_by_side(store: Store, references: Sequence[str]) -> RunComparison:
    """Runs side by side, in the order that they are named in.

    Raises:
        NotFound: no run answers to one of the names.
    """
    runs = _runs(store, list(dict.fromkeys(references)))
    parameters = {name: None for run in runs for name in run.parameters}
    metrics = {name: None for run in runs for name in run.metrics}
    return RunComparison(
        runs=tuple(runs),
        parameters={name: tuple(run.parameters.get(name) for run in runs) for name in sorted(parameters)},
        metrics={
            name: tuple(series.number(run.metrics.get(name)) for run in runs) for name in sorted(metrics)
        },
        series=_several_points(store, runs, sorted(metrics)),
    )


_KEYS = "SELECT key FROM latest_metrics WHERE run_uuid = ? ORDER BY key"


def _runs(store: Store, references: Sequence[str]) -> list[Run]:
    """Most are named by their whole id, which is quick to find."""
    direct, known = store.readable(), dict[str, Run]()
    if direct is not None:
        with reading(direct) as rows:
            known = {run.run_id: run for run in rows.runs(references)}
    return [known.get(reference) or find_run(store, reference) for reference in references]


@contextmanager
def _pages(database: Database) -> Iterator[Pages]:
    with connected(database) as connection, connected(database) as folding:
        yield Pages(connection, folding)


def _several_points(
    store: Store, runs: Sequence[Run], names: Sequence[str]
) -> Mapping[str, tuple[MetricPoints, ...]]:
    """Of each metric that any of the runs logged more than once, its points in all of them."""
    found: dict[str, tuple[MetricPoints, ...]] = {}
    direct = store.readable()
    if direct is None:
        for name in names:
            having = [name in run.metrics for run in runs]
            found[name] = tuple(
                series.asked(store, run.run_id, name, series.SEVERAL) if has else MetricPoints(name=name)
                for run, has in zip(runs, having, strict=True)
            )
    else:
        with connected(direct) as connection:
            for name in names:
                found[name] = tuple(
                    series.series(connection, run.run_id, name, series.SEVERAL) for run in runs
                )
    return {name: points for name, points in found.items() if any(each.of > 1 for each in points)}


def _asked(store: Store, query: RunQuery) -> RunPage:
    """The page by MLflow's client. It has no OR: what cannot be said in its words is left out of the page
    that it gives, which is shorter then."""
    from mlflow.exceptions import MlflowException

    token = None if query.cursor is None else _token(query)
    client, names = store.client(), experiment_names(store)
    wanted = chosen(names, query.experiment)
    order = [query.order_by] if query.order_by else None
    try:
        found = client.search_runs(
            list(wanted), _where(query), max_results=query.limit, order_by=order, page_token=token
        )
    except MlflowException as error:
        raise Refused(
            f"the filter, order or cursor cannot be read: {error.message}",
            hint='e.g. the filter "metrics.accuracy > 0.9", the order "metrics.accuracy DESC"',
        ) from None
    runs = [to_run(run, wanted.get(run.info.experiment_id, "")) for run in found]
    runs = [run for run in runs if not query.kind or run.kind in query.kind]
    return RunPage(
        rows=tuple(RunRow(run=run) for run in runs),
        next=cursors.written(about(query), [_TOKEN, *_parts(found.token)]) if found.token else None,
        experiments=_named(names),
        metrics=tuple(sorted({name for run in runs for name in run.metrics})),
        note=_LIMITS,
    )


def _parts(token: str | bytes) -> list[str]:
    token = token.decode() if isinstance(token, bytes) else token  # of a database, or of a server
    return [token[place : place + cursors.LONGEST] for place in range(0, len(token), cursors.LONGEST)]


def _token(query: RunQuery) -> str:
    mark, *parts = cursors.read(about(query), query.cursor or "")
    if mark != _TOKEN or not all(isinstance(part, str) for part in parts):
        raise cursors.wrong("cannot be read")
    return "".join(parts)


def _where(query: RunQuery) -> str:
    """The query in MLflow's words."""
    clauses = [query.where] if query.where else []
    if len(query.status) == 1:
        clauses.append(f"attributes.status = '{query.status[0].value}'")
    elif query.status:
        clauses += [f"attributes.status != '{each.value}'" for each in RunStatus if each not in query.status]
    if len(query.kind) == 1 and query.kind[0] is not RunKind.USER:
        clauses.append(f"tags.`{tags.KIND}` = '{query.kind[0].value}'")
    if query.notebook is not None:
        clauses.append(f"tags.`{tags.NOTEBOOK}` = '{_quoted(query.notebook)}'")
    for word in query.search.split():
        if len(word) >= 2 * MIN_PREFIX and set(word) <= set(string.hexdigits):
            clauses.append(f"attributes.run_id LIKE '{word.lower()}%'")
        else:
            clauses.append(f"attributes.run_name ILIKE '%{_quoted(word)}%'")
    return " AND ".join(clauses)


def _quoted(text: str) -> str:
    """MLflow's texts can hold no quote; in a pattern ``_`` is any letter."""
    return text.replace("'", "_").replace("\\", "_")


def _drawn(run: Run, metric: str | None) -> str | None:
    """The metric of the run that is drawn in a list."""
    if metric is not None:
        return metric if metric in run.metrics else None
    return next(iter(run.metrics), None)


def _named(experiments: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(set(experiments.values()) - {*tags.APART, INDEX}))


def about(query: RunQuery) -> str:
    """What a cursor of the query belongs to: another one's is not taken for it."""
    return query.model_copy(update={"cursor": None, "limit": 50, "metric": None}).model_dump_json()
