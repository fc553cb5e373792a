"""Pages of runs of the project's own database, searched and filtered there.

MLflow's tables have indexes by run and by key, and none by value or time. So conditions on parameters,
metrics and tags are looked up for the first thousands of runs in order, which fill most pages; where they do
not, each table is read once from one end to the other, which is several times quicker than by its indexes.
"""

from __future__ import annotations

import json
import re
import sqlite3
import string
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.entities import RunKind
from jupyter_mlops.entities.panels import MetricPoints, RunQuery
from jupyter_mlops.tracking import cursors, series, tags
from jupyter_mlops.tracking.query import NEWEST, Search
from jupyter_mlops.tracking.rows import SYSTEM_METRICS, Rows

MIN_PREFIX = 4  # characters of an id that is searched for
SMALL = 5_000  # runs of a project of which all is looked at always
FEW = 5_000  # runs that are looked up by their ids
MANY = 40_000  # runs that are put in order by themselves, not among all
WHOLE = 3_000_000  # rows of a table that is read whole
_PORTION = 1000  # runs looked at at once
_FIRST = 2 * _PORTION  # before tables are read whole
_TIME = 0.15  # seconds after which a page ends where it is
_NAMES = 300  # of metrics to choose from
_MANY_NAMES = 900  # of parameters
_WORDS = 8
_INSIDE = re.compile(r"runs\.run_uuid (NOT )?IN \(SELECT run_uuid FROM (\w+) WHERE key = \?(?: AND (.*))?\)$")
_PAIR = "key || '=' || value"
_AMONG = "(SELECT value FROM json_each(?))"

_LATE = (
    "SELECT CASE count(*) WHEN ? THEN min(start_time) END FROM (SELECT runs.start_time FROM runs "
    "WHERE {} AND runs.start_time IS NOT NULL ORDER BY runs.rowid DESC LIMIT ?)"
)


@dataclass(frozen=True)
class Source:
    """Rows of `table`, with that key if it has one, whose `condition` holds; `column` names their runs."""

    table: str
    condition: str = ""
    values: tuple[Any, ...] = ()
    key: str | None = None
    column: str = "run_uuid"

    def query(self, *, among: bool) -> str:
        """Of some runs the rows are found by the index of runs; of all the table is read: by the index of
        keys each row would be looked for."""
        parts = [] if self.key is None else ["key = ?" if among else "+key = ?"]
        parts += [self.condition] if self.condition else []
        parts += [f"{self.column} IN {_AMONG}"] if among else []
        return f"SELECT {self.column} FROM {self.table} WHERE {' AND '.join(parts)}"


@dataclass(frozen=True)
class Lookup:
    """The runs that one of the sources names; or, with `inside` False, all others. With `folds` small letters
    are as good as capitals."""

    sources: tuple[Source, ...]
    inside: bool = True
    folds: bool = False


@dataclass
class Found:
    """Ids of a page in order, the values at which the next one begins, and how many there are in all."""

    runs: list[str]
    resume: Sequence[Any] | None = None
    total: int | None = None


