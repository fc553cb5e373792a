"""A schema made from data, as YAML for a person to edit: what holds now, not what should."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_mlops.checks.schema import CHUNK, Rows
from jupyter_mlops.checks.uniqueness import Uniqueness
from jupyter_mlops.entities import CheckStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas

CATEGORIES = 20  # different values that a column may have so that they are listed
REPEATS = 5  # rows for each of them, at least
_ID = re.compile(r"(^|_)(id|key|uuid)$", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})  # no text to YAML 1.1
_HEADER = """\
What {name} must look like: `jupyter mlops check {name}` holds it against this.
Made from {label} ({rows:,} rows). Each line says what was so there: keep what must be so, drop the rest.

nullable: false     no value may be missing        unique: true   no value may occur twice
required: false     the column may be missing      strict: true   (below, at the end) no other columns
checks:             greater_than_or_equal_to, less_than, in_range: {{min_value: 0, max_value: 1}},
                    isin: [a, b], str_matches: '^[A-Z]+$', str_length: {{min_value: 1}}, not_equal_to, ...
unique: [a, b]      (below, at the end) no two rows may have the same values in these columns
The format is that of pandera.io.from_yaml."""


@dataclass
class _Column:
    """What was seen of a column."""

    dtypes: set[str] = field(default_factory=set)
    dtype: Any = None
    missing: bool = False
    values: set[Any] | None = field(default_factory=set)  # None: too many, or not to be listed
    low: Any = None
    high: Any = None


def infer_schema(table: Rows, name: str, label: str, key: Sequence[str] = ()) -> str:
    """The YAML text of a schema that the table fulfils: for each column its dtype, whether values may be
    missing, the range of numbers, the values of columns with few different ones, and what is unique.

    Args:
        table: the data, read by chunks.
        name: of the dataset.
        label: of its version, as a person knows it.
        key: the columns that tell rows apart; without, a column called ``id`` or ``..._id`` that does.
    """
    seen: dict[str, _Column] = {}
    unique: dict[str, Uniqueness] = {}
    rows = 0

    def chunks() -> Any:
        for chunk in table.chunks(CHUNK):
            yield chunk.set_axis([str(column) for column in chunk.columns], axis=1)

    for chunk in chunks():
        for column in chunk.columns:
            _look(seen.setdefault(column, _Column()), chunk[column])
            if not key and _ID.search(column):
                unique.setdefault(column, Uniqueness([column])).look(chunk)
        rows += len(chunk)
    for candidate in unique.values():
        candidate.settle(chunks)
    once = {column for column, found in unique.items() if found.judged()[0] is CheckStatus.PASSED}
    single = {column for column in once if rows > 1 and not seen[column].missing}
    single |= set(key) if len(key) == 1 else set()
    return _written(seen, single, tuple(key), rows, name, label)


def _look(column: _Column, values: pandas.Series[Any]) -> None:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    column.dtype = values.dtype
    column.dtypes.add(str(values.dtype))
    column.missing = column.missing or bool(values.isna().any())
    there = values.dropna()
    if is_bool_dtype(values.dtype) or not len(there):
        return
    if is_numeric_dtype(values.dtype) and values.dtype.kind != "c":
        low, high = there.min(), there.max()
        column.low = low if column.low is None else min(column.low, low)
        column.high = high if column.high is None else max(column.high, high)
    elif column.values is not None:
        texts = set(there.unique()) if all(isinstance(value, str) for value in there.unique()) else None
        column.values = None if texts is None else column.values | texts
        if column.values is not None and len(column.values) > CATEGORIES:
            column.values = None


def _written(
    seen: dict[str, _Column], single: set[str], key: tuple[str, ...], rows: int, name: str, label: str
) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    columns = CommentedMap()
    for column, found in seen.items():
        columns[_text(column)] = _demands(found, rows, is_key=column in single or column in key)
        if column in single:
            columns[_text(column)]["unique"] = True
    document = CommentedMap({"schema_type": "dataframe", "columns": columns, "strict": False})
    if len(key) > 1:
        document["unique"] = [_text(column) for column in key]
    header = _HEADER.format(name=" ".join(name.split()), label=" ".join(label.split()), rows=rows)
    document.yaml_set_start_comment(header)
    stream = io.StringIO()
    writer = YAML()
    writer.width, writer.allow_unicode = 100, True
    writer.dump(document, stream)
    return stream.getvalue()


def _demands(column: _Column, rows: int, *, is_key: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if (dtype := _dtype(column)) is not None:
        found["dtype"] = dtype
    found["nullable"] = column.missing
    checks: dict[str, Any] = {}
    if column.low is not None and not is_key:
        bounds = {"greater_than_or_equal_to": column.low, "less_than_or_equal_to": column.high}
        for check, bound in bounds.items():
            value = bound.item() if hasattr(bound, "item") else bound
            if isinstance(value, int | float) and abs(value) != float("inf"):
                checks[check] = value
    if column.values and not is_key and len(column.values) * REPEATS <= rows:
        checks["isin"] = [_quoted(value) for value in sorted(column.values)]
    if checks:
        found["checks"] = checks
    return found


def _dtype(column: _Column) -> str | None:
    """The dtype by a name that pandera knows; None where it has none, or chunks differ."""
    from pandera.engines import pandas_engine

    if len(column.dtypes) != 1:
        return None
    name = str(column.dtype)
    texts = {"object", "str", "string"}
    if name in texts or name.startswith("string["):
        return "str" if name != "object" or column.values else None
    try:
        known = pandas_engine.Engine.dtype(name)
        return name if known.check(pandas_engine.Engine.dtype(column.dtype)) else None
    except (TypeError, ValueError, NotImplementedError):
        return None


def _text(name: str) -> Any:
    """A name as YAML of either version reads it back."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else _quoted(name)


def _quoted(text: str) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(text)
