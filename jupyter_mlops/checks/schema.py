"""Data against a schema: every demand on every column is judged, chunk by chunk."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_mlops.checks.schema_file import Schema
from jupyter_mlops.checks.uniqueness import Uniqueness
from jupyter_mlops.entities import CheckResult, CheckStatus

if TYPE_CHECKING:
    import pandas
    from pandera.errors import SchemaError

SHOWN = 5  # rows that are told of each demand that fails
LONGEST = 80  # characters of a value that is told
CHUNK = 100_000  # rows
_THERE, _NULLS, _DTYPE = "there", "not null", "dtype"
_OPERATORS = {
    "greater_than_or_equal_to": ">=",
    "less_than_or_equal_to": "<=",
    "greater_than": ">",
    "less_than": "<",
    "equal_to": "==",
    "not_equal_to": "!=",
}

Demand = tuple[str, str]  # column, or "" for the table; and what is demanded of it


class Rows(Protocol):
    """A table, as far as checks look at it."""

    @property
    def rows(self) -> int | None:
        """How many there are."""

    def chunks(self, size: int = ...) -> Iterator[pandas.DataFrame]:
        """All rows, so many at once."""

    def frame(self) -> pandas.DataFrame:
        """All rows."""


@dataclass
class _Found:
    """What is known of one demand so far. `said` is told where it is not about single rows."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    said: str = ""
    error: str = ""


def check_schema(schema: Schema, table: Rows, place: str) -> tuple[list[CheckResult], list[str]]:
    """One result for each demand on each column, and notes.

    Args:
        schema: what is demanded.
        table: the data; rows are told by their number, counted from 1.
        place: the schema's file as a person sees it, which results name with the column.
    """
    begun = time.monotonic()
    judging = _Judging(schema)
    rows = 0
    for chunk in _chunks(schema, table):
        judging.look(chunk, rows)
        rows += len(chunk)
    for unique in judging.unique:
        unique.settle(lambda: _chunks(schema, table))
    results = judging.results(place)
    each = (time.monotonic() - begun) / max(len(results), 1)
    notes = [*schema.notes, *judging.warned]
    return [result.model_copy(update={"seconds": each}) for result in results], notes


def _chunks(schema: Schema, table: Rows) -> Iterator[pandas.DataFrame]:
    """At least one, if of no rows: columns are judged too. Names are texts."""
    given = [table.frame()] if schema.whole else table.chunks(CHUNK)
    empty = True
    for chunk in given:
        empty = False
        yield _named(chunk)
    if empty:
        yield _named(table.frame())


def _named(chunk: pandas.DataFrame) -> pandas.DataFrame:
    chunk = chunk.reset_index(drop=True)
    chunk.columns = [str(name) for name in chunk.columns]
    return chunk


