"""MLflow's language of filters and orders as SQL, for the project's own database.

Only what is surely understood as MLflow understands it is translated; of anything else the answer is None,
and MLflow itself is asked, which also says what is wrong with a broken filter. What each clause means was
read off MLflow's own SQL; `tests/tracking/test_query.py` compares the answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_LONGEST = 2000  # characters of a filter; its own parser gives up on long ones in ways not copied here
_WHOLE = 2**63  # beyond that SQLite has no whole numbers

_TYPES = {
    name: kind
    for kind, names in {
        "metric": ("metric", "metrics"),
        "param": ("parameter", "parameters", "param", "params"),
        "tag": ("tag", "tags"),
        "attribute": ("attribute", "attributes", "attr", "run"),
        "dataset": ("dataset", "datasets"),
    }.items()
    for name in names
}
_TABLES = {"metric": "latest_metrics", "param": "params", "tag": "tags"}
_ALIASES = {"created": "start_time", "Created": "start_time"} | dict.fromkeys(
    ("run name", "Run name", "Run Name"), "run_name"
)
_COLUMNS = {
    "run_id": "run_uuid",
    "run_name": "name",
    "user_id": "user_id",
    "status": "status",
    "artifact_uri": "artifact_uri",
    "start_time": "start_time",
    "end_time": "end_time",
}
_NUMERIC = frozenset({"start_time", "end_time"})
_DATASET = frozenset({"name", "digest", "context"})
_NOT_SORTABLE = frozenset({"run name", "Run name", "Run Name"})
NEWEST = ("runs.start_time DESC", "runs.run_uuid")

_KEY = r"(?:[A-Za-z]\w*(?:\.[A-Za-z]\w*)*|`[^`'\"\\\n]+`|\"[^`'\"\\\n]+\")"
_IDENTIFIER = rf"(?:(?P<type>[a-z]+)\.)?(?P<key>{_KEY})"
_TEXT = r"(?:'[^'\\]*'|\"[^\"\\]+\")"
_CLAUSE = re.compile(
    rf"\s*{_IDENTIFIER}"
    rf"(?:\s*(?P<sign>>=|<=|!=|=|>|<)\s*(?P<plain>{_TEXT}|-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)"
    rf"|\s+(?P<like>LIKE|ILIKE)\s+(?P<pattern>{_TEXT})"
    r"|\s+(?P<null>IS|IS NOT) NULL"
    r"|\s+(?P<among>IN|NOT IN)\s+\((?P<list>\s*'[^'\\\n]*'\s*(?:,\s*'[^'\\\n]*'\s*)*)\))"
    r"(?P<end>\s*$|\s+AND(?=\s))",
    re.IGNORECASE | re.ASCII,
)
_ORDER = re.compile(rf"\s*{_IDENTIFIER}(?:\s+(?P<way>ASC|DESC))?\s*$", re.IGNORECASE | re.ASCII)


@dataclass
class Search:
    """Parts of an SQL statement over ``runs``: what must hold, what is joined for the order, the order."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    join: str = ""
    joined: list[Any] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def require(self, condition: str, *values: Any) -> None:
        """Another condition, with a value for each of its question marks."""
        self.conditions.append(condition)
        self.values += values


def translate(where: str | None, order_by: str | None) -> Search | None:
    """The runs that `where` lets through, in the order `order_by`, else the newest first; None where only
    MLflow knows what is meant."""
    search = Search()
    if where and not _filter(search, where):
        return None
    starts = False
    if order_by:
        found = _order(search, order_by)
        if found is None:
            return None
        starts = found == ("attribute", "start_time")
    search.order += ["runs.run_uuid"] if starts else NEWEST
    return search


def newest_first() -> Search:
    """All runs, the newest first."""
    return Search(order=list(NEWEST))


def _filter(search: Search, where: str) -> bool:
    if len(where) > _LONGEST:
        return False
    position, more = 0, True
    while more:
        found = _CLAUSE.match(where, position)
        named = found and _named(found)
        if found is None or not named or not _condition(search, found, *named):
            return False
        position, more = found.end(), bool(found["end"].strip())
    return True


def _named(found: re.Match[str]) -> tuple[str, str] | None:
    """Type and key that an identifier names."""
    kind = "attribute" if found["type"] is None else _TYPES.get(found["type"])
    key = found["key"]
    if kind is None or (found["type"] is None and key not in _COLUMNS and key not in _ALIASES):
        return None
    key = key[1:-1] if key[0] in '`"' else key
    if kind == "attribute":
        key = _ALIASES.get(key, key)
        return (kind, key) if key in _COLUMNS else None
    if key in _ALIASES:  # MLflow takes them for attributes' names wherever they stand
        return None
    return (kind, key) if kind != "dataset" or key in _DATASET else None


