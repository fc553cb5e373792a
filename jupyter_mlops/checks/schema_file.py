"""Schemas as files: pandera's own YAML, read strictly. A misspelt demand would otherwise be none."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.config import line_of, parse_yaml
from jupyter_mlops.exceptions import ConfigError, did_you_mean

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

CHECKS = frozenset(
    (
        *("equal_to", "not_equal_to", "greater_than", "greater_than_or_equal_to", "less_than"),
        *("less_than_or_equal_to", "in_range", "isin", "notin", "str_matches", "str_contains"),
        *("str_startswith", "str_endswith", "str_length", "unique_values_eq"),
        *("eq", "ne", "gt", "ge", "lt", "le", "between"),
    )
)
_OPTIONS = frozenset(
    {"ignore_na", "raise_warning", "n_failure_cases", "error", "name", "title", "description"}
)
_FLAGS = frozenset(
    (
        *("nullable", "unique", "coerce", "required", "regex", "drop_invalid_rows", "ordered"),
        *("unique_column_names", "add_missing_columns"),
    )
)
_TEXTS = ("title", "description", "name", "dtype", "report_duplicates")
_COLUMN = frozenset(
    {*_TEXTS, "nullable", "checks", "unique", "coerce", "required", "regex", "default", "drop_invalid_rows"}
)
_TABLE = frozenset(
    (
        *(*_TEXTS, "schema_type", "version", "api", "dataframe_library", "columns", "checks", "index"),
        *("multiindex", "coerce", "strict", "ordered", "unique", "unique_column_names"),
        *("add_missing_columns", "metadata", "drop_invalid_rows"),
    )
)
_LARGEST = 2_000_000  # bytes
_MOST = 200_000  # nodes, aliases followed
_KINDS = ("map", "seq", "str", "int", "float", "bool", "null")
_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in _KINDS)  # of plain values
_TIME = "%Y-%m-%d %H:%M:%S"  # as pandera reads it

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Schema:
    """What a file demands of a table. `unique` lists the columns, and sets of columns, of whose values none
    may occur twice: `table` demands all the rest. `whole` tells that it must see all rows at once, `notes`
    what of the file is passed over."""

    path: Path
    table: DataFrameSchema
    unique: tuple[tuple[str, ...], ...] = ()
    whole: bool = False
    notes: tuple[str, ...] = ()
    dtypes: Mapping[str, str] = field(default_factory=dict)  # as they are written


def read_schema(path: Path) -> Schema:
    """The schema in the file.

    Raises:
        ConfigError: naming file and line of the first mistake.
    """
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.document: Any = None
        self._left = _MOST

    def read(self) -> Schema:
        try:
            if self.path.stat().st_size > _LARGEST:
                raise ConfigError(f"{self.path}: larger than a schema can be", hint="name a schema's file")
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be read: {error.strerror}", hint="name a file") from None
        self.document = parse_yaml(self.path)
        try:
            given = self._plain(self.document, ())
        except RecursionError:
            raise self._wrong((), "it is nested too deeply", "write it as pandera does") from None
        if not isinstance(given, dict) or not isinstance(given.get("columns"), dict):
            raise self._wrong((), "expected 'columns:' with a name and demands for each", "see the README")
        self._known(given, _TABLE, ())
        unique = self._unique(given)
        columns = {name: self._column(name, spec) for name, spec in given["columns"].items()}
        passed_over = {"unique": None, "drop_invalid_rows": False, "index": None, "multiindex": None}
        spec = {**given, "columns": columns, **passed_over}
        spec["checks"] = self._checks(given.get("checks"), ("checks",), None)
        whole = any("unique_values_eq" in column["checks"] for column in columns.values())
        index = f"{self.path.name}: what it demands of the index is passed over: rows have numbers only"
        notes = (index,) if given.get("index") else ()
        dtypes = {name: column["dtype"] for name, column in columns.items() if column.get("dtype")}
        return Schema(self.path, self._made(spec, ()), unique, whole, notes, dtypes)

    def _column(self, name: str, spec: Any) -> dict[str, Any]:
        keys: Keys = ("columns", name)
        if spec is None:
            return {"checks": {}}
        if not isinstance(spec, dict):
            raise self._wrong(
                keys, "expected demands such as 'dtype:'", "indent them below the column's name"
            )
        self._known(spec, _COLUMN | CHECKS, keys)
        rest = {key: value for key, value in spec.items() if key in _COLUMN}
        short = {key: value for key, value in spec.items() if key in CHECKS}
        if spec.get("dtype") is not None:
            self._made({"columns": {name: {"dtype": spec["dtype"]}}}, (*keys, "dtype"))
        checks = {
            **self._checks(spec.get("checks"), (*keys, "checks"), spec.get("dtype")),
            **self._checks(short, keys, spec.get("dtype")),
        }
        rest |= {"checks": checks, "unique": False, "drop_invalid_rows": False}
        self._made({"columns": {name: rest}}, keys)
        return rest

    def _checks(self, given: Any, keys: Keys, dtype: Any) -> dict[str, Any]:
        """Checks in the form that every pandera reads: by name, options below ``options``."""
        if given is None:
            return {}
        named: list[tuple[Keys, str, Any]] = []
        if isinstance(given, dict):
            named = [((*keys, name), name, value) for name, value in given.items()]
        elif isinstance(given, list):
            for place, entry in enumerate(given):
                options = entry.get("options") if isinstance(entry, dict) else None
                name = options.get("check_name") if isinstance(options, dict) else None
                if name is None:
                    raise self._wrong(
                        (*keys, place), "a check without 'options: {check_name: ...}'", "name it"
                    )
                named.append(((*keys, place), str(name), entry))
        else:
            raise self._wrong(keys, "expected checks by name", "such as greater_than: 0")
        found: dict[str, Any] = {}
        for place_of, name, value in named:
            if name not in CHECKS:
                raise self._wrong(place_of, f"unknown check {name!r}", did_you_mean(name, CHECKS))
            if name in found:
                raise self._wrong(place_of, f"check {name!r} is there twice", "keep one")
            found[name] = self._check(name, value, place_of, dtype)
        return found

    def _check(self, name: str, value: Any, keys: Keys, dtype: Any) -> Any:
        if isinstance(value, dict):
            options = {key: value[key] for key in value if key in _OPTIONS}
            options |= value.get("options") or {}
            options.pop("check_name", None)
            self._known(options, _OPTIONS, keys)
            said = {key: value[key] for key in value if key not in _OPTIONS and key != "options"}
            value = {**said, "options": options}
        # a copy: pandera takes parts out of what it is given
        check = {**value, "options": dict(value["options"])} if isinstance(value, dict) else value
        self._made({"columns": {"x": {"dtype": dtype, "checks": {name: check}}}}, keys)
        return value

    def _unique(self, given: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        demanded = given.get("unique")
        names = [demanded] if isinstance(demanded, str) else demanded or []
        if not isinstance(names, list):
            raise self._wrong(("unique",), "expected a list of columns", "such as [id]")
        for name in map(str, names):
            if name not in given["columns"]:
                hint = did_you_mean(name, given["columns"])
                raise self._wrong(("unique",), f"there is no column {name!r}", hint)
        sets = [tuple(map(str, names))] if names else []
        columns = given["columns"].items()
        alone = [(name,) for name, spec in columns if isinstance(spec, dict) and spec.get("unique")]
        return tuple(dict.fromkeys([*alone, *sets]))

    def _known(self, given: Mapping[str, Any], known: frozenset[str], keys: Keys) -> None:
        for key, value in given.items():
            if key not in known:
                raise self._wrong((*keys, key), f"unknown key {key!r}", did_you_mean(key, known))
            flag = key in _FLAGS and (key != "unique" or len(keys) == 2)
            if flag and not isinstance(value, bool):
                raise self._wrong(
                    (*keys, key), f"expected true or false, not {value!r}", "write true or false"
                )
            if key in _TEXTS and not isinstance(value, str | None):
                raise self._wrong((*keys, key), f"expected a text, not {value!r}", "put it in quotes")

    def _made(self, spec: Mapping[str, Any], keys: Keys) -> DataFrameSchema:
        import copy

        from pandera.io import pandas_io

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return pandas_io.deserialize_schema(copy.deepcopy(dict(spec)))
        except Exception as error:  # pandera raises what its parts raise
            hint = "see pandera's documentation of schemas"
            raise self._wrong(keys, f"it will not do: {_first(error)}", hint) from None

    def _plain(self, node: Any, keys: Keys) -> Any:
        """Plain values. What is written as an object of Python's is refused; nothing of it was made."""
        self._left -= 1
        if self._left < 0:
            raise self._wrong((), "it repeats itself without end", "write it without aliases (*name)")
        tag = getattr(getattr(node, "tag", None), "value", None)
        if tag is not None and str(tag) not in _TAGS:
            raise self._wrong(keys, f"the tag {str(tag)!r} is not read", "write a plain value")
        if isinstance(node, dict):
            return {str(key): self._plain(value, (*keys, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self._plain(value, (*keys, place)) for place, value in enumerate(node)]
        return plain_value(node)

    def _wrong(self, keys: Sequence[str | int], problem: str, hint: str) -> ConfigError:
        where = f"{'.'.join(map(str, keys))}: " if keys else ""
        return ConfigError(f"{self.path}: line {line_of(self.document, keys)}: {where}{problem}", hint=hint)


def plain_value(node: Any) -> Any:
    """A scalar of Python's own types; times as pandera reads them."""
    from ruamel.yaml.scalarbool import ScalarBoolean

    if isinstance(node, ScalarBoolean | bool):
        return bool(node)
    if isinstance(node, datetime.datetime):
        return node.strftime(_TIME)
    if isinstance(node, datetime.date):
        return f"{node.isoformat()} 00:00:00"
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return None if node is None else str(getattr(node, "value", node))


def _first(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
