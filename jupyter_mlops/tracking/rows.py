"""Rows of the project's own database as entities, read without MLflow: the same as its client tells, of
the page that is asked for and no more."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from jupyter_mlops.entities import ModelVersion, Run, RunKind, RunStatus
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.database import Database
from jupyter_mlops.tracking.query import Search, newest_first

SYSTEM_METRICS = "system/"  # MLflow's own folder of machine metrics; not a result of the notebook

_CACHE = 65_536  # KiB, filled as needed: rows of a run lie all over a large table
_PAGE = 900  # rows asked for at once: older SQLite takes 999 values
_INFO = "run_uuid, name, status, start_time, end_time, experiment_id"
_DATASETS = """
    SELECT inputs.input_uuid, inputs.destination_id AS run_uuid, datasets.dataset_uuid, datasets.name,
        digest, dataset_profile, dataset_schema, dataset_source, dataset_source_type, input_tags.name,
        input_tags.value
    FROM inputs JOIN datasets ON inputs.source_id = datasets.dataset_uuid
        LEFT OUTER JOIN input_tags ON input_tags.input_uuid = inputs.input_uuid
    WHERE inputs.destination_type = 'RUN' AND inputs.destination_id IN ({}) ORDER BY run_uuid
"""
_NAMED = "runs.run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)"
_CALLED = "runs.run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value LIKE ?)"
_PROMPTS = (
    "SELECT name FROM {} WHERE key = 'mlflow.prompt.is_prompt' AND value = 'true' AND workspace = 'default'"
)


@dataclass(frozen=True)
class Dataset:
    """A dataset that a run read, as it is recorded: profile and schema are JSON."""

    name: str
    digest: str
    profile: str | None
    schema: str | None
    source: str | None
    source_type: str | None
    marks: dict[str, str]


def make_run(
    *,
    run_id: str,
    name: str | None,
    experiment: str,
    status: str,
    start: int | None,
    end: int | None,
    parameters: Mapping[str, str],
    metrics: Mapping[str, float],
    marks: Mapping[str, str],
    models: Iterable[str],
) -> Run:
    """A run of what the store holds: times in milliseconds, `marks` all its tags."""
    return Run(
        run_id=run_id,
        name=name or run_id[:8],
        experiment=experiment,
        status=RunStatus(status),
        kind=RunKind(marks.get(tags.KIND, RunKind.USER.value)),
        started=_time(start),
        ended=_time(end),
        notebook=marks.get(tags.NOTEBOOK),
        parameters=dict(sorted(parameters.items())),
        metrics=own_metrics(metrics),
        tags={k: v for k, v in sorted(marks.items()) if not k.startswith(("mlops.", "mlflow."))},
        parent=marks.get(tags.PARENT),
        replaces=marks.get(tags.REPLACES),
        schedule=marks.get(tags.SCHEDULE),
        error=marks.get(tags.ERROR) or None,
        peak_memory=_whole(marks.get(tags.PEAK_MEMORY)),
        models=tuple(models),
        exit_code=_whole(marks.get(tags.EXIT_CODE)) or 0,
    )


def own_metrics(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics that the notebook logged, by name, without those of the machine."""
    return {k: v for k, v in sorted(metrics.items()) if not k.startswith(SYSTEM_METRICS)}