def _condition(search: Search, found: re.Match[str], kind: str, key: str) -> bool:
    """Add one clause; False where MLflow would refuse it, or might read it in another way."""
    if found["null"]:
        if kind not in {"param", "tag"}:
            return False
        inside = "" if "NOT" in found["null"].upper() else "NOT "
        search.require(f"runs.run_uuid {inside}IN (SELECT run_uuid FROM {_TABLES[kind]} WHERE key = ?)", key)
        return True
    if found["among"]:
        return _among(search, found, kind, key)
    if kind == "metric" or (key in _NUMERIC and kind == "attribute"):
        return _number(search, found, kind, key)
    text = found["pattern"] or found["plain"]
    if text[0] not in "'\"" or found["sign"] in {"<", "<=", ">", ">="}:
        return False
    comparison = {"LIKE": "{} LIKE ?", "ILIKE": "lower({}) LIKE lower(?)"}.get(
        (found["like"] or "").upper(), f"{{}} {found['sign']} ?"
    )
    _compare(search, kind, key, comparison, [text[1:-1]])
    return True


def _among(search: Search, found: re.Match[str], kind: str, key: str) -> bool:
    if (kind, key) != ("attribute", "run_id") and kind != "dataset":
        return False
    values = [text[1:-1] for text in re.findall(r"'[^']*'", found["list"])]
    marks = ", ".join("?" * len(values))
    word = "NOT IN" if "NOT" in found["among"].upper() else "IN"
    _compare(search, kind, key, f"{{}} {word} ({marks})", values)
    return True


def _number(search: Search, found: re.Match[str], kind: str, key: str) -> bool:
    if not found["sign"] or found["plain"][0] in "'\"":
        return False
    sign, text = found["sign"], found["plain"]
    whole = kind == "attribute" and text.lstrip("-").isdigit()
    value = int(text) if whole else float(text)
    if whole and abs(value) >= _WHOLE:
        return False
    if kind == "attribute":
        search.require(f"runs.{_COLUMNS[key]} {sign} ?", value)
        return True
    # what is not a number is stored as 0: it differs from every number, and compares with none
    right = "(value != ? OR is_nan = 1)" if sign == "!=" else f"(value {sign} ? AND is_nan = 0)"
    search.require(
        f"runs.run_uuid IN (SELECT run_uuid FROM latest_metrics WHERE key = ? AND {right})", key, value
    )
    return True


def _compare(search: Search, kind: str, key: str, comparison: str, values: list[str]) -> None:
    if kind == "attribute" and key != "run_name":
        search.require(comparison.format(f"runs.{_COLUMNS[key]}"), *values)
    elif kind == "dataset":
        _dataset(search, key, comparison, values)
    else:  # the column `name` was not always filled: the tag counts
        table, key = ("tags", "mlflow.runName") if kind == "attribute" else (_TABLES[kind], key)
        inner = f"SELECT run_uuid FROM {table} WHERE key = ? AND {comparison.format('value')}"
        search.require(f"runs.run_uuid IN ({inner})", key, *values)


def _dataset(search: Search, key: str, comparison: str, values: list[str]) -> None:
    used = (
        "SELECT inputs.destination_id FROM datasets JOIN inputs ON inputs.source_id = datasets.dataset_uuid"
    )
    if key == "context":
        used += (
            " JOIN input_tags ON input_tags.input_uuid = inputs.input_uuid"
            " AND input_tags.name = 'mlflow.data.context'"
        )
    column = "input_tags.value" if key == "context" else f"datasets.{key}"
    search.require(f"runs.run_uuid IN ({used} WHERE {comparison.format(column)})", *values)


def _order(search: Search, order_by: str) -> tuple[str, str] | None:
    """Add the order; the type and key that it names, or None where it is not understood."""
    found = _ORDER.match(order_by)
    named = found and _named(found)
    if found is None or not named or named[0] == "dataset":
        return None
    kind, key = named
    if kind == "attribute":
        if found["key"].strip('`"') in _NOT_SORTABLE:
            return None
        column = f"runs.{_COLUMNS[key]}"
    else:
        search.join = (
            f"LEFT JOIN {_TABLES[kind]} AS sorting ON sorting.run_uuid = runs.run_uuid AND sorting.key = ?"
        )
        search.joined.append(key)
        column = "sorting.value"
    nan = "WHEN sorting.is_nan = 1 THEN 1 " if kind == "metric" else ""
    search.order.append(f"CASE {nan}WHEN {column} IS NULL THEN 2 ELSE 0 END")
    search.order.append(f"{column} DESC" if (found["way"] or "").upper() == "DESC" else column)
    return named