@dataclass
class _Base:
    """Runs that are listed as far as their own table tells, in their order."""

    search: Search
    conditions: list[str]
    values: list[Any]
    start: tuple[str, list[Any]] | None = None  # the condition that holds after a cursor
    lookups: list[Lookup] = field(default_factory=list)

    def query(self, limit: int | None, only: Iterable[str] | None = None) -> tuple[str, list[Any]]:
        """Id and the order's values of each run, of those `only` whose ids are given."""
        conditions, values = [*self.conditions], [*self.values]
        for condition, bound in filter(None, (self.start, _restricted(only))):
            conditions.append(condition)
            values += bound
        if limit is not None and only is None and tuple(self.search.order) == NEWEST:
            # rows are kept as they came: the last of them tell how new the newest are at least, so that
            # few are sorted
            late = _LATE.format(" AND ".join(conditions))
            conditions.append(f"coalesce(runs.start_time >= ({late}), 1)")
            values += [limit, *values, limit]
        return (
            f"SELECT runs.run_uuid, {', '.join(cursors.columns(self.search.order))} FROM runs "
            f"{self.search.join} WHERE {' AND '.join(conditions)} "
            f"ORDER BY {', '.join(self.search.order)} LIMIT ?",
            [*self.search.joined, *values, -1 if limit is None else limit],
        )

    def all(self) -> tuple[str, list[Any]]:
        """The ids of all runs, from the first page on, in any order."""
        return f"SELECT run_uuid FROM runs WHERE {' AND '.join(self.conditions)}", self.values

    def count(self, only: Iterable[str] | None = None) -> tuple[str, list[Any]]:
        """How many runs there are, from the first page on."""
        condition, bound = _restricted(only) or ("1", [])
        where = " AND ".join([*self.conditions, condition])
        return f"SELECT count(*) FROM runs WHERE {where}", [*self.values, *bound]


def _restricted(only: Iterable[str] | None) -> tuple[str, list[Any]] | None:
    return None if only is None else (f"runs.run_uuid IN {_AMONG}", [json.dumps(list(only))])