@contextlib.contextmanager
def connected(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection that sees one state of the database while the block lasts.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        with database.reading() as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(
            f"{database.path} cannot be read: {error}", hint="try again; if it stays so, mend or move it"
        ) from None


@contextlib.contextmanager
def reading(database: Database) -> Iterator[Rows]:
    """The rows of one state of the database while the block lasts.

    Raises:
        StoreError: it cannot be read.
    """
    with connected(database) as connection:
        yield Rows(connection)


class Rows:
    """What `connection` sees of runs and models; deleted ones, and those of deleted experiments, are passed
    over."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA case_sensitive_like = true")  # as MLflow has it
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._connection = connection

    def experiments(self) -> dict[str, str]:
        """Names of the experiments that are not deleted, by id."""
        query = (
            "SELECT experiment_id, name FROM experiments "
            "WHERE lifecycle_stage = 'active' AND workspace = 'default'"
        )
        return {str(key): name for key, name in self._connection.execute(query)}

    def page(self, search: Search, experiments: Mapping[str, str], limit: int | None = None) -> list[Run]:
        """The runs in these experiments that are searched for, in order, at most `limit`."""
        return self.runs(self._found(search, experiments, limit), experiments)

    def newest(self, experiments: Mapping[str, str]) -> list[Run]:
        """The run in these experiments that was started last, alone, if there is one."""
        return self.page(newest_first(), experiments, 1)

    def answering(
        self, reference: str, limit: int, *, by_id: bool, experiments: Mapping[str, str] | None = None
    ) -> list[Run]:
        """At most `limit` runs that answer to the name, newest first, in all or these experiments; with
        `by_id` those first whose id begins like that, and last those that were called so before a server
        knew them."""
        tries = [(_NAMED, [tags.RUN_NAME, reference])]
        if by_id:
            tries.insert(0, ("runs.run_uuid LIKE ?", [f"{reference}%"]))
            tries.append((_CALLED, [tags.TICKET, f"{reference}%"]))
        names = self.experiments() if experiments is None else experiments
        for condition, values in tries:
            search = newest_first()
            search.require(condition, *values)
            if found := self.page(search, names, limit):
                return found
        return []

    def runs(self, identifiers: Sequence[str], experiments: Mapping[str, str] | None = None) -> list[Run]:
        """The runs with these ids, in that order; ones that are not there are left out."""
        names = self.experiments() if experiments is None else experiments
        found: list[Run] = []
        for page in pages(identifiers):
            made = self._made(page, names)
            found += [made[identifier] for identifier in page if identifier in made]
        return found

    def finished(self, tag: str, values: Sequence[str]) -> list[tuple[str, str, dict[str, str]]]:
        """(value, run id, all its tags) of FINISHED runs whose `tag` has one of the values, newest first."""
        query = (
            "SELECT value, runs.run_uuid, start_time "
            "FROM tags JOIN runs ON tags.run_uuid = runs.run_uuid "
            f"WHERE tags.key = '{tag}' AND status = 'FINISHED' AND lifecycle_stage = 'active' "
            "AND tags.value IN ({})"
        )
        found = [row for page in pages(values) for row in self._of(query, page)]
        found.sort(key=lambda row: row[2] or 0, reverse=True)
        marks: dict[str, dict[str, str]] = {}
        for page in pages([run_id for _, run_id, _ in found]):
            marks |= self._pairs("key, value", "tags", page)
        return [(value, run_id, marks[run_id]) for value, run_id, _ in found]

    def tagged(self, tag: str, values: Sequence[str]) -> list[str]:
        """Ids of the runs whose `tag` has one of the values."""
        query = f"SELECT run_uuid FROM tags WHERE key = '{tag}' AND value IN ({{}})"
        return [run_id for page in pages(values) for (run_id,) in self._of(query, page)]

    def place(self, run_id: str) -> str:
        """The URI of the run's artifacts; empty where there is none."""
        row = self._connection.execute(
            "SELECT artifact_uri FROM runs WHERE run_uuid = ?", [run_id]
        ).fetchone()
        return (row and row[0]) or ""

    def datasets(self, run_id: str) -> list[Dataset]:
        """The datasets that the run read or made."""
        return self.linked([run_id]).get(run_id, [])

    def linked(self, identifiers: Sequence[str]) -> dict[str, list[Dataset]]:
        """The datasets that each of the runs read or made; a run without any is left out."""
        found: dict[str, dict[str, Dataset]] = defaultdict(dict)
        for page in pages(identifiers):
            for _, run_id, key, name, digest, profile, schema, source, kind, tag, value in self._of(
                _DATASETS, page
            ):
                read = Dataset(name, digest, profile, schema, source, kind, {})
                dataset = found[run_id].setdefault(key, read)
                if tag is not None:
                    dataset.marks[tag] = value
        return {run_id: list(datasets.values()) for run_id, datasets in found.items()}

    def users(self, digests: Sequence[str], *, apart: str) -> list[str]:
        """Ids of the runs that read or made data of one of the digests, newest first; without those of the
        experiment `apart`."""
        query = (
            "SELECT DISTINCT run_uuid, start_time FROM datasets "
            "JOIN inputs ON inputs.source_id = datasets.dataset_uuid AND inputs.source_type = 'DATASET' "
            "JOIN runs ON inputs.destination_id = runs.run_uuid AND inputs.destination_type = 'RUN' "
            "WHERE runs.lifecycle_stage = 'active' AND datasets.digest IN ({})"
        )
        left_out = [key for key, name in self.experiments().items() if name == apart]
        query += "".join(f" AND runs.experiment_id != {int(key)}" for key in left_out)
        found = {row for page in pages(digests) for row in self._of(query, page)}
        return [run_id for run_id, _ in sorted(found, key=lambda row: (-(row[1] or 0), row[0]))]

    def marks(self, run_id: str) -> dict[str, str]:
        """All tags of the run."""
        return self._pairs("key, value", "tags", [run_id])[run_id]

    def metrics(self, page: Sequence[str]) -> dict[str, dict[str, float]]:
        """What each of the runs, of a page of them, logged last of each metric, those of the machine too."""
        found = self._pairs("key, CASE is_nan WHEN 0 THEN value END", "latest_metrics", page)
        for values in found.values():
            values |= {key: math.nan for key, value in values.items() if value is None}
        return found

    def points(self, run_id: str) -> list[tuple[str, int, float]]:
        """(metric, step, value) of all that the run logged."""
        query = "SELECT key, step, CASE is_nan WHEN 0 THEN value END FROM metrics WHERE run_uuid = ?"
        found = self._connection.execute(query, [run_id])
        return [(key, step, math.nan if value is None else value) for key, step, value in found]

    def logged_models(self, run_id: str) -> set[str]:
        """Names of the models that the run logged."""
        query = "SELECT name FROM logged_models WHERE source_run_id = ?"
        return {name for (name,) in self._connection.execute(query, [run_id])}

    def registered(self) -> list[str]:
        """Names of the registered models; prompts are none."""
        query = (
            "SELECT name FROM registered_models WHERE workspace = 'default' "
            f"AND name NOT IN ({_PROMPTS.format('registered_model_tags')}) ORDER BY name"
        )
        return [name for (name,) in self._connection.execute(query)]

    def model(self, name: str) -> tuple[dict[str, str], dict[str, str]] | None:
        """The versions that the aliases of the registered model point at, and its tags; None where there is
        no such model."""
        if name not in self.registered():
            return None
        where = "WHERE workspace = 'default' AND name = ?"
        aliases, tagged = (
            self._connection.execute(f"SELECT {columns} FROM {table} {where}", [name]).fetchall()
            for columns, table in (
                ("alias, version", "registered_model_aliases"),
                ("key, value", "registered_model_tags"),
            )
        )
        return {alias: str(version) for alias, version in aliases}, dict(tagged)

    def description(self, name: str) -> str:
        """What is said of the registered model; "" where nothing is, or there is none."""
        query = "SELECT description FROM registered_models WHERE workspace = 'default' AND name = ?"
        return next((text or "" for (text,) in self._connection.execute(query, [name])), "")

    def version_place(self, name: str, version: str) -> str:
        """Where the files of the version lie, as a URI or path; "" where there is no such version."""
        query = (
            "SELECT storage_location, source FROM model_versions "
            "WHERE workspace = 'default' AND name = ? AND version = ?"
        )
        return next((kept or source for kept, source in self._connection.execute(query, [name, version])), "")

    def versions(self, name: str | None) -> list[ModelVersion]:
        """All versions of all models, or of one, by name, newest first, with the metrics of their runs."""
        query = (
            "SELECT name, version, creation_time, source, run_id FROM model_versions "
            "WHERE workspace = 'default' AND current_stage != 'Deleted_Internal' "
            f"AND name NOT IN ({_PROMPTS.format('model_version_tags')}) "
            "AND (? IS NULL OR name = ?) ORDER BY name, version DESC"
        )
        found = self._connection.execute(query, [name, name]).fetchall()
        aliases = self._grouped("alias, alias", "registered_model_aliases", name)
        marks = self._grouped("key, value", "model_version_tags", name)
        made = sorted({row[4] for row in found if row[4]})
        metrics: dict[str, dict[str, float]] = {}
        for page in pages(made):  # of deleted runs, too: the version is still there
            metrics |= {run_id: own_metrics(values) for run_id, values in self.metrics(page).items()}
        return [
            ModelVersion(
                name=model,
                version=str(version),
                run_id=run_id,
                source=source,
                aliases=tuple(sorted(aliases.get((model, version), ()))),
                created=_time(created),
                metrics=metrics.get(run_id, {}),
                tags=marks.get((model, version), {}),
            )
            for model, version, created, source, run_id in found
        ]

    def _grouped(self, columns: str, table: str, name: str | None) -> dict[tuple[str, int], dict[str, str]]:
        found: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
        query = (
            f"SELECT name, version, {columns} FROM {table} "
            "WHERE workspace = 'default' AND (? IS NULL OR name = ?)"
        )
        for model, version, key, value in self._connection.execute(query, [name, name]):
            found[model, version][key] = value
        return found

    def _found(self, search: Search, experiments: Mapping[str, str], limit: int | None) -> list[str]:
        """Only the ids are ordered: a whole row each would make the sorting of a large table slow."""
        places = ", ".join(str(int(key)) for key in experiments)
        conditions = ["runs.lifecycle_stage = 'active'", f"runs.experiment_id IN ({places})"]
        query = (
            f"SELECT runs.run_uuid FROM runs {search.join} "
            f"WHERE {' AND '.join(conditions + search.conditions)} "
            f"ORDER BY {', '.join(search.order)} LIMIT ?"
        )
        values = [*search.joined, *search.values, -1 if limit is None else limit]
        return [key for (key,) in self._connection.execute(query, values)]

    def _made(self, page: Sequence[str], experiments: Mapping[str, str]) -> dict[str, Run]:
        parameters = self._pairs("key, value", "params", page)
        metrics = self.metrics(page)
        marks = self._pairs("key, value", "tags", page)
        models = defaultdict(list)
        query = (
            "SELECT source_id, destination_id FROM inputs WHERE source_type = 'RUN_OUTPUT' "
            "AND source_id IN ({}) AND destination_type = 'MODEL_OUTPUT' ORDER BY destination_id"
        )
        for run_id, model in self._of(query, page):
            models[run_id].append(model)
        query = f"SELECT {_INFO} FROM runs WHERE lifecycle_stage = 'active' AND run_uuid IN ({{}})"
        return {
            run_id: make_run(
                run_id=run_id,
                name=name or marks[run_id].get(tags.RUN_NAME),
                experiment=experiments[str(experiment)],
                status=status,
                start=start,
                end=end,
                parameters=parameters[run_id],
                metrics=metrics[run_id],
                marks=marks[run_id],
                models=models[run_id],
            )
            for run_id, name, status, start, end, experiment in self._of(query, page)
            if str(experiment) in experiments
        }

    def _pairs(self, columns: str, table: str, page: Sequence[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = defaultdict(dict)
        for run_id, key, value in self._of(
            f"SELECT run_uuid, {columns} FROM {table} WHERE run_uuid IN ({{}})", page
        ):
            found[run_id][key] = value
        return found

    def _of(self, query: str, page: Sequence[str]) -> sqlite3.Cursor:
        return self._connection.execute(query.format(", ".join("?" * len(page))), page)


def pages(identifiers: Sequence[str]) -> Iterator[list[str]]:
    """The same in portions, of as many as are asked for at once."""
    left = iter(identifiers)
    while page := list(islice(left, _PAGE)):
        yield page


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _whole(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None
