"""Datasets, their versions, differences, lineage and impact."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import (
    FILE_DIGEST,
    ColumnDiff,
    ColumnKind,
    ColumnProfile,
    DataDiff,
    DatasetDetails,
    DatasetVersion,
    Entity,
    Impact,
    Lineage,
    Profile,
    RowDiff,
)
from jupyter_mlops.views.lineage import show_lineage
from jupyter_mlops.views.parts import escaped, new_table, number_text, short, when

if TYPE_CHECKING:
    from rich.console import Console

_EXAMPLES = 10
_COLUMNS = 100  # of data that are shown
_TOP = 3  # most frequent values of a column
_USES = 20
_DIGEST = 12
_ELSEWHERE = "nowhere: it is there as long as its source is"
_DISPENSABLE = ("SOURCE", "DIGEST", "COLUMNS", "SIZE")  # where there is no room, in this order
_WHOLE = ("DATASET", "ROWS")
_GAP = 2  # characters between columns
_GONE = "nowhere, nor does its source hold it: the content is gone"


def show_versions(console: Console, versions: Sequence[DatasetVersion]) -> None:
    """Print a table; where it is too wide, without what can be done without."""
    from rich.cells import cell_len

    columns = {
        "DATASET": [version.label for version in versions],
        "ROWS": [_count(version.rows) for version in versions],
        "COLUMNS": [str(len(version.schema_)) if version.schema_ else "" for version in versions],
        "SIZE": [_size(version.size) for version in versions],
        "DIGEST": [_digest(version) for version in versions],
        "CREATED": [when(version.created) for version in versions],
        "TAGS": [_tags(version.tags) for version in versions],
        "SOURCE": [version.source for version in versions],
    }
    widths = {title: max(map(cell_len, (title, *values))) for title, values in columns.items()}
    for title in _DISPENSABLE:
        if sum(widths.values()) + _GAP * (len(widths) - 1) > console.width:
            del widths[title]
    table = new_table(*widths, one_line=True)
    for column, title in zip(table.columns, widths, strict=True):
        if title in _WHOLE:
            column.min_width = min(widths[title], console.width // 2)
    for row in zip(*(columns[title] for title in widths), strict=True):
        table.add_row(*map(escaped, row))
    console.print(table)


def show_datasets(console: Console, items: Sequence[DatasetDetails]) -> None:
    for details in items:
        _header(console, details)
        if details.profile is not None:
            _profile(console, details.profile)
        elif details.version.schema_:
            table = new_table("COLUMN", "DTYPE")
            for name, dtype in list(details.version.schema_.items())[:_COLUMNS]:
                table.add_row(escaped(name), escaped(dtype))
            console.print(table)
            _more(console, len(details.version.schema_))
        _uses(console, details)


def _header(console: Console, details: DatasetDetails) -> None:
    version = details.version
    console.print(f"[bold]{escaped(version.label)}[/]  {escaped(version.digest)}")
    order = "" if version.ordered else ", in any order"
    facts = {
        "rows": "" if version.rows is None else f"{version.rows:,}{order}",
        "key": ", ".join(version.key),
        "size": _size(version.size),
        "created": when(version.created),
        "source": version.source,
        "tags": _tags(version.tags),
        "kept in": details.content or (_GONE if details.gone else _ELSEWHERE),
    }
    for name, value in facts.items():
        if value:
            console.print(f"  {name:<8} {value}", markup=False)


def _profile(console: Console, profile: Profile) -> None:
    table = new_table("COLUMN", "KIND", "DTYPE", "MISSING", "DISTINCT", "MIN", "MEAN", "MAX", "MOST FREQUENT")
    for column in profile.columns[:_COLUMNS]:
        table.add_row(
            escaped(column.name),
            column.kind.value,
            escaped(column.dtype),
            _share(column.missing, column.count + column.missing),
            _distinct(column),
            escaped(short(column.minimum or "")),
            _mean(column),
            escaped(short(column.maximum or "")),
            escaped(_top(column)),
        )
    console.print(table)
    _more(console, len(profile.columns))
    if profile.sampled is not None:
        console.print(f"most frequent values and quantiles are of {profile.sampled:,} rows", markup=False)


def _distinct(column: ColumnProfile) -> str:
    from jupyter_mlops.data.profile import MOST_DISTINCT  # no other view reads data

    return f">{MOST_DISTINCT:,}" if column.distinct is None else f"{column.distinct:,}"


def _more(console: Console, columns: int) -> None:
    if columns > _COLUMNS:
        console.print(f"... {columns - _COLUMNS:,} more columns, see --json")


def _mean(column: ColumnProfile) -> str:
    """Of times the mean is in seconds since 1970."""
    if column.mean is not None and column.kind is ColumnKind.TIME:
        with contextlib.suppress(ValueError, OverflowError, OSError):
            return f"{datetime.fromtimestamp(column.mean, UTC):%Y-%m-%d %H:%M}"
    return number_text(column.mean)


def _top(column: ColumnProfile) -> str:
    """Values that occur once are not frequent."""
    return ", ".join(f"{short(value)} ({count:,})" for value, count in column.top[:_TOP] if count > 1)


def _uses(console: Console, details: DatasetDetails) -> None:
    if not details.uses:
        console.print("no run has used it")
        return
    table = new_table("RUN", "NAME", "USE", "STARTED")
    for use in details.uses[:_USES]:
        kind = "wrote" if use.wrote else f"read as {use.context}" if use.context else "read"
        kind += f", by the name {use.named}" if use.named else ""
        table.add_row(use.run_id[:8], escaped(use.name), escaped(kind), when(use.started))
    console.print(table)
    if len(details.uses) > _USES:
        console.print(f"and {len(details.uses) - _USES:,} more runs")


def show_data_diff(console: Console, items: Sequence[DataDiff]) -> None:
    for diff in items:
        console.print(f"[bold]{escaped(diff.left)} -> {escaped(diff.right)}[/]: {escaped(_summary(diff))}")
        for note in diff.notes:
            console.print(f"  {note}", markup=False)
        changed = [column for column in diff.columns if column.change != "same" or _moved(column)]
        if changed:
            _columns(console, diff, changed)
        for example in diff.examples[:_EXAMPLES]:
            _example(console, example)


def _summary(diff: DataDiff) -> str:
    if diff.identical:
        return "the same content"
    rows = f"{_count(diff.left_rows) or '?'} -> {_count(diff.right_rows) or '?'} rows"
    counts = {"added": diff.added, "removed": diff.removed, "changed": diff.changed}
    parts = [rows, *(f"{count:,} {name}" for name, count in counts.items() if count is not None)]
    if diff.key:
        parts.append(f"matched by {', '.join(diff.key)}")
    if diff.reordered:
        parts.append("in another order")
    return ", ".join(parts)


def _columns(console: Console, diff: DataDiff, columns: Sequence[ColumnDiff]) -> None:
    table = new_table("COLUMN", "CHANGE", "DTYPE", "VALUES CHANGED", "SHIFT", "MEAN OR MOST FREQUENT")
    for column in columns[:_COLUMNS]:
        dtypes = dict.fromkeys(filter(None, (column.left_dtype, column.right_dtype)))
        table.add_row(
            escaped(column.name),
            column.change if column.change != "same" else "",
            escaped(" -> ".join(dtypes)),
            _count(column.changed),
            escaped(_shift(column)),
            escaped(_middle(column)),
        )
    console.print(table)
    _more(console, len(columns))
    same = len(diff.columns) - len(columns)
    if same:
        console.print(f"{same} column{'s' * (same != 1)} with the same values")


def _moved(column: ColumnDiff) -> bool:
    return column.shift is not None and column.shift.size != "none"


def _shift(column: ColumnDiff) -> str:
    if column.shift is None:
        return ""
    return f"{column.shift.size} ({column.shift.measure} {column.shift.effect:.3g})"


def _middle(column: ColumnDiff) -> str:
    sides = [_typical(side) for side in (column.left, column.right)]
    if not any(sides):
        return ""
    return sides[0] if sides[0] == sides[1] else " -> ".join(side or "-" for side in sides)


def _typical(column: ColumnProfile | None) -> str:
    if column is None:
        return ""
    if column.mean is not None:
        return _mean(column)
    return short(column.top[0][0]) if column.top and column.top[0][1] > 1 else ""


def _example(console: Console, row: RowDiff) -> None:
    sign, style = {"added": ("+", "green"), "removed": ("-", "red")}.get(row.change, ("~", "yellow"))
    key = ", ".join(f"{name} {value}" for name, value in row.key.items())
    if row.change == "changed":
        values = [
            f"{name}: {row.left.get(name, '')} -> {row.right.get(name, '')}"
            for name in dict.fromkeys((*row.left, *row.right))
            if row.left.get(name) != row.right.get(name)
        ]
    else:
        values = [f"{name}: {value}" for name, value in (row.right or row.left).items()]
    console.print(f"[{style}]{sign} {escaped(key)}[/]  {escaped(', '.join(values))}")


def show_impact(console: Console, items: Sequence[Impact]) -> None:
    for impact in items:
        table = new_table("VERSION", "ROWS", "RUNS", impact.metric, "95 % INTERVAL")
        for each in impact.versions:
            table.add_row(
                escaped(each.version.label),
                _count(each.version.rows),
                str(len(each.runs)),
                number_text(each.mean),
                _interval(each.low, each.high),
            )
        console.print(table)
        for difference in impact.differences:
            console.print(f"{difference.left} -> {difference.right}: {difference.verdict}", markup=False)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number_text(low)} to {number_text(high)}"


def _count(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _share(part: int, whole: int) -> str:
    return "" if not part else f"{part:,} ({part / whole:.1%})"


def _size(size: int | None) -> str:
    if size is None:
        return ""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.3g} {units[0]}"


def _tags(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in tags.items())


def _digest(version: DatasetVersion) -> str:
    return version.digest.removeprefix(FILE_DIGEST)[:_DIGEST]


VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {
    DatasetVersion: show_versions,
    DatasetDetails: show_datasets,
    DataDiff: show_data_diff,
    Lineage: show_lineage,
    Impact: show_impact,
}