class Pages(Rows):
    """Lists runs page by page, in one state of the database. `folding` is another connection, on which small
    letters are as good as capitals in LIKE: SQLite can be told only for all of a connection."""

    def __init__(self, connection: sqlite3.Connection, folding: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._folding = folding

    def sparks(self, wanted: Mapping[str, str]) -> dict[str, MetricPoints]:
        """Of each run, by id, the one metric that is wanted, small; see `series.sparks`."""
        return series.sparks(self._connection, wanted)

    def metric_names(self) -> tuple[str, ...]:
        """Names of metrics that any run logged, without those of the machine; the first few hundred."""
        found, last = list[str](), ""
        query = "SELECT min(key) FROM latest_metrics WHERE key > ?"
        while len(found) < _NAMES:
            (name,) = self._connection.execute(query, [last]).fetchone()
            if name is None:
                break
            last = name
            if name.startswith(SYSTEM_METRICS):
                last = SYSTEM_METRICS.removesuffix("/") + "0"  # the first text after all of them
                if self._has_metric(last):
                    found.append(last)
                continue
            found.append(name)
        return tuple(found)

    def _has_metric(self, name: str) -> bool:
        query = "SELECT 1 FROM latest_metrics WHERE key = ? LIMIT 1"
        return self._connection.execute(query, [name]).fetchone() is not None

    def find(
        self, query: RunQuery, search: Search, experiments: Mapping[str, str], cursor: Sequence[Any] | None
    ) -> Found:
        """The page of the query after the cursor's values, of the runs in these experiments.

        Raises:
            Refused: the cursor's run is gone.
        """
        base = self._base(query, search, experiments)
        if cursor is not None:
            base.start = cursors.after(search.order, self._as_they_are(search, cursor))
        if not base.lookups:
            return self._page(base, query.limit)
        (newest,) = self._connection.execute("SELECT coalesce(max(rowid), 0) FROM runs").fetchone()
        sorted_by_others = bool(search.join) and self._readable(base.lookups)  # then all must be sorted first
        if newest <= SMALL or sorted_by_others:
            return self._from_tables(base, query.limit)
        return self._in_portions(base, query.limit)

    def _as_they_are(self, search: Search, values: Sequence[Any]) -> list[Any]:
        """The cursor's values, with those of its run where they are too long for it."""
        if len(values) != len(search.order) or not isinstance(values[-1], str):
            raise cursors.wrong("cannot be read")
        if not any(isinstance(value, list) for value in values):
            return list(values)
        query = (
            f"SELECT {', '.join(cursors.columns(search.order))} FROM runs {search.join} "
            "WHERE runs.run_uuid = ?"
        )
        now = self._connection.execute(query, [*search.joined, values[-1]]).fetchone()
        if now is None:
            raise cursors.wrong("ends at a run that is gone")
        return [here if isinstance(value, list) else value for value, here in zip(values, now, strict=True)]

    def _base(self, query: RunQuery, search: Search, experiments: Mapping[str, str]) -> _Base:
        places = ", ".join(str(int(key)) for key in experiments)
        base = _Base(search, ["runs.lifecycle_stage = 'active'", f"runs.experiment_id IN ({places})"], [])
        if query.status:
            base.conditions.append(f"runs.status IN ({', '.join('?' * len(query.status))})")
            base.values += [status.value for status in query.status]
        _split(search, base)
        if query.kind:
            base.lookups.append(_of_kind(query.kind))
        if query.notebook is not None:
            base.lookups.append(Lookup((Source("tags", "value = ?", (query.notebook,), key=tags.NOTEBOOK),)))
        for word in query.search.split()[:_WORDS]:
            base.lookups.append(_of_word(word, experiments, self._parameter_names(word)))
        return base

    def _parameter_names(self, word: str) -> list[str] | None:
        """Names of parameters that have the word in them: names are few, and the index tells them, so that of
        each parameter only the value has to be looked at. None where they are many."""
        found, last = list[str](), ""
        query = "SELECT min(key) FROM params WHERE key > ?"
        for _ in range(_MANY_NAMES):
            (last,) = self._connection.execute(query, [last]).fetchone()
            if last is None:
                return found
            if any(each.lower() in last.lower() for each in _spellings(word)):
                found.append(last)
        return None

    def _page(self, base: _Base, limit: int, only: Iterable[str] | None = None) -> Found:
        rows = self._connection.execute(*base.query(limit + 1, only)).fetchall()
        (total,) = self._connection.execute(*base.count(only)).fetchone()
        resume = rows[limit - 1][1:] if len(rows) > limit else None
        return Found([row[0] for row in rows[:limit]], resume, total)

    def _in_portions(self, base: _Base, limit: int) -> Found:
        """The first runs in order are looked at, so many at once, until the page is full; if that does not
        fill it, whole tables are read, or, where those are large, more runs until time is up."""
        deadline = time.monotonic() + _TIME
        readable = self._readable(base.lookups)
        rows = self._connection.execute(*base.query(_FIRST if readable else None))
        seen, passed = 0, list[tuple[Any, ...]]()
        while portion := rows.fetchmany(_PORTION):
            kept = self._passing(base.lookups, [row[0] for row in portion])
            seen += len(portion)
            passed += [row for row in portion if row[0] in kept]
            if len(passed) > limit:
                return Found([row[0] for row in passed[:limit]], passed[limit - 1][1:])
            if time.monotonic() > deadline and not readable and len(portion) == _PORTION:
                return Found([row[0] for row in passed], portion[-1][1:])
        if readable and seen == _FIRST:
            return self._from_tables(base, limit)
        return Found([row[0] for row in passed], None, None if base.start else len(passed))

    def _readable(self, lookups: Iterable[Lookup]) -> bool:
        """The tables are small enough to be read whole."""
        tables = {source.table for lookup in lookups for source in lookup.sources}
        return all(
            self._connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0] <= WHOLE
            for table in tables
        )

    def _from_tables(self, base: _Base, limit: int) -> Found:
        """Each table is read once."""
        within: set[str] | None = None
        without: set[str] = set()
        for lookup in sorted(base.lookups, key=lambda lookup: len(lookup.sources)):
            few = within is not None and len(within) <= FEW
            named = self._named(lookup, list(within) if within is not None and few else None)
            if lookup.inside:
                within = named if within is None else within & named
            else:
                without |= named
        if within is None:
            within = {run for (run,) in self._connection.execute(*base.all())}
        within -= without
        if len(within) <= MANY:
            return self._page(base, limit, within)
        rows = self._connection.execute(*base.query(None))
        kept = [row for row in rows if row[0] in within]
        resume = kept[limit - 1][1:] if len(kept) > limit else None
        return Found([row[0] for row in kept[:limit]], resume, None if base.start else len(kept))

    def _passing(self, lookups: Iterable[Lookup], runs: list[str]) -> set[str]:
        left = set(runs)
        for lookup in lookups:
            named = self._named(lookup, list(left)) if left else set()
            left = left & named if lookup.inside else left - named
        return left

    def _named(self, lookup: Lookup, among: list[str] | None) -> set[str]:
        connection = self._folding if lookup.folds else self._connection
        found: set[str] = set()
        given = [] if among is None else [json.dumps(among)]
        for source in lookup.sources:
            key = [] if source.key is None else [source.key]
            words = [*key, *source.values, *given]
            found.update(run for (run,) in connection.execute(source.query(among=among is not None), words))
        return found