class _Judging:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.unique = [Uniqueness(columns) for columns in schema.unique]
        self.warned: dict[str, None] = {}
        self._found: dict[Demand, _Found] = {demand: _Found() for demand in self._demands()}
        self._missing: set[str] = set()
        self._others: dict[str, None] = {}

    def _demands(self) -> Iterator[Demand]:
        table = self.schema.table
        for check in table.checks:
            yield "", described(check)
        if table.strict is True:
            yield "", "no other columns"
        if table.ordered:
            yield "", "columns in this order"
        for name, column in table.columns.items():
            if column.required:
                yield name, _THERE
            if column.dtype is not None:
                yield name, self._dtype(name)
            if not column.nullable:
                yield name, _NULLS
            for check in column.checks:
                yield name, described(check)

    def look(self, chunk: pandas.DataFrame, before: int) -> None:
        """Judge the rows of a chunk, of which there are so many `before`."""
        from pandera.errors import SchemaErrors

        for unique in self.unique:
            unique.look(chunk)
        self._note_missing(chunk)
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                self.schema.table.validate(chunk, lazy=True)
            except SchemaErrors as errors:
                for error in errors.schema_errors:
                    self._note(error, chunk, before)
        told = (warning for warning in heard if "SchemaWarning" in warning.category.__name__)
        self.warned.update({_short(str(warning.message)): None for warning in told})

    def _note_missing(self, chunk: pandas.DataFrame) -> None:
        """Of a column that is not there, demands are neither met nor broken."""
        table = self.schema.table
        if not table.add_missing_columns:
            alone = {name for name, column in table.columns.items() if not column.regex}
            self._missing |= alone - set(chunk.columns)

    def _note(self, error: SchemaError, chunk: pandas.DataFrame, before: int) -> None:
        demand = self._demand(error)
        found = self._found.setdefault(demand, _Found())
        cases = error.failure_cases
        reason = getattr(error.reason_code, "name", "")
        if reason == "CHECK_ERROR":
            found.error = _short(str(cases if isinstance(cases, str) else error))
            return
        if reason == "WRONG_DATATYPE" and chunk.columns.tolist().count(demand[0]) == 1:
            found.said = f"it is {chunk[demand[0]].dtype}"
            return
        if hasattr(cases, "columns") and "index" in cases and cases["index"].notna().all():
            places = cases["index"].drop_duplicates()
            found.count += len(places)
            for row, value in zip(cases["index"], cases["failure_case"], strict=True):
                if len(found.examples) < SHOWN:
                    found.examples.append(f"row {before + int(row) + 1:,}: {_short(str(value))}")
            return
        if reason == "COLUMN_NOT_IN_DATAFRAME":
            found.said = "the column is missing"
        elif demand[1] == _THERE:
            self._missing.add(demand[0])
            found.said = "no column is called so"
        elif reason == "COLUMN_NOT_IN_SCHEMA":
            self._others[str(cases)] = None
            found.said = f"there is {', '.join(self._others)}"
        else:
            found.said = _short(str(error))

    def _demand(self, error: SchemaError) -> Demand:
        reason = getattr(error.reason_code, "name", "")
        if reason == "COLUMN_NOT_IN_DATAFRAME":
            return str(error.failure_cases), _THERE
        if reason == "COLUMN_NOT_IN_SCHEMA":
            return "", "no other columns"
        if reason == "COLUMN_NOT_ORDERED":
            return "", "columns in this order"
        columns = self.schema.table.columns
        name = str(getattr(error.schema, "name", "") or "")
        if error.schema is self.schema.table or getattr(error.schema, "columns", None) is not None:
            name = ""
        elif name not in columns:  # a pattern's
            name = next((n for n, c in columns.items() if c.regex and re.match(n, name)), name)
        if reason in {"WRONG_DATATYPE", "DATATYPE_COERCION"}:
            return name, self._dtype(name)
        if reason == "SERIES_CONTAINS_NULLS":
            return name, _NULLS
        check = error.check
        if name in columns and columns[name].regex and "no_regex_column_match" in str(check):
            return name, _THERE
        return name, described(check) if hasattr(check, "statistics") else str(check)

    def _dtype(self, name: str) -> str:
        """As the file has it: pandera's own name for it depends on what is installed."""
        return f"{_DTYPE} {self.schema.dtypes.get(name, '')}".strip()

    def results(self, place: str) -> list[CheckResult]:
        """One for each demand, in the order of the schema."""
        found = [self._result(demand, seen, place) for demand, seen in self._found.items()]
        for unique in self.unique:
            column = unique.columns[0] if len(unique.columns) == 1 else ""
            name = f"{column}: unique" if column else f"unique {', '.join(unique.columns)}"
            status, message, details = unique.judged()
            found.append(_result(name, status, f"{place} {column}".strip(), message, details))
        return found

    def _result(self, demand: Demand, seen: _Found, place: str) -> CheckResult:
        column, what = demand
        name = f"{column}: {what}" if column else what
        status, message = CheckStatus.PASSED, ""
        if seen.error:
            status, message = CheckStatus.ERROR, f"it cannot be judged: {seen.error}"
        elif seen.count:
            rows = f"{seen.count:,} row{'s' if seen.count > 1 else ''}"
            status, message = CheckStatus.FAILED, f"not so in {rows}, first {seen.examples[0]}"
        elif seen.said:
            status, message = CheckStatus.FAILED, seen.said
        elif column in self._missing:
            status, message = CheckStatus.SKIPPED, "the column is missing"
        return _result(name, status, f"{place} {column}".strip(), message, tuple(seen.examples))


def _result(
    name: str, status: CheckStatus, place: str, message: str, details: tuple[str, ...]
) -> CheckResult:
    return CheckResult(name=name, kind="schema", status=status, place=place, message=message, details=details)


def described(check: Any) -> str:
    """A check as a person writes it: ``>= 0``, ``in 0..10``, ``one of 'a', 'b'``."""
    name, told = str(check.name), dict(check.statistics or {})
    value = next(iter(told.values()), None)
    if name in _OPERATORS:
        return f"{_OPERATORS[name]} {value}"
    if name == "in_range":
        left = "" if told.get("include_min", True) else " excluded"
        right = "" if told.get("include_max", True) else " excluded"
        return f"in {told.get('min_value')}{left}..{told.get('max_value')}{right}"
    if name in {"isin", "notin"}:
        values = ", ".join(repr(each) for each in list(value or ())[:6])
        more = ", ..." if len(list(value or ())) > 6 else ""
        return _short(f"{'one' if name == 'isin' else 'none'} of {values}{more}")
    given = {key: each for key, each in told.items() if each is not None}
    return _short(f"{name}({', '.join(f'{key}={each!r}' for key, each in given.items())})" if given else name)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