def _split(search: Search, base: _Base) -> None:
    """Put the filter's conditions where they are cheapest: those on other tables are looked up."""
    left = list(search.values)
    for condition in search.conditions:
        values = [left.pop(0) for _ in range(condition.count("?"))]
        inside = _INSIDE.match(condition)
        if inside is None:
            base.conditions.append(condition)
            base.values += values
            continue
        key, *rest = values
        source = Source(inside[2], inside[3] or "", tuple(rest), key=key)
        base.lookups.append(Lookup((source,), inside=inside[1] is None))


def _of_kind(kinds: Sequence[RunKind]) -> Lookup:
    """A run that does not say its kind is the user's own."""
    others = RunKind.USER in kinds
    listed = [kind.value for kind in (set(RunKind) - set(kinds) if others else kinds)]
    condition = f"value IN ({', '.join('?' * len(listed))})"
    return Lookup((Source("tags", condition, tuple(listed), key=tags.KIND),), inside=not others)


def _of_word(word: str, experiments: Mapping[str, str], names: Sequence[str] | None) -> Lookup:
    """Runs that have the word in their name, id, notebook, experiment, a parameter or a model's name; `names`
    are the parameters that have it in theirs, None where that is to be looked up."""
    patterns = [f"%{_escaped(each)}%" for each in _spellings(word)]
    run = [_like("name", patterns)]
    values = list[Any](patterns)
    if len(word) >= MIN_PREFIX and set(word) <= set(string.hexdigits):
        run.append("run_uuid LIKE ?")
        values.append(f"{word}%")
    if places := [key for key, name in experiments.items() if word.casefold() in name.casefold()]:
        run.append(f"experiment_id IN ({', '.join(str(int(key)) for key in places)})")
    return Lookup(
        (
            Source("runs", f"({' OR '.join(run)})", tuple(values)),
            _in_parameters(word, patterns, names),
            Source("tags", f"({_like('value', patterns)})", tuple(patterns), key=tags.NOTEBOOK),
            Source("model_versions", f"({_like('name', patterns)})", tuple(patterns), column="run_id"),
        ),
        folds=True,
    )


def _in_parameters(word: str, patterns: Sequence[str], names: Sequence[str] | None) -> Source:
    if "=" in word:
        return Source("params", f"({_like(_PAIR, patterns)})", tuple(patterns))
    values = _like("value", patterns)
    if names is None:
        return Source("params", f"({_like('key', patterns)} OR {values})", (*patterns, *patterns))
    named = f"key IN ({', '.join('?' * len(names))}) OR " if names else ""
    return Source("params", f"({named}{values})", (*names, *patterns))


def _spellings(word: str) -> list[str]:
    """SQLite takes small letters for capitals only where they are ASCII."""
    if word.isascii():
        return [word]
    return list(dict.fromkeys([word, word.lower(), word.upper(), word.capitalize()]))


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _like(column: str, patterns: Sequence[str]) -> str:
    return " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns))
